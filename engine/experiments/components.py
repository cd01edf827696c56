"""Connected regions of a mask, for figures that count spots."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["count_components"]


def count_components(mask: NDArray[np.bool_], *, wraps: bool = True) -> int:
    """Count the 4-connected regions of a mask (h, w), on a torus where it wraps."""
    return int(_count(np.ascontiguousarray(mask, np.bool_), wraps))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _count(mask: NDArray[np.bool_], wraps: bool) -> Any:
    """Union-find over the right and the lower neighbour of every cell."""
    height, width = mask.shape
    parent = np.arange(height * width)
    count = 0
    for y in range(height):
        for x in range(width):
            if not mask[y, x]:
                continue
            count += 1
            for dy, dx in ((0, 1), (1, 0)):
                yy, xx = y + dy, x + dx
                if wraps:
                    yy, xx = yy % height, xx % width
                if yy >= height or xx >= width or not mask[yy, xx]:
                    continue
                a, b = y * width + x, yy * width + xx
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                if a != b:
                    parent[a] = b
                    count -= 1
    return count
