"""How every world stood when the session was saved or opened, and what changed since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject

from app.lab import Lab
from app.session.changes import Change, Mark, changes
from app.session.gather import mark_of
from app.world import World

__all__ = ["Ledger"]


class Ledger(QObject):
    """Numbers the worlds of a window, and keeps the marks that their session's file holds.

    Parameters
    ----------
    lab : Lab
        Whose worlds these are.

    Attributes
    ----------
    numbers : dict of World to int
        By which marks name the worlds; none is ever given twice.
    recovered : bool
        Whether what is open was recovered, and lies in no file of the user's.
    """

    def __init__(self, lab: Lab, parent: QObject) -> None:
        super().__init__(parent)
        self._lab = lab
        self.numbers: dict[World, int] = {}
        self.recovered = False
        self._last_number = 0
        self._saved: dict[int, Mark] = {}
        self._fresh: set[World] = set()  # whose marks are taken once more, at their next state
        lab.opened.connect(self._opened)

    def marks(self) -> list[Mark]:
        """Note how every world stands."""
        return [mark_of(world, self.numbers[world]) for world in self._lab.worlds]

    def changes(self) -> list[Change]:
        """Return what changed since the session was saved or opened."""
        return changes(list(self._saved.values()), self.marks())

    def losses_of(self, world: World, since: Mark | None = None) -> list[Change]:
        """Return the work that is lost with one world, since it stood so if that is said."""
        number = self.numbers[world]
        saved = since or self._saved.get(number)
        found = changes([saved] if saved else [], [mark_of(world, number)])
        if self.recovered and number in self._saved:
            found.insert(0, Change(world.title, "recovered and not saved"))
        return [change for change in found if change.work]

    def saved(self, marks: Iterable[Mark]) -> list[Mark]:
        """Take these marks for what the session's file holds; returns them."""
        self._saved = {mark.world: mark for mark in marks}
        self.recovered = False
        return list(self._saved.values())

    def adopt(self) -> None:
        """Take what is open now for what the session's file holds."""
        self.saved(self.marks())
        self._fresh = set(self._lab.worlds)

    def came(self, world: World, bookmarks: tuple[str, ...]) -> None:
        """Take a world for what the file holds; its state and bookmarks are on their way."""
        number = self.numbers[world]
        self._saved[number] = replace(mark_of(world, number), bookmarks=bookmarks)
        self._fresh.add(world)

    def closed(self, world: World) -> int | None:
        """Strike out a world; returns the number that it had."""
        self._fresh.discard(world)
        return self.numbers.pop(world, None)

    def _opened(self, world: World) -> None:
        self._last_number += 1
        self.numbers[world] = self._last_number
        world.state_changed.connect(self._stood)

    def _stood(self) -> None:
        world = self.sender()
        if isinstance(world, World) and world in self._fresh:
            # After its state was loaded it tells its counters; they are what was saved.
            self._fresh.discard(world)
            number = self.numbers[world]
            if number in self._saved:
                titles = self._saved[number].bookmarks
                self._saved[number] = replace(mark_of(world, number), bookmarks=titles)
