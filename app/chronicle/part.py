"""The chronicles of all open worlds as a part of the window, and the memory they share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.chronicle.world_chronicle import WorldChronicle
from app.palette.entries import Entry as PaletteEntry
from app.shell import Shell
from app.world import World
from engine.core.commands import Bookmark, Branched, Load, RunTo, SetBudget, SetSpeed

__all__ = ["Chronicles", "install"]

MEGABYTE = 2**20
PANEL = "history"


class Chronicles(QObject):
    """One chronicle for every open world.

    Signals
    -------
    changed : WorldChronicle
        The list of one of them, what it offers, or its bookmarks.
    """

    changed = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._all: dict[World, WorldChronicle] = {}
        shell.lab.opened.connect(self._opened)
        shell.lab.closed.connect(self._closed)
        shell.parts["settings"].changed.connect(self._setting_changed)
        shell.docks.add(PANEL, "History", self._make_panel, Qt.DockWidgetArea.RightDockWidgetArea)

    def of(self, world: World | None) -> WorldChronicle | None:
        """Return the chronicle of a world."""
        return self._all.get(world) if world is not None else None

    @property
    def present(self) -> WorldChronicle | None:
        """The chronicle of the selected world."""
        return self.of(self._shell.lab.world)

    def share(self) -> None:
        """Give every world its share of the memory that the user grants to all of them.

        All get as much: a share that followed the focus would thin out pasts with every click.
        """
        worlds = self._shell.lab.worlds
        if worlds:
            share = self._shell.settings.history_mb * MEGABYTE // len(worlds)
            for world in worlds:
                if world.state.budget != share:
                    world.submit(SetBudget(share))

    def close(self) -> None:
        """Hear nothing more."""
        self._shell.lab.opened.disconnect(self._opened)
        self._shell.lab.closed.disconnect(self._closed)

    def palette_entries(self, shell: Shell) -> Iterable[PaletteEntry]:
        """Offer the bookmarks of the selected world in the palette."""
        chronicle = self.present
        if chronicle is None:
            return
        for mark in chronicle.bookmarks:
            yield PaletteEntry(
                f"bookmark:{mark.deposit}",
                f"{mark.title}, step {mark.step:,}",
                "Bookmark",
                partial(chronicle.recall, mark),
                icon="bookmark",
                weight=1.0,
            )

    def _setting_changed(self, name: str) -> None:
        if name == "history_mb":
            self.share()

    def _opened(self, world: World) -> None:
        chronicle = WorldChronicle(world, self)
        self._all[world] = chronicle
        chronicle.changed.connect(self._changed)
        chronicle.branched.connect(self._branched)
        chronicle.kept.connect(self._kept)
        chronicle.moved.connect(self._shell.status.say)
        self.share()

    def _closed(self, world: World) -> None:
        chronicle = self._all.pop(world, None)
        if chronicle is not None:
            chronicle.deleteLater()
        self.share()

    def _changed(self) -> None:
        chronicle = self.sender()
        if isinstance(chronicle, WorldChronicle):
            if chronicle.world is self._shell.lab.world:
                self._shell.window.user_actions.refresh()
            self.changed.emit(chronicle)

    def _kept(self, bookmark: Bookmark) -> None:
        self._shell.status.say(f"Bookmarked {bookmark.title}")

    def _branched(self, branched: Branched, words: str, goal: int) -> None:
        """Open what branched off beside the world that it left."""
        chronicle = self.sender()
        if not isinstance(chronicle, WorldChronicle):
            return
        root = chronicle.world
        title = f"{root.title.partition(', from ')[0]}, from {words}"
        world = self._shell.lab.open(branched.spec, title, playing=False, replace=False)
        world.opens_with = root.opens_with
        world.submit(Load(branched.state, fresh=True))
        if goal > branched.step:  # the last moment that is kept lies before it
            world.submit(RunTo(goal))
        world.submit(SetSpeed(root.state.speed))
        self._shell.workspace.split(world, "right", root)

    def _make_panel(self) -> QWidget:
        from app.panels.history import HistoryPanel

        return HistoryPanel(self, self._shell)


def install(shell: Shell) -> Chronicles:
    """Follow every world from now on."""
    made = Chronicles(shell)
    palette = shell.parts.get("palette")
    if palette is not None:
        palette.add(made.palette_entries)
    return made
