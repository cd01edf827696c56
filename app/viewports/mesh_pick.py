"""What of a mesh is under a pixel, and which of its points are seen, beside the painter.

Vertices are projected once per camera; a pick then looks at those few whose box holds the pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Eye, MeshView
from engine.meshes.camera import Camera, snap
from engine.meshes.raster import rasterise

__all__ = ["Hit", "Picker"]

Array = NDArray[Any]
Vector = tuple[float, float, float]

BEHIND = 0.01
"""Units by which a point may lie behind the surface and still be seen: it lies on facets."""

COARSE = 3
"""Pixels of the viewport in a row of one pixel of the depths that hide points."""

STEEPEST = 0.15
"""Units by which depth may change from such a pixel to the next on one piece of surface."""


@dataclass(frozen=True)
class Hit:
    """A point of the mesh.

    Attributes
    ----------
    face : int
    u, v : float
        The point (1 - u - v) a + u b + v c of the face a, b, c.
    vertex : int
        The nearest corner.
    point : (x, y, z)
    depth : float
        Along the line of sight, in units of the mesh.
    """

    face: int
    u: float
    v: float
    vertex: int
    point: Vector
    depth: float

    @property
    def place(self) -> tuple[int, float, float]:
        """The place as `engine.core.views.Pick` has it."""
        return self.face, self.u, self.v


class Picker:
    """Picks on one mesh from one camera at a time."""

    def __init__(self, view: MeshView) -> None:
        self.topology = view.topology
        self._vertices = np.ascontiguousarray(view.vertices, np.float32)
        self._faces = view.faces
        self._columns = tuple(np.ascontiguousarray(view.faces[:, k]) for k in range(3))
        self._key: tuple[Eye, tuple[int, int]] | None = None
        self._screen: Array = np.zeros((0, 3))
        self._boxes: tuple[Array, ...] = (np.zeros(0, np.float32),) * 4
        self._depths: Array | None = None

    def look(self, eye: Eye, size: tuple[int, int]) -> None:
        """Look from an eye at a picture of (width, height) pixels."""
        if (eye, size) == self._key:
            return
        self._key = (eye, size)
        self._basis, self._focal = _camera(eye, size)
        self._screen = Camera.of(eye, size).project(self._vertices)
        nearness = self._screen[:, 2]
        self._screen[:, 2] = -nearness if eye.orthographic else 1.0 / nearness
        self._depths = None
        x, y = (np.ascontiguousarray(part, np.float32) for part in self._screen.T[:2])
        left, right = self._bounds(x)
        top, bottom = self._bounds(y)
        self._boxes = (left, right, top, bottom)

    def _bounds(self, values: Array) -> tuple[Array, Array]:
        """Return the least and the largest value at the corners of each face."""
        a, b, c = (values[column] for column in self._columns)
        return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)

    def project(self, points: Array) -> Array:
        """Return x, y in pixels and depth along the line of sight, (n, 3)."""
        assert self._key is not None
        eye, (width, height) = self._key
        seen = (np.asarray(points, np.float64) - eye.centre) @ self._basis.T
        depth = eye.distance - seen[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = self._focal / (eye.distance if eye.orthographic else depth)
        return np.stack(
            [width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, depth], axis=1
        )

    def pick(self, x: float, y: float) -> Hit | None:
        """Return the point of the mesh under a pixel, None beside it."""
        left, right, top, bottom = self._boxes
        inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
        found = np.flatnonzero(inside)
        if not len(found):
            return None
        shares, depth = self._shares(found, np.array([[x, y]]))
        best = int(np.argmin(depth[0]))
        if not np.isfinite(depth[0, best]):
            return None
        face = int(found[best])
        weights = shares[0, best]
        corners = self._faces[face]
        point = weights @ self._vertices[corners]
        return Hit(
            face,
            float(weights[1]),
            float(weights[2]),
            int(corners[int(np.argmax(weights))]),
            (float(point[0]), float(point[1]), float(point[2])),
            float(depth[0, best]),
        )

    def hit(self, place: tuple[float, ...]) -> Hit | None:
        """Return the point at (face, u, v), None if there is no such one."""
        face, u, v = int(place[0]), float(place[1]), float(place[2])
        if not 0 <= face < len(self._faces):
            return None
        weights = np.array([1 - u - v, u, v])
        corners = self._faces[face]
        point = weights @ self._vertices[corners]
        depth = float(self.project(point[None])[0, 2]) if self._key is not None else 0.0
        vertex = int(corners[int(np.argmax(weights))])
        return Hit(face, u, v, vertex, (float(point[0]), float(point[1]), float(point[2])), depth)

    def seen(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points of the surface (n, 3) nothing hides, to some pixels."""
        if not len(points):
            return np.zeros(0, bool)
        depths = self._coarse_depths()
        places = self.project(points)
        height, width = depths.shape
        inside = np.isfinite(places).all(axis=1) & (places[:, 2] > 0)
        columns, rows = (places[:, :2] / COARSE).T
        inside &= (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        seen = np.zeros(len(points), bool)
        at = rows[inside].astype(int), columns[inside].astype(int)
        seen[inside] = places[inside, 2] <= depths[at] + BEHIND
        return seen

    def _coarse_depths(self) -> Array:
        """Return how far one sees, (h, w), and a little farther where the surface is steep."""
        assert self._key is not None
        if self._depths is None:
            eye, (width, height) = self._key
            size = (-(-width // COARSE), -(-height // COARSE))
            camera = Camera.of(eye, (width, height))
            places = snap(camera.project(self._vertices) / (COARSE, COARSE, 1.0))
            near = rasterise(places, self._faces, size, perspective=camera.perspective).near
            with np.errstate(divide="ignore"):
                away = 1 / np.maximum(near, 0) if camera.perspective else -near
            wide = np.pad(np.where(np.isfinite(away), away, -np.inf), 1, mode="edge")
            beside = [wide[1:-1, :-2], wide[1:-1, 2:], wide[:-2, 1:-1], wide[2:, 1:-1]]
            rise = np.maximum(np.max(beside, axis=0) - np.where(np.isfinite(away), away, 0), 0)
            self._depths = away + np.minimum(rise, STEEPEST)
        return self._depths

    def _shares(self, faces: Array, pixels: Array) -> tuple[Array, Array]:
        """Return barycentrics (n, faces, 3) and depths (n, faces), infinite where not covered."""
        assert self._key is not None
        corners = self._screen[self._faces[faces]]
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        x, y = pixels[:, :1], pixels[:, 1:2]
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        flat = np.stack(
            [
                (b[:, 0] - x) * (c[:, 1] - y) - (c[:, 0] - x) * (b[:, 1] - y),
                (c[:, 0] - x) * (a[:, 1] - y) - (a[:, 0] - x) * (c[:, 1] - y),
                (a[:, 0] - x) * (b[:, 1] - y) - (b[:, 0] - x) * (a[:, 1] - y),
            ],
            axis=-1,
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            flat = flat / area[:, None]
            covered = (flat >= -1e-9).all(axis=-1)
            if not self._key[0].orthographic:
                flat = flat / corners[:, :, 2]
                flat = flat / flat.sum(axis=-1, keepdims=True)
        depth = (flat * corners[:, :, 2]).sum(axis=-1)
        return flat, np.where(covered & (depth > 0), depth, np.inf)


def _camera(eye: Eye, size: tuple[int, int]) -> tuple[Array, float]:
    """Return right, up and towards the eye as rows, and pixels per unit at distance 1."""
    from app.viewports.orbit import Orbit

    return np.array(Orbit(eye).axes()), size[1] / (2 * float(np.tan(np.radians(eye.fov) / 2)))
