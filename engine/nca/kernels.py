"""The numba kernels of the fused cell step: forward over a block of rows, backward over a sample.

A chunk of `CHUNK` updated cells at a time goes through perception, both layers and the write-back, so that
the hidden layer never leaves the first-level cache. Kernels release the GIL, allocate nothing, and are
never `parallel=True`: the callers split the work (`engine.nca.fused`, `engine.nca.train`).

Arguments come in tuples, made once per call by `engine.nca.packed`:
`grid` = (height, width, channels, wrap, alive), `filters` = (kinds, cos, sin, unit, offsets),
`net` = (w1, b1, w2, b2) padded to whole vectors, `fire` = (key, key, limit), `dial` = (threshold,
step size, clip), `scratch` = the buffers of one worker.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.nca.simd import (
    LANES,
    TILE_COLUMNS,
    TILE_ROWS,
    perceive,
    perceive_adjoint,
    tile1,
    tile2,
    tile3,
)

__all__ = ["ALPHA", "CHUNK", "advance", "living", "settle"]

CHUNK = 48
ALPHA = 3
_INF = np.float32(np.inf)


@njit(nogil=True, cache=True)
def multiply(c: Any, ldc: Any, a: Any, a_row: Any, a_col: Any, b: Any, ldb: Any, m: Any, n: Any, k: Any,
             start: Any, ld_start: Any, low: Any, high: Any) -> None:
    """C[:m, :n] = clamp(start + A B); addresses, m a multiple of `TILE_ROWS`, n of `LANES`."""
    for i in range(0, m, TILE_ROWS):
        j = 0
        if TILE_COLUMNS == 3:
            while j + 3 * LANES <= n:
                tile3(c + 4 * (i * ldc + j), ldc, a + 4 * i * a_row, a_row, a_col, b + 4 * j, ldb, k,
                      start + 4 * (i * ld_start + j), ld_start, low, high)
                j += 3 * LANES
        while j + 2 * LANES <= n:
            tile2(c + 4 * (i * ldc + j), ldc, a + 4 * i * a_row, a_row, a_col, b + 4 * j, ldb, k,
                  start + 4 * (i * ld_start + j), ld_start, low, high)
            j += 2 * LANES
        if j < n:
            tile1(c + 4 * (i * ldc + j), ldc, a + 4 * i * a_row, a_row, a_col, b + 4 * j, ldb, k,
                  start + 4 * (i * ld_start + j), ld_start, low, high)


@njit(nogil=True, cache=True)
def _lowbias32(x: Any) -> Any:
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(nogil=True, cache=True)
def draw_row(row: Any, first: Any, fire: Any) -> None:
    """Which cells of a row fire; `first` is the number of its first cell (see `engine.nca.fire`)."""
    low, high, limit = fire
    low32, high32 = np.uint32(low), np.uint32(high)
    if limit >= (1 << 32):
        row[:] = 1
        return
    limit32 = np.uint32(limit)
    start = np.uint32(first)
    for x in range(row.size):
        h = _lowbias32(np.uint32(_lowbias32(np.uint32(np.uint32(start + np.uint32(x)) ^ low32)) ^ high32))
        row[x] = h < limit32


@njit(nogil=True, cache=True)
def fires(cell: Any, fire: Any) -> Any:
    """The same for one cell."""
    low, high, limit = fire
    h = _lowbias32(np.uint32(_lowbias32(np.uint32(np.uint32(cell) ^ np.uint32(low))) ^ np.uint32(high)))
    return np.int64(h) < limit


@njit(nogil=True, cache=True)
def dilate_row(plane: Any, y: Any, wrap: Any, column: Any, row: Any) -> None:
    """row = 3x3 maximum of a (height, width) plane of 0 and 1 at line y; `column` is scratch."""
    height, width = plane.shape
    above, below = y - 1, y + 1
    if wrap:
        above %= height
        below %= height
    for x in range(width):
        column[x] = plane[y, x]
    if above >= 0:
        for x in range(width):
            column[x] |= plane[above, x]
    if below < height:
        for x in range(width):
            column[x] |= plane[below, x]
    for x in range(1, width - 1):
        row[x] = column[x - 1] | column[x] | column[x + 1]
    first, last = column[0], column[width - 1]
    row[0] = first | (column[1] if width > 1 else first) | (last if wrap else first)
    row[width - 1] = last | (column[width - 2] if width > 1 else last) | (first if wrap else last)


@njit(nogil=True, cache=True)
def dilated_at(plane: Any, y: Any, x: Any, wrap: Any) -> Any:
    """3x3 maximum of a plane at one cell."""
    height, width = plane.shape
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            j, i = y + dy, x + dx
            if wrap:
                j %= height
                i %= width
            if 0 <= j < height and 0 <= i < width and plane[j, i]:
                return True
    return False


@njit(nogil=True, cache=True)
def living(state: Any, y0: Any, y1: Any, threshold: Any, live: Any) -> None:
    """live[y0:y1] = alpha above the threshold, of one sample (height, width, channels)."""
    for y in range(y0, y1):
        for x in range(state.shape[1]):
            live[y, x] = state[y, x, ALPHA] > threshold


@njit(nogil=True, cache=True)
def sense(state: Any, y: Any, x: Any, grid: Any, filters: Any, out: Any, zeros: Any, patch: Any) -> None:
    """Perception of one cell to the address `out`; beyond a zero border through a copied 3x3 patch."""
    height, width, channels, wrap = grid
    kinds, c, s, unit, at = filters
    cell = channels * 4
    base = state.ctypes.data
    above, below, left, right = y - 1, y + 1, x - 1, x + 1
    if wrap:
        above %= height
        below %= height
        left %= width
        right %= width
    elif left < 0 or right >= width:
        for dy in range(3):
            for dx in range(3):
                j, i = y + dy - 1, x + dx - 1
                for k in range(channels):
                    inside = 0 <= j < height and 0 <= i < width
                    patch[dy, dx, k] = state[j, i, k] if inside else np.float32(0)
        row = patch.ctypes.data
        perceive(out, row, row + 3 * cell, row + 6 * cell, 0, cell, 2 * cell, channels, kinds, c, s, unit, at)
        return
    line = width * cell
    perceive(
        out,
        base + above * line if above >= 0 else zeros.ctypes.data,
        base + y * line,
        base + below * line if below < height else zeros.ctypes.data,
        left * cell, x * cell, right * cell, channels, kinds, c, s, unit, at,
    )


@njit(nogil=True, cache=True)
def respond(n: Any, perceived: Any, hidden: Any, update: Any, net: Any, clip: Any) -> None:
    """update[:n] = clip(relu(perceived w1 + b1) w2 + b2); rows up to the next whole tile are zeroed."""
    w1, b1, w2, b2 = net
    padded = (n + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
    for i in range(n, padded):
        perceived[i, :] = 0
    ld_p, ld_h, ld_u = perceived.shape[1], hidden.shape[1], update.shape[1]
    multiply(hidden.ctypes.data, ld_h, perceived.ctypes.data, ld_p, 1, w1.ctypes.data, ld_h,
             padded, ld_h, w1.shape[0], b1.ctypes.data, 0, np.float32(0), clip)
    multiply(update.ctypes.data, ld_u, hidden.ctypes.data, ld_h, 1, w2.ctypes.data, ld_u,
             padded, ld_u, ld_h, b2.ctypes.data, 0, -clip, clip)


@njit(nogil=True, cache=True)
def _bounded(value: Any, clip: Any) -> Any:
    value = -clip if value < -clip else value  # a NaN passes
    return clip if value > clip else value


@njit(nogil=True, cache=True)
def clip_rows(n: Any, rows: Any, out: Any, clip: Any) -> None:
    """out[:n] = rows[:n] within +-clip."""
    for i in range(n):
        for j in range(rows.shape[1]):
            out[i, j] = _bounded(rows[i, j], clip)


@njit(nogil=True, cache=True)
def _flush(n: Any, source: Any, target: Any, width: Any, net: Any, dial: Any, scratch: Any) -> None:
    _, step_size, clip = dial
    perceived, hidden, update, cells = scratch[0], scratch[1], scratch[2], scratch[3]
    if clip < _INF:
        clip_rows(n, perceived, perceived, clip)
    respond(n, perceived, hidden, update, net, clip)
    for i in range(n):
        y, x = cells[i] // width, cells[i] % width
        for k in range(source.shape[2]):
            target[y, x, k] = _bounded(source[y, x, k] + step_size * update[i, k], clip)


@njit(nogil=True, cache=True)
def advance(source: Any, target: Any, first: Any, y0: Any, y1: Any, live: Any, fresh: Any, grid: Any,
            alive: Any, filters: Any, net: Any, fire: Any, dial: Any, scratch: Any) -> None:
    """One step of rows y0..y1-1 of one sample, before the life mask.

    source, target : (height, width, channels); first : number of the sample's first cell.
    live : in, alpha of `source` above the threshold; fresh : out, the same of the updated cells that had
    life around them before. Both (height, width) uint8, used only if `alive`.
    """
    height, width, channels, wrap = grid
    threshold, _, clip = dial
    perceived, _, _, cells, row, column, index, zeros, patch = scratch
    out, stride = perceived.ctypes.data, perceived.shape[1] * 4
    n = 0
    for y in range(y0, y1):
        draw_row(row, first + y * width, fire)
        if alive:
            before = fresh[y]
            dilate_row(live, y, wrap, column, before)
            for x in range(width):
                row[x] &= before[x]
                if before[x]:
                    for k in range(channels):
                        target[y, x, k] = _bounded(source[y, x, k], clip)
                else:
                    for k in range(channels):
                        target[y, x, k] = 0
        else:
            for x in range(width):
                for k in range(channels):
                    target[y, x, k] = _bounded(source[y, x, k], clip)
        count = 0
        for x in range(width):
            index[count] = x
            count += row[x]
        for i in range(count):
            x = index[i]
            sense(source, y, x, grid, filters, out + n * stride, zeros, patch)
            cells[n] = y * width + x
            n += 1
            if n == CHUNK:
                _flush(n, source, target, width, net, dial, scratch)
                n = 0
    if n:
        _flush(n, source, target, width, net, dial, scratch)
    if alive:
        for y in range(y0, y1):
            for x in range(width):
                fresh[y, x] &= target[y, x, ALPHA] > threshold


@njit(nogil=True, cache=True)
def _revived(source: Any, y: Any, x: Any, first: Any, live: Any, grid: Any, filters: Any, net: Any,
             fire: Any, dial: Any, scratch: Any) -> Any:
    """Whether a neighbour that was itself without life around grew alpha beside the cell."""
    height, width, _, wrap = grid
    threshold, step_size, clip = dial
    perceived, hidden, update, _, _, _, _, zeros, patch = scratch
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            j, i = y + dy, x + dx
            if wrap:
                j %= height
                i %= width
            if not (0 <= j < height and 0 <= i < width) or dilated_at(live, j, i, wrap):
                continue
            if not fires(first + j * width + i, fire):
                continue
            sense(source, j, i, grid, filters, perceived.ctypes.data, zeros, patch)
            if clip < _INF:
                clip_rows(1, perceived, perceived, clip)
            respond(1, perceived, hidden, update, net, clip)
            if min(source[j, i, ALPHA] + step_size * update[0, ALPHA], clip) > threshold:
                return True
    return False


@njit(nogil=True, cache=True)
def settle(source: Any, target: Any, first: Any, y0: Any, y1: Any, live: Any, fresh: Any, keep: Any,
           after: Any, grid: Any, filters: Any, net: Any, fire: Any, dial: Any, scratch: Any) -> None:
    """The life mask of rows y0..y1-1, when `advance` has done the rows around them.

    keep : out, cells alive before and after; after : out, alpha above the threshold in the masked state.
    """
    _, width, channels, wrap = grid
    threshold = dial[0]
    row, column, index = scratch[4], scratch[5], scratch[6]
    for y in range(y0, y1):
        dilate_row(live, y, wrap, column, row)
        dilate_row(fresh, y, wrap, column, keep[y])
        count = 0
        for x in range(width):
            index[count] = x
            count += row[x] & (1 - keep[y, x])
            keep[y, x] &= row[x]
        for i in range(count):
            x = index[i]
            if _revived(source, y, x, first, live, grid, filters, net, fire, dial, scratch):
                keep[y, x] = 1
            else:
                for k in range(channels):
                    target[y, x, k] = 0
        for x in range(width):
            after[y, x] = keep[y, x] & (target[y, x, ALPHA] > threshold)
