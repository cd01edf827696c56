"""What a hand writes on a mesh, layer by layer, and how it is taken back.

Layers are arrays with a row for every vertex: the cells themselves, and the four fields that steer
them. A gesture (all pieces of one stroke, or an action) remembers what was there before it, only
where it wrote; undoing it leaves alone what time did elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.patches import next_number

__all__ = [
    "BUDGET",
    "CELLS",
    "FIELDS",
    "Given",
    "PaintLog",
    "Painted",
    "check_fields",
    "even_spacing",
    "fresh_fields",
]

CELLS: Final = "cells"
"""The layer that time changes as well; a hand only ever sets it to zero."""

FIELDS: Final[Mapping[str, float]] = {"share": 0.0, "turn": 0.0, "scale": 1.0, "rate": 1.0}
"""What the fields are before anybody painted: share of the graft model, radians of the comb, local
scale of the texture, factor of the chance to update."""

_BOUNDS: Final = {
    "share": (0.0, 1.0),
    "turn": (-math.pi, math.pi),
    "scale": (0.5, 2.0),
    "rate": (0.0, 1.0),
}
_ROUNDING: Final = 1e-3

BUDGET: Final = 64 * 2**20
"""Bytes that the past of the hand may take."""

_MOST = 200  # gestures
_MOMENTS = 1000  # steps at which something was done
_SPACING: Final = (0.45, 2.2)  # bounds of the scale that evens out spacing

FloatArray = NDArray[np.float32]
Indices = NDArray[Any]


def fresh_fields(vertices: int) -> dict[str, FloatArray]:
    """Make the four fields as nobody painted them, float32 (vertices,)."""
    return {name: np.full(vertices, value, np.float32) for name, value in FIELDS.items()}


def check_fields(fields: Mapping[str, FloatArray]) -> None:
    """Refuse fields that neither a brush nor an action leaves behind.

    Raises
    ------
    BadInput
        If a value is out of its range; the field is named.
    """
    for name, (low, high) in _BOUNDS.items():
        least, most = float(fields[name].min()), float(fields[name].max())
        if least < low - _ROUNDING or most > high + _ROUNDING:
            raise BadInput(
                f"the field {name!r} holds numbers from {least:.4g} to {most:.4g}, "
                f"not from {low:.4g} to {high:.4g}",
                remedy="Use an earlier checkpoint",
            )


def even_spacing(edges: NDArray[Any]) -> FloatArray:
    """Return the local scale (n,) that evens out a mesh whose mean edges (n,) > 0 vary.

    It is their geometric mean over each of them, between 0.45 and 2.2.
    """
    lengths = np.maximum(np.asarray(edges, np.float64), 1e-12)
    middle = np.exp(np.log(lengths).mean())
    return np.asarray(np.clip(middle / lengths, *_SPACING), np.float32)


@dataclass(eq=False)
class Painted:
    """What one gesture overwrote.

    Attributes
    ----------
    title : str
        In words, for the menu.
    number : int
        That of the stroke; 0 where every piece stands for itself.
    pieces : list of (layer, vertices, rows)
        Every vertex at most once in a layer, with what was there.
    """

    title: str
    number: int
    pieces: list[tuple[str, Indices, FloatArray]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(places.nbytes + rows.nbytes for _, places, rows in self.pieces)


@dataclass(frozen=True, eq=False)
class Hand:
    """What could be undone and done again at the end of a step, the newest last.

    It holds at most one gesture that the one before it has not.
    """

    step: int
    done: tuple[Painted, ...]
    undone: tuple[Painted, ...]

    @property
    def fresh(self) -> int:
        """Memory that it takes beyond the one before it, at most."""
        newest = (*self.done[-1:], *self.undone[-1:])
        return max((gesture.bytes for gesture in newest), default=0)


@dataclass(frozen=True, eq=False)
class Given:
    """What the hand did to a world that was set aside, with the moments of its past."""

    step: int
    done: tuple[Painted, ...]
    undone: tuple[Painted, ...]
    past: tuple[Hand, ...]
    coming: tuple[Hand, ...]

    @property
    def bytes(self) -> int:
        """Memory that it takes, at most."""
        now = sum(gesture.bytes for gesture in (*self.done, *self.undone))
        return now + sum(hand.fresh for hand in (*self.past, *self.coming))


class PaintLog:
    """Writes to the layers of a mesh and remembers enough to take it back.

    Parameters
    ----------
    layers : mapping of str to ndarray
        The arrays that are written in place, a row for every vertex.
    budget : int
        Bytes that may be remembered; the oldest gestures are forgotten first. What other moments
        of the world need, to which it may jump, takes as much again.

    Attributes
    ----------
    newest : int
        Number of the gesture that was remembered last (`next_number`), 0 before the first.
    """

    def __init__(self, layers: Mapping[str, FloatArray], budget: int = BUDGET) -> None:
        self._layers = layers
        self._budget = budget
        self._done: list[Painted] = []
        self._undone: list[Painted] = []
        self._marks = {name: np.zeros(len(rows), np.int64) for name, rows in layers.items()}
        self._gesture = self.newest = 0
        self._next: Painted | None = None
        self._now = 0
        self._past: list[Hand] = []
        self._coming: list[Hand] = []
        self._left: list[Hand] | None = None

    def begin(self, title: str, number: int = 0) -> None:
        """Say what is written from now on, or go on with the last gesture (same title and number).

        Number 0 always begins a gesture. One that writes nothing is not remembered.
        """
        last = self._done[-1] if self._done else None
        same = last is not None and number and (last.title, last.number) == (title, number)
        if not same or self._undone:
            self._next = Painted(title, number)

    def write(self, layer: str, places: Indices, rows: Any) -> None:
        """Write rows to a layer at the vertices `places`, each of them named once."""
        if not len(places):
            return
        if self._next is not None:
            self._done.append(self._next)
            self._undone.clear()
            self._gesture += 1
            self.newest = next_number()
            self._next = None
        marks = self._marks[layer]
        fresh = np.asarray(places[marks[places] != self._gesture], np.int32)
        if fresh.size:
            marks[fresh] = self._gesture
            self._done[-1].pieces.append((layer, fresh, self._layers[layer][fresh].copy()))
        while len(self._done) > 1 and (len(self._done) > _MOST or self.bytes > self._budget):
            del self._done[0]
        self._layers[layer][places] = rows
        self._note()

    @property
    def bytes(self) -> int:
        """Memory that is taken."""
        return sum(gesture.bytes for gesture in (*self._done, *self._undone))

    def words(self) -> tuple[str, str]:
        """Say what would be undone and what done again; "" where there is nothing."""
        done, undone = self._done, self._undone
        return (done[-1].title if done else "", undone[-1].title if undone else "")

    def undo(self) -> None:
        """Put back what the last gesture overwrote.

        Raises
        ------
        BadInput
            If there is none.
        """
        if not self._done:
            raise BadInput("there is no stroke to undo")
        self._undone.append(self._swap(self._done.pop(), undoing=True))
        self._note()

    def redo(self) -> None:
        """Do the gesture again that was undone last.

        Raises
        ------
        BadInput
            If there is none.
        """
        if not self._undone:
            raise BadInput("there is no stroke to do again")
        self._done.append(self._swap(self._undone.pop(), undoing=False))
        self._note()

    # Time.

    def pass_time(self, now: int) -> None:
        """Follow time to the step `now`; what was done ahead of it in another future is lost."""
        self._now = now
        if self._coming and now > self._coming[0].step:
            self._coming.clear()

    def clear(self, *, but: str = "") -> None:
        """Forget everything: another world begins, at step 0.

        A last gesture whose title is `but` stays.
        """
        self._done = [gesture for gesture in self._done[-1:] if but and gesture.title == but]
        self._undone, self._past, self._coming = [], [], []
        self._now, self._left = 0, None
        if self._done:
            self._note()

    def give(self) -> Given:
        """Return all that is remembered, and forget it."""
        done = [Painted(gesture.title, 0, list(gesture.pieces)) for gesture in self._done]
        given = Given(
            self._now, tuple(done), tuple(self._undone), tuple(self._past), tuple(self._coming)
        )
        self.clear()
        return given

    def take(self, given: Given) -> None:
        """Remember again what was given away; the layers are those that it belonged to."""
        self._done, self._undone = list(given.done), list(given.undone)
        self._past, self._coming = list(given.past), list(given.coming)
        self._now, self._left, self._next = given.step, None, None

    def leave(self) -> None:
        """Forget everything, unless `recall` says that the layers are those of an own moment."""
        left = [*self._past, *self._coming]
        self.clear()
        self._left = left

    def recall(self, step: int) -> None:
        """Say, after `leave`, that the layers are those that were left at the end of a step."""
        if self._left is None:
            return
        self._now = step
        self._past = [hand for hand in self._left if hand.step <= step]
        self._coming = [hand for hand in self._left if hand.step > step]
        self._left = None
        if self._past:
            self._done, self._undone = list(self._past[-1].done), list(self._past[-1].undone)

    def _note(self) -> None:
        """Remember for this step what can be undone and done again."""
        self._coming.clear()
        if self._past and self._past[-1].step == self._now:
            del self._past[-1]
        done = tuple(self._done)
        if done:
            # More may be added to a gesture, but none of it is to be added to what it was by now.
            done = (*done[:-1], Painted(done[-1].title, 0, list(done[-1].pieces)))
        self._past.append(Hand(self._now, done, tuple(self._undone)))
        while len(self._past) > 1 and (
            len(self._past) > _MOMENTS or sum(h.fresh for h in self._past) > self._budget
        ):
            del self._past[0]

    def _swap(self, gesture: Painted, *, undoing: bool) -> Painted:
        """Write what a gesture remembers and remember what was there."""
        back = Painted(gesture.title, 0)
        for layer, places, rows in gesture.pieces:
            now = self._layers[layer][places].copy()
            self._layers[layer][places] = rows
            if undoing and layer == CELLS:
                now[...] = 0.0  # done again, an erasure erases what has grown meanwhile
            back.pieces.append((layer, places, now))
        return back
