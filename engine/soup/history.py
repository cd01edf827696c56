"""Saved epochs of a soup, within a budget: the past that a user can jump back to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["History", "Moment"]


@dataclass(frozen=True, eq=False)
class Moment:
    """A soup as it was: after `epoch` completed epochs, with its counters and tracer tokens."""

    epoch: int
    soup: NDArray[np.uint8]
    ops: int
    resets: int
    tokens: NDArray[np.uint32] | None = None

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return self.soup.nbytes + (self.tokens.nbytes if self.tokens is not None else 0)


class History:
    """Moments at even distances, which double whenever the budget is full; the first one stays.

    Parameters
    ----------
    budget : int
        Bytes at most, though two moments are always kept.
    every : int
        Epochs between two moments at first.
    """

    def __init__(self, budget: int, every: int = 16) -> None:
        self.budget, self._first_every = budget, every
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.every = self._first_every
        self._moments: dict[int, Moment] = {}

    @property
    def epochs(self) -> tuple[int, ...]:
        """What is kept, oldest first."""
        return tuple(sorted(self._moments))

    def due(self, epoch: int) -> bool:
        """Whether this epoch should be kept and is not."""
        return epoch % self.every == 0 and epoch not in self._moments

    def keep(self, moment: Moment) -> None:
        """Add a moment, which nobody writes to any more; thin out what is there if need be."""
        self._moments[moment.epoch] = moment
        while len(self._moments) > 2 and self._size() > self.budget:
            self.every *= 2
            first = min(self._moments)
            kept = [e for e in self.epochs if e % self.every == 0 or e == first]
            if len(kept) == len(self._moments):  # odd epochs that a user kept: drop the oldest
                kept.remove(kept[1])
            self._moments = {epoch: self._moments[epoch] for epoch in kept}

    def forget_after(self, epoch: int) -> None:
        """Drop what came later: the soup was edited here and has another future."""
        self._moments = {e: moment for e, moment in self._moments.items() if e <= epoch}

    def before(self, epoch: int) -> Moment | None:
        """Return the last moment at or before an epoch."""
        fitting = [e for e in self._moments if e <= epoch]
        return self._moments[max(fitting)] if fitting else None

    def _size(self) -> int:
        return sum(moment.bytes for moment in self._moments.values())
