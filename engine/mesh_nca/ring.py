"""The one-rings of a surface in the order in which kernels visit them.

States keep the mesh's own order; only the order of visits is another: along a Morton curve, so that
the neighbours of a block of vertices are in the cache whatever order a file had. Made once per
surface and kept as long as it lives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.meshes.surface import Surface

__all__ = ["WHOLE", "Ring", "spans"]

_BLOCK = 2048  # vertices: a block takes well under a millisecond, and so does cancelling
_PARTS = 4  # at least, of a small mesh: handing a block over takes 10 microseconds
WHOLE = 8
"""Rows of a matrix product come in whole tiles of at most so many; so do places of a block."""
_BITS = 10
_SPREAD = ((16, 0x030000FF), (8, 0x0300F00F), (4, 0x030C30C3), (2, 0x09249249))
"""Shifts and masks that put two empty bits behind each of ten."""

Indices = NDArray[np.int32]

_lock = threading.Lock()
_known: WeakKeyDictionary[Surface, Ring] = WeakKeyDictionary()


def spans(vertices: int) -> list[tuple[int, int]]:
    """Blocks of places that threads share; they depend on the number of vertices only."""
    size = min(_BLOCK, max(256, -(-vertices // _PARTS)))
    size = -(-size // WHOLE) * WHOLE
    return [(first, min(first + size, vertices)) for first in range(0, vertices, size)]


@dataclass(frozen=True, eq=False)
class Ring:
    """One-rings by place; `order[p]` is the vertex at place p.

    Attributes
    ----------
    order : (V,) int32
    starts : (V + 1,) int64, neighbours : (E,) int32
        The vertices around the one at place p: ``neighbours[starts[p] : starts[p + 1]]``.
    geometry : ((V, 3), (V, 3), (E, 3)) float32
        Positions and normals by place, unit directions by edge.
    border : (V,) bool
        Which places lie on an open border.
    edges : (E,) int64
        Number of each edge in the surface's own order.
    """

    order: Indices
    starts: NDArray[np.int64]
    neighbours: Indices
    geometry: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    border: NDArray[np.bool_]
    edges: NDArray[np.int64]
    _own: Indices

    @classmethod
    def of(cls, surface: Surface, poll: Callable[[], None] | None = None) -> Ring:
        """The rings of a surface, made at the first call; `poll` may stop that."""
        with _lock:
            known = _known.get(surface)
        if known is None:
            known = cls._made(surface, poll)
            with _lock:
                _known[surface] = known
        return known

    @classmethod
    def _made(cls, surface: Surface, poll: Callable[[], None] | None = None) -> Ring:
        points, own = surface.vertices, surface.neighbours
        order = np.argsort(_morton(points), kind="stable").astype(np.int32)
        starts = np.concatenate(([0], np.cumsum(surface.valence[order], dtype=np.int64)))
        edges, neighbours = np.empty(len(own), np.int64), np.empty(len(own), np.int32)
        directions = np.empty((len(own), 3), np.float32)
        out = edges, neighbours, directions

        def job(span: tuple[int, int], _: Any) -> None:
            _visit(*span, order, starts, surface.starts, own, points, *out)

        share((partial(job, span) for span in spans(len(order))), poll)
        geometry = points[order], surface.normals[order], directions
        return cls(order, starts, neighbours, geometry, surface.border[order], edges, own)

    @cached_property
    def reverse(self) -> NDArray[np.int64]:
        """Where the edge from j to i is, for each edge from i to j, (E,).

        Sorted by its end, a list of directed edges becomes the list of the reversed ones.
        """
        place = np.empty_like(self.edges)
        place[self.edges] = np.arange(len(place))
        backward = np.empty_like(self.edges)
        _sort_ends(self._own, np.bincount(self._own, minlength=len(self.order)), backward)
        found: NDArray[np.int64] = place[backward[self.edges]]
        return found

    @cached_property
    def back(self) -> tuple[NDArray[np.int64], Indices, NDArray[np.int64]]:
        """Rings with the vertex itself as their first: (starts, neighbours, places of the rest)."""
        count = len(self.order)
        starts = self.starts + np.arange(count + 1)
        rest = np.arange(len(self.neighbours)) + np.repeat(
            np.arange(1, count + 1), np.diff(self.starts)
        )
        neighbours = np.empty(len(rest) + count, np.int32)
        neighbours[starts[:-1]] = self.order
        neighbours[rest] = self.neighbours
        return starts, neighbours, rest


def _morton(points: NDArray[Any]) -> NDArray[np.int64]:
    """Number of each point along a Z-shaped curve through its bounding box."""
    low = points.min(axis=0)
    extent = max(float((points.max(axis=0) - low).max()), 1e-12)
    cells = ((points - low) / extent * (2**_BITS - 1)).astype(np.int64)
    for step, mask in _SPREAD:
        cells = (cells | cells << step) & mask
    code: NDArray[np.int64] = cells[:, 0] | cells[:, 1] << 1 | cells[:, 2] << 2
    return code


@njit(nogil=True, cache=True)
def _visit(
    first: Any,
    last: Any,
    order: Any,
    starts: Any,
    own_starts: Any,
    own: Any,
    points: Any,
    edges: Any,
    neighbours: Any,
    directions: Any,
) -> None:
    """Write numbers, ends and unit directions of the edges of the places first..last-1."""
    for p in range(first, last):
        i = order[p]
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        for e in range(starts[p], starts[p + 1]):
            edges[e] = own_starts[i] + e - starts[p]
            j = own[edges[e]]
            neighbours[e] = j
            a, b, c = points[j, 0] - x, points[j, 1] - y, points[j, 2] - z
            length = np.sqrt(a * a + b * b + c * c) + 1e-8
            directions[e, 0], directions[e, 1], directions[e, 2] = (
                a / length,
                b / length,
                c / length,
            )


@njit(nogil=True, cache=True)
def _sort_ends(ends: Any, counts: Any, places: Any) -> None:
    """Stable sort of edges by their end (counting sort): where the k-th of them was."""
    at = 0
    for vertex in range(len(counts)):
        at, counts[vertex] = at + counts[vertex], at
    for edge in range(len(ends)):
        places[counts[ends[edge]]] = edge
        counts[ends[edge]] += 1
