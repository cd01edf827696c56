"""What a hand did, gesture by gesture, and what of it can be undone at which step of a world.

A gesture is all pieces of one stroke, or an action. What it remembers of a world is the matter of
the rooms that write there (`engine.core.patches`, `engine.mesh_nca.fields`); here it is begun, gone
on with, forgotten when memory runs out, and found again where a world jumps: back in the past only
what the hand had done by then can be undone.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from engine.core.errors import BadInput

__all__ = ["MOST", "Counted", "Gesture", "Gestures", "Given", "Handed", "Kept", "next_number"]

MOST = 200
"""Gestures that are remembered."""

_MOMENTS = 1000  # steps at which something was done

_numbers = itertools.count(1)


def next_number() -> int:
    """Return a number that no gesture of any world had before."""
    return next(_numbers)


@dataclass(eq=False)
class Gesture(ABC):
    """What one gesture overwrote.

    Attributes
    ----------
    title : str
        In words, for the menu.
    number : int
        That of the stroke; 0 where nothing more belongs to it.
    """

    title: str
    number: int

    @property
    @abstractmethod
    def bytes(self) -> int:
        """Memory that it takes."""

    @abstractmethod
    def copy(self) -> Self:
        """Return one that can be added to; the arrays are shared."""


G = TypeVar("G", bound=Gesture)


@dataclass(frozen=True, eq=False)
class _Hand(Generic[G]):
    """What could be undone and done again at the end of a step, the newest last."""

    step: int
    done: tuple[G, ...]
    undone: tuple[G, ...]
    fresh: int  # bytes that it takes beyond the one before it, at most


@dataclass(frozen=True, eq=False)
class Given(Generic[G]):
    """What the hand did to a world that was set aside, with the moments of its past."""

    step: int
    done: tuple[G, ...]
    undone: tuple[G, ...]
    past: tuple[_Hand[G], ...]
    coming: tuple[_Hand[G], ...]
    newest: int
    bytes: int  # memory that it takes, at most


class Gestures(Generic[G]):
    """The gestures of one world, those undone among them, within a budget.

    Parameters
    ----------
    make : callable
        Makes an empty gesture of a title and a number.
    budget : int
        Bytes; the oldest gestures are forgotten first. Half of it is for what could be undone at
        other moments of the world, to which it may jump.
    most : int
        Gestures.
    least : int
        Gestures that are kept however large they are, the newest.

    Attributes
    ----------
    newest : int
        Number of the gesture that was remembered last, 0 before the first and where that one was
        too large to be; no other gesture of any world has it.
    """

    def __init__(
        self, make: Callable[[str, int], G], budget: int, most: int = MOST, least: int = 0
    ) -> None:
        self._make, self._half, self._most, self._least = make, budget // 2, most, least
        self.newest = 0
        self._done: list[G] = []
        self._undone: list[G] = []
        self._past: list[_Hand[G]] = []
        self._coming: list[_Hand[G]] = []
        self._left: list[_Hand[G]] | None = None
        self._now = 0
        self._next: tuple[str, int] | None = None
        self._sealed = False  # whether nothing is added to the last gesture
        self._lost: tuple[str, int] | None = None  # a gesture too large to be remembered
        self._deaf = False  # whether it goes on

    def begin(self, title: str, number: int = 0) -> None:
        """Say what is written from now on, or go on with the last gesture (same title and number).

        Number 0 always begins a gesture. One that writes nothing is not remembered, and one that
        outgrew the budget not in part. One of before a jump is not gone on with after it.
        """
        self._deaf = bool(number) and (title, number) == self._lost
        last = self._done[-1] if self._done and not self._sealed else None
        same = last is not None and number and (last.title, last.number) == (title, number)
        self._next = None if same and not self._undone else (title, number)

    def clear(self, *, but: str = "") -> None:
        """Forget everything: another world begins, at step 0.

        A last gesture whose title is `but` stays.
        """
        self._done = [gesture for gesture in self._done[-1:] if but and gesture.title == but]
        self._undone, self._past, self._coming, self._now = [], [], [], 0
        self._next = self._left = self._lost = None
        self._deaf = self._sealed = False
        if self._done:
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

    # For those that know what a gesture holds.

    def _open(self) -> G | None:
        """Return the gesture to add to, before `_close`; None where nothing is to be remembered."""
        if self._deaf or (self._next is None and not self._done):
            return None
        if self._next is not None:
            self._done.append(self._make(*self._next))
            self._undone.clear()
            self.newest = next_number()
            self._next, self._sealed = None, False
        else:  # what could be undone at an earlier step stays what it was: it may be jumped to
            self._done[-1] = self._done[-1].copy()
        return self._done[-1]

    def _close(self) -> None:
        """Say that something was added; the oldest are forgotten until the budget suffices."""
        newest = self._done[-1]
        del self._done[: -self._most]
        while len(self._done) > self._least and sum(g.bytes for g in self._done) > self._half:
            del self._done[0]
        if not self._done:
            self._lost, self._deaf, self.newest = (newest.title, newest.number), True, 0
        self._remember()

    def _take_back(self, turn: Callable[[G], G] | None = None) -> G:
        """Return the last gesture, now undone; `turn` makes of it the one to be done again."""
        if not self._done:
            raise BadInput("there is no stroke to undo")
        gesture = self._done.pop()
        self._undone.append(gesture if turn is None else turn(gesture))
        self._remember()
        return gesture

    def _do_again(self, turn: Callable[[G], G] | None = None) -> G:
        """Return what was undone last, now done; `turn` makes of it the one to be undone."""
        if not self._undone:
            raise BadInput("there is no stroke to do again")
        gesture = self._undone.pop()
        self._done.append(gesture if turn is None else turn(gesture))
        self._remember()
        return gesture

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
        self._now, self._sealed = step, True
        self._past = [hand for hand in left if hand.step <= step]
        self._coming = [hand for hand in left if hand.step > step]
        if self._past:
            self._done, self._undone = list(self._past[-1].done), list(self._past[-1].undone)

    def give(self) -> Given[G]:
        """Return all that is remembered, and forget it."""
        held = tuple(self._done), tuple(self._undone), tuple(self._past), tuple(self._coming)
        given = Given(self._now, *held, self.newest, self.bytes)
        self.clear()
        self.newest = 0
        return given

    def take(self, given: Given[G]) -> None:
        """Remember again what was given away; the world is as it was then."""
        self.clear()
        self._done, self._undone = list(given.done), list(given.undone)
        self._past, self._coming = list(given.past), list(given.coming)
        self._now, self.newest, self._sealed = given.step, given.newest, True

    def _remember(self) -> None:
        """Note for this step what can be undone and done again."""
        self._coming.clear()
        if self._past and self._past[-1].step == self._now:
            del self._past[-1]
        newest = (*self._done[-1:], *self._undone[-1:])
        fresh = max((gesture.bytes for gesture in newest), default=0)
        self._past.append(_Hand(self._now, tuple(self._done), tuple(self._undone), fresh))
        del self._past[:-_MOMENTS]
        while len(self._past) > self._least and sum(h.fresh for h in self._past) > self._half:
            del self._past[0]


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
