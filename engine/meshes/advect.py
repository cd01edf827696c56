"""Fields of motion along a surface, and the surface's vertices moved along one.

A pattern that moves along a field looks, some steps later, like the pattern now drawn on the moved
vertices; `engine.meshes.patches` makes both pictures through one window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.surface import Surface

__all__ = ["FIELDS", "advected", "motion_field"]

Floats = NDArray[np.float32]

FIELDS = {
    "circular": "Around the vertical axis",
    "about x": "Around the x-axis",
    "about z": "Around the z-axis",
    "upward": "Up",
    "downward": "Down",
    "positive x": "To the right",
    "source": "Away from the front",
    "sink": "Towards the front",
}
"""Names of the fields with what they are for users; +y is up, +z the front."""

_AXES = {"circular": (0.0, 1.0, 0.0), "about x": (1.0, 0.0, 0.0), "about z": (0.0, 0.0, 1.0)}
_WAYS = {
    "upward": (0.0, 1.0, 0.0),
    "downward": (0.0, -1.0, 0.0),
    "positive x": (1.0, 0.0, 0.0),
    "source": (0.0, 0.0, -1.0),
    "sink": (0.0, 0.0, 1.0),
}
_STRIDE = 0.5  # edges walked at once at most
_CROSSINGS = 32  # faces entered in one stride at most


def motion_field(surface: Surface, name: str) -> Floats:
    """Return a tangent field (V, 3), longest vector 1, by one of the names in `FIELDS`."""
    points = surface.vertices.astype(np.float64)
    if name in _AXES:
        field = np.cross(_AXES[name], points)
    elif name in _WAYS:
        field = np.broadcast_to(_WAYS[name], points.shape)
    else:
        raise ValueError(f"unknown field of motion {name!r}; known are {', '.join(FIELDS)}")
    normals = surface.normals.astype(np.float64)
    field = field - (field * normals).sum(axis=1, keepdims=True) * normals
    longest = float(np.linalg.norm(field, axis=1).max())
    return np.asarray(field / max(longest, 1e-12), np.float32)


def advected(surface: Surface, field: str | Floats, edges: float) -> Floats:
    """Return the vertices (V, 3), each moved along a field and still on the surface.

    Parameters
    ----------
    surface : Surface
    field : str or ndarray
        A name of `FIELDS`, or tangent vectors (V, 3) of length 1 at most. The named rotations turn
        a sphere as a whole; otherwise every vertex walks over the faces.
    edges : float
        How far a vector of length 1 carries, in mean edges: speed times steps.
    """
    distance = edges * surface.spacing
    if isinstance(field, str):
        radii = np.linalg.norm(surface.vertices, axis=1)
        if field in _AXES and float(np.ptp(radii)) < 1e-3:
            return _turned(surface.vertices, np.array(_AXES[field]), distance / float(radii.mean()))
        field = motion_field(surface, field)
    if field.shape != surface.vertices.shape:
        raise ValueError(f"a field of shape {field.shape} for {len(surface.vertices)} vertices")
    strides = max(1, int(np.ceil(abs(edges) / _STRIDE)))
    start = np.zeros(len(surface.vertices), np.int32)
    start[surface.faces.ravel()] = np.repeat(np.arange(len(surface.faces), dtype=np.int32), 3)
    used = np.zeros(len(surface.vertices), np.bool_)
    used[surface.faces.ravel()] = True
    out = surface.vertices.astype(np.float64)
    across = _across(surface.faces, len(surface.vertices))
    vectors = np.asarray(field, np.float64) * (distance / strides)
    points = surface.vertices.astype(np.float64)
    _walk(points, surface.faces, across, vectors, strides, start, used, out)
    return np.asarray(out, np.float32)


def _turned(points: Floats, axis: NDArray[np.float64], angle: float) -> Floats:
    """Turn points about a unit axis (Rodrigues)."""
    p = points.astype(np.float64)
    along = (p @ axis)[:, None] * axis
    turned = p * np.cos(angle) + np.cross(axis, p) * np.sin(angle) + along * (1 - np.cos(angle))
    return np.asarray(turned, np.float32)


def _across(faces: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Return (m, 3): the face across the edge opposite to each corner, -1 at a border."""
    a = faces[:, [1, 2, 0]].astype(np.int64).ravel()
    b = faces[:, [2, 0, 1]].astype(np.int64).ravel()
    keys = np.minimum(a, b) * count + np.maximum(a, b)
    order = np.argsort(keys, kind="stable")
    same = keys[order[1:]] == keys[order[:-1]]
    across = np.full(len(keys), -1, np.int32)
    across[order[:-1][same]] = order[1:][same] // 3
    across[order[1:][same]] = order[:-1][same] // 3
    return across.reshape(-1, 3)


@njit(nogil=True, cache=True)
def _weights(points: Any, face: Any, q: Any, out: Any) -> None:
    """Barycentrics of the foot of q on the plane of a face."""
    a, b, c = points[face[0]], points[face[1]], points[face[2]]
    b0, b1, b2 = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    c0, c1, c2 = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    q0, q1, q2 = q[0] - a[0], q[1] - a[1], q[2] - a[2]
    bb = b0 * b0 + b1 * b1 + b2 * b2
    bc = b0 * c0 + b1 * c1 + b2 * c2
    cc = c0 * c0 + c1 * c1 + c2 * c2
    qb = q0 * b0 + q1 * b1 + q2 * b2
    qc = q0 * c0 + q1 * c1 + q2 * c2
    det = bb * cc - bc * bc
    if det <= 1e-300:
        out[0] = out[1] = out[2] = 1.0 / 3.0
        return
    out[1] = (qb * cc - qc * bc) / det
    out[2] = (qc * bb - qb * bc) / det
    out[0] = 1.0 - out[1] - out[2]


@njit(nogil=True, cache=True)
def _walk(
    points: Any,
    faces: Any,
    across: Any,
    vectors: Any,
    strides: int,
    start: Any,
    used: Any,
    out: Any,
) -> None:
    """Stride along the field in the plane of the face, then find the face below."""
    weights = np.empty(3)
    q = np.empty(3)
    for i in range(len(points)):
        if not used[i]:
            continue
        f = start[i]
        for _ in range(strides):
            _weights(points, faces[f], out[i], weights)
            for k in range(3):
                step = 0.0
                for corner in range(3):
                    step += max(weights[corner], 0.0) * vectors[faces[f, corner], k]
                q[k] = out[i, k] + step
            before = -1
            for _crossing in range(_CROSSINGS):
                _weights(points, faces[f], q, weights)
                worst = np.argmin(weights)
                beyond = across[f, worst]
                if weights[worst] >= 0 or beyond < 0 or beyond == before:
                    break  # above a ridge the foot lies outside of both faces
                before, f = f, beyond
            _weights(points, faces[f], q, weights)
            total = 0.0
            for corner in range(3):  # inside already, but at borders and ridges
                weights[corner] = max(weights[corner], 0.0)
                total += weights[corner]
            for k in range(3):
                out[i, k] = 0.0
                for corner in range(3):
                    out[i, k] += weights[corner] / total * points[faces[f, corner], k]
