"""The backward pass of the fused cell step, one sample and one step at a time.

Nothing but the state of every step is kept by the forward pass: perception and hidden layer are computed
again here, for the cells that fired and lived. Masks count as constants and clips pass the gradient inside
their bounds, as in autograd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.nca.kernels import CHUNK, clip_rows, draw_row, multiply, sense
from engine.nca.simd import TILE_ROWS, perceive_adjoint

__all__ = ["retreat"]

_INF = np.float32(np.inf)


@njit(nogil=True, cache=True)
def _spread(grad: Any, y: Any, x: Any, grid: Any, filters: Any, source: Any, trash: Any, patch: Any) -> None:
    """Add the transpose of perception at the address `source` to the neighbours of a cell in `grad`."""
    height, width, channels, wrap = grid
    kinds, c, s, unit, at = filters
    cell = channels * 4
    above, below, left, right = y - 1, y + 1, x - 1, x + 1
    if wrap:
        above %= height
        below %= height
        left %= width
        right %= width
    elif left < 0 or right >= width:
        patch[:] = 0
        row = patch.ctypes.data
        perceive_adjoint(source, row, row + 3 * cell, row + 6 * cell, 0, cell, 2 * cell, channels, kinds, c, s, unit, at)
        for dy in range(3):
            for dx in range(3):
                j, i = y + dy - 1, x + dx - 1
                if 0 <= j < height and 0 <= i < width:
                    for k in range(channels):
                        grad[j, i, k] += patch[dy, dx, k]
        return
    base, line = grad.ctypes.data, width * cell
    perceive_adjoint(
        source,
        base + above * line if above >= 0 else trash.ctypes.data,
        base + y * line,
        base + below * line if below < height else trash.ctypes.data,
        left * cell, x * cell, right * cell, channels, kinds, c, s, unit, at,
    )


@njit(nogil=True, cache=True)
def _chunk(n: Any, state: Any, after: Any, before: Any, grid: Any, filters: Any, net: Any, turned: Any,
           dial: Any, scratch: Any, work: Any, sums: Any) -> None:
    """Gradients of the `n` gathered cells: weights into `sums`, perception into `before`."""
    _, step_size, clip = dial
    w1, b1, w2, b2 = net
    w1_t, w2_t = turned
    perceived, hidden, update, cells, _, _, _, zeros, patch = scratch
    bounded, d_hidden, d_perceived, d_update, trash = work
    g_w1, g_b1, g_w2, g_b2 = sums
    width, channels = grid[1], grid[2]
    values = w1.shape[0]
    padded = (n + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
    ld_p, ld_h, ld_u = perceived.shape[1], hidden.shape[1], update.shape[1]
    for i in range(n, padded):
        perceived[i, :] = 0
        d_update[i, :] = 0
    inputs = perceived
    if clip < _INF:
        inputs = bounded
        clip_rows(padded, perceived, inputs, clip)
    multiply(hidden.ctypes.data, ld_h, inputs.ctypes.data, ld_p, 1, w1.ctypes.data, ld_h,
             padded, ld_h, values, b1.ctypes.data, 0, np.float32(0), clip)
    if clip < _INF:
        multiply(update.ctypes.data, ld_u, hidden.ctypes.data, ld_h, 1, w2.ctypes.data, ld_u,
                 padded, ld_u, ld_h, b2.ctypes.data, 0, -_INF, _INF)
        for i in range(n):
            y, x = cells[i] // width, cells[i] % width
            for k in range(channels):
                raw = update[i, k]
                moved = state[y, x, k] + step_size * min(max(raw, -clip), clip)
                g = after[y, x, k]
                if not -clip <= moved <= clip:
                    g = np.float32(0)
                    after[y, x, k] = g
                d_update[i, k] = g * step_size if -clip <= raw <= clip else np.float32(0)
    else:
        for i in range(n):
            y, x = cells[i] // width, cells[i] % width
            for k in range(channels):
                d_update[i, k] = after[y, x, k] * step_size
    for i in range(n):
        for k in range(ld_u):
            g_b2[k] += d_update[i, k]
    # g_w2 is kept transposed: (C, hidden) uses whole tiles of the wide side.
    multiply(g_w2.ctypes.data, ld_h, d_update.ctypes.data, 1, ld_u, hidden.ctypes.data, ld_h,
             ld_u, ld_h, padded, g_w2.ctypes.data, ld_h, -_INF, _INF)
    multiply(d_hidden.ctypes.data, ld_h, d_update.ctypes.data, ld_u, 1, w2_t.ctypes.data, ld_h,
             padded, ld_h, channels, zeros.ctypes.data, 0, -_INF, _INF)
    for i in range(padded):
        for j in range(ld_h):
            h = hidden[i, j]
            g = d_hidden[i, j] if (h > 0) & (h < clip) else np.float32(0)
            d_hidden[i, j] = g
            g_b1[j] += g
    multiply(g_w1.ctypes.data, ld_h, inputs.ctypes.data, 1, ld_p, d_hidden.ctypes.data, ld_h,
             ld_p, ld_h, padded, g_w1.ctypes.data, ld_h, -_INF, _INF)
    multiply(d_perceived.ctypes.data, ld_p, d_hidden.ctypes.data, ld_h, 1, w1_t.ctypes.data, ld_p,
             padded, ld_p, ld_h, zeros.ctypes.data, 0, -_INF, _INF)
    if clip < _INF:
        for i in range(n):
            for j in range(ld_p):
                value = perceived[i, j]
                if not -clip <= value <= clip:
                    d_perceived[i, j] = np.float32(0)
    for i in range(n):
        _spread(before, cells[i] // width, cells[i] % width, grid, filters,
                d_perceived.ctypes.data + 4 * i * ld_p, trash, patch)


@njit(nogil=True, cache=True)
def retreat(state: Any, after: Any, before: Any, keep: Any, first: Any, grid: Any, alive: Any, filters: Any,
            net: Any, turned: Any, fire: Any, dial: Any, scratch: Any, work: Any, sums: Any) -> None:
    """Gradient of one step of one sample.

    state : (height, width, channels), the state before the step. after : gradient with respect to the
    state after the step; overwritten. before : out, gradient with respect to `state`.
    keep : (height, width) uint8, cells that the life mask kept (used only if `alive`).
    sums : (g_w1, g_b1, g_w2 transposed, g_b2), padded, added to.
    """
    height, width, channels, _ = grid
    clip = dial[2]
    perceived, _, _, cells, row, _, index, zeros, patch = scratch
    out, stride = perceived.ctypes.data, perceived.shape[1] * 4
    before[:] = 0
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
            for x in range(width):
                if not row[x]:
                    for k in range(channels):
                        value = state[y, x, k]
                        if not -clip <= value <= clip:
                            after[y, x, k] = 0
        for i in range(count):
            x = index[i]
            sense(state, y, x, grid, filters, out + n * stride, zeros, patch)
            cells[n] = y * width + x
            n += 1
            if n == CHUNK:
                _chunk(n, state, after, before, grid, filters, net, turned, dial, scratch, work, sums)
                n = 0
    if n:
        _chunk(n, state, after, before, grid, filters, net, turned, dial, scratch, work, sums)
    for y in range(height):
        for x in range(width):
            for k in range(channels):
                before[y, x, k] += after[y, x, k]


@njit(nogil=True, cache=True)
def add_overflow(state: Any, grad: Any, limit: Any, weight: Any, squared: Any) -> Any:
    """Add the gradient of weight * sum |x - clip(x, +-limit)| (or its square); returns the sum itself."""
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
    """grad /= |grad| + 1e-8, over everything."""
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
