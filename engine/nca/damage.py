"""Damage in training batches: what teaches a rule to regenerate.

Discs follow the paper (Mordvintsev et al., Distill 2020, experiment 3); cutting a half away is
ours, since people cut living things in two and expect both pieces to heal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["HALVES", "cut_disc", "cut_half", "damage", "half_mask"]

HALVES = ("top", "bottom", "left", "right")

Mask = NDArray[np.bool_]


def cut_disc(generator: np.random.Generator, height: int, width: int, least: float = 0.1) -> Mask:
    """Draw the cells (height, width) of a disc, True where cells die.

    Centre uniform in [-0.5, 0.5]^2 and radius in [least, 0.4], the grid spanning [-1, 1].
    """
    row, column = generator.uniform(-0.5, 0.5, 2)
    radius = generator.uniform(least, 0.4)
    y = np.linspace(-1.0, 1.0, height)[:, None] - row
    x = np.linspace(-1.0, 1.0, width)[None, :] - column
    return np.asarray(x * x + y * y < radius * radius)


def half_mask(side: str, height: int, width: int, at: float = 0.5) -> Mask:
    """Mark what lies on one side of a straight cut.

    Parameters
    ----------
    side : str
        One of `HALVES`.
    height, width : int
        Of the grid, in cells.
    at : float, range 0..1
        Where the cut lies, from the top or from the left.
    """
    mask = np.zeros((height, width), bool)
    if side in ("top", "bottom"):
        row = round(height * at)
        mask[:row] = side == "top"
        mask[row:] = side == "bottom"
    else:
        column = round(width * at)
        mask[:, :column] = side == "left"
        mask[:, column:] = side == "right"
    return mask


def cut_half(generator: np.random.Generator, height: int, width: int) -> Mask:
    """Draw one of the four halves, the cut lying up to an eighth beside the middle."""
    side = HALVES[int(generator.integers(len(HALVES)))]
    return half_mask(side, height, width, generator.uniform(0.375, 0.625))


def damage(
    states: NDArray[np.float32], generator: np.random.Generator, halves: float = 0.0
) -> None:
    """Kill a region in each of the states (N, H, W, C), in place, all channels.

    `halves` is the chance that a half is cut instead of a disc.
    """
    height, width = states.shape[1:3]
    for state in states:
        cut = cut_half if generator.random() < halves else cut_disc
        state[cut(generator, height, width)] = 0.0
