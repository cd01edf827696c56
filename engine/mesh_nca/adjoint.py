"""The backward pass of the fused mesh step, one span of vertices at a time, in two phases.

`retreat` computes perception and hidden layer of the vertices that fired again and leaves the
gradient with respect to what they perceived in rows, a span's own; `collect` then sums, for every
vertex, the rows of its neighbours. One-rings are symmetric, so both gather: nothing is written by
two vertices, and the order of summation does not depend on threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.mesh_nca.gather import collect1, collect4, collect9
from engine.mesh_nca.kernels import CHUNK, draw, sense
from engine.nca.lines import beyond, gate, shift_cell
from engine.nca.product import multiply
from engine.nca.tile import TILE_ROWS

__all__ = ["collect", "penalise", "retreat"]

_INF = np.float32(np.inf)
_ZERO = np.float32(0)
_ONE = np.float32(1)


@njit(nogil=True, cache=True)
def retreat(
    x: Any,
    after: Any,
    first: Any,
    last: Any,
    number: Any,
    ring: Any,
    terms: Any,
    net: Any,
    turned: Any,
    fire: Any,
    slots: Any,
    rows: Any,
    scratch: Any,
    work: Any,
    sums: Any,
) -> None:
    """Gradients of the step of the vertices order[first:last], up to what they perceived.

    Parameters
    ----------
    x, after : int
        Addresses of the state before the step and of the gradient of the one after it.
    slots : (V,) int32
        Out: in which of `rows` a vertex's gradient is; in the last one, of zeros, if it did not
        fire.
    rows : (R, P) float32
        Out: those from `first` on are this span's own.
    sums : (g_w1, g_b1, g_w2 transposed, g_b2), padded, added to.
    """
    order, channels = ring[0], ring[3]
    factors, limits, pace = terms
    w1, b1, _, _ = net
    w1_t, w2_t = turned
    perceived, hidden, _, fired, idle = scratch
    d_hidden, d_update, zeros = work
    g_w1, g_b1, g_w2, g_b2 = sums
    ld_p, ld_h, ld_u = perceived.shape[1], hidden.shape[1], d_update.shape[1]
    nothing, bias = (zeros.ctypes.data, 0), g_b2.ctypes.data
    free = (-_INF, _INF)
    n = draw(first, last, number, order, limits, fire, fired, idle)
    for i in range(last - first - n):
        slots[order[idle[i]]] = rows.shape[0] - 1
    for i in range(n):
        slots[order[fired[i]]] = first + i
    for done in range(0, n, CHUNK):
        part = min(CHUNK, n - done)
        padded = (part + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
        sense(fired, done, part, x, ring, factors, perceived)
        for i in range(part, padded):
            perceived[i, :] = 0
            d_update[i, :] = 0
        to = d_update.ctypes.data
        for i in range(part):
            p = fired[done + i]
            shift_cell(
                to, nothing[0], after + np.int64(order[p]) * channels * 4, channels, pace[p], _INF
            )
            shift_cell(bias, bias, to, channels, _ONE, _INF)
            to += 4 * ld_u
        size = (padded, w1.shape[0])
        multiply(hidden, perceived, False, w1, size, (b1.ctypes.data, 0), (_ZERO, _INF))
        # g_w2 is kept transposed: (C, hidden) uses whole tiles of the wide side.
        multiply(g_w2, d_update, True, hidden, (ld_u, padded), (g_w2.ctypes.data, ld_h), free)
        multiply(d_hidden, d_update, False, w2_t, (padded, channels), nothing, free)
        gate(
            d_hidden.ctypes.data, hidden.ctypes.data, g_b1.ctypes.data, padded, 4 * ld_h, ld_h, _INF
        )
        multiply(g_w1, perceived, True, d_hidden, (ld_p, padded), (g_w1.ctypes.data, ld_h), free)
        own = rows[first + done : first + done + padded]
        multiply(own, d_hidden, False, w1_t, (padded, ld_h), nothing, free)


@njit(nogil=True, cache=True)
def collect(
    after: Any, before: Any, first: Any, last: Any, order: Any, back: Any, slots: Any, rows: Any,
    channels: Any,
) -> None:  # fmt: skip
    """Set the gradient of the state before the step for the vertices order[first:last].

    after, before : int
        Addresses of the gradients of the state after the step and, out, before it.
    back : (starts, neighbours, factors) of the transpose.
    """
    starts, neighbours, factors = back
    rings, weights, harmonics = neighbours.ctypes.data, factors.ctypes.data, factors.shape[1]
    table, stride, at = rows.ctypes.data, rows.shape[1] * 4, slots.ctypes.data
    for p in range(first, last):
        e = np.int64(starts[p])
        count = starts[p + 1] - e
        here = np.int64(order[p]) * channels * 4
        ring, own, to, start = rings + 4 * e, weights, before + here, after + here
        if harmonics == 4:
            collect4(to, start, table, stride, at, ring, own + 16 * e, count, channels)
        elif harmonics == 9:
            collect9(to, start, table, stride, at, ring, own + 36 * e, count, channels)
        else:
            collect1(to, start, table, stride, at, ring, own + 4 * e, count, channels)


@njit(nogil=True, cache=True)
def penalise(
    state: Any, grad: Any, first: Any, last: Any, limit: Any, weight: Any, squared: Any
) -> float:
    """Add the gradient of weight * sum |x - clip(x, +-limit)| or its square; return the sum.

    state, grad : (V, C) float32, of which the rows first..last-1 are looked at.
    """
    channels = state.shape[1]
    total = 0.0
    for v in range(first, last):
        if not beyond(state.ctypes.data + 4 * v * channels, channels, limit):
            continue
        for k in range(channels):
            over = state[v, k] - min(max(state[v, k], -limit), limit)
            if over != 0:
                total += over * over if squared else abs(over)
                grad[v, k] += weight * (2 * over if squared else (_ONE if over > 0 else -_ONE))
    return total
