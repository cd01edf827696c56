"""Edges and vertices over a picture of a mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.arrays import fixed
from engine.meshes.camera import Screen
from engine.meshes.fragments import Fragments

__all__ = ["dot", "dots", "wires"]

_DARK = 0.75  # share of black in an edge
_SMALL = 5.0  # pixels; edges of smaller faces fade, or they would cover the colours

_DOT = 1.5  # pixels, the radius of a dot where there is room
_ROOM = 0.17  # of the way to the next vertex that a dot may take
_CLOSE = 9.0  # pixels from vertex to vertex; closer dots fade, or they would paint the body


def dot(pixels: float) -> tuple[float, float]:
    """Return radius in pixels and opacity of dots that lie so many pixels from each other."""
    return min(max(_ROOM * pixels, 0.6), _DOT), min(max(pixels / _CLOSE, 0.15), 1.0)


def wires(fragments: Fragments, screen: Screen, width: float, out: NDArray[np.uint8]) -> None:
    """Darken the pixels near edges of the faces seen; `width` of a line in pixels."""
    places = fixed(screen, np.float64)
    _wires(fragments.columns, fragments.rows, fragments.corners, places, width, out)


def dots(
    screen: Screen,
    near: NDArray[np.float32],
    radius: float,
    opacity: float,
    out: NDArray[np.uint8],
) -> None:
    """Draw a dot on every vertex that is not hidden; `radius` in pixels."""
    _dots(fixed(screen, np.float64), near, radius, opacity, out)


@njit(nogil=True, cache=True)
def _wires(columns: Any, rows: Any, corners: Any, screen: Any, width: float, out: Any) -> None:
    for i in range(len(columns)):
        x, y = columns[i], rows[i]
        least, size = 1e9, 1e9
        for k in range(3):
            a, b, c = corners[i, k], corners[i, (k + 1) % 3], corners[i, (k + 2) % 3]
            ex, ey = screen[b, 0] - screen[a, 0], screen[b, 1] - screen[a, 1]
            length = max(np.sqrt(ex * ex + ey * ey), 1e-6)
            away = (x + 0.5 - screen[a, 0]) * ey - (y + 0.5 - screen[a, 1]) * ex
            high = (screen[c, 0] - screen[a, 0]) * ey - (screen[c, 1] - screen[a, 1]) * ex
            least = min(least, abs(away) / length)
            size = min(size, abs(high) / length)
        share = min(max(width * 0.5 + 0.5 - least, 0.0), 1.0)
        share *= _DARK * min(size / (_SMALL * width), 1.0)
        for k in range(3):
            out[y, x, k] = np.uint8(out[y, x, k] * (1.0 - share) + 0.5)


@njit(nogil=True, cache=True)
def _dots(screen: Any, near: Any, radius: float, opacity: float, out: Any) -> None:
    height, width = near.shape
    reach = int(np.ceil(radius))
    for i in range(len(screen)):
        px, py = screen[i, 0], screen[i, 1]
        if not (px >= 0 and px < width and py >= 0 and py < height):
            continue
        x, y = int(px), int(py)
        hidden = True
        for ny in range(max(y - 1, 0), min(y + 2, height)):  # a vertex at the rim is seen, too
            for nx in range(max(x - 1, 0), min(x + 2, width)):
                slack = 1e-3 * abs(screen[i, 2]) + 1e-6
                if screen[i, 2] >= near[ny, nx] - slack and near[ny, nx] > -1e30:
                    hidden = False
        if hidden:
            continue
        for ny in range(max(y - reach, 0), min(y + reach + 1, height)):
            for nx in range(max(x - reach, 0), min(x + reach + 1, width)):
                away = np.sqrt((nx + 0.5 - px) ** 2 + (ny + 0.5 - py) ** 2)
                share = opacity * min(max(radius + 0.5 - away, 0.0), 1.0)
                out[ny, nx, 0] = np.uint8(out[ny, nx, 0] * (1 - share) + 255 * share + 0.5)
                out[ny, nx, 1] = np.uint8(out[ny, nx, 1] * (1 - share) + 176 * share + 0.5)
                out[ny, nx, 2] = np.uint8(out[ny, nx, 2] * (1 - share) + 48 * share + 0.5)
                out[ny, nx, 3] = np.uint8(max(out[ny, nx, 3], int(255 * share)))
