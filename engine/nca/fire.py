"""Which cells update in a step: a counter-based random mask.

The draw of a cell is a hash of (seed, step, cell number), so the mask has the same bits for any
number of threads, any split of the work and any device, and a step can be replayed without storing
its mask.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fire_limit", "fire_mask", "step_keys"]

_MASK64 = (1 << 64) - 1


def _splitmix(value: int) -> int:
    value = (value + 0x9E3779B97F4A7C15) & _MASK64
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK64
    return value ^ (value >> 31)


def step_keys(seed: int, step: int) -> tuple[int, int]:
    """Two 32-bit keys of one step (splitmix64 of seed and step)."""
    mixed = _splitmix(_splitmix(seed & _MASK64) ^ (step & _MASK64))
    return mixed & 0xFFFFFFFF, mixed >> 32


def fire_limit(rate: float) -> int:
    """A cell fires when its 32-bit draw is below this; 2**32 for a rate of 1."""
    return round(min(max(rate, 0.0), 1.0) * (1 << 32))


def fire_mask(
    seed: int, step: int, shape: tuple[int, int, int], rate: float
) -> npt.NDArray[np.bool_]:
    """The mask of a step, (batch, height, width), as the fused kernels draw it.

    The cell number is `(b * height + y) * width + x`; the hash is two rounds of lowbias32 (C.
    Wellons).
    """
    low, high = step_keys(seed, step)
    cells = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint64).astype(np.uint32)
    draw = _lowbias32(_lowbias32(cells ^ np.uint32(low)) ^ np.uint32(high))
    return (draw.astype(np.uint64) < np.uint64(fire_limit(rate))).reshape(shape)


def _lowbias32(x: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
