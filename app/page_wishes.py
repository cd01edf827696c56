"""What a page wishes of its window: pins, words, choices that are missing, first pictures."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.page import WorldPage
from app.shell import Shell
from engine.core.system import Need

__all__ = ["PageWishes"]


class PageWishes(QObject):
    """Listens to every page of a window.

    Signals
    -------
    first_frame
        A live picture was shown for the first time.
    """

    first_frame = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._seen_frame = False
        shell.controls.inspector.released.connect(self._unpin)

    def take(self, page: WorldPage) -> None:
        """Listen to a new page, and show it as the switches say."""
        window = self._shell.window
        page.dropped.connect(self._shell.filing.take)
        page.picked.connect(self._pin)
        page.act_asked.connect(window.act)
        page.drawn.connect(self._drawn)
        page.stroke_made.connect(self._stroke_made)
        page.dragging.connect(window.toasts.set_aside)
        page.warned.connect(self._warned)
        page.needed.connect(self._needed)
        page.set_smooth(self._shell.checked("view.smooth"))
        page.set_lines(self._shell.checked("view.lines"))

    def _pin(self, place: tuple[float, ...]) -> None:
        shell = self._shell
        if shell.page is not None:
            for grid in shell.page.grids():
                grid.set_pins((place,))
        shell.controls.inspector.pin(place)
        shell.docks.controls.show()
        shell.controls.show_inspector()

    def _unpin(self) -> None:
        for page in self._shell.window.pages():
            for grid in page.grids():
                grid.set_pins(())

    def _drawn(self) -> None:
        self._shell.status.count_frame()
        if not self._seen_frame:
            self._seen_frame = True
            self.first_frame.emit()

    def _stroke_made(self) -> None:
        self._shell.settings.hint_done = True

    def _warned(self, words: str) -> None:
        page = self.sender()
        if isinstance(page, WorldPage):
            self._shell.teller.say(f"{page.world.title}: {words}", "train")

    def _needed(self, need: Need) -> None:
        choose = partial(self._shell.window.show_parameter, need.param)
        self._shell.teller.say(need.words, "train", action=("Choose...", choose))
