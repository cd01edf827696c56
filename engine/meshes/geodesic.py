"""Distances along a surface from a point on a face, as far as a radius: brushes and their cursor.

Vertices are settled in the order of their distance, as by Dijkstra and in fast marching (Kimmel
and Sethian 1998). The third corner of a face is reached from two settled ones by unfolding the face
into the plane of a source that lies at their distances (Novotni and Klein 2002), which is exact
where the surface is flat. The cost is that of the vertices within the radius.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.surface import Surface

__all__ = ["outline", "reached", "reached_from"]

Array = NDArray[Any]

_CIRCLE = 48  # segments of a ring that lies within a face or two
_SMALL = 1.5  # mean edge lengths: below this radius corners are too few to draw a ring by
_GAIN = 1e-4  # share by which a settled distance has to shrink to be settled anew
_NEAR = 3.0  # mean edge lengths that each of several points marches alone
_MARGIN = 2.0  # mean edge lengths beyond the radius, so that all corners around it are settled


def reached(
    surface: Surface, face: int, u: float, v: float, radius: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the vertices within a distance along the surface.

    Parameters
    ----------
    surface : Surface
        Of any topology; other pieces are never reached.
    face : int
        Where the point is; on it at (1 - u - v) a + u b + v c.
    u, v : float
        From 0 to 1, at most 1 together.
    radius : float
        In the unit of the surface's vertices.

    Returns
    -------
    indices : ndarray
        int32 (k,), each once, in no order; none if the radius is shorter than the way to a corner.
    distances : ndarray
        float32 (k,).

    Raises
    ------
    IndexError
        If there is no such face.
    """
    return reached_from(surface, [(face, u, v)], radius)


def reached_from(
    surface: Surface, places: Sequence[tuple[int, float, float]], radius: float
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the vertices within a distance of the nearest of some points.

    Parameters and results are those of `reached`, of points (face, u, v). Each of them marches on
    its own for the first few edges, where waves are most curved, then one march goes on from all:
    where waves meet, a distance may be short by a fraction of an edge.

    Raises
    ------
    IndexError
        If there is no such face.
    """
    settled, distances = _marched(surface, places, radius)
    return settled, distances[settled].astype(np.float32)


def outline(surface: Surface, face: int, u: float, v: float, radius: float) -> NDArray[np.float32]:
    """Draw the line of all points at a distance along the surface.

    Returns
    -------
    segments : ndarray
        float32 (k, 2, 3), in no order; where the radius is below one and a half edges a flat ring.
        Empty where the whole piece lies within the radius.

    Raises
    ------
    IndexError
        If there is no such face.
    """
    if radius < _SMALL * surface.spacing:
        return _ring(surface, face, u, v, radius)
    reach = radius + _MARGIN * surface.spacing
    settled, distances = _marched(surface, [(face, u, v)], reach)
    starts, around = surface.incidence
    segments = np.empty((int((starts[settled + 1] - starts[settled]).sum()), 2, 3), np.float32)
    count = _cross(
        surface.vertices, surface.faces, starts, around, settled, distances, radius, segments
    )
    return segments[:count]


def _marched(
    surface: Surface, places: Sequence[tuple[int, float, float]], radius: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    for face, _, _ in places:
        if not 0 <= face < len(surface.faces):
            raise IndexError(f"there is no face {face}")
    distances = np.full(len(surface.vertices), np.inf)
    near = radius if len(places) == 1 else min(radius, _NEAR * surface.spacing)
    for face, u, v in places:
        corners = surface.faces[face].copy()  # writable as all that march: one compiled kernel
        a, b, c = surface.vertices[corners].astype(np.float64)
        alone = np.full(len(distances), np.inf) if len(places) > 1 else distances
        alone[corners] = np.sqrt((((a + u * (b - a) + v * (c - a)) - (a, b, c)) ** 2).sum(axis=1))
        settled = _march(*_mesh(surface), corners, False, near, alone)
        if len(places) > 1:
            distances[settled] = np.minimum(distances[settled], alone[settled])
    if len(places) == 1:
        return settled, distances
    begun = np.flatnonzero(np.isfinite(distances))
    return _march(*_mesh(surface), begun.astype(np.int32), True, radius, distances), distances


def _mesh(surface: Surface) -> tuple[Array, Array, Array, Array]:
    return (surface.vertices, surface.faces, *surface.incidence)


def _ring(surface: Surface, face: int, u: float, v: float, radius: float) -> NDArray[np.float32]:
    a, b, c = surface.vertices[surface.faces[face]].astype(np.float64)
    point = (1 - u - v) * a + u * b + v * c
    normal = np.cross(b - a, c - a)
    first = b - a
    first = first / max(float(np.linalg.norm(first)), 1e-30)
    second = np.cross(normal, first)
    second = second / max(float(np.linalg.norm(second)), 1e-30)
    turn = np.linspace(0, 2 * np.pi, _CIRCLE + 1)[:, None]
    rim = point + radius * (np.cos(turn) * first + np.sin(turn) * second)
    return np.stack([rim[:-1], rim[1:]], axis=1).astype(np.float32)


@njit(nogil=True, cache=True)
def _length(vertices: Array, a: int, b: int) -> float:
    x = float(vertices[a, 0]) - vertices[b, 0]
    y = float(vertices[a, 1]) - vertices[b, 1]
    z = float(vertices[a, 2]) - vertices[b, 2]
    return math.sqrt(x * x + y * y + z * z)


@njit(nogil=True, cache=True)
def _through(da: float, db: float, ab: float, ac: float, bc: float) -> float:
    """Distance of corner c from a source at distances da and db of a and b, behind the edge ab.

    Round the nearer corner where the straight line misses the edge.
    """
    round_corner = min(da + ac, db + bc)
    if ab <= 0:
        return round_corner
    sx, cx = (da * da - db * db + ab * ab) / (2 * ab), (ac * ac - bc * bc + ab * ab) / (2 * ab)
    sy2, cy2 = da * da - sx * sx, ac * ac - cx * cx
    if sy2 < 0 or cy2 <= 0:
        return round_corner
    sy, cy = -math.sqrt(sy2), math.sqrt(cy2)
    crossing = sx + (cx - sx) * -sy / (cy - sy)
    if crossing < 0 or crossing > ab:
        return round_corner
    return math.sqrt((cx - sx) ** 2 + (cy - sy) ** 2)


@njit(nogil=True, cache=True)
def _march(
    vertices: Array,
    faces: Array,
    starts: Array,
    around: Array,
    begun: Array,
    final: bool,
    radius: float,
    distances: Array,
) -> Array:
    """Fill `distances` as far as `radius`; return the settled vertices in their order.

    begun : (k,) vertices whose distances are there already.
    final : whether these stay as they are.
    """
    heap: list[tuple[float, Any]] = [(0.0, 0)]
    heap.pop()
    known = np.zeros(len(vertices), np.uint8)  # 1: begun or reached again, 2: settled, 3: final
    listed = np.zeros(len(vertices), np.uint8)
    for i in begun:
        heapq.heappush(heap, (distances[i], np.int64(i)))
        known[i] = 3 if final else 1
    settled = np.empty(64, np.int32)
    count = 0
    while len(heap) > 0:
        far, i = heapq.heappop(heap)
        if far > radius:
            break
        if known[i] == 2:
            continue
        known[i] = max(known[i], 2)
        if not listed[i]:
            if count == len(settled):
                longer = np.empty(2 * count, np.int32)
                longer[:count] = settled
                settled = longer
            settled[count] = i
            listed[i] = 1
            count += 1
        for at in range(starts[i], starts[i + 1]):
            f = around[at]
            for k in range(3):
                j = faces[f, k]
                if j == i or known[j] == 3:
                    continue
                other = faces[f, 0] + faces[f, 1] + faces[f, 2] - i - j
                step = _length(vertices, i, j)
                reach = far + step
                if known[other]:
                    across, beside = _length(vertices, i, other), _length(vertices, other, j)
                    reach = _through(far, distances[other], across, step, beside)
                # A way through an edge may be shorter than one that was settled along an edge.
                if reach < distances[j] * (1 - _GAIN * (known[j] > 0)):
                    distances[j] = reach
                    known[j] = min(known[j], 1)
                    heapq.heappush(heap, (reach, np.int64(j)))
    return settled[:count]


@njit(nogil=True, cache=True)
def _cross(
    vertices: Array,
    faces: Array,
    starts: Array,
    around: Array,
    settled: Array,
    distances: Array,
    radius: float,
    segments: Array,
) -> int:
    """Write the pieces of the level line, one a face at most; return how many."""
    count = 0
    for i in settled:
        if distances[i] > radius:
            continue
        for at in range(starts[i], starts[i + 1]):
            f = around[at]
            first, within = -1, 0
            for k in range(3):
                if not distances[faces[f, k]] < np.inf:
                    within = 3
                    break
                if distances[faces[f, k]] <= radius:
                    within += 1
                    if first < 0 or faces[f, k] < first:
                        first = faces[f, k]
            if within == 3 or first != i:
                continue  # all inside, or another corner's turn
            end = 0
            for k in range(3):
                a, b = faces[f, k], faces[f, (k + 1) % 3]
                if (distances[a] <= radius) != (distances[b] <= radius):
                    share = (radius - distances[a]) / (distances[b] - distances[a])
                    for axis in range(3):
                        segments[count, end, axis] = vertices[a, axis] + share * (
                            vertices[b, axis] - vertices[a, axis]
                        )
                    end += 1
            count += 1
    return count
