"""Time series of a world: loss and metrics, bounded in memory however long the run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Series"]


class Series:
    """Points (x, y) in order of x; when full, pairs of neighbours become their means.

    Parameters
    ----------
    capacity : int
        Points held at most; an even number.
    """

    def __init__(self, capacity: int = 8192) -> None:
        self._x = np.zeros(capacity)
        self._y = np.zeros(capacity)
        self._count = 0
        self._stride = 1
        self._last: float | None = None
        self._pending: list[tuple[float, float]] = []

    def __len__(self) -> int:
        return self._count

    @property
    def last(self) -> float | None:
        """The newest value, before any averaging."""
        return self._last

    def append(self, x: float, y: float) -> None:
        """Add a point; an x at or before the last one restarts the series there."""
        newest = self._pending[-1][0] if self._pending else -np.inf
        if self._count:
            newest = max(newest, self._x[self._count - 1])
        if x <= newest:
            self._count = int(np.searchsorted(self._x[: self._count], x))
            self._pending.clear()
        self._pending.append((x, y))
        self._last = y
        if len(self._pending) < self._stride:
            return
        if self._count == self._x.size:
            self._halve()
        block = np.array(self._pending)
        self._pending.clear()
        self._x[self._count], self._y[self._count] = block.mean(axis=0)
        self._count += 1

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return copies of x and y."""
        return self._x[: self._count].copy(), self._y[: self._count].copy()

    def state(self) -> NDArray[np.float64]:
        """Return a copy of the points as they are kept in a session, (2, n)."""
        return np.stack(self.points())

    def fill(self, points: NDArray[np.float64]) -> None:
        """Take the points of `state` in place of its own; what does not fit is averaged."""
        self.clear()
        for x, y in points.T:
            self.append(float(x), float(y))

    def clear(self) -> None:
        """Forget everything."""
        self._count, self._stride, self._last = 0, 1, None
        self._pending.clear()

    def _halve(self) -> None:
        half = self._count // 2
        for array in (self._x, self._y):
            array[:half] = array[: 2 * half].reshape(half, 2).mean(axis=1)
        self._count = half
        self._stride *= 2
