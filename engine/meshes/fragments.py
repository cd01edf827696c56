"""The pixels of a picture that show a mesh, row by row, and how they are coloured.

What depends on the eye alone is gathered once (`Fragments.gather`); while the eye rests, a picture
is three weighted corners per pixel and the light.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.meshes.arrays import fixed
from engine.meshes.camera import Camera, Screen
from engine.meshes.raster import Raster
from engine.meshes.shading import light, soften

__all__ = ["PARTS", "Fragments", "fill", "put", "reduce", "shade"]

PARTS = 8
"""Numbers at a vertex: world normal, albedo, roughness, ambient occlusion."""

_CHUNK = 8192  # pixels; their parts stay in the second-level cache
_ROWS = 48  # reduced by one job, a millisecond or so


@dataclass(frozen=True, eq=False)
class Fragments:
    """Covered pixels in reading order.

    Attributes
    ----------
    columns, rows, faces : ndarray
        int32 (n,): x, y, and the face.
    corners : ndarray
        int32 (n, 3): its vertices.
    weights : ndarray
        float32 (n, 3): barycentrics, all negative where the face is seen from behind.
    near : ndarray
        float32 (n,).
    """

    columns: NDArray[np.int32]
    rows: NDArray[np.int32]
    faces: NDArray[np.int32]
    corners: NDArray[np.int32]
    weights: NDArray[np.float32]
    near: NDArray[np.float32]

    @classmethod
    def room(cls, pixels: int) -> Fragments:
        """Make buffers for so many pixels; what stays unused costs no memory."""
        return cls(
            np.empty(pixels, np.int32),
            np.empty(pixels, np.int32),
            np.empty(pixels, np.int32),
            np.empty((pixels, 3), np.int32),
            np.empty((pixels, 3), np.float32),
            np.empty(pixels, np.float32),
        )

    @classmethod
    def joined(cls, parts: Sequence[Fragments]) -> Fragments:
        """Put fragments one after the other."""
        return cls(
            np.concatenate([part.columns for part in parts]),
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.faces for part in parts]),
            np.concatenate([part.corners for part in parts]),
            np.concatenate([part.weights for part in parts]),
            np.concatenate([part.near for part in parts]),
        )

    def gather(self, raster: Raster, screen: Screen, faces: NDArray[np.int32]) -> Fragments:
        """Return the covered pixels of a raster of `faces` at places `screen`, in these buffers."""
        places, shape = fixed(screen, np.float64), fixed(faces, np.int32)
        n = _gather(
            raster.fid, raster.bary, raster.near, places, shape, self.columns, self.rows,
            self.faces, self.corners, self.weights, self.near,
        )  # fmt: skip
        return Fragments(
            self.columns[:n],
            self.rows[:n],
            self.faces[:n],
            self.corners[:n],
            self.weights[:n],
            self.near[:n],
        )


def shade(
    fragments: Fragments,
    attributes: NDArray[np.float32],
    facets: NDArray[np.float32] | None,
    camera: Camera,
    vectors: NDArray[np.float32],
    strength: float | None,
    *,
    top: int = 0,
    poll: Callable[[], None] | None = None,
) -> NDArray[np.uint32]:
    """Return the colours of fragments, opaque RGBA with red in the lowest byte.

    Parameters
    ----------
    fragments : Fragments
    attributes : ndarray
        float32 (V, `PARTS`).
    facets : ndarray, optional
        float32 (m, 3): unit normals of the faces, instead of those of the vertices.
    camera : Camera
        Of the whole picture.
    vectors : ndarray
        From `engine.meshes.shading.scene`.
    strength : float, optional
        Of the light; None for colours without light.
    top : int
        Row of the whole picture that is row 0 of the fragments.
    poll : callable, optional
        Called every few milliseconds.
    """
    f = np.float32
    middle = f(camera.size[0] / 2), f(camera.size[1] / 2 - top)
    lens = (*middle, f(camera.focal), f(camera.perspective))
    count = len(fragments.near)
    out = np.empty(count, np.uint32)

    def job(first: int, breathe: Callable[[], None]) -> None:
        here = slice(first, min(first + _CHUNK, count))
        n = here.stop - first
        parts = np.empty((PARTS, n), np.float32)
        columns, rows = fragments.columns[here], fragments.rows[here]
        _interpolate(fragments.corners[here], fragments.weights[here], attributes, parts)
        if facets is not None:
            _facet(fragments.faces[here], fragments.weights[here], facets, parts)
        if strength is None:
            soften(n, columns, rows, parts, vectors, lens, out[here])
        else:
            near = fragments.near[here]
            light(n, columns, rows, near, parts, vectors, lens, f(strength), out[here])
        breathe()

    share([partial(job, first) for first in range(0, count, _CHUNK)], poll)
    return out


def put(fragments: Fragments, packed: NDArray[np.uint32], out: NDArray[np.uint8]) -> None:
    """Write the colours of fragments into a picture (h, w, 4); other pixels stay as they are."""
    flat = out.view("<u4").reshape(-1)
    _put(fragments.columns, fragments.rows, packed, out.shape[1], flat)


def fill(out: NDArray[np.uint8], colour: NDArray[np.uint8]) -> None:
    """Write one colour (4,) into every pixel of a picture (h, w, 4)."""
    out.view("<u4")[...] = colour.view("<u4")


def reduce(
    fine: NDArray[np.uint8],
    samples: int,
    out: NDArray[np.uint8],
    poll: Callable[[], None] | None = None,
) -> None:
    """Write the rounded means of blocks of samples x samples pixels into a picture (h, w, 4)."""

    def job(first: int, breathe: Callable[[], None]) -> None:
        _reduce(fine[samples * first :], samples, out[first : first + _ROWS])
        breathe()

    share([partial(job, first) for first in range(0, len(out), _ROWS)], poll)


@njit(nogil=True, cache=True)
def _gather(
    fid: Any,
    bary: Any,
    near: Any,
    screen: Any,
    faces: Any,
    columns: Any,
    rows: Any,
    found: Any,
    corners: Any,
    weights: Any,
    nearness: Any,
) -> int:
    at = 0
    for y in range(fid.shape[0]):
        for x in range(fid.shape[1]):
            f = fid[y, x]
            if f < 0:
                continue
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            area = (screen[c, 0] - screen[a, 0]) * (screen[b, 1] - screen[a, 1])
            area -= (screen[b, 0] - screen[a, 0]) * (screen[c, 1] - screen[a, 1])
            side = np.float32(1) if area > 0 else np.float32(-1)
            columns[at], rows[at], found[at], nearness[at] = x, y, f, near[y, x]
            corners[at, 0], corners[at, 1], corners[at, 2] = a, b, c
            for k in range(3):
                weights[at, k] = side * bary[y, x, k]
            at += 1
    return at


@njit(nogil=True, cache=True, fastmath=True)
def _interpolate(corners: Any, weights: Any, attributes: Any, parts: Any) -> None:
    for i in range(np.uint64(len(corners))):
        a, b, c = np.uint64(corners[i, 0]), np.uint64(corners[i, 1]), np.uint64(corners[i, 2])
        wa, wb, wc = weights[i, 0], weights[i, 1], weights[i, 2]
        for k in range(np.uint64(8)):
            parts[k, i] = wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]
        if wa + wb + wc < 0:  # from behind: only the normal turns to the eye's side
            for k in range(np.uint64(3), np.uint64(8)):
                parts[k, i] = -parts[k, i]


@njit(nogil=True, cache=True, fastmath=True)
def _facet(faces: Any, weights: Any, facets: Any, parts: Any) -> None:
    for i in range(np.uint64(len(faces))):
        f = np.uint64(faces[i])
        turned = weights[i, 0] + weights[i, 1] + weights[i, 2] < 0
        side = np.float32(-1) if turned else np.float32(1)
        for k in range(np.uint64(3)):
            parts[k, i] = side * facets[f, k]


@njit(nogil=True, cache=True)
def _put(columns: Any, rows: Any, packed: Any, width: int, out: Any) -> None:
    for i in range(np.uint64(len(columns))):
        out[np.uint64(rows[i]) * np.uint64(width) + np.uint64(columns[i])] = packed[i]


@njit(nogil=True, cache=True)
def _reduce(fine: Any, samples: int, out: Any) -> None:
    area = samples * samples
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for k in range(4):
                total = np.uint32(area // 2)
                for row in range(y * samples, (y + 1) * samples):
                    for column in range(x * samples, (x + 1) * samples):
                        total += np.uint32(fine[row, column, k])
                out[y, x, k] = total // np.uint32(area)
