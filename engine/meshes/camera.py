"""From points in space to places in a picture.

Pixel (0, 0) is at the top left, y points down, and a pixel is sampled at its centre (+0.5). What
leaves here is (x, y, nearness) with the coordinates in pixels; nearness grows towards the viewer
and is linear over a drawn face: 1 / z in perspective, minus the distance otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.views import Eye
from engine.meshes.arrays import fixed

__all__ = ["GRID", "NEAR", "Camera", "Screen", "snap"]

Screen = NDArray[np.float64]

NEAR = 0.01
"""Faces with a corner nearer than this are left out in perspective."""

GRID = 4096.0
"""Places are rounded to this part of a pixel: edge functions are exact then, so that faces that
share an edge leave no gap and edge functions may be stepped instead of evaluated."""


@dataclass(frozen=True, eq=False)
class Camera:
    """An eye with the picture that it looks at.

    Attributes
    ----------
    right, up, forward : ndarray
        float64 (3,), orthonormal.
    position : ndarray
        float64 (3,): the eye. Of an orthographic one only its direction counts.
    focal : float
        Pixels per unit of length, at distance 1 in perspective and at any distance otherwise.
    size : (width, height)
    perspective : bool
    """

    right: NDArray[np.float64]
    up: NDArray[np.float64]
    forward: NDArray[np.float64]
    position: NDArray[np.float64]
    focal: float
    size: tuple[int, int]
    perspective: bool

    @classmethod
    def of(cls, eye: Eye, size: tuple[int, int]) -> Camera:
        """Make the camera of an eye and a picture of (width, height) square pixels."""
        azimuth, elevation = np.radians([eye.azimuth, eye.elevation])
        away = np.array(
            [
                np.sin(azimuth) * np.cos(elevation),
                np.sin(elevation),
                np.cos(azimuth) * np.cos(elevation),
            ]
        )
        right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
        up = np.cross(away, right)
        tangent = float(np.tan(np.radians(eye.fov) / 2))
        focal = size[1] / (2 * tangent)
        return cls(
            right,
            up,
            -away,
            np.asarray(eye.centre, np.float64) + eye.distance * away,
            focal / eye.distance if eye.orthographic else focal,
            size,
            not eye.orthographic,
        )

    def project(self, points: NDArray[Any]) -> Screen:
        """Return (x, y, nearness) of points (n, 3), float64; x is NaN where a point is too near."""
        basis = np.stack([self.right, self.up, self.forward])
        out = np.empty((len(points), 3))
        middle = (self.size[0] / 2, self.size[1] / 2)
        flat = fixed(points, np.float32)
        _project(flat, basis, self.position, self.focal, middle, self.perspective, NEAR, out)
        return out

    def rays(self, pixels: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return origins and unit directions (n, 3) of the rays through places (n, 2)."""
        x = (np.asarray(pixels, np.float64)[:, :1] - self.size[0] / 2) / self.focal
        y = (self.size[1] / 2 - np.asarray(pixels, np.float64)[:, 1:2]) / self.focal
        aside = x * self.right + y * self.up
        if not self.perspective:
            return self.position + aside, np.broadcast_to(self.forward, aside.shape)
        ways = self.forward + aside
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        return np.broadcast_to(self.position, ways.shape), ways


def snap(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the x and y of (n, 3) to the grid of `GRID`, in place."""
    places[:, :2] = np.rint(places[:, :2] * GRID) / GRID
    return places


@njit(nogil=True, cache=True)
def _project(
    points: Any,
    basis: Any,
    origin: Any,
    focal: float,
    middle: Any,
    perspective: bool,
    near: float,
    out: Any,
) -> None:
    for i in range(len(points)):
        x = points[i, 0] - origin[0]
        y = points[i, 1] - origin[1]
        z = points[i, 2] - origin[2]
        across = basis[0, 0] * x + basis[0, 1] * y + basis[0, 2] * z
        above = basis[1, 0] * x + basis[1, 1] * y + basis[1, 2] * z
        ahead = basis[2, 0] * x + basis[2, 1] * y + basis[2, 2] * z
        scale, nearness = focal, -ahead
        if perspective:
            if ahead < near:
                out[i, 0] = out[i, 1] = out[i, 2] = np.nan
                continue
            nearness = 1.0 / ahead
            scale = focal * nearness
        out[i, 0] = np.rint((middle[0] + across * scale) * GRID) / GRID
        out[i, 1] = np.rint((middle[1] - above * scale) * GRID) / GRID
        out[i, 2] = nearness
