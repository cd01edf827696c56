"""The tour as a part of the window: when it comes, how it goes on, and that it comes only once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app.shell import Shell
from app.tour.card import Card, Spotlight, beside
from app.tour.steps import STEPS, with_keys

__all__ = ["Tour", "install"]


class Tour(QObject):
    """Leads through the window; nothing is blocked meanwhile.

    Attributes
    ----------
    place : int or None
        The step that is shown, from 0; None while there is no tour.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.place: int | None = None
        self.card: Card | None = None
        self._light: Spotlight | None = None
        self._settle = QTimer(self, singleShot=True, interval=0)
        self._settle.timeout.connect(self._lay_out)
        if shell.persist:
            shell.window.first_frame.connect(self._first)

    def _first(self) -> None:
        if not self._shell.settings.tour_done:
            self.start()

    def toggle(self) -> None:
        """Begin, or end where it is under way."""
        if self.place is None:
            self.start()
        else:
            self.stop()

    def start(self) -> None:
        """Begin at the first step."""
        window = self._shell.window
        if self.card is None:
            self._light, self.card = Spotlight(window), Card(window)
            self.card.skipped.connect(self.stop)
            self.card.back.connect(self.back)
            self.card.on.connect(self.on)
            window.installEventFilter(self)
        self._show(0)

    def on(self) -> None:
        """Go to the next step; after the last one the tour is over."""
        if self.place is not None:
            if self.place + 1 < len(STEPS):
                self._show(self.place + 1)
            else:
                self.stop()

    def back(self) -> None:
        """Go to the step before."""
        if self.place:
            self._show(self.place - 1)

    def stop(self) -> None:
        """End it; it does not come by itself again."""
        if self.place is None:
            return
        self._hide()
        self._shell.settings.tour_done = True
        self._shell.save_settings()
        page = self._shell.page
        if page is not None:
            page.viewport.setFocus()

    def close(self) -> None:
        """Go with the window, without having been seen to the end."""
        self._hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size and layout."""
        if self.place is not None and event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.LayoutRequest,
        ):
            self._settle.start()
        return False

    def _show(self, place: int) -> None:
        assert self.card is not None
        assert self._light is not None
        self.place = place
        step = STEPS[place]
        words = with_keys(step.words, self._key)
        self.card.tell(step.title, words, place, len(STEPS))
        self._lay_out()
        self._settle.start()  # once more when a panel that was hidden has its place
        for part in (self._light, self.card):
            part.show()
            part.raise_()
        if QApplication.activeModalWidget() is None:
            self.card.on_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _key(self, id: str) -> str:
        """Return the last of an action's keys, as the buttons that have one show it."""
        keys = self._shell.window.user_actions[id].shortcuts()
        return keys[-1].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def _hide(self) -> None:
        self.place = None
        self._settle.stop()
        for part in (self._light, self.card):
            if part is not None:
                part.hide()

    def _lay_out(self) -> None:
        if self.place is None or self.card is None or self._light is None:
            return
        window = self._shell.window
        subject, room = STEPS[self.place].anchor(self._shell), window.rect()
        hole = QRect()
        if subject is not None and subject.isVisible() and subject.window() is window:
            hole = QRect(subject.mapTo(window, QPoint(0, 0)), subject.size())
            at = beside(hole, self.card.rect(), room)
        else:
            at = room.center() - self.card.rect().center()
        self._light.show_on(hole)
        self.card.move(at)
        # A panel that opens meanwhile lets Qt put the middle of the window over them.
        self._light.raise_()
        self.card.raise_()


def install(shell: Shell) -> Tour:
    """Make the tour ready; it comes with the first picture of the first start."""
    return Tour(shell)
