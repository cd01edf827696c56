"""The past of a training, within a budget: weights at even distances, and every scalar.

Moments lie at even distances, which double when the budget is full; the first one stays, and the
newest model is the trained one itself. Curves hold the mean of as many updates as needed for a
fixed number of points, so that hours take no more memory than minutes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["BUDGET", "MOST", "SAVED_BUDGET", "SAVED_MOST", "Curve", "Moments", "crossing", "room"]

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]

BUDGET, MOST = 64 * 2**20, 256
"""Bytes of weights, and moments however small, that are kept while a world lives."""

SAVED_BUDGET, SAVED_MOST = 2**20, 24
"""The same of those that are saved with a model, in half precision: they are only looked at."""

LATEST = 10**12
"""No training has more updates: what a file says beyond is nonsense, and would not fit an axis."""

POINTS = 128
"""Points of a curve; twice as many before they are joined."""


def room(numbers: int, budget: int, most: int, bytes_each: int) -> int:
    """Return how many moments of so many weights there is room for: 2 at least."""
    return max(2, min(most, budget // max(1, numbers * bytes_each)))


class Moments:
    """Keeps the weights of a model while it learns.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Of the weights.
    most : int
        Moments at most, 2 or more.
    kind : numpy dtype
        float32, or float16 to save memory.

    Attributes
    ----------
    every : int
        Updates between two moments now.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        most: int,
        kind: type[np.float32] | type[np.float16] = np.float32,
    ) -> None:
        self._shapes, self._most, self._kind = dict(shapes), most, kind
        self._size = sum(math.prod(shape) for shape in self._shapes.values())
        self.clear()

    def clear(self) -> None:
        """Forget everything: another model learns."""
        self.every = 1
        self._kept: list[tuple[int, NDArray[Any]]] = []

    @property
    def updates(self) -> tuple[int, ...]:
        """Which updates are kept, ascending."""
        return tuple(update for update, _ in self._kept)

    def offer(self, update: int, weights: Callable[[], Mapping[str, Array]]) -> None:
        """Keep the weights after an update if it is due; `weights` is only asked then."""
        if self._kept and (update % self.every or update <= self._kept[-1][0]):
            return
        self._kept.append((update, self._packed(weights())))
        while len(self._kept) > self._most:
            self.every *= 2
            first, *others = self._kept
            self._kept = [first, *(moment for moment in others if not moment[0] % self.every)]

    def at(self, update: int) -> tuple[int, Weights] | None:
        """Return the last moment at or before an update, the first one if all are later."""
        if not self._kept:
            return None
        place = bisect_right(self._kept, update, key=lambda moment: moment[0])
        when, vector = self._kept[max(0, place - 1)]
        return when, self._unpacked(vector)

    def forget_after(self, update: int) -> None:
        """Drop what comes after an update: the training was taken back to it."""
        self._kept = [moment for moment in self._kept if moment[0] <= update]

    def arrays(self) -> dict[str, Array]:
        """Return all of it for a checkpoint; shapes never change."""
        updates = np.full(self._most, -1, np.int64)
        weights = np.zeros((self._most, self._size), self._kind)
        for place, (update, vector) in enumerate(self._kept):
            updates[place], weights[place] = update, vector
        return {"updates": updates, "weights": weights, "every": np.array([self.every], np.int64)}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `arrays` returned.

        Raises
        ------
        BadInput
            If its updates do not ascend from 0 on.
        """
        updates = arrays["updates"]
        count = int((updates >= 0).sum())
        every = int(arrays["every"][0])
        kept = updates[:count]
        ordered = (kept >= 0).all() and (np.diff(kept) > 0).all() and (kept <= LATEST).all()
        if not ordered or not 1 <= every <= LATEST:
            raise BadInput(
                "the moments of the training are not in order", remedy="Use an earlier checkpoint"
            )
        self.every = every
        self._kept = [
            (int(update), np.array(vector))
            for update, vector in zip(updates[:count], arrays["weights"], strict=False)
        ]

    def _packed(self, weights: Mapping[str, Array]) -> NDArray[Any]:
        flat = np.concatenate([np.ravel(weights[name]) for name in self._shapes])
        limit = float(np.finfo(self._kind).max)
        packed: NDArray[Any] = np.clip(flat, -limit, limit).astype(self._kind)
        return packed

    def _unpacked(self, vector: NDArray[Any]) -> Weights:
        made: Weights = {}
        start = 0
        for name, shape in self._shapes.items():
            end = start + math.prod(shape)
            made[name] = vector[start:end].reshape(shape).astype(np.float32)
            start = end
        return made


class Curve:
    """One scalar over the updates, each point the mean of equally many values.

    Attributes
    ----------
    span : int
        Values that a point is the mean of.
    """

    def __init__(self, points: int = POINTS) -> None:
        self._table = np.zeros((3, 2 * points))  # sums of updates, sums of values, counts
        self._length = 0
        self.span = 1

    def add(self, update: float, value: float) -> None:
        """Take the next value."""
        counts = self._table[2]
        if not self._length or counts[self._length - 1] >= self.span:
            if self._length == len(counts):
                self._join()
            self._length += 1
        self._table[:, self._length - 1] += update, value, 1.0

    def _join(self) -> None:
        """Make one point of every two."""
        half = self._table.shape[1] // 2
        joined = self._table.reshape(3, half, 2).sum(axis=2)
        self._table[:, :half], self._table[:, half:] = joined, 0.0
        self._length, self.span = half, 2 * self.span

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean updates and mean values."""
        updates, values, counts = self._table[:, : self._length]
        return updates / counts, values / counts

    def forget_after(self, update: int) -> None:
        """Drop the points that lie after an update."""
        self._length = int(np.searchsorted(self.points()[0], update, side="right"))
        self._table[:, self._length :] = 0.0

    def table(self) -> NDArray[np.float64]:
        """Return the state for a checkpoint: (3, points), the span beside the last counts."""
        return self._table

    def restore(self, table: NDArray[np.float64]) -> None:
        """Take back a table; the span is that of its fullest point.

        Raises
        ------
        BadInput
            If its counts are none that were ever counted, or its updates do not ascend.
        """
        length = int(np.count_nonzero(table[2]))
        if table[:, length:].any() or not _counted(table[:, :length]):
            raise BadInput(
                "a curve of the training is not in order", remedy="Use an earlier checkpoint"
            )
        self._table, self._length = np.array(table), length
        self.span = int(table[2].max(initial=1.0))


def _counted(table: NDArray[np.float64]) -> bool:
    """Tell whether sums and counts are what `Curve.add` makes: full points, the last one begun."""
    counts = table[2]
    if not len(counts):
        return True
    whole = bool((counts == np.floor(counts)).all() and (counts >= 1).all())
    if not whole or counts.max() > LATEST or (counts[:-1] != counts.max()).any():
        return False
    updates = table[0] / counts
    return bool(updates[0] >= 0 and updates[-1] <= LATEST and (np.diff(updates) >= 0).all())


def crossing(points: tuple[Array, Array], level: float) -> float | None:
    """Return where a curve first passes a level, upwards or downwards, interpolated; None if never.

    Parameters
    ----------
    points : (updates, values)
    level : float
    """
    updates, values = points
    above = np.asarray(values) >= level
    changes = np.flatnonzero(above[1:] != above[:-1])
    if not len(changes):
        return None
    i = int(changes[0])
    part = (level - values[i]) / (values[i + 1] - values[i])
    return float(updates[i] + part * (updates[i + 1] - updates[i]))
