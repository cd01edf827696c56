"""Where the bytes of a tape came from, for kernels that note it if they are asked to.

A kernel takes the origins or None. It is compiled for each of the two, and what is under
``if origin is not None`` is not in the one for None.
"""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy.typing import NDArray

__all__ = ["begin_origins"]


@njit(nogil=True, cache=True)
def begin_origins(origins: NDArray[Any] | None, index: int) -> NDArray[Any] | None:
    """Let every byte of tape `index` come from itself, int16 (n, 128); returns its row."""
    if origins is None:
        return None
    row: NDArray[Any] = origins[index]
    for place in range(len(row)):
        row[place] = place
    return row
