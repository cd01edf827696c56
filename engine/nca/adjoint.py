"""The backward pass of the fused cell step, one sample and one step at a time.

Nothing but the state of every step is kept by the forward pass: perception and hidden layer are
computed again here, for the cells that fired and lived. Masks count as constants and clips pass the
gradient inside their bounds, as in autograd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.nca.kernels import CHUNK, draw_row, sense_row
from engine.nca.lines import beyond, clamp_line, gate, pass_inside, shift_cell
from engine.nca.product import multiply
from engine.nca.stencil import perceive_adjoint
from engine.nca.tile import TILE_ROWS

__all__ = ["retreat"]

_INF = np.float32(np.inf)
_ZERO = np.float32(0)
_ONE = np.float32(1)


@njit(nogil=True, cache=True)
def _spread(
    grad: Any,
    n: Any,
    cells: Any,
    grid: Any,
    filters: Any,
    source: Any,
    stride: Any,
    trash: Any,
    patch: Any,
) -> None:
    """Add the transpose of the perception of `n` cells to their neighbours in `grad`.

    `source` is the address of the first cell's gradient, `stride` the bytes from one to the next.
    """
    height, width, channels, wrap = grid
    kinds, c, s, unit, at = filters
    cell = channels * 4
    line = width * cell
    last = line - cell
    base, outside, row = grad.ctypes.data, trash.ctypes.data, patch.ctypes.data
    for i in range(n):
        number = np.uint32(cells[i])
        y = np.int64(number // np.uint32(width))
        x = (np.int64(number) - y * width) * cell
        here = base + y * line
        above = here - line if y > 0 else base + (height - 1) * line if wrap else outside
        below = here + line if y + 1 < height else base if wrap else outside
        if 0 < x < last:
            perceive_adjoint(
                source, above, here, below, x - cell, x, x + cell, channels, kinds, c, s, unit, at
            )
        elif wrap:
            left, right = x - cell if x > 0 else last, x + cell if x < last else 0
            perceive_adjoint(
                source, above, here, below, left, x, right, channels, kinds, c, s, unit, at
            )
        else:
            patch[:] = 0
            perceive_adjoint(
                source,
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
            )
            for j in range(3):
                target = above if j == 0 else here if j == 1 else below
                for k in range(3):
                    beside = x + (k - 1) * cell
                    if 0 <= beside <= last:
                        place = target + beside
                        shift_cell(place, place, row + (3 * j + k) * cell, channels, _ONE, _INF)
        source += stride


@njit(nogil=True, cache=True)
def _chunk(
    n: Any,
    state: Any,
    after: Any,
    before: Any,
    grid: Any,
    filters: Any,
    net: Any,
    turned: Any,
    dial: Any,
    scratch: Any,
    work: Any,
    sums: Any,
) -> None:
    """Gradients of the `n` gathered cells: weights into `sums`, perception into `before`."""
    _, step_size, clip = dial
    w1, b1, w2, b2 = net
    w1_t, w2_t = turned
    perceived, hidden, update, cells, _, _, _, zeros, patch, _ = scratch
    bounded, d_hidden, d_perceived, d_update, trash = work
    g_w1, g_b1, g_w2, g_b2 = sums
    channels = grid[2]
    values = w1.shape[0]
    padded = (n + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
    ld_p, ld_h, ld_u = perceived.shape[1], hidden.shape[1], update.shape[1]
    for i in range(n, padded):
        perceived[i, :] = 0
        d_update[i, :] = 0
    inputs = perceived
    if clip < _INF:
        inputs = bounded
        clamp_line(bounded.ctypes.data, perceived.ctypes.data, padded * ld_p, clip)
    multiply(hidden, inputs, False, w1, (padded, values), (b1.ctypes.data, 0), (_ZERO, clip))
    read, write, step = after.ctypes.data, d_update.ctypes.data, 4 * ld_u
    nothing, bias = zeros.ctypes.data, g_b2.ctypes.data
    cell = channels * 4
    if clip < _INF:
        multiply(update, hidden, False, w2, (padded, ld_h), (b2.ctypes.data, 0), (-_INF, _INF))
        now, new, moved = state.ctypes.data, update.ctypes.data, d_perceived.ctypes.data
        for i in range(n):
            at, change = cells[i] * cell, new + i * step
            clamp_line(moved, change, channels, clip)
            shift_cell(moved, now + at, moved, channels, step_size, _INF)
            pass_inside(read + at, moved, channels, clip)
            shift_cell(write + i * step, nothing, read + at, channels, step_size, _INF)
            pass_inside(write + i * step, change, channels, clip)
    else:
        for i in range(n):
            shift_cell(write + i * step, nothing, read + cells[i] * cell, channels, step_size, _INF)
    for i in range(n):
        shift_cell(bias, bias, write + i * step, channels, _ONE, _INF)
    # g_w2 is kept transposed: (C, hidden) uses whole tiles of the wide side.
    own = g_w2.ctypes.data, ld_h
    multiply(g_w2, d_update, True, hidden, (ld_u, padded), own, (-_INF, _INF))
    none = nothing, 0
    multiply(d_hidden, d_update, False, w2_t, (padded, channels), none, (-_INF, _INF))
    gate(d_hidden.ctypes.data, hidden.ctypes.data, g_b1.ctypes.data, padded, 4 * ld_h, ld_h, clip)
    own = g_w1.ctypes.data, ld_h
    multiply(g_w1, inputs, True, d_hidden, (ld_p, padded), own, (-_INF, _INF))
    multiply(d_perceived, d_hidden, False, w1_t, (padded, ld_h), none, (-_INF, _INF))
    if clip < _INF:
        pass_inside(d_perceived.ctypes.data, perceived.ctypes.data, n * ld_p, clip)
    _spread(before, n, cells, grid, filters, d_perceived.ctypes.data, 4 * ld_p, trash, patch)


@njit(nogil=True, cache=True)
def retreat(
    state: Any,
    after: Any,
    before: Any,
    keep: Any,
    first: Any,
    grid: Any,
    alive: Any,
    filters: Any,
    net: Any,
    turned: Any,
    fire: Any,
    dial: Any,
    scratch: Any,
    work: Any,
    sums: Any,
) -> None:
    """Gradient of one step of one sample.

    state : (height, width, channels), the state before the step. after : gradient with respect to
    the state after the step; overwritten. before : out, gradient with respect to `state`.
    keep : (height, width) uint8, cells that the life mask kept (used only if `alive`).
    sums : (g_w1, g_b1, g_w2 transposed, g_b2), padded, added to.
    """
    height, width, channels, wrap = grid
    clip = dial[2]
    perceived, _, _, cells, row, _, index, zeros, patch, _ = scratch
    out, stride = perceived.ctypes.data, perceived.shape[1] * 4
    base, line, outside = state.ctypes.data, width * channels * 4, zeros.ctypes.data
    before.reshape(-1)[:] = 0
    n = 0
    for y in range(height):
        draw_row(row, first + y * width, fire)
        if alive:
            for x in range(width):
                row[x] &= keep[y, x]
                if not keep[y, x]:
                    for k in range(channels):
                        after[y, x, k] = 0
        count = 0
        for x in range(width):
            index[count] = x
            count += row[x]
        if clip < _INF:
            here = base + y * line
            if beyond(here, width * channels, clip):
                for x in range(width):
                    if not row[x]:
                        cell = x * channels * 4
                        pass_inside(
                            after.ctypes.data + y * line + cell, here + cell, channels, clip
                        )
        here = base + y * line
        above = here - line if y > 0 else base + (height - 1) * line if wrap else outside
        below = here + line if y + 1 < height else base if wrap else outside
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
                _INF,
            )
            for i in range(part):
                cells[n + i] = y * width + index[done + i]
            n += part
            done += part
            if n == CHUNK:
                _chunk(
                    n, state, after, before, grid, filters, net, turned, dial, scratch, work, sums
                )
                n = 0
    if n:
        _chunk(n, state, after, before, grid, filters, net, turned, dial, scratch, work, sums)
    total, own = before.reshape(-1), after.reshape(-1)
    for i in range(total.size):
        total[i] += own[i]


@njit(nogil=True, cache=True)
def add_overflow(state: Any, grad: Any, limit: Any, weight: Any, squared: Any) -> Any:
    """Add the gradient of weight * sum |x - clip(x, +-limit)| or its square; return the sum."""
    total = 0.0
    for y in range(state.shape[0]):
        for x in range(state.shape[1]):
            for k in range(state.shape[2]):
                value = state[y, x, k]
                over = value - min(max(value, -limit), limit)
                if over != 0:
                    if squared:
                        total += over * over
                        grad[y, x, k] += 2 * weight * over
                    else:
                        total += abs(over)
                        grad[y, x, k] += weight if over > 0 else -weight
    return total


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def normalise(grad: Any) -> None:
    """Grad /= |grad| + 1e-8, over everything."""
    total = np.float32(0)
    for y in range(grad.shape[0]):
        for x in range(grad.shape[1]):
            for k in range(grad.shape[2]):
                total += grad[y, x, k] * grad[y, x, k]
    factor = np.float32(1) / (np.float32(np.sqrt(total)) + np.float32(1e-8))
    for y in range(grad.shape[0]):
        for x in range(grad.shape[1]):
            for k in range(grad.shape[2]):
                grad[y, x, k] *= factor
