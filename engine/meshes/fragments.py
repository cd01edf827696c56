"""The pixels of a picture that show a mesh, row by row, and how they are coloured.

What depends on the eye alone is gathered once (`Fragments.of`); while the eye rests, a picture is
three weighted corners per pixel and the light.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.meshes.camera import Camera, Screen
from engine.meshes.raster import Raster
from engine.meshes.shading import light_row

__all__ = ["PARTS", "Fragments", "colour"]

PARTS = 8
"""Numbers at a vertex: world normal, albedo, roughness, ambient occlusion."""

_BANDS = 8
_BYTE = np.float32(255)
_HALF = np.float32(0.5)


@dataclass(frozen=True, eq=False)
class Fragments:
    """Covered pixels in reading order.

    Attributes
    ----------
    starts : ndarray
        int32 (h + 1,): where the pixels of each row begin.
    columns, faces : ndarray
        int32 (n,): x, and the face.
    corners : ndarray
        int32 (n, 3): its vertices.
    weights : ndarray
        float32 (n, 3): barycentrics, all negative where the face is seen from behind.
    near : ndarray
        float32 (n,).
    """

    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    faces: NDArray[np.int32]
    corners: NDArray[np.int32]
    weights: NDArray[np.float32]
    near: NDArray[np.float32]

    @classmethod
    def of(cls, raster: Raster, screen: Screen, faces: NDArray[np.int32]) -> Fragments:
        """Gather the covered pixels of a raster of `faces` at places `screen`."""
        starts = np.zeros(len(raster.fid) + 1, np.int32)
        np.cumsum(np.count_nonzero(raster.fid >= 0, axis=1), out=starts[1:])
        n = int(starts[-1])
        made = cls(
            starts,
            np.empty(n, np.int32),
            np.empty(n, np.int32),
            np.empty((n, 3), np.int32),
            np.empty((n, 3), np.float32),
            np.empty(n, np.float32),
        )
        _gather(
            raster.fid, raster.bary, raster.near, screen, faces, made.starts, made.columns,
            made.faces, made.corners, made.weights, made.near,
        )  # fmt: skip
        return made


def colour(
    fragments: Fragments,
    attributes: NDArray[np.float32],
    facets: NDArray[np.float32] | None,
    camera: Camera,
    vectors: NDArray[np.float32] | None,
    strength: float,
    out: NDArray[np.uint8],
    *,
    top: int = 0,
    poll: Callable[[], None] | None = None,
) -> None:
    """Colour the covered pixels of a picture; the others are left as they are.

    Parameters
    ----------
    fragments : Fragments
    attributes : ndarray
        float32 (V, `PARTS`).
    facets : ndarray, optional
        float32 (m, 3): unit normals of the faces, instead of those of the vertices.
    camera : Camera
        Of the whole picture.
    vectors : ndarray, optional
        From `engine.meshes.shading.scene`; None for colours without light.
    strength : float
        Of the light.
    out : ndarray
        uint8 (h, w, 4): RGBA premultiplied.
    top : int
        Row of the whole picture that is the first one here.
    poll : callable, optional
        Called every few milliseconds.
    """
    lit = vectors is not None
    ways = vectors if vectors is not None else np.zeros((7, 3), np.float32)
    normals = facets if facets is not None else np.zeros((0, 3), np.float32)
    f = np.float32
    lens = (f(camera.size[0] / 2), f(camera.focal), f(camera.perspective))
    middle = f(camera.size[1] / 2 - top)
    height, width = out.shape[:2]
    # bands of as many pixels each, whatever the silhouette
    goals = np.linspace(0, fragments.starts[-1], _BANDS + 1)[1:-1]
    edges = [0, *np.searchsorted(fragments.starts, goals).tolist(), height]

    def job(first: int, last: int, breathe: Callable[[], None]) -> None:
        parts = np.empty((PARTS, width), np.float32)
        shaded = np.empty((3, width), np.float32)
        _paint(
            fragments.starts, fragments.columns, fragments.faces, fragments.corners,
            fragments.weights, fragments.near, attributes, normals, ways, lens, middle,
            f(strength), lit, first, last, parts, shaded, out,
        )  # fmt: skip

    share([partial(job, *edge) for edge in pairwise(edges)], poll)


@njit(nogil=True, cache=True)
def _gather(
    fid: Any,
    bary: Any,
    near: Any,
    screen: Any,
    faces: Any,
    starts: Any,
    columns: Any,
    found: Any,
    corners: Any,
    weights: Any,
    nearness: Any,
) -> None:
    for y in range(fid.shape[0]):
        at = starts[y]
        for x in range(fid.shape[1]):
            f = fid[y, x]
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            area = (screen[c, 0] - screen[a, 0]) * (screen[b, 1] - screen[a, 1])
            area -= (screen[b, 0] - screen[a, 0]) * (screen[c, 1] - screen[a, 1])
            side = np.float32(1) if area > 0 else np.float32(-1)
            columns[at], found[at], nearness[at] = x, f, near[y, x]
            corners[at, 0], corners[at, 1], corners[at, 2] = a, b, c
            for k in range(3):
                weights[at, k] = side * bary[y, x, k]
            at += 1


@njit(nogil=True, cache=True, fastmath=True)
def _paint(
    starts: Any,
    columns: Any,
    faces: Any,
    corners: Any,
    weights: Any,
    near: Any,
    attributes: Any,
    facets: Any,
    vectors: Any,
    lens: Any,
    middle: float,
    strength: float,
    lit: bool,
    first: int,
    last: int,
    parts: Any,
    shaded: Any,
    out: Any,
) -> None:
    """Interpolate, light and write the rows first to last."""
    flat = len(facets) > 0
    for y in range(first, last):
        low, high = starts[y], starts[y + 1]
        count = high - low
        if count == 0:
            continue
        for i in range(count):
            a, b, c = corners[low + i, 0], corners[low + i, 1], corners[low + i, 2]
            wa, wb, wc = weights[low + i, 0], weights[low + i, 1], weights[low + i, 2]
            side = np.float32(1) if wa + wb + wc > 0 else np.float32(-1)
            for k in range(3):  # the sign of the weights turns the normal to the eye's side
                parts[k, i] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
            wa, wb, wc = wa * side, wb * side, wc * side
            for k in range(3, 8):
                parts[k, i] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
            if flat:
                f = faces[low + i]
                for k in range(3):
                    parts[k, i] = side * facets[f, k]
        if lit:
            light_row(
                count,
                middle - np.float32(y) - _HALF,
                columns[low:high],
                near[low:high],
                parts,
                vectors,
                lens,
                strength,
                shaded,
            )
        else:
            for k in range(3):
                for i in range(count):
                    shaded[k, i] = parts[3 + k, i]
        for i in range(count):
            x = columns[low + i]
            for k in range(3):
                value = min(max(shaded[k, i], np.float32(0)), np.float32(1))
                out[y, x, k] = np.uint8(value * _BYTE + _HALF)
            out[y, x, 3] = 255
