"""The matrix product of the fused cell step, in tiles of whole vectors."""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.nca.tile import TILE_COLUMNS, TILE_ROWS, tile1, tile1_tall, tile2, tile3
from engine.nca.vector_ir import LANES

__all__ = ["multiply"]


@njit(nogil=True, cache=True)
def multiply(c: Any, a: Any, flip: Any, b: Any, size: Any, start: Any, bounds: Any) -> None:
    """C[:m] = clamp(start + A B, low, high), over all columns of C.

    c : (>= m, n), n a multiple of `LANES`; a : (m, >= depth), or (depth, >= m) with `flip`; b : (>=
    depth, n).
    size : (m, depth), m a multiple of `TILE_ROWS`.
    start : (address, elements from row to row), added; with 0 one row serves all, as a bias does.
    bounds : (low, high)
    """
    m, depth = size
    start_at, ld_start = start
    low, high = bounds
    n, ldc, ldb = c.shape[1], c.shape[1], b.shape[1]
    a_row, a_col = (1, a.shape[1]) if flip else (a.shape[1], 1)
    a_at, b_at, c_at = a.ctypes.data, b.ctypes.data, c.ctypes.data
    j = 0
    while j + 2 * LANES <= n:
        wide = TILE_COLUMNS == 3 and j + 3 * LANES <= n
        here = b_at + 4 * j
        for i in range(0, m, TILE_ROWS):
            to, first, row = (
                c_at + 4 * (i * ldc + j),
                start_at + 4 * (i * ld_start + j),
                a_at + 4 * i * a_row,
            )
            if wide:
                tile3(to, ldc, row, a_row, a_col, here, ldb, depth, first, ld_start, low, high)
            else:
                tile2(to, ldc, row, a_row, a_col, here, ldb, depth, first, ld_start, low, high)
        j += 3 * LANES if wide else 2 * LANES
    if j == n:
        return
    # The last single column: twice the rows at once, for one column of sums cannot hide the
    # latency.
    i = 0
    while i < m:
        to, first, row = (
            c_at + 4 * (i * ldc + j),
            start_at + 4 * (i * ld_start + j),
            a_at + 4 * i * a_row,
        )
        if i + 2 * TILE_ROWS <= m:
            tile1_tall(
                to, ldc, row, a_row, a_col, b_at + 4 * j, ldb, depth, first, ld_start, low, high
            )
            i += 2 * TILE_ROWS
        else:
            tile1(to, ldc, row, a_row, a_col, b_at + 4 * j, ldb, depth, first, ld_start, low, high)
            i += TILE_ROWS
