"""Damage in training batches: what teaches a rule to regenerate.

Discs follow the paper (Mordvintsev et al., Distill 2020, experiment 3); cutting a half away is ours,
since people cut living things in two and expect both pieces to heal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["HALVES", "cut_disc", "cut_half", "damage", "half_mask"]

HALVES = ("top", "bottom", "left", "right")

Mask = NDArray[np.bool_]


def cut_disc(generator: np.random.Generator, height: int, width: int) -> Mask:
    """Draw the cells (height, width) of a disc, True where cells die.

    Centre uniform in [-0.5, 0.5]^2 and radius in [0.1, 0.4], the grid spanning [-1, 1].
    """
    row, column = generator.uniform(-0.5, 0.5, 2)
    radius = generator.uniform(0.1, 0.4)
    y = np.linspace(-1.0, 1.0, height)[:, None] - row
    x = np.linspace(-1.0, 1.0, width)[None, :] - column
    return np.asarray(x * x + y * y < radius * radius)


def half_mask(side: str, height: int, width: int) -> Mask:
    """Mark one half of a grid, `side` being one of `HALVES`."""
    mask = np.zeros((height, width), bool)
    rows, columns = height // 2, width // 2
    parts: dict[str, Any] = {
        "top": np.s_[:rows, :],
        "bottom": np.s_[height - rows :, :],
        "left": np.s_[:, :columns],
        "right": np.s_[:, width - columns :],
    }
    mask[parts[side]] = True
    return mask


def cut_half(generator: np.random.Generator, height: int, width: int) -> Mask:
    """Draw one of the four halves of a grid."""
    return half_mask(HALVES[int(generator.integers(len(HALVES)))], height, width)


def damage(
    states: NDArray[np.float32], generator: np.random.Generator, halves: float = 0.0
) -> None:
    """Kill a region in each of the states (N, H, W, C), in place, all channels.

    `halves` is the chance that a half is cut instead of a disc.
    """
    height, width = states.shape[1:3]
    for state in states:
        half = generator.random() < halves
        state[(cut_half if half else cut_disc)(generator, height, width)] = 0.0
