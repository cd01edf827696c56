"""What the hand wrote into a world, and how it is taken back.

A gesture (`engine.core.gestures`) remembers what was there before it and what it wrote, only where
it wrote. Undone, it puts that back as it was onto the world as it is: elsewhere time has gone on.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.gestures import MOST, Gesture, Gestures, Given
from engine.core.system import Mark, Scope, System

__all__ = ["Patch", "Patched", "Patches", "Writing"]

BUDGET = 32 * 2**20
"""Bytes that gestures may take."""

_LOOSE = 4096  # places in pieces that are not joined yet

Places = NDArray[np.intp]
Values = NDArray[Any]
Writing = list[tuple[Places, Values]]


@dataclass(eq=False)
class Patch(Gesture):
    """What one gesture overwrote, in pieces: places (n,), values before and after (n, ...)."""

    pieces: list[tuple[Places, Values, Values]] = field(default_factory=list)
    size: int = 0  # bytes
    loose: int = 0  # places in all pieces but the first

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return self.size

    def copy(self) -> Patch:
        """Return one that can be added to; the arrays are shared."""
        return Patch(self.title, self.number, list(self.pieces), self.size, self.loose)

    def add(self, places: Places, before: Values, after: Values) -> None:
        """Take another piece; those that lie over each other are joined from time to time."""
        self.loose += len(places) if self.pieces else 0
        self.pieces.append((places, before, after))
        if self.loose > max(_LOOSE, len(self.pieces[0][0])):
            self._join()
        self.size = sum(array.nbytes for piece in self.pieces for array in piece)

    def _join(self) -> None:
        """Keep of every place what was there first and what was written last."""
        places, before, after = (np.concatenate(parts) for parts in zip(*self.pieces, strict=True))
        kept, first = np.unique(places, return_index=True)
        _, last = np.unique(places[::-1], return_index=True)
        self.pieces = [(kept, before[first], after[len(places) - 1 - last])]
        self.loose = 0


class Patches(Gestures[Patch]):
    """The patches of one world, those undone among them, within a budget.

    Parameters
    ----------
    budget, most : int
        Bytes and gestures; see `Gestures`.
    """

    def __init__(self, budget: int = BUDGET, most: int = MOST) -> None:
        super().__init__(Patch, budget, most)

    def note(self, places: Places, before: Values, after: Values) -> None:
        """Remember that `before` was at `places` and `after` is; nothing before the first `begin`.

        Parameters
        ----------
        places : ndarray
            (n,) integers, each once.
        before, after : ndarray
            (n, ...) of one type; nobody writes to them any more.
        """
        gesture = self._open() if len(places) else None
        if gesture is not None:
            gesture.add(np.asarray(places, np.intp), before, after)
            self._close()

    def undo(self) -> Writing:
        """Take the last gesture back; returns what to write where, in this order.

        Raises
        ------
        BadInput
            If there is none.
        """
        gesture = self._take_back()
        return [(places, before) for places, before, _ in reversed(gesture.pieces)]

    def redo(self) -> Writing:
        """Do the gesture again that was undone last; returns what to write where, in this order.

        Raises
        ------
        BadInput
            If there is none.
        """
        gesture = self._do_again()
        return [(places, after) for places, _, after in gesture.pieces]


class Patched(System):
    """A system whose hand writes values to places; it is `Undoable` for what it notes.

    It gives `write_back`, calls `begin_gesture` where a gesture begins, and says by
    `patches.note` what it wrote where.
    """

    _patches: Patches | None = None

    @property
    def patches(self) -> Patches:
        """What the hand did, up to the present: ticks themselves need not tell of it."""
        if self._patches is None:
            self._patches = Patches()
        self._patches.pass_time(self.step_count)
        return self._patches

    def give_hand(self) -> Given[Patch]:
        """Give away what the hand did."""
        return self.patches.give()

    def take_hand(self, kept: Given[Patch]) -> None:
        """Know again what was given away."""
        self.patches.take(kept)

    @abstractmethod
    def write_back(self, places: Places, values: Values) -> None:
        """Write values to places, as a hand does it."""

    def begin_gesture(self, title: str, number: int = 0) -> None:
        """Say what the hand does from now on; pieces of one number are one gesture."""
        self.patches.begin(title, number)

    @property
    def gestures(self) -> int:
        """Number of the gesture that was remembered last, 0 before the first."""
        return self.patches.newest

    def undo_words(self) -> tuple[str, str]:
        """Say what would be undone and what done again."""
        return self.patches.words()

    def undo(self) -> None:
        """Take back the last gesture."""
        for places, values in self.patches.undo():
            self.write_back(places, values)

    def redo(self) -> None:
        """Do it again."""
        for places, values in self.patches.redo():
            self.write_back(places, values)

    def reset(self, seed: int | None = None) -> None:
        """Begin again; what the hand did is gone with the world."""
        super().reset(seed)
        self.patches.clear()

    def load_state(self, arrays: Mapping[str, NDArray[Any]], scope: Scope) -> None:
        """Restore a state; what the hand did is forgotten unless `recall` follows."""
        known = self.patches  # at the step that is left
        super().load_state(arrays, scope)
        if scope != "model":
            known.leave()

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know what the hand had done by the state that was restored."""
        super().recall(marks)
        self.patches.recall(self.step_count)
