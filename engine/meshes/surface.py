"""A triangle mesh as a place to live on: normalised geometry and the one-ring of every vertex."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Surface", "frame"]

Points = NDArray[np.float32]
Indices = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Surface:
    """A mended mesh; make one with `Surface.of`.

    Attributes
    ----------
    vertices : ndarray
        float32 (n, 3), their mean at the origin, the farthest at distance 1.
    faces : ndarray
        int32 (m, 3).
    starts, neighbours : ndarray
        int32 (n + 1,) and (e,): the one-ring of vertex i, ascending and without i, is
        ``neighbours[starts[i] : starts[i + 1]]``. Every edge occurs once in each direction.
    """

    vertices: Points
    faces: Indices
    starts: Indices
    neighbours: Indices

    @classmethod
    def of(cls, vertices: NDArray[Any], faces: NDArray[Any]) -> Surface:
        """Normalise geometry and find the one-rings.

        Parameters
        ----------
        vertices : ndarray
            (n, 3), finite and not all in one place.
        faces : ndarray
            (m, 3) whole numbers below n.
        """
        points = np.asarray(vertices, np.float64)
        points = points - points.mean(axis=0)
        points = points / np.sqrt((points**2).sum(axis=1).max())
        triangles = np.ascontiguousarray(faces, np.int32)
        starts, neighbours = _one_rings(len(points), triangles)
        made = cls(np.ascontiguousarray(points, np.float32), triangles, starts, neighbours)
        for array in (made.vertices, made.faces, starts, neighbours):
            array.flags.writeable = False
        return made

    @cached_property
    def topology(self) -> str:
        """SHA-256 of vertices and faces."""
        return hashlib.sha256(self.vertices.tobytes() + self.faces.tobytes()).hexdigest()

    @cached_property
    def valence(self) -> NDArray[np.int32]:
        """Neighbours of every vertex, (n,)."""
        return np.diff(self.starts)

    @cached_property
    def incidence(self) -> tuple[Indices, Indices]:
        """Faces of every vertex: (n + 1,) starts into the second, (3 m,), ascending by face."""
        corners = self.faces.ravel()
        sums = np.cumsum(np.bincount(corners, minlength=len(self.vertices)))
        faces = np.argsort(corners, kind="stable") // 3
        return np.concatenate([[0], sums]).astype(np.int32), np.asarray(faces, np.int32)

    @cached_property
    def normals(self) -> Points:
        """Unit normals of the vertices (n, 3), faces weighted by area; +y where there is none."""
        corners = self.vertices[self.faces].astype(np.float64)
        crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        sums = np.stack(
            [
                sum(
                    np.bincount(self.faces[:, k], crosses[:, axis], len(self.vertices))
                    for k in range(3)
                )
                for axis in range(3)
            ],
            axis=1,
        )
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        found = np.where(lengths > 0, sums / np.maximum(lengths, 1e-300), (0.0, 1.0, 0.0))
        return np.ascontiguousarray(found, np.float32)

    @cached_property
    def border(self) -> NDArray[np.bool_]:
        """Which vertices lie on an edge of one face only, (n,)."""
        found = np.zeros(len(self.vertices), np.bool_)
        if len(self.neighbours) == self.faces.size:  # as many edges as in a closed mesh
            return found
        count = len(self.vertices)
        a, b = self.faces.ravel().astype(np.int64), self.faces[:, [1, 2, 0]].ravel()
        keys, uses = np.unique(np.minimum(a, b) * count + np.maximum(a, b), return_counts=True)
        for ends in np.divmod(keys[uses == 1], count):
            found[ends] = True
        return found

    @cached_property
    def edge_lengths(self) -> NDArray[np.float32]:
        """Length of every directed edge, (e,), in the order of `neighbours`."""
        squares = np.zeros(len(self.neighbours))
        for points in self.vertices.T:
            away = points[self.neighbours] - np.repeat(points, self.valence)
            squares += away.astype(np.float64) ** 2
        return np.asarray(np.sqrt(squares), np.float32)

    @cached_property
    def spacing(self) -> float:
        """Mean edge length."""
        return float(self.edge_lengths.mean(dtype=np.float64))


def frame(normals: NDArray[Any]) -> tuple[Points, Points]:
    """Return tangents t1 = y x n (x-axis where n is nearly +-y) and t2 = n x t1, unit, (n, 3) each.

    Training patches, normal maps and shading agree on this frame.
    """
    n = np.asarray(normals, np.float64)
    first = np.cross((0.0, 1.0, 0.0), n)
    steep = np.abs(n[:, 1]) > 0.98
    first[steep] = (1.0, 0.0, 0.0) - n[steep, :1] * n[steep]
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.asarray(first, np.float32), np.asarray(np.cross(n, first), np.float32)


def _one_rings(count: int, faces: Indices) -> tuple[Indices, Indices]:
    """Sort the directed edges, packed into one number each: `np.unique` takes 80 times as long."""
    a, b = faces.ravel().astype(np.int64), faces[:, [1, 2, 0]].ravel().astype(np.int64)
    keys = np.concatenate([a * count + b, b * count + a])
    keys.sort()
    fresh = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    keys = keys[fresh]
    firsts = np.arange(count + 1, dtype=np.int64) * count
    starts = np.searchsorted(keys, firsts)
    end = keys - np.repeat(firsts[:-1], np.diff(starts))
    return np.asarray(starts, np.int32), np.asarray(end, np.int32)
