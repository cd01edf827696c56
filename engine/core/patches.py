"""What the hand wrote into a world, and how it is taken back.

A gesture (all pieces of one stroke, or an action) remembers what was there before it and what it
wrote, only where it wrote. Undone, it puts that back as it was onto the world as it is: elsewhere
time has gone on. Back in the world's past only what the hand had done by then can be undone.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.system import Mark, Scope, System

__all__ = ["Counted", "Handed", "Kept", "Patched", "Patches", "Writing", "next_number"]

BUDGET = 32 * 2**20
"""Bytes that gestures may take."""

_MOST = 200  # gestures
_MOMENTS = 1000  # steps at which something was done
_LOOSE = 4096  # places in pieces that are not joined yet

Places = NDArray[np.intp]
Values = NDArray[Any]
Writing = list[tuple[Places, Values]]

_numbers = itertools.count(1)


def next_number() -> int:
    """Return a number that no gesture of any world had before."""
    return next(_numbers)


@dataclass(eq=False)
class Gesture:
    """What one gesture overwrote, in pieces: places (n,), values before and after (n, ...)."""

    title: str
    number: int
    pieces: list[tuple[Places, Values, Values]] = field(default_factory=list)
    bytes: int = 0
    loose: int = 0  # places in all pieces but the first

    def copy(self) -> Gesture:
        """Return one that can be added to; the arrays are shared."""
        return Gesture(self.title, self.number, list(self.pieces), self.bytes, self.loose)

    def add(self, places: Places, before: Values, after: Values) -> None:
        """Take another piece; those that lie over each other are joined from time to time."""
        self.loose += len(places) if self.pieces else 0
        self.pieces.append((places, before, after))
        if self.loose > max(_LOOSE, len(self.pieces[0][0])):
            self._join()
        self.bytes = sum(array.nbytes for piece in self.pieces for array in piece)

    def _join(self) -> None:
        """Keep of every place what was there first and what was written last."""
        places, before, after = (np.concatenate(parts) for parts in zip(*self.pieces, strict=True))
        kept, first = np.unique(places, return_index=True)
        _, last = np.unique(places[::-1], return_index=True)
        self.pieces = [(kept, before[first], after[len(places) - 1 - last])]
        self.loose = 0


@dataclass(frozen=True, eq=False)
class _Hand:
    """What could be undone and done again at the end of a step, the newest last."""

    step: int
    done: tuple[Gesture, ...]
    undone: tuple[Gesture, ...]
    fresh: int  # bytes that it takes beyond the one before it, at most


class Patches:
    """The gestures of one world, those undone among them, within a budget.

    Parameters
    ----------
    budget : int
        Bytes; the oldest gestures are forgotten first. Half of it is for what could be undone at
        other moments of the world, to which it may jump.
    most : int
        Gestures.

    Attributes
    ----------
    newest : int
        Number of the gesture that was remembered last, 0 before the first and where that one was
        too large to be; no other gesture of any world has it.
    """

    def __init__(self, budget: int = BUDGET, most: int = _MOST) -> None:
        self._budget, self._most = budget, most
        self.newest = 0
        self._next: Gesture | None = None
        self._left: list[_Hand] | None = None
        self._forget()

    def _forget(self) -> None:
        self._done: list[Gesture] = []
        self._undone: list[Gesture] = []
        self._past: list[_Hand] = []
        self._coming: list[_Hand] = []
        self._now = 0
        self._lost: tuple[str, int] | None = None  # a gesture too large to be remembered
        self._deaf = False

    def begin(self, title: str, number: int = 0) -> None:
        """Say what is written from now on, or go on with the last gesture (same title and number).

        Number 0 always begins a gesture. One that writes nothing is not remembered, and one that
        outgrew the budget not in part.
        """
        self._deaf = bool(number) and (title, number) == self._lost
        last = self._done[-1] if self._done else None
        same = last is not None and number and (last.title, last.number) == (title, number)
        self._next = None if same and not self._undone else Gesture(title, number)

    def note(self, places: Places, before: Values, after: Values) -> None:
        """Remember that `before` was at `places` and `after` is; nothing before the first `begin`.

        Parameters
        ----------
        places : ndarray
            (n,) integers, each once.
        before, after : ndarray
            (n, ...) of one type; nobody writes to them any more.
        """
        if self._deaf or not len(places) or (self._next is None and not self._done):
            return
        if self._next is not None:
            self._done.append(self._next)
            self._undone.clear()
            self.newest = next_number()
            self._next = None
        else:  # what could be undone at an earlier step stays what it was: it may be jumped to
            self._done[-1] = self._done[-1].copy()
        self._done[-1].add(np.asarray(places, np.intp), before, after)
        self._fit()
        self._remember()

    @property
    def bytes(self) -> int:
        """Memory that is taken, at most."""
        hands = (*self._past, *self._coming)
        held = [(*self._done, *self._undone), *((*h.done, *h.undone) for h in hands[:1])]
        kept = max(sum(gesture.bytes for gesture in gestures) for gestures in held)
        return kept + sum(hand.fresh for hand in hands)

    def words(self) -> tuple[str, str]:
        """Say what would be undone and what done again; "" where there is nothing."""
        done, undone = self._done, self._undone
        return (done[-1].title if done else "", undone[-1].title if undone else "")

    def undo(self) -> Writing:
        """Take the last gesture back; returns what to write where, in this order.

        Raises
        ------
        BadInput
            If there is none.
        """
        if not self._done:
            raise BadInput("there is no stroke to undo")
        gesture = self._done.pop()
        self._undone.append(gesture)
        self._remember()
        return [(places, before) for places, before, _ in reversed(gesture.pieces)]

    def redo(self) -> Writing:
        """Do the gesture again that was undone last; returns what to write where, in this order.

        Raises
        ------
        BadInput
            If there is none.
        """
        if not self._undone:
            raise BadInput("there is no stroke to do again")
        gesture = self._undone.pop()
        self._done.append(gesture)
        self._remember()
        return [(places, after) for places, _, after in gesture.pieces]

    def clear(self) -> None:
        """Forget everything: another world begins."""
        self._forget()
        self._next = self._left = None

    # Time.

    def pass_time(self, now: int) -> None:
        """Follow time to the step `now`; what was done ahead of it in another future is lost."""
        self._now = now
        if self._coming and now > self._coming[0].step:
            self._coming.clear()

    def leave(self) -> None:
        """Forget everything, unless `recall` says that the state is one of this world's own."""
        left = [*self._past, *self._coming]
        self.clear()
        self._left = left

    def recall(self, step: int) -> None:
        """Say, after `leave`, that the state is the one that was left at the end of a step."""
        left, self._left = self._left, None
        if left is None:
            return
        self._now = step
        self._past = [hand for hand in left if hand.step <= step]
        self._coming = [hand for hand in left if hand.step > step]
        if self._past:
            self._done, self._undone = list(self._past[-1].done), list(self._past[-1].undone)

    def _remember(self) -> None:
        """Note for this step what can be undone and done again."""
        self._coming.clear()
        if self._past and self._past[-1].step == self._now:
            del self._past[-1]
        newest = (*self._done[-1:], *self._undone[-1:])
        fresh = max((gesture.bytes for gesture in newest), default=0)
        self._past.append(_Hand(self._now, tuple(self._done), tuple(self._undone), fresh))
        del self._past[:-_MOMENTS]
        while self._past and sum(hand.fresh for hand in self._past) > self._budget // 2:
            del self._past[0]

    def _fit(self) -> None:
        """Forget the oldest gestures until the budget suffices, the newest at last."""
        newest = self._done[-1]
        del self._done[: -self._most]
        while self._done and sum(gesture.bytes for gesture in self._done) > self._budget // 2:
            del self._done[0]
        if not self._done:
            self._lost, self._deaf, self.newest = (newest.title, newest.number), True, 0


@runtime_checkable
class Counted(Protocol):
    """Numbers what the hand did, so that pieces of one stroke are told from strokes."""

    @property
    def gestures(self) -> int:
        """Number of the gesture that was remembered last (`next_number`), 0 before the first."""


class Kept(Protocol):
    """What the hand did to a world that was set aside."""

    @property
    def bytes(self) -> int:
        """Memory that it takes."""


@runtime_checkable
class Handed(Protocol):
    """Gives away what the hand did to it, so that it comes back with the state it belongs to."""

    def give_hand(self) -> Kept:
        """Return what could be undone and done again, and know nothing of it any more."""

    def take_hand(self, kept: Any) -> None:
        """Know again what `give_hand` returned, for the state that it belonged to."""


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

    @patches.setter
    def patches(self, patches: Patches) -> None:
        self._patches = patches

    def give_hand(self) -> Patches:
        """Give away what the hand did."""
        kept, self.patches = self.patches, Patches()
        return kept

    def take_hand(self, kept: Patches) -> None:
        """Know again what was given away."""
        self.patches = kept

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
