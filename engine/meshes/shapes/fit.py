"""Bring a mesh onto an implicit surface and even out its vertices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.meshes.subdivide import prolonged, split_faces

__all__ = ["Field", "project", "refined", "relax", "vertex_normals"]

Points = NDArray[np.float64]
Indices = NDArray[np.int32]
Field = Callable[[Points], NDArray[np.float64]]  # (n, 3) -> (n,): below 0 inside


def refined(field: Field, vertices: Points, faces: Indices) -> tuple[Points, Indices]:
    """Cut every face of a closed mesh into four, on the surface where `field` is 0."""
    faces, parents = split_faces(len(vertices), faces)
    vertices, slope = _stepped(field, prolonged(vertices, parents), faces)
    for _ in range(2):
        # The slope changes little: measuring it once is half the work.
        vertices, _ = _stepped(field, relax(vertices, faces, 0.5), faces, slope)
    return _stepped(field, vertices, faces, slope)[0], faces


def project(field: Field, vertices: Points, faces: Indices, rounds: int) -> Points:
    """Move vertices along their normals to where `field` is 0: Newton's method in one dimension.

    The slope is measured along the normal; a step is never longer than half an edge, so that a
    thin wall is not left on the wrong side.
    """
    for _ in range(rounds):
        vertices, _ = _stepped(field, vertices, faces)
    return vertices


def _stepped(
    field: Field, vertices: Points, faces: Indices, slope: NDArray[np.float64] | None = None
) -> tuple[Points, NDArray[np.float64]]:
    """Go one step towards 0; return the slope too, measured unless it is given."""
    normals = vertex_normals(vertices, faces)
    length = float(np.linalg.norm(vertices[faces[:, 0]] - vertices[faces[:, 1]], axis=1).mean())
    value = field(vertices)
    if slope is None:
        slope = (field(vertices + 1e-2 * length * normals) - value) / (1e-2 * length)
    move = np.clip(-value / np.maximum(slope, 0.3), -0.5 * length, 0.5 * length)
    return vertices + move[:, None] * normals, slope


def relax(vertices: Points, faces: Indices, factor: float) -> Points:
    """Move vertices of a closed mesh towards the mean of their neighbours, within the surface."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    valence = np.bincount(start, minlength=len(vertices))
    away = _sums(start, vertices[end], len(vertices)) / valence[:, None] - vertices
    normals = vertex_normals(vertices, faces)
    away -= (away * normals).sum(axis=1, keepdims=True) * normals
    return np.asarray(vertices + factor * away)


def vertex_normals(vertices: Points, faces: Indices) -> Points:
    """Unit normals (n, 3), faces weighted by area; zero where there is none."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    crosses = np.cross(b - a, c - a)
    normals = _sums(faces.T.ravel(), np.tile(crosses, (3, 1)), len(vertices))
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300))


def _sums(index: NDArray[np.int32], values: Points, count: int) -> Points:
    return np.stack([np.bincount(index, values[:, k], count) for k in range(3)], axis=1)
