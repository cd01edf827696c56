"""Thinning of meshes that are far finer than what is wanted of them, before they are remeshed.

Vertices are merged into their neighbours, many at once: those that are chosen in a pass share no
face, so that none needs to know of the others. A queue of all edges by length, as remeshers have
it, takes minutes for millions of faces.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.mend_kernels import sort_half_edges
from engine.meshes.seams import folds

__all__ = ["thinned"]

_MOST_RING = 24  # neighbours beyond which a vertex is left alone
_MOST_VALENCE = 10  # neighbours that a vertex may come to have
_STRAIGHT = 0.5  # cosine between a face that moved and the surface around the vertex before
_SLOW = 0.02  # share of the vertices below which another pass is not worth it

Array = NDArray[Any]
Points = NDArray[np.float64]
Indices = NDArray[np.int32]


def thinned(
    vertices: Points,
    faces: Indices,
    length: float,
    report: Callable[[int], object],
    *,
    sharp: float | None = None,
) -> tuple[Points, Indices]:
    """Merge vertices along edges shorter than `length`; borders stay.

    Parameters
    ----------
    vertices, faces : ndarray
        float64 (n, 3) and int32 (m, 3), every vertex used; topology is kept. The vertices that are
        left are some of those that there were.
    length : float
        No edge comes to be longer than twice this.
    report : callable
        Told how many faces there still are.
    sharp : float, optional
        Degrees by which the surface turns at edges that stay, too.
    """
    while True:
        report(len(faces))
        twin = np.full(faces.size, -1, np.int32)
        _pair(faces, sort_half_edges(faces, len(vertices)), twin)
        first, inner = np.empty(len(vertices), np.int32), np.ones(len(vertices), np.uint8)
        _fans(faces, twin, first, inner)
        if sharp is not None:
            inner[folds(vertices, faces, sharp)] = 0
        made = faces.copy()
        removed = _merge(vertices, faces, made, twin, first, inner, length)
        keep = made[:, 0] >= 0
        used = np.zeros(len(vertices), bool)
        used[made[keep]] = True
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        before, vertices, faces = len(vertices), vertices[used], number[made[keep]]
        if removed < _SLOW * before:
            return vertices, faces


@njit(nogil=True, cache=True)
def _pair(faces: Array, order: Array, twin: Array) -> None:
    """Find the other half of every half-edge, where two faces meet that are oriented alike.

    In `order` the half-edges of one edge stand together; all other edges count as borders.
    """
    corners = faces.reshape(-1)
    start = 0
    while start < len(order):
        h = order[start]
        a, b = corners[h], corners[h - 2 if h % 3 == 2 else h + 1]
        stop, other = start + 1, -1
        while stop < len(order):
            g = order[stop]
            c, d = corners[g], corners[g - 2 if g % 3 == 2 else g + 1]
            if min(a, b) != min(c, d) or max(a, b) != max(c, d):
                break
            if c == b and d == a:
                other = g
            stop += 1
        if stop - start == 2 and other >= 0:
            twin[h], twin[other] = other, h
        start = stop


@njit(nogil=True, cache=True)
def _fans(faces: Array, twin: Array, first: Array, inner: Array) -> None:
    """Find a half-edge that leaves every vertex, and which vertices lie on no border."""
    for h in range(len(twin)):
        start = faces[h // 3, h % 3]
        first[start] = h
        if twin[h] < 0:
            inner[start] = 0
            inner[faces[h // 3, (h % 3 + 1) % 3]] = 0


@njit(nogil=True, cache=True)
def _ring(v: int, faces: Array, twin: Array, first: Array, ring: Array, at: Array) -> int:
    """Neighbours of an inner vertex in order, and the faces after each; 0 where too many."""
    h = first[v]
    count = 0
    while True:
        if count == len(ring):
            return 0
        f, c = h // 3, h % 3
        ring[count] = faces[f, (c + 1) % 3]
        at[count] = f
        count += 1
        h = twin[3 * f + (c + 2) % 3]
        if h == first[v] or h < 0:
            return count if h >= 0 else 0


@njit(nogil=True, cache=True)
def _squared(points: Array, i: int, j: int) -> float:
    x, y, z = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1], points[i, 2] - points[j, 2]
    return float(x * x + y * y + z * z)


@njit(nogil=True, cache=True)
def _cross(points: Array, i: int, a: int, b: int, out: Array) -> None:
    """Twice the area of a face as a vector along its normal."""
    ux, uy, uz = (
        points[a, 0] - points[i, 0],
        points[a, 1] - points[i, 1],
        points[a, 2] - points[i, 2],
    )
    vx, vy, vz = (
        points[b, 0] - points[i, 0],
        points[b, 1] - points[i, 1],
        points[b, 2] - points[i, 2],
    )
    out[0], out[1], out[2] = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@njit(nogil=True, cache=True)
def _looks_along(face: Array, normal: Array) -> bool:
    along = face[0] * normal[0] + face[1] * normal[1] + face[2] * normal[2]
    lengths = (face[0] ** 2 + face[1] ** 2 + face[2] ** 2) * (
        normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2
    )
    return bool(along > _STRAIGHT * np.sqrt(lengths))


@njit(nogil=True, cache=True)
def _merge(
    points: Array,
    faces: Array,
    made: Array,
    twin: Array,
    first: Array,
    inner: Array,
    length: float,
) -> int:
    """Merge vertices into their nearest neighbours in `made`, where -1 marks faces that vanish."""
    locked = np.zeros(len(points), np.uint8)
    ring, at = np.empty(_MOST_RING, np.int32), np.empty(_MOST_RING, np.int32)
    theirs, unused = np.empty(_MOST_RING, np.int32), np.empty(_MOST_RING, np.int32)
    normal, face = np.empty(3), np.empty(3)
    removed = 0
    for v in range(len(points)):
        if locked[v] or not inner[v]:
            continue
        count = _ring(v, faces, twin, first, ring, at)
        free, best, nearest = count >= 3, -1, length * length
        for k in range(count):
            if locked[ring[k]]:
                free = False
                break
            away = _squared(points, v, ring[k])
            if inner[ring[k]] and away < nearest:
                best, nearest = k, away
        if not free or best < 0:
            continue
        w = ring[best]
        others = _ring(w, faces, twin, first, theirs, unused)
        if others <= 3 or others + count - 4 > _MOST_VALENCE:
            continue
        shared = 0
        for i in range(others):
            for k in range(count):
                shared += theirs[i] == ring[k]
        fits = shared == 2
        normal[:] = 0
        for k in range(count):
            _cross(points, v, ring[k], ring[(k + 1) % count], face)
            normal += face
        for k in range(count):
            a, b = ring[k], ring[(k + 1) % count]
            if not fits:
                break
            if a != w and b != w:
                _cross(points, w, a, b, face)
                fits = _looks_along(face, normal)
            fits = fits and _squared(points, w, a) <= 4 * length * length
        if not fits:
            continue
        for k in range(count):
            f = at[k]
            locked[ring[k]] = 1
            if ring[k] == w or ring[(k + 1) % count] == w:
                made[f, 0] = -1
            else:
                for c in range(3):
                    if made[f, c] == v:
                        made[f, c] = w
        locked[v] = 1
        removed += 1
    return removed
