"""Loops over corners and edges that mend a mesh; linear in its size whatever it looks like.

A half-edge has the number of the corner at which it starts: 3 * face + 0, 1 or 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "count_fans",
    "drop_repeats",
    "measure",
    "orient",
    "pair_half_edges",
    "sort_half_edges",
    "weld_slice",
]

Array = NDArray[Any]

_MOST_COMPARED = 24  # sheets on one edge up to which the flattest pairs are looked for


@njit(nogil=True, cache=True)
def _bucket(x: int, y: int, z: int, mask: int) -> int:
    mixed = (
        np.uint64(x) * np.uint64(0x9E3779B97F4A7C15)
        ^ np.uint64(y) * np.uint64(0xC2B2AE3D27D4EB4F)
        ^ np.uint64(z) * np.uint64(0x165667B19E3779F9)
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return int(mixed & np.uint64(mask))


@njit(nogil=True, cache=True)
def weld_slice(
    points: Array, start: int, stop: int, tolerance: float, heads: Array, chain: Array, found: Array
) -> None:
    """Give points [start, stop) the number of the first point within `tolerance`, or their own.

    Cells are two tolerances wide, so that a point has to look into eight; its own comes first.
    A cell cannot hold more than a handful of points that lie further apart than the tolerance.
    `heads` (a power of two long) and `chain` are a hash table of cells, -1 where empty.
    """
    mask = len(heads) - 1
    per_cell = 0.5 / tolerance
    for i in range(start, stop):
        px, py, pz = points[i, 0], points[i, 1], points[i, 2]
        qx, qy, qz = px * per_cell, py * per_cell, pz * per_cell
        cx, cy, cz = int(np.floor(qx)), int(np.floor(qy)), int(np.floor(qz))
        sx = -1 if qx - cx < 0.5 else 1
        sy = -1 if qy - cy < 0.5 else 1
        sz = -1 if qz - cz < 0.5 else 1
        same = -1
        for near in range(8):
            bucket = _bucket(
                cx + sx * (near & 1), cy + sy * ((near >> 1) & 1), cz + sz * (near >> 2), mask
            )
            j = heads[bucket]
            while j >= 0:
                dx, dy, dz = points[j, 0] - px, points[j, 1] - py, points[j, 2] - pz
                if dx * dx + dy * dy + dz * dz <= tolerance * tolerance:
                    same = j
                    break
                j = chain[j]
            if same >= 0:
                break
        if same >= 0:
            found[i] = same
        else:
            found[i] = i
            bucket = _bucket(cx, cy, cz, mask)
            chain[i] = heads[bucket]
            heads[bucket] = i


@njit(nogil=True, cache=True)
def drop_repeats(faces: Array, heads: Array, chain: Array, keep: Array) -> tuple[int, int]:
    """Mark in `keep` the faces with three different corners that no earlier face has.

    Returns how many are degenerate and how many duplicates.
    """
    mask = len(heads) - 1
    degenerate = duplicate = 0
    for f in range(len(faces)):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        keep[f] = False
        if a == b or b == c or c == a:
            degenerate += 1
            continue
        low, high = min(a, b, c), max(a, b, c)
        middle = a + b + c - low - high
        bucket = _bucket(low, middle, high, mask)
        g = heads[bucket]
        while g >= 0:
            d, e, h = faces[g, 0], faces[g, 1], faces[g, 2]
            if min(d, e, h) == low and max(d, e, h) == high and d + e + h == a + b + c:
                break
            g = chain[g]
        if g >= 0:
            duplicate += 1
        else:
            keep[f] = True
            chain[f] = heads[bucket]
            heads[bucket] = f
    return degenerate, duplicate


@njit(nogil=True, cache=True)
def sort_half_edges(faces: Array, count: int) -> Array:
    """Numbers of all half-edges, those of one edge in a run: two counting sorts."""
    corners = faces.reshape(-1)
    size = len(corners)
    by_high, by_both = np.empty(size, np.int32), np.empty(size, np.int32)
    for turn in range(2):
        places = np.zeros(count + 1, np.int64)
        for h in range(size):
            a, b = corners[h], corners[_next(h)]
            places[(max(a, b) if turn == 0 else min(a, b)) + 1] += 1
        for v in range(count):
            places[v + 1] += places[v]
        for rank in range(size):
            h = rank if turn == 0 else by_high[rank]
            a, b = corners[h], corners[_next(h)]
            v = max(a, b) if turn == 0 else min(a, b)
            if turn == 0:
                by_high[places[v]] = h
            else:
                by_both[places[v]] = h
            places[v] += 1
    return by_both


@njit(nogil=True, cache=True)
def pair_half_edges(
    points: Array, faces: Array, order: Array, twin: Array, part: bool, surplus: Array
) -> int:
    """Find the other half of every half-edge, -1 on a border; return the edges of 3 faces or more.

    Where more than two meet, the two that continue each other most flatly go together, those
    that run against each other before those that do not; then the next two, until one is left.
    With `part` none go together there. `surplus` marks the faces beyond the first two.
    """
    corners = faces.reshape(-1)
    surplus[:] = False
    crowded = 0
    twin[:] = -1
    start = 0
    while start < len(order):
        h = order[start]
        a, b = corners[h], corners[_next(h)]
        stop = start + 1
        while stop < len(order):
            c, d = corners[order[stop]], corners[_next(order[stop])]
            if not ((c == a and d == b) or (c == b and d == a)):
                break
            stop += 1
        if stop - start == 2:
            twin[h], twin[order[start + 1]] = order[start + 1], h
        elif stop - start > 2:
            crowded += 1
            for k in range(start + 2, stop):
                surplus[order[k] // 3] = True
            if part:
                pass
            elif stop - start <= _MOST_COMPARED:
                _pair_flattest(points, corners, order[start:stop], twin)
            else:
                for k in range(start, stop - 1, 2):
                    twin[order[k]], twin[order[k + 1]] = order[k + 1], order[k]
        start = stop
    return crowded


@njit(nogil=True, cache=True)
def _pair_flattest(points: Array, corners: Array, sheets: Array, twin: Array) -> None:
    m = len(sheets)
    away = np.zeros((m, 3))
    a, b = corners[sheets[0]], corners[_next(sheets[0])]
    edge = points[b] - points[a]
    edge = edge / max(np.sqrt((edge * edge).sum()), 1e-300)
    for k in range(m):
        third = points[corners[_next(_next(sheets[k]))]] - points[a]
        third = third - (third * edge).sum() * edge
        away[k] = third / max(np.sqrt((third * third).sum()), 1e-300)
    for _ in range(m // 2):
        best, first, second = -10.0, -1, -1
        for k in range(m):
            for j in range(k + 1, m):
                if twin[sheets[k]] >= 0 or twin[sheets[j]] >= 0:
                    continue
                score = -(away[k] * away[j]).sum()
                if corners[sheets[k]] != corners[sheets[j]]:
                    score += 4.0
                if score > best:
                    best, first, second = score, k, j
        twin[sheets[first]], twin[sheets[second]] = sheets[second], sheets[first]


@njit(nogil=True, cache=True)
def _next(h: int) -> int:
    return h - 2 if h % 3 == 2 else h + 1


@njit(nogil=True, cache=True)
def _root(parent: Array, c: int) -> int:
    while parent[c] != c:
        parent[c] = parent[parent[c]]
        c = parent[c]
    return c


@njit(nogil=True, cache=True)
def count_fans(faces: Array, twin: Array, count: int, parent: Array, number: Array) -> int:
    """Give every fan of faces round a vertex a vertex of its own; the first keeps the old one.

    `number` receives the vertex of every corner. Returns the vertices needed; those from `count`
    on are copies.
    """
    corners = faces.reshape(-1)
    for c in range(len(corners)):
        parent[c] = c
        number[c] = -1
    for h in range(len(corners)):
        t = twin[h]
        if t > h:
            for end in range(2):
                mine = h if end == 0 else _next(h)
                theirs = t if corners[t] == corners[mine] else _next(t)
                one, other = _root(parent, mine), _root(parent, theirs)
                if one < other:
                    parent[other] = one
                else:
                    parent[one] = other
    taken = np.zeros(count, np.uint8)
    for c in range(len(corners)):
        root = _root(parent, c)  # never above c: its number is known
        if root == c:
            if taken[corners[c]]:
                number[c] = count
                count += 1
            else:
                number[c] = corners[c]
                taken[corners[c]] = 1
        else:
            number[c] = number[root]
    return count


@njit(nogil=True, cache=True)
def orient(faces: Array, twin: Array, label: Array, turned: Array) -> tuple[int, int]:
    """Label the pieces and mark the faces to be turned so that neighbours run against each other.

    Returns the pieces and the edges that cannot agree (a one-sided piece has some).
    """
    corners = faces.reshape(-1)
    queue = np.empty(len(faces), np.int32)
    label[:] = -1
    pieces = conflicts = 0
    for seed in range(len(faces)):
        if label[seed] >= 0:
            continue
        label[seed], turned[seed] = pieces, 0
        queue[0], first, last = seed, 0, 1
        while first < last:
            f = queue[first]
            first += 1
            for h in range(3 * f, 3 * f + 3):
                t = twin[h]
                if t < 0:
                    continue
                g = t // 3
                wanted = turned[f] ^ np.uint8(corners[h] == corners[t])
                if label[g] < 0:
                    label[g], turned[g] = pieces, wanted
                    queue[last] = g
                    last += 1
                elif turned[g] != wanted:
                    conflicts += 1
        pieces += 1
    return pieces, conflicts // 2


@njit(nogil=True, cache=True)
def measure(points: Array, faces: Array, areas: Array, volumes: Array) -> None:
    """Area of every face, and the signed volume between it and the origin."""
    for f in range(len(faces)):
        a, b, c = points[faces[f, 0]], points[faces[f, 1]], points[faces[f, 2]]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        areas[f] = np.sqrt(x * x + y * y + z * z) / 2
        volumes[f] = (a[0] * x + a[1] * y + a[2] * z) / 6
