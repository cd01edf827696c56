"""Midpoint subdivision: every face becomes four, and what lies on the vertices is carried over."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.meshes.surface import Surface

__all__ = ["prolonged", "split_faces", "subdivided"]

Number = TypeVar("Number", bound=np.floating[Any])


def split_faces(count: int, faces: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Put a vertex on the middle of every edge and cut every face into four.

    Parameters
    ----------
    count : int
        Vertices of the mesh.
    faces : ndarray
        (m, 3), of any topology; an edge of many faces gets one new vertex.

    Returns
    -------
    faces : ndarray
        int32 (4 m, 3): the four parts of face f are rows 4 f to 4 f + 3, the middle one last.
    parents : ndarray
        int32 (count + edges, 2): the two ends whose middle a vertex is; (i, i) for an old one.
    """
    corners = np.asarray(faces, np.int64)
    ends = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2)  # corner k to corner k + 1
    keys = ends.min(axis=2) * count + ends.max(axis=2)
    edges, which = np.unique(keys, return_inverse=True)
    a, b, c = corners.T
    ab, bc, ca = (which.reshape(keys.shape) + count).T
    parts = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    fine = np.stack([np.stack(part, axis=1) for part in parts], axis=1).reshape(-1, 3)
    old = np.arange(count)
    parents = np.concatenate([np.stack([old, old], axis=1), np.stack(divmod(edges, count), axis=1)])
    return np.asarray(fine, np.int32), np.asarray(parents, np.int32)


def subdivided(
    surface: Surface,
) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
    """Return vertices, faces and parents of a surface with four times the faces.

    The form stays as it is; every new vertex inside has six neighbours, so that the quality gate
    sees a better mesh but a badly shaped one stays badly shaped.
    """
    faces, parents = split_faces(len(surface.vertices), surface.faces)
    return prolonged(surface.vertices, parents), faces, parents


def prolonged(values: NDArray[Number], parents: NDArray[Any]) -> NDArray[Number]:
    """Carry vertex data (n, ...) over to the finer mesh: the mean of the two ends of the edge."""
    first, second = values[parents[:, 0]], values[parents[:, 1]]
    return np.asarray((first + second) * values.dtype.type(0.5))
