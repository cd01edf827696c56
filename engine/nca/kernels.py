"""The numba kernels of the fused cell step: forward over a block of rows, backward over a sample.

A chunk of `CHUNK` updated cells at a time goes through perception, both layers and the write-back,
so that the hidden layer never leaves the first-level cache. Kernels release the GIL, allocate
nothing, and are never `parallel=True`: the callers split the work (`engine.nca.fused`,
`engine.nca.train`).

Arguments come in tuples, made once per call by `engine.nca.packed`:
`grid` = (height, width, channels, wrap), `filters` = (kinds, cos, sin, unit, offsets),
`net` = (w1, b1, w2, b2) padded to whole vectors, `fire` = (key, key, limit), `dial` = (threshold,
step size, clip), `scratch` = the buffers of one worker.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.nca.lines import beyond, clamp_line, copy_line, shift_cell
from engine.nca.product import multiply
from engine.nca.stencil import perceive
from engine.nca.tile import TILE_ROWS

__all__ = ["ALPHA", "CHUNK", "advance", "living", "settle"]

CHUNK = 48
ALPHA = 3
_INF = np.float32(np.inf)


@njit(nogil=True, cache=True)
def _lowbias32(x: Any) -> Any:
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(nogil=True, cache=True)
def draw_row(row: Any, first: Any, fire: Any) -> None:
    """Which cells of a row fire (`engine.nca.fire`); `first` is the number of its first cell."""
    low, high, limit = fire
    low32, high32 = np.uint32(low), np.uint32(high)
    if limit >= (1 << 32):
        row[:] = 1
        return
    limit32 = np.uint32(limit)
    start = np.uint32(first)
    for x in range(row.size):
        h = _lowbias32(
            np.uint32(_lowbias32(np.uint32(np.uint32(start + np.uint32(x)) ^ low32)) ^ high32)
        )
        row[x] = h < limit32


@njit(nogil=True, cache=True)
def dilate_row(plane: Any, y: Any, reach: Any, wrap: Any, column: Any, row: Any) -> None:
    """Set row to the maximum of a plane of 0 and 1 over the cells within `reach` of line y.

    plane : (height, width) uint8. Along the line the maximum is taken `reach` times over the next
    neighbours; `column` is scratch.
    """
    height, width = plane.shape
    row[:] = plane[y]
    for dy in range(-reach, reach + 1):
        j = y + dy
        if wrap:
            j %= height
        if dy != 0 and 0 <= j < height:
            for x in range(width):
                row[x] |= plane[j, x]
    for _ in range(reach):
        column[:] = row
        for x in range(1, width - 1):
            row[x] = column[x - 1] | column[x] | column[x + 1]
        first, last = column[0], column[width - 1]
        row[0] = first | (column[1] if width > 1 else first) | (last if wrap else first)
        row[width - 1] = (
            last | (column[width - 2] if width > 1 else last) | (first if wrap else last)
        )


@njit(nogil=True, cache=True)
def living(state: Any, y0: Any, y1: Any, threshold: Any, live: Any) -> None:
    """live[y0:y1] = alpha above the threshold, of one sample (height, width, channels)."""
    for y in range(y0, y1):
        for x in range(state.shape[1]):
            live[y, x] = state[y, x, ALPHA] > threshold


@njit(nogil=True, cache=True)
def sense_row(
    above: Any,
    here: Any,
    below: Any,
    index: Any,
    start: Any,
    stop: Any,
    grid: Any,
    filters: Any,
    out: Any,
    stride: Any,
    patch: Any,
    clip: Any,
) -> None:
    """Perception of the cells index[start:stop] of a line.

    It goes to the address `out` and every `stride` bytes, bounded to +-`clip`. `above`, `here`,
    `below` are the addresses of three lines of width * channels values.
    """
    _, width, channels, wrap = grid
    kinds, c, s, unit, at = filters
    cell = channels * 4
    last = (width - 1) * cell
    for i in range(start, stop):
        x = index[i] * cell
        if 0 < x < last:
            perceive(
                out,
                above,
                here,
                below,
                x - cell,
                x,
                x + cell,
                channels,
                kinds,
                c,
                s,
                unit,
                at,
                clip,
            )
        elif wrap:
            left, right = x - cell if x > 0 else last, x + cell if x < last else 0
            perceive(out, above, here, below, left, x, right, channels, kinds, c, s, unit, at, clip)
        else:
            # Beyond the edge are zeros: the neighbourhood is copied into a patch of 3 x 3 cells.
            patch[:] = 0
            row = patch.ctypes.data
            for line in range(3):
                source = above if line == 0 else here if line == 1 else below
                for column in range(3):
                    beside = x + (column - 1) * cell
                    if 0 <= beside <= last:
                        one = np.float32(1)
                        place = row + (3 * line + column) * cell
                        shift_cell(place, place, source + beside, channels, one, _INF)
            perceive(
                out,
                row,
                row + 3 * cell,
                row + 6 * cell,
                0,
                cell,
                2 * cell,
                channels,
                kinds,
                c,
                s,
                unit,
                at,
                clip,
            )
        out += stride


@njit(nogil=True, cache=True)
def respond(n: Any, perceived: Any, hidden: Any, update: Any, net: Any, clip: Any) -> None:
    """Both layers: update[:n] = clip(relu(perceived[:n] w1 + b1) w2 + b2).

    Rows up to the next whole tile are zeroed.
    """
    w1, b1, w2, b2 = net
    padded = (n + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
    for i in range(n, padded):
        perceived[i, :] = 0
    multiply(
        hidden,
        perceived,
        False,
        w1,
        (padded, w1.shape[0]),
        (b1.ctypes.data, 0),
        (np.float32(0), clip),
    )
    multiply(
        update, hidden, False, w2, (padded, hidden.shape[1]), (b2.ctypes.data, 0), (-clip, clip)
    )


@njit(nogil=True, cache=True)
def _clip_idle(line: Any, updates: Any, channels: Any, clip: Any) -> None:
    """Clip the cells that do not update; only a state from outside can be beyond the clip."""
    if beyond(line.ctypes.data, line.size, clip):
        for x in range(updates.size):
            if not updates[x]:
                cell = line[x * channels :].ctypes.data
                clamp_line(cell, cell, channels, clip)


@njit(nogil=True, cache=True)
def _flush(
    n: Any, source: Any, target: Any, alive: Any, fresh: Any, net: Any, dial: Any, scratch: Any
) -> None:
    threshold, step_size, clip = dial
    perceived, hidden, update, cells = scratch[0], scratch[1], scratch[2], scratch[3]
    channels = source.shape[2]
    respond(n, perceived, hidden, update, net, clip)
    read, write, new = source.ctypes.data, target.ctypes.data, update.ctypes.data
    for i in range(n):
        at = cells[i] * channels * 4
        shift_cell(write + at, read + at, new + i * update.shape[1] * 4, channels, step_size, clip)
    if alive:
        flat, alpha = fresh.reshape(-1), target.reshape((-1, channels))
        for i in range(n):
            flat[cells[i]] = alpha[cells[i], ALPHA] > threshold


@njit(nogil=True, cache=True)
def advance(
    source: Any,
    target: Any,
    top: Any,
    bottom: Any,
    lines: Any,
    first: Any,
    y0: Any,
    y1: Any,
    live: Any,
    fresh: Any,
    dirty: Any,
    grid: Any,
    alive: Any,
    filters: Any,
    net: Any,
    fire: Any,
    dial: Any,
    scratch: Any,
) -> None:
    """One step of the rows y0..y1-1 of one sample, before the life mask.

    Parameters
    ----------
    source, target : (height, width, channels) float32
        The same array to work in place: then `lines`, (2, width * channels), keeps the old values
        of the two lines that are still needed; else it is empty.
    top, bottom : (width * channels,) float32
        The lines before y0 and after y1-1 as they were before the step (zeros beyond a zero
        border).
    first : int
        Number of the sample's first cell.
    live, fresh : (height, width) uint8, used only if `alive`
        In: alpha of `source` above the threshold. Out: the same after the step. Cells without life
        around them, but in reach of such that have, count here too: their alpha can keep a
        neighbour alive.
    dirty : (height, width) uint8, used only if `alive`
        Cells that may differ from zero; updated cells are added.
    """
    _, width, channels, wrap = grid
    clip = dial[2]
    perceived, _, _, cells, row, column, index, _, patch, _ = scratch
    out, stride = perceived.ctypes.data, perceived.shape[1] * 4
    old, new = source.reshape((-1, width * channels)), target.reshape((-1, width * channels))
    in_place = lines.size > 0
    above = top.ctypes.data
    n = 0
    for y in range(y0, y1):
        draw_row(row, first + y * width, fire)
        if alive:
            dilate_row(live, y, 2, wrap, column, fresh[y])
            for x in range(width):
                row[x] &= fresh[y, x]
                dirty[y, x] |= row[x]
                fresh[y, x] = live[y, x]
        count = 0
        for x in range(width):
            index[count] = x
            count += row[x]
        here = old[y].ctypes.data
        if not in_place:
            copy_line(new[y].ctypes.data, here, width * channels)
        elif count or clip < _INF:
            copy_line(lines[y & 1].ctypes.data, here, width * channels)
            here = lines[y & 1].ctypes.data
        if clip < _INF:
            _clip_idle(new[y], row, channels, clip)
        below = old[y + 1].ctypes.data if y + 1 < y1 else bottom.ctypes.data
        done = 0
        while done < count:
            part = min(count - done, CHUNK - n)
            sense_row(
                above,
                here,
                below,
                index,
                done,
                done + part,
                grid,
                filters,
                out + n * stride,
                stride,
                patch,
                clip,
            )
            for i in range(part):
                cells[n + i] = y * width + index[done + i]
            n += part
            done += part
            if n == CHUNK:
                _flush(n, source, target, alive, fresh, net, dial, scratch)
                n = 0
        above = here
    if n:
        _flush(n, source, target, alive, fresh, net, dial, scratch)


@njit(nogil=True, cache=True)
def settle(
    target: Any,
    y0: Any,
    y1: Any,
    live: Any,
    fresh: Any,
    dirty: Any,
    keep: Any,
    after: Any,
    wrap: Any,
    scratch: Any,
) -> None:
    """The life mask of the rows y0..y1-1, when `advance` has done the rows around them.

    dirty : in and out, cells that may differ from zero.
    keep : out, cells alive before and after; may be `dirty` itself.
    after : out, alpha above the threshold in the masked state.
    """
    row, column, both = scratch[4], scratch[5], scratch[9]
    width, channels = target.shape[1], target.shape[2]
    for y in range(y0, y1):
        dilate_row(live, y, 1, wrap, column, row)
        dilate_row(fresh, y, 1, wrap, column, both)
        wither = 0
        for x in range(width):
            both[x] &= row[x]
            row[x] = dirty[y, x] & (1 - both[x])
            wither |= row[x]
        if wither:
            for x in range(width):
                if row[x]:
                    for k in range(channels):
                        target[y, x, k] = 0
        for x in range(width):
            dirty[y, x] = both[x]
            keep[y, x] = both[x]
            after[y, x] = both[x] & fresh[y, x]
