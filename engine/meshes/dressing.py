"""What a view puts on the vertices: world normals, colours, gloss, and the relief."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.views import MeshView
from engine.meshes.arrays import fixed
from engine.meshes.fragments import PARTS
from engine.meshes.shading import FLAT_ROUGHNESS, PHONG_ROUGHNESS
from engine.meshes.surface import frame

__all__ = ["Body", "dress", "relief"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Body:
    """The geometry of a view, with what is worked out once for each topology.

    Attributes
    ----------
    vertices, normals : ndarray
        float32 (V, 3).
    faces : ndarray
        int32 (m, 3).
    """

    vertices: Floats
    normals: Floats
    faces: NDArray[np.int32]

    @cached_property
    def tangents(self) -> tuple[Floats, Floats]:
        """The frame of `engine.meshes.surface.frame` at every vertex."""
        return frame(self.normals)

    @cached_property
    def facets(self) -> Floats:
        """Unit normals of the faces (m, 3)."""
        corners = self.vertices[self.faces]
        crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.linalg.norm(crosses, axis=1, keepdims=True)
        return np.asarray(crosses / np.maximum(lengths, 1e-30), np.float32)

    @cached_property
    def closed(self) -> bool:
        """Whether every edge joins two faces that agree on what is outside."""
        a = self.faces.astype(np.int64).ravel()
        b = np.roll(self.faces, -1, axis=1).astype(np.int64).ravel()
        there, back = np.sort(a * len(self.vertices) + b), np.sort(b * len(self.vertices) + a)
        return bool((there == back).all() and (there[1:] != there[:-1]).all())

    @cached_property
    def reach(self) -> float:
        """Distance of the farthest vertex from the origin."""
        return float(np.sqrt((self.vertices.astype(np.float64) ** 2).sum(axis=1).max()))


def dress(body: Body, view: MeshView, out: Floats | None = None) -> Floats:
    """Return the attributes of the vertices, float32 (V, `PARTS`).

    The normal of a material is turned into the world here, at the vertex, as a vertex shader does.
    """
    made = np.empty((len(body.vertices), PARTS), np.float32) if out is None else out
    colours, normals = fixed(view.colours, np.uint8), fixed(body.normals, np.float32)
    if view.shading == "pbr" and view.material is not None:
        t1, t2 = body.tangents
        material = fixed(view.material, np.uint8)
        _dress(colours, material, normals, t1, t2, made)
    else:
        rough = FLAT_ROUGHNESS if view.shading == "flat" else PHONG_ROUGHNESS
        _dress_plain(colours, normals, np.float32(rough), made)
    if view.shade is not None:
        made[:, 7] *= view.shade * np.float32(1 / 255)
    return made


def relief(body: Body, view: MeshView) -> Floats:
    """Return where the vertices are drawn: moved along the normal by bumpiness times height^2."""
    if view.material is None or view.bumpiness == 0 or view.shading == "plain":
        return body.vertices
    height = view.material[:, 3:4].astype(np.float32) / np.float32(255)
    return body.vertices + body.normals * (np.float32(view.bumpiness) * height * height)


@njit(nogil=True, cache=True)
def _dress(colours: Any, material: Any, normals: Any, t1: Any, t2: Any, out: Any) -> None:
    step, byte = np.float32(1 / 127), np.float32(1 / 255)
    for i in range(len(colours)):
        x = (np.float32(material[i, 0]) - np.float32(128)) * step
        y = (np.float32(material[i, 1]) - np.float32(128)) * step
        z = (np.float32(material[i, 2]) - np.float32(128)) * step
        squared = x * x + y * y + z * z
        if squared < np.float32(1e-6):
            x, y, z, squared = np.float32(0), np.float32(0), np.float32(1), np.float32(1)
        scale = np.float32(1) / np.sqrt(squared)
        for k in range(3):
            out[i, k] = (x * t1[i, k] + y * t2[i, k] + z * normals[i, k]) * scale
            out[i, 3 + k] = np.float32(colours[i, k]) * byte
        out[i, 6] = np.float32(material[i, 4]) * byte
        out[i, 7] = np.float32(material[i, 5]) * byte


@njit(nogil=True, cache=True)
def _dress_plain(colours: Any, normals: Any, rough: float, out: Any) -> None:
    byte = np.float32(1 / 255)
    for i in range(len(colours)):
        for k in range(3):
            out[i, k] = normals[i, k]
            out[i, 3 + k] = np.float32(colours[i, k]) * byte
        out[i, 6] = rough
        out[i, 7] = np.float32(1)
