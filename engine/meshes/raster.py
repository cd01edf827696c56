"""Which face is seen at each pixel, and where on it: the rasteriser of pictures, patches, picks.

Faces are drawn one after the other into a depth buffer by edge functions at pixel centres (Pineda,
"A parallel algorithm for polygon rasterization", 1988); a pixel on the common edge of two faces
goes to the first of them. Barycentrics are found afterwards, once per pixel.
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

from engine.core.device import share, threads
from engine.meshes.arrays import fixed
from engine.meshes.camera import Screen

__all__ = ["Raster", "rasterise"]

_FACES = 1 << 16  # drawn in one call, some milliseconds
_BAND = 64  # rows per job at least: every job looks at every face
_WIDE = 16  # pixels; faces wider than this are entered where their row begins


@dataclass(frozen=True, eq=False)
class Raster:
    """What is seen in a picture.

    Attributes
    ----------
    fid : ndarray
        int32 (h, w): the face, -1 where there is none.
    bary : ndarray
        float32 (h, w, 3): weights of its corners at the pixel's centre, correct in perspective,
        their sum 1; all 0 where there is no face.
    near : ndarray
        float32 (h, w): nearness as `engine.meshes.camera` defines it, -inf where there is no face.
    """

    fid: NDArray[np.int32]
    bary: NDArray[np.float32]
    near: NDArray[np.float32]

    @classmethod
    def empty(cls, size: tuple[int, int]) -> Raster:
        """Make the buffers of a picture of (width, height)."""
        w, h = size
        return cls(
            np.empty((h, w), np.int32),
            np.empty((h, w, 3), np.float32),
            np.empty((h, w), np.float32),
        )

    def top(self, rows: int) -> Raster:
        """The first rows of these buffers."""
        return Raster(self.fid[:rows], self.bary[:rows], self.near[:rows])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.fid.shape[1], self.fid.shape[0]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """(h, w): where there is a face."""
        return self.fid >= 0


def rasterise(
    screen: Screen,
    faces: NDArray[np.int32],
    size: tuple[int, int],
    *,
    perspective: bool = False,
    cull: bool = False,
    weigh: bool = True,
    out: Raster | None = None,
    poll: Callable[[], None] | None = None,
    workers: int = 0,
) -> Raster:
    """Draw faces.

    Parameters
    ----------
    screen : ndarray
        float64 (n, 3): x, y, nearness of the vertices, on the grid of `engine.meshes.camera.snap`;
        faces with a NaN are left out.
    faces : ndarray
        int32 (m, 3).
    size : (width, height)
    perspective : bool
        Nearness is 1 / z: barycentrics are corrected by it.
    cull : bool
        Leave out faces that turn clockwise on the screen, the far side of a closed mesh.
    weigh : bool
        Find barycentrics; otherwise they are left as they are.
    out : Raster, optional
        Buffers to use again; must have the size.
    poll : callable, optional
        Called between pieces of work of some milliseconds; what it raises is raised.
    workers : int
        Threads at most, 0 for all; bands of rows are shared, with the same result.
    """
    raster = Raster.empty(size) if out is None else out
    if raster.size != tuple(size):
        raise ValueError(f"buffers of {raster.size} for a picture of {tuple(size)}")
    screen, faces = fixed(screen, np.float64), fixed(faces, np.int32)
    height = size[1]
    team = workers or threads()
    bands = max(1, min(height // _BAND, 2 * team if team > 1 else 1))
    edges = [height * i // bands for i in range(bands + 1)]
    jobs = [
        partial(_band, screen, faces, perspective, cull, weigh, raster, top, bottom)
        for top, bottom in pairwise(edges)
    ]
    share(jobs, poll, workers)
    return raster


def _band(
    screen: Screen,
    faces: NDArray[np.int32],
    perspective: bool,
    cull: bool,
    weigh: bool,
    raster: Raster,
    top: int,
    bottom: int,
    breathe: Callable[[], None],
) -> None:
    raster.fid[top:bottom] = -1
    raster.near[top:bottom] = -np.inf
    for first in range(0, len(faces), _FACES):
        last = min(first + _FACES, len(faces))
        _fill(screen, faces, first, last, cull, top, bottom, raster.fid, raster.near)
        breathe()
    if weigh:
        _weigh(screen, faces, perspective, top, bottom, raster.fid, raster.bary)


@njit(nogil=True, cache=True)
def _fill(
    screen: Any,
    faces: Any,
    first: int,
    last: int,
    cull: bool,
    top: int,
    bottom: int,
    fid: Any,
    near: Any,
) -> None:
    """Draw faces first to last into the rows top to bottom."""
    width = fid.shape[1]
    for f in range(first, last):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ay, by, cy = screen[a, 1], screen[b, 1], screen[c, 1]
        low, high = min(ay, by, cy), max(ay, by, cy)
        if not (high >= top and low <= bottom):  # also where there is a NaN
            continue
        ax, bx, cx = screen[a, 0], screen[b, 0], screen[c, 0]
        left, right = min(ax, bx, cx), max(ax, bx, cx)
        if not (right >= 0 and left <= width):
            continue
        # twice the area, positive where the face turns counter-clockwise as seen (y down)
        area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
        if not (area > 0 or (area < 0 and not cull)):
            continue
        x0, x1 = int(np.ceil(max(left, 0.0) - 0.5)), int(np.floor(min(right, width) - 0.5))
        y0 = int(np.ceil(max(low, top) - 0.5))
        y1 = int(np.floor(min(high, bottom) - 0.5))
        if x1 < x0 or y1 < y0:
            continue
        sign = 1.0 if area > 0 else -1.0
        # step of each edge function to the right and downwards
        ra, da = sign * (cy - by), sign * (bx - cx)
        rb, db = sign * (ay - cy), sign * (cx - ax)
        rc, dc = sign * (by - ay), sign * (ax - bx)
        px, py = x0 + 0.5, y0 + 0.5
        ea = ra * (px - bx) + da * (py - by)
        eb = rb * (px - cx) + db * (py - cy)
        ec = rc * (px - ax) + dc * (py - ay)
        scale = sign / area
        na, nb, nc = screen[a, 2] * scale, screen[b, 2] * scale, screen[c, 2] * scale
        for y in range(y0, y1 + 1):
            from_x, to_x = x0, x1
            wa, wb, wc = ea, eb, ec
            if x1 - x0 > _WIDE:
                from_x, to_x = _span(ra, ea, x0, from_x, to_x)
                from_x, to_x = _span(rb, eb, x0, from_x, to_x)
                from_x, to_x = _span(rc, ec, x0, from_x, to_x)
                skipped = from_x - x0
                wa, wb, wc = ea + ra * skipped, eb + rb * skipped, ec + rc * skipped
            for x in range(from_x, to_x + 1):
                if wa >= 0 and wb >= 0 and wc >= 0:
                    z = np.float32(wa * na + wb * nb + wc * nc)
                    if z > near[y, x]:
                        near[y, x] = z
                        fid[y, x] = f
                wa += ra
                wb += rb
                wc += rc
            ea += da
            eb += db
            ec += dc


@njit(nogil=True, cache=True)
def _span(step: float, edge: float, x0: int, low: int, high: int) -> Any:
    """Narrow a row's pixels to where an edge function can be positive, a pixel too wide."""
    if step > 0:
        low = max(low, x0 + int(np.floor(min(max(-edge / step, -1e9), 1e9))))
    elif step < 0:
        high = min(high, x0 + int(np.ceil(min(max(-edge / step, -1e9), 1e9))))
    elif edge < 0:
        high = low - 1
    return low, high


@njit(nogil=True, cache=True)
def _weigh(
    screen: Any, faces: Any, perspective: bool, top: int, bottom: int, fid: Any, bary: Any
) -> None:
    """Find the barycentrics of the pixels that have a face."""
    for y in range(top, bottom):
        py = y + 0.5
        for x in range(fid.shape[1]):
            f = fid[y, x]
            if f < 0:
                bary[y, x, 0] = bary[y, x, 1] = bary[y, x, 2] = 0
                continue
            px = x + 0.5
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay = screen[a, 0] - px, screen[a, 1] - py
            bx, by = screen[b, 0] - px, screen[b, 1] - py
            cx, cy = screen[c, 0] - px, screen[c, 1] - py
            wa = abs(bx * cy - by * cx)
            wb = abs(cx * ay - cy * ax)
            wc = abs(ax * by - ay * bx)
            if perspective:
                wa *= screen[a, 2]
                wb *= screen[b, 2]
                wc *= screen[c, 2]
            total = 1.0 / (wa + wb + wc)
            bary[y, x, 0] = wa * total
            bary[y, x, 1] = wb * total
            bary[y, x, 2] = wc * total
