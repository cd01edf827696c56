"""The list of what was done to one world, and how far it was taken back.

Undo goes through it from the newest to the oldest, whatever kind of thing each entry is. After a
jump into the past what was done later is *ahead*: it is not so in the world that is there, and is
passed over. A reset, an import or a rebuild begins another *era* of the world; what was done in
the one before comes back with its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from engine.core.commands import Command, Restore, SetParam

__all__ = ["MERGE_SECONDS", "Entries", "Entry", "Kind", "is_same"]

Kind = Literal["gesture", "param", "act", "leap", "pending"]

MERGE_SECONDS = 0.8
"""Changes of one value that follow so quickly are one: a slider that is dragged."""

MOST = 500  # entries


@dataclass(eq=False)
class Entry:
    """One thing that was done.

    Attributes
    ----------
    kind : str
        "gesture" is undone by `Undo`, the others by `undo`; "leap" begins another era, "pending"
        are changes that wait for a restart, which the window itself takes back.
    words : str
        What was done, "Erase stroke"; lower-cased it follows "Undo".
    icon : str
        A Lucide name.
    step : int
        Where it was done.
    at : float
        When, seconds of the clock on the wall.
    undo, redo : Command, optional
        What takes it back and does it again, as the last reply gave it.
    name : str
        What it changed, to join changes of one thing.
    before, after : object
        Values of a parameter, or the changes that wait.
    gesture : int
        Number of a gesture of the hand.
    era, former : int
        The era in which it is so, and the one that undoing it leads to.
    ahead : bool
        Whether the world is back before it.
    why : str
        Why it cannot be taken back; "" if it can.
    """

    kind: Kind
    words: str
    icon: str
    step: int
    at: float
    undo: Command | None = None
    redo: Command | None = None
    name: str = ""
    before: Any = None
    after: Any = None
    gesture: int = 0
    era: int = 0
    former: int = 0
    ahead: bool = False
    why: str = ""


class Entries:
    """What was done, oldest first, and how much of it holds.

    Attributes
    ----------
    all : list of Entry
    done : int
        So many of them hold; the others were undone.
    """

    def __init__(self) -> None:
        self.all: list[Entry] = []
        self.done = 0
        self._era = self._eras = 0

    def add(self, entry: Entry) -> Entry | None:
        """Take a new entry, or join it with the last; None where it is as if nothing happened.

        What was undone, and what is ahead, is no longer to come.
        """
        cut = self.done < len(self.all) or any(e.ahead for e in self.all)
        self._cut()
        last = self.all[-1] if self.all else None
        if last is not None and not cut and _joins(last, entry):
            last.after, last.redo, last.at, last.step = (
                entry.after,
                entry.redo,
                entry.at,
                entry.step,
            )
            last.words = entry.words
            if last.kind in ("param", "pending") and last.before == last.after:
                self.remove(last)
                return None
            return last
        if entry.kind in ("param", "pending") and entry.before == entry.after:
            return None
        entry.former = entry.era = self._era
        if entry.kind == "leap":
            self._eras += 1
            entry.era = self._era = self._eras
        self.all.append(entry)
        del self.all[:-MOST]
        self.done = len(self.all)
        return entry

    def _cut(self) -> None:
        self.all = [entry for entry in self.all[: self.done] if not entry.ahead]
        self.done = len(self.all)

    def remove(self, entry: Entry) -> None:
        """Take an entry out."""
        place = self.all.index(entry)
        del self.all[place]
        self.done -= place < self.done

    def next_undo(self, *, gestures: bool = True) -> Entry | None:
        """Return what undo takes back, with or without `gestures` of the hand.

        Behind a leap that cannot be taken back there is another world.
        """
        for entry in reversed(self.all[: self.done]):
            if entry.why and entry.kind == "leap":
                return None
            if not (entry.ahead or entry.why) and (gestures or entry.kind != "gesture"):
                return entry
        return None

    def next_redo(self) -> Entry | None:
        """Return what redo does again."""
        return next((e for e in self.all[self.done :] if not e.ahead), None)

    def is_of_now(self, entry: Entry) -> bool:
        """Whether an entry is of the present era."""
        return entry.era == self._era

    def undone(self, entry: Entry) -> None:
        """Note that an entry was taken back; what cannot be and lay above it goes with it."""
        place = self.all.index(entry)
        del self.all[place + 1 : self.done]
        self.done = place
        if entry.kind == "leap":
            self._era = entry.former

    def redone(self, entry: Entry) -> None:
        """Note that an entry holds again."""
        self.done = self.all.index(entry) + 1
        if entry.kind == "leap":
            self._era = entry.era

    def began_anew(self) -> None:
        """Note that another world began of which nobody asked here."""
        self._eras += 1
        self._era = self._eras

    def jumped(self, step: int) -> bool:
        """Follow a jump through time; tells whether the list looks otherwise now."""
        changed = False
        for entry in self.all[: self.done]:
            ahead = entry.era == self._era and entry.kind != "leap" and entry.step > step
            changed = changed or ahead != entry.ahead
            entry.ahead = ahead
        return changed

    def ran(self, step: int) -> bool:
        """Follow time: what is ahead and passed by without it will not come any more."""
        gone = [e for e in self.all if e.ahead and e.era == self._era and e.step < step]
        for entry in gone:
            self.remove(entry)
        return bool(gone)


def _joins(last: Entry, entry: Entry) -> bool:
    """Tell whether an entry goes on with the last one."""
    if last.kind != entry.kind or last.why:
        return False
    if entry.kind == "gesture":
        return entry.gesture == last.gesture
    quick = entry.at - last.at <= MERGE_SECONDS
    return entry.kind in ("param", "pending") and entry.name == last.name and quick


def is_same(known: Command | None, command: Command) -> bool:
    """Tell whether two commands set the same thing to the same."""
    if isinstance(known, SetParam) and isinstance(command, SetParam):
        return (known.name, known.value) == (command.name, command.value)
    if isinstance(known, Restore) and isinstance(command, Restore):
        return known.deposit == command.deposit
    return False
