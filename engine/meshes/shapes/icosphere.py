"""The sphere on which mesh automata are trained: an icosahedron, its faces cut into triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["icosphere"]

Points = NDArray[np.float32]
Indices = NDArray[np.int32]


def icosphere(nu: int) -> tuple[Points, Indices]:
    """Cut the edges of an icosahedron into `nu` parts and push all vertices onto the unit sphere.

    Returns
    -------
    vertices : ndarray
        float32 (10 nu^2 + 2, 3); twelve have five neighbours, all others six.
    faces : ndarray
        int32 (20 nu^2, 3), counter-clockwise from outside.

    Raises
    ------
    ValueError
        For a frequency below 1.
    """
    if nu < 1:
        raise ValueError(f"nu = {nu}, below 1")
    corners, sides = _icosahedron()
    # The triangular grid of one face: point (i, j) is i steps towards corner 1 and j towards 2.
    i, j = (grid.ravel() for grid in np.mgrid[: nu + 1, : nu + 1])
    inside = i + j <= nu
    i, j = i[inside], j[inside]
    number = np.full((nu + 2, nu + 2), -1)
    number[i, j] = np.arange(len(i))
    up = np.stack([number[i, j], number[i + 1, j], number[i, j + 1]], axis=1)
    down = np.stack([number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]], axis=1)
    tiles = np.concatenate([up, down])
    tiles = tiles[(tiles >= 0).all(axis=1)]
    shares = np.stack([nu - i - j, i, j], axis=1) / nu
    points = np.einsum("pk,fkx->fpx", shares, corners[sides]).reshape(-1, 3)
    faces = (tiles[None] + len(i) * np.arange(20)[:, None, None]).reshape(-1, 3)
    first, which = _shared(sides, np.stack([nu - i - j, i, j], axis=1), nu)
    points = points[first]
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), which[faces].astype(np.int32)


def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twelve corners: the poles and two rings of five; twenty faces, seen from outside."""
    turn = 2 * np.pi * np.arange(5) / 5
    height, radius = 1 / np.sqrt(5), 2 / np.sqrt(5)
    upper = np.stack([radius * np.sin(turn), np.full(5, height), radius * np.cos(turn)], axis=1)
    turn = turn + np.pi / 5
    lower = np.stack([radius * np.sin(turn), np.full(5, -height), radius * np.cos(turn)], axis=1)
    corners = np.concatenate([[(0.0, 1.0, 0.0)], upper, lower, [(0.0, -1.0, 0.0)]])
    sides = []
    for k in range(5):
        a, b, c, d = 1 + k, 1 + (k + 1) % 5, 6 + k, 6 + (k + 1) % 5
        sides += [(0, a, b), (a, c, b), (b, c, d), (11, d, c)]
    return corners, np.array(sides)


def _shared(
    sides: NDArray[np.int64], weights: NDArray[np.int64], nu: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number the points of all faces, those on common edges and corners once.

    A point is known by its corners and their whole-numbered weights, so nothing is compared
    by distance. Returns the first occurrence of every point, and the number of every occurrence.
    """
    corner = np.repeat(sides[:, None], len(weights), axis=1).reshape(-1, 3)
    weight = np.tile(weights, (len(sides), 1))
    corner = np.where(weight > 0, corner, 12)
    order = np.argsort(corner, axis=1)
    corner, weight = (np.take_along_axis(array, order, axis=1) for array in (corner, weight))
    key = corner @ np.array([169, 13, 1])
    key = (key * (nu + 1) + weight[:, 0]) * (nu + 1) + weight[:, 1]
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    return first, which.reshape(-1)
