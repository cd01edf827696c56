"""The pool of states from which training batches are drawn, so that rules learn to persist.

A rule trained only from the seed knows the first hundred steps of its life. Drawing its own earlier
results as new starting points makes the target an attractor (Mordvintsev et al., "Growing Neural
Cellular Automata", Distill 2020, experiment 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pool"]

Cells = NDArray[np.float32]
Slots = NDArray[np.intp]


class Pool:
    """A fixed number of detached states.

    Parameters
    ----------
    seed : ndarray, shape (H, W, C), float32
        The state that fills every slot at first.
    size : int
        Number of slots.
    """

    def __init__(self, seed: Cells, size: int) -> None:
        self.states: Cells = np.repeat(seed[None], size, axis=0)

    def __len__(self) -> int:
        return len(self.states)

    def draw(self, generator: np.random.Generator, count: int) -> tuple[Slots, Cells]:
        """Copy `count` different slots; returns their numbers and their states (count, H, W, C).

        Without replacement: with it, one slot would be written twice and a result lost.
        """
        slots = generator.choice(len(self.states), size=count, replace=False)
        return slots, self.states[slots]

    def put(self, slots: Slots, states: NDArray[Any]) -> None:
        """Write states back to the slots they came from, in the same order."""
        self.states[slots] = states

    def wall(self, count: int) -> Cells:
        """Return at most `count` first slots as a square of tiles (rows * H, columns * W, C)."""
        side = int(np.sqrt(min(count, len(self.states))))
        return tile(self.states[: side * side], side)


def tile(states: Cells, columns: int) -> Cells:
    """Lay states (N, H, W, C) out in rows of `columns` tiles; N is a multiple of `columns`."""
    count, height, width, channels = states.shape
    rows = count // columns
    grid = states.reshape(rows, columns, height, width, channels)
    return np.ascontiguousarray(
        grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    )
