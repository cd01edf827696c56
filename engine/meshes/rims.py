"""Smooth edges of a resting picture: where a pixel lies over an edge, its four quarters are drawn.

Everything else keeps its one fragment, so that while the eye rests smoothness costs a few per cent
(multisampling, with a lit colour per sample).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.arrays import fixed
from engine.meshes.camera import Camera, Screen
from engine.meshes.fragments import Fragments
from engine.meshes.raster import Raster, rasterise

__all__ = ["blend", "find_rims"]

_STRIP = 512  # rows of the finer picture drawn at once, so that memory does not grow with it
_STEP = 4.0  # pixels that a surface recedes within one where it is taken for an edge


def find_rims(
    camera: Camera,
    screen: Screen,
    faces: NDArray[np.int32],
    *,
    cull: bool,
    poll: Callable[[], None] | None = None,
) -> Fragments:
    """Return the covered quarters of all pixels over an edge, in coordinates of the finer picture.

    Parameters
    ----------
    camera : Camera
        Of a picture of twice the width and height.
    screen : ndarray
        Places of the vertices in that one.
    faces : ndarray
        int32 (m, 3).
    cull : bool
        As of `engine.meshes.raster.rasterise`.
    poll : callable, optional
        Called every few milliseconds.
    """
    corners = fixed(faces, np.int32)
    width, height = camera.size
    parts = []
    buffers = Raster.empty((width, min(_STRIP, height)))
    for top in range(0, height, _STRIP):
        strip = (width, min(_STRIP, height - top))
        places = fixed(screen - (0.0, top, 0.0), np.float64)
        seen = rasterise(
            places,
            corners,
            strip,
            perspective=camera.perspective,
            cull=cull,
            weigh=False,
            out=buffers.top(strip[1]),
            poll=poll,
        )
        over = np.empty((strip[1] // 2, width // 2), np.bool_)
        step = _STEP * 2 / camera.focal
        part = Fragments.room(_mark(seen.fid, seen.near, camera.perspective, step, over))
        _collect(
            over, seen.fid, seen.near, places, corners, camera.perspective, part.columns, part.rows,
            part.faces, part.corners, part.weights, part.near,
        )  # fmt: skip
        part.rows[...] += top
        parts.append(part)
    return Fragments.joined(parts)


def blend(
    rims: Fragments,
    packed: NDArray[np.uint32],
    ground: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None:
    """Write the means of the quarters, with the ground for those that are not covered.

    Parameters
    ----------
    rims : Fragments
    packed : ndarray
        uint32 (n,): their colours, red in the lowest byte.
    ground : ndarray
        uint8 (4,), premultiplied.
    out : ndarray
        uint8 (h, w, 4).
    """
    _blend(rims.columns, rims.rows, packed, ground, out)


@njit(nogil=True, cache=True)
def _mark(fid: Any, near: Any, perspective: bool, step: float, over: Any) -> int:
    """Mark pixels whose quarters are not all covered, or far apart; count those covered."""
    total = 0
    for y in range(over.shape[0]):
        for x in range(over.shape[1]):
            covered = 0
            low, high = 1e30, -1e30
            for quarter in range(4):
                sy, sx = 2 * y + quarter // 2, 2 * x + quarter % 2
                if fid[sy, sx] >= 0:
                    covered += 1
                    away = 1.0 / near[sy, sx] if perspective else -near[sy, sx]
                    low, high = min(low, away), max(high, away)
            limit = step * low if perspective else step
            over[y, x] = covered > 0 and (covered < 4 or high - low > limit)
            if over[y, x]:
                total += covered
    return total


@njit(nogil=True, cache=True)
def _collect(
    over: Any,
    fid: Any,
    near: Any,
    screen: Any,
    faces: Any,
    perspective: bool,
    columns: Any,
    rows: Any,
    found: Any,
    corners: Any,
    weights: Any,
    nearness: Any,
) -> None:
    at = 0
    for y in range(over.shape[0]):
        for x in range(over.shape[1]):
            if not over[y, x]:
                continue
            for quarter in range(4):
                sy, sx = 2 * y + quarter // 2, 2 * x + quarter % 2
                f = fid[sy, sx]
                if f < 0:
                    continue
                columns[at], rows[at], found[at], nearness[at] = sx, sy, f, near[sy, sx]
                total = 0.0
                for k in range(3):
                    a, b, c = faces[f, k], faces[f, (k + 1) % 3], faces[f, (k + 2) % 3]
                    bx, by = screen[b, 0] - sx - 0.5, screen[b, 1] - sy - 0.5
                    cx, cy = screen[c, 0] - sx - 0.5, screen[c, 1] - sy - 0.5
                    part = cx * by - bx * cy  # its sign is the side that is seen
                    if perspective:
                        part *= screen[a, 2]
                    corners[at, k] = a
                    weights[at, k] = part
                    total += part
                scale = 1.0 / abs(total)
                for k in range(3):
                    weights[at, k] *= scale
                at += 1


@njit(nogil=True, cache=True)
def _blend(columns: Any, rows: Any, packed: Any, ground: Any, out: Any) -> None:
    i = 0
    while i < len(columns):
        x, y = columns[i] // 2, rows[i] // 2
        last = i
        while last < len(columns) and columns[last] // 2 == x and rows[last] // 2 == y:
            last += 1
        for k in range(4):
            total = np.int64(ground[k]) * (4 - (last - i)) + 2
            for j in range(i, last):
                total += (np.int64(packed[j]) >> (8 * k)) & 255
            out[y, x, k] = total // 4
        i = last
