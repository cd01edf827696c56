"""The random numbers of the soup: SplitMix64 as a function, without a state.

Every figure of the soup is a mix of its place and the user's seed (arXiv 2406.19108; constants of
Steele, Lea, Flood 2014), so it does not matter who draws it and when.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["mix", "stream"]


@njit(nogil=True, cache=True)
def mix(value: np.uint64) -> np.uint64:
    """Return SM(value); all unsigned 64-bit: wrap every argument in `np.uint64`."""
    z = np.uint64(value) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def stream(seed: np.uint64, number: np.uint64) -> np.uint64:
    """Return the seed of one stream, SM(SM(seed) ^ SM(number)); "seed(x)" of the specification."""
    return mix(mix(np.uint64(seed)) ^ mix(np.uint64(number)))
