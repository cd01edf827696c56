"""The one-rings of a surface in the order in which kernels visit them.

States keep the mesh's own order; only the order of visits is another: along a Morton curve, so that
the neighbours of a block of vertices are in the cache whatever order a file had. Made once per
surface and kept as long as it lives.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.meshes.surface import Surface

__all__ = ["WHOLE", "Ring", "spans"]

_BLOCK = 2048  # vertices: a block takes well under a millisecond, and so does cancelling
_PARTS = 4  # at least, of a small mesh: handing a block over takes 10 microseconds
WHOLE = 8
"""Rows of a matrix product come in whole tiles of at most so many; so do places of a block."""
_BITS = 10

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
    edges : (E,) int64
        Number of each edge in the surface's own order.
    """

    order: Indices
    starts: NDArray[np.int64]
    neighbours: Indices
    geometry: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    edges: NDArray[np.int64]
    _own: Indices

    @classmethod
    def of(cls, surface: Surface) -> Ring:
        """The rings of a surface, made at the first call."""
        with _lock:
            known = _known.get(surface)
        if known is None:
            known = cls._made(surface)
            with _lock:
                _known[surface] = known
        return known

    @classmethod
    def _made(cls, surface: Surface) -> Ring:
        order = np.argsort(_morton(surface.vertices), kind="stable").astype(np.int32)
        valence = surface.valence[order].astype(np.int64)
        starts = np.concatenate(([0], np.cumsum(valence)))
        edges = np.arange(starts[-1], dtype=np.int64)
        edges += np.repeat(surface.starts[:-1][order] - starts[:-1], valence)
        neighbours = surface.neighbours[edges]
        points = surface.vertices.astype(np.float64)
        away = points[neighbours] - np.repeat(points[order], valence, axis=0)
        directions = away / (np.sqrt((away * away).sum(axis=1, keepdims=True)) + 1e-8)
        geometry = (
            surface.vertices[order],
            surface.normals[order],
            directions.astype(np.float32),
        )
        return cls(order, starts, neighbours, geometry, edges, surface.neighbours)

    @cached_property
    def reverse(self) -> NDArray[np.int64]:
        """Where the edge from j to i is, for each edge from i to j, (E,).

        Sorted by its end, a list of directed edges becomes the list of the reversed ones.
        """
        place = np.empty_like(self.edges)
        place[self.edges] = np.arange(len(place))
        backward = np.argsort(self._own, kind="stable")
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
    code = np.zeros(len(points), np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            code |= (cells[:, axis] >> bit & 1) << (3 * bit + axis)
    return code
