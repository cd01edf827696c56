"""Windows through which a small part of a surface is seen flat, without background.

A window has square pixels, y down, and the frame (t1, t2, n) of `engine.meshes.surface.frame`: t1
runs to the right, t2 up. On a sphere it is Lambert's azimuthal equal-area map (Pajouheshgar et al.,
"Cells2Pixels", arXiv 2506.22899, for patches of neural automata); on other meshes an orthographic
view along the normal, with a mask of where the surface turns away or ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.meshes.camera import Screen, snap
from engine.meshes.raster import Raster, rasterise
from engine.meshes.surface import Surface, frame

__all__ = ["LocalWindow", "SphereWindow", "Window", "half_width", "local_window", "sphere_window"]

Vector = NDArray[np.float64]

_WIDEST = 1.0  # half-width on the unit sphere; corners stay on the mapped part
_BEHIND = -0.2  # cosine from the centre beyond which vertices are left out
_STEEPEST = 0.5  # cosine of 60 degrees between normals
_JUMP = 2.5  # change of height per pixel that no visible slope makes
_ENOUGH = 0.5  # share of a local window that must be seen


class Window(Protocol):
    """A place of a picture on a surface."""

    @property
    def pixels(self) -> int:
        """Width and height of the picture."""

    def places(self, points: NDArray[Any]) -> Screen:
        """Return x, y and nearness of points (n, 3); NaN for those not in front."""


@dataclass(frozen=True, eq=False)
class SphereWindow:
    """An equal-area window of the unit sphere.

    Attributes
    ----------
    frame : ndarray
        float64 (3, 3): t1, t2 and the centre n.
    half : float
        Half of the width, where the whole sphere has a radius of 2.
    pixels : int
    """

    frame: Vector
    half: float
    pixels: int

    def places(self, points: NDArray[Any]) -> Screen:
        """Map points, pushed out to the sphere."""
        p = np.asarray(points, np.float64)
        u, v, cosine = (p @ self.frame.T / np.linalg.norm(p, axis=1, keepdims=True)).T
        stretch = np.sqrt(2.0 / np.where(cosine < _BEHIND, np.nan, 1.0 + cosine))
        return _placed(u * stretch, v * stretch, cosine, self.half, self.pixels)


@dataclass(frozen=True, eq=False)
class LocalWindow:
    """An orthographic window over a point of a surface; nearness is the height above its plane.

    Attributes
    ----------
    frame : ndarray
        float64 (3, 3): t1, t2 and the normal n.
    origin : ndarray
        float64 (3,): the point.
    half : float
        Half of the width; points higher than this are not seen.
    pixels : int
    """

    frame: Vector
    origin: Vector
    half: float
    pixels: int

    def places(self, points: NDArray[Any]) -> Screen:
        """Map points along the normal."""
        u, v, height = ((np.asarray(points, np.float64) - self.origin) @ self.frame.T).T
        return _placed(
            u, v, np.where(np.abs(height) > self.half, np.nan, height), self.half, self.pixels
        )


def _placed(u: Vector, v: Vector, nearness: Vector, half: float, pixels: int) -> Screen:
    middle, scale = pixels / 2, pixels / (2 * half)
    x = np.where(np.isnan(nearness), np.nan, middle + u * scale)
    return snap(np.stack([x, np.where(np.isnan(x), np.nan, middle - v * scale), nearness], axis=1))


def half_width(surface: Surface, pixels: int, pixels_per_edge: float) -> float:
    """Half of the width of a window in which an edge is `pixels_per_edge` long.

    An edge is that of an equilateral mesh with as many vertices on the unit sphere,
    sqrt(8 pi / (sqrt(3) V)), if the surface is one, else the mean of the surface.
    """
    radii = np.linalg.norm(surface.vertices, axis=1)
    length = surface.spacing
    if float(np.ptp(radii)) < 1e-3:
        length = float(np.sqrt(8 * np.pi / (np.sqrt(3) * len(surface.vertices))))
    return pixels / pixels_per_edge * length / 2


def sphere_window(
    surface: Surface, centre: NDArray[Any], pixels: int, pixels_per_edge: float = 2.0
) -> tuple[SphereWindow, Raster]:
    """Look at a sphere from above a point.

    Parameters
    ----------
    surface : Surface
        A sphere about the origin, such as an icosphere.
    centre : ndarray
        (3,), the direction of the window's middle.
    pixels : int
        Width and height.
    pixels_per_edge : float
        At 2 and more, every vertex is seen by a pixel or so.

    Raises
    ------
    ValueError
        If the mesh is no sphere, or has too few vertices for so wide a window: half-width above 1.
    """
    if float(np.ptp(np.linalg.norm(surface.vertices, axis=1))) > 1e-3:
        raise ValueError("equal-area windows need a sphere; take local windows on other meshes")
    half = half_width(surface, pixels, pixels_per_edge)
    if half > _WIDEST:
        raise ValueError(
            f"{pixels} pixels at {pixels_per_edge:g} to the edge reach too far around a sphere of "
            f"{len(surface.vertices)} vertices"
        )
    window = SphereWindow(_frame_at(centre), half, pixels)
    screen = window.places(surface.vertices)
    return window, rasterise(screen, surface.faces, (pixels, pixels), workers=1)


def local_window(
    surface: Surface,
    rng: np.random.Generator,
    pixels: int,
    pixels_per_edge: float = 2.0,
    tries: int = 12,
    poll: Callable[[], None] | None = None,
) -> tuple[LocalWindow, Raster]:
    """Look at a surface from above one of its points, drawn evenly by area.

    The raster has a face only where the surface can be reached from the middle pixel without a jump
    of height and deviates by no more than 60 degrees; elsewhere it is empty. Of some draws, the
    first one that shows half of the window is taken, else the one that shows most. `poll` is called
    between the draws and may raise.
    """
    corners = surface.vertices[surface.faces].astype(np.float64)
    crosses = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(crosses, axis=1)
    unit = crosses / np.maximum(areas, 1e-300)[:, None]
    heap = np.cumsum(areas)
    half = half_width(surface, pixels, pixels_per_edge)
    best: tuple[int, LocalWindow, Raster] | None = None
    for _ in range(tries):
        face = min(int(np.searchsorted(heap, rng.random() * heap[-1], "right")), len(heap) - 1)
        root, second = np.sqrt(rng.random()), rng.random()
        weights = np.array([1 - root, root * (1 - second), root * second])
        normal = weights @ surface.normals[surface.faces[face]].astype(np.float64)
        if unit[face] @ normal <= 0:  # folded so sharply that no plane touches it
            normal = unit[face]
        window = LocalWindow(_frame_at(normal), weights @ corners[face], half, pixels)
        raster = rasterise(
            window.places(surface.vertices), surface.faces, (pixels, pixels), workers=1
        )
        facing = np.asarray(unit @ window.frame[2], np.float64)
        seen = _clear(raster.fid, raster.near, facing, _JUMP * 2 * half / pixels)
        raster.bary[raster.fid < 0] = 0
        raster.near[raster.fid < 0] = -np.inf
        if best is None or seen > best[0]:
            best = (seen, window, raster)
        if seen >= _ENOUGH * pixels * pixels:
            break
        if poll is not None:
            poll()
    assert best is not None
    return best[1], best[2]


def _frame_at(normal: NDArray[Any]) -> Vector:
    n = np.asarray(normal, np.float64)
    n = n / np.linalg.norm(n)
    first = frame(n[None])[0][0].astype(np.float64)
    first -= (first @ n) * n  # orthonormal in double precision
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(n, first), n])


@njit(nogil=True, cache=True)
def _clear(fid: Any, near: Any, facing: Any, jump: float) -> int:
    """Keep the faces that hang together with the middle pixel; return how many pixels they have."""
    size = fid.shape[0]
    good = np.zeros((size, size), np.bool_)
    for y in range(size):
        for x in range(size):
            good[y, x] = fid[y, x] >= 0 and facing[fid[y, x]] >= _STEEPEST
    reached = np.zeros((size, size), np.bool_)
    queue = np.empty((size * size, 2), np.int32)
    head = tail = 0
    if good[size // 2, size // 2]:
        queue[0, 0] = queue[0, 1] = size // 2
        reached[size // 2, size // 2] = True
        tail = 1
    while head < tail:
        y, x = queue[head, 0], queue[head, 1]
        head += 1
        for side in range(4):
            ny = y + (side == 0) - (side == 1)
            nx = x + (side == 2) - (side == 3)
            if ny < 0 or nx < 0 or ny >= size or nx >= size:
                continue
            if reached[ny, nx] or not good[ny, nx] or abs(near[ny, nx] - near[y, x]) > jump:
                continue
            reached[ny, nx] = True
            queue[tail, 0] = ny
            queue[tail, 1] = nx
            tail += 1
    for y in range(size):
        for x in range(size):
            if not reached[y, x]:
                fid[y, x] = -1
    return tail
