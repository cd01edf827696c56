"""The numba kernel of the fused mesh step: a span of vertices forward.

A chunk of `CHUNK` vertices that fire goes through perception, both layers and the write-back, so
that the hidden layer never leaves the first-level cache. Kernels release the GIL, allocate nothing
and are never `parallel=True`: the callers split the work.

Arguments come in tuples, made by `engine.mesh_nca.operator` and `engine.mesh_nca.packed`:
`ring` = (order, starts, neighbours), `terms` = (factors, limits, pace), `net` = (w1, b1, w2, b2)
padded to whole vectors, `fire` = (key, key), `scratch` = the buffers of one worker. States are
addresses, so that one compiled function serves arrays of any kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.mesh_nca.gather import perceive1, perceive4, perceive9
from engine.nca.kernels import CHUNK, respond
from engine.nca.lines import clamp_line, shift_cell

__all__ = ["CHUNK", "advance", "bound", "draw", "sense"]

_INF = np.float32(np.inf)


@njit(nogil=True, cache=True)
def _lowbias32(x: Any) -> Any:
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(nogil=True, cache=True)
def draw(
    first: Any, last: Any, number: Any, order: Any, limits: Any, fire: Any, fired: Any, idle: Any
) -> int:
    """Sort the places first..last-1 of `order` into those that fire and those that do not.

    The draw of a vertex is a hash of the step's keys and `number` plus its own number
    (`engine.nca.fire`); it fires below its limit of 2**32. Returns how many fire.
    """
    low32, high32, base = np.uint32(fire[0]), np.uint32(fire[1]), np.uint32(number)
    n = 0
    m = 0
    for p in range(first, last):
        cell = np.uint32(base + np.uint32(order[p]))
        h = _lowbias32(np.uint32(_lowbias32(np.uint32(cell ^ low32)) ^ high32))
        hit = np.int64(h) < limits[p]
        fired[n] = p
        idle[m] = p
        n += hit
        m += not hit
    return n


@njit(nogil=True, cache=True)
def sense(places: Any, at: Any, n: Any, x: Any, ring: Any, factors: Any, out: Any) -> None:
    """Perception of the vertices at places[at : at + n] into the first rows of `out`."""
    order, starts, neighbours, channels = ring
    row, stride = out.ctypes.data, out.shape[1] * 4
    rings, weights, harmonics = neighbours.ctypes.data, factors.ctypes.data, factors.shape[1]
    for i in range(n):
        p = places[at + i]
        v, e = order[p], np.int64(starts[p])
        count = starts[p + 1] - e
        if harmonics == 4:
            perceive4(row, x, v, rings + 4 * e, weights + 16 * e, count, channels)
        elif harmonics == 9:
            perceive9(row, x, v, rings + 4 * e, weights + 36 * e, count, channels)
        else:
            perceive1(row, x, v, rings + 4 * e, weights + 4 * e, count, channels)
        row += stride


@njit(nogil=True, cache=True)
def advance(
    x: Any,
    base: Any,
    out: Any,
    first: Any,
    last: Any,
    number: Any,
    ring: Any,
    terms: Any,
    net: Any,
    fire: Any,
    clip: Any,
    scratch: Any,
) -> None:
    """One step of the vertices order[first:last].

    Parameters
    ----------
    x, base, out : int
        Addresses of states: what is perceived, what the update is added to, and the result. Where
        `base` is `out`, vertices that do not fire stay as they are, else they are copied.
    number : int
        Of the sample's first vertex, for the mask.
    clip : float32
        Bound of the result, infinity for none.
    """
    order, channels = ring[0], ring[3]
    factors, limits, pace = terms
    perceived, hidden, update, fired, idle = scratch
    cell = channels * 4
    n = draw(first, last, number, order, limits, fire, fired, idle)
    if base != out:
        for i in range(last - first - n):
            at = np.int64(order[idle[i]]) * cell
            clamp_line(out + at, base + at, channels, clip)
    new, stride = update.ctypes.data, update.shape[1] * 4
    for done in range(0, n, CHUNK):
        part = min(CHUNK, n - done)
        sense(fired, done, part, x, ring, factors, perceived)
        respond(part, perceived, hidden, update, net, _INF)
        for i in range(part):
            p = fired[done + i]
            at = np.int64(order[p]) * cell
            shift_cell(out + at, base + at, new + i * stride, channels, pace[p], clip)


@njit(nogil=True, cache=True)
def bound(out: Any, first: Any, last: Any, order: Any, channels: Any, clip: Any) -> None:
    """Bound the states of the vertices order[first:last]."""
    for p in range(first, last):
        at = out + np.int64(order[p]) * channels * 4
        clamp_line(at, at, channels, clip)
