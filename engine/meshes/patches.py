"""Training pictures of a surface: a cache of windows, each with its sparse operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Eye
from engine.meshes.camera import Camera
from engine.meshes.operators import SparsePair
from engine.meshes.raster import Raster, rasterise
from engine.meshes.surface import Surface
from engine.meshes.windows import Window, local_window, sphere_window

__all__ = ["Batch", "Patch", "PatchSet", "Windows", "random_eye", "see"]

Windows = Literal["sphere", "local"]
Floats = NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Patch:
    """A window and its operators.

    Attributes
    ----------
    window : Window
    pair : SparsePair
        Picture of the mesh as it is.
    mask : ndarray
        bool (h, w): where the picture shows the surface; all of it on a sphere.
    moved : SparsePair, optional
        Picture of the mesh moved along a field, in the same window: what now is here, is seen
        where the field takes it.
    moved_mask : ndarray, optional
        bool (h, w): where that one shows the surface, too.
    """

    window: Window
    pair: SparsePair
    mask: NDArray[np.bool_]
    moved: SparsePair | None = None
    moved_mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """Some patches as one stack of pictures.

    Attributes
    ----------
    patches : sequence of Patch
    """

    patches: Sequence[Patch]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n, h, w): where the pictures show the surface."""
        return np.stack([patch.mask for patch in self.patches])

    @property
    def moved_mask(self) -> NDArray[np.bool_]:
        """(n, h, w): where both the pictures and the moved ones do."""
        return np.stack([p.mask & _there(p.moved_mask) for p in self.patches])

    def apply(self, x: Floats, *, moved: bool = False) -> Floats:
        """Return pictures (n, h, w, K) of features `x`, float32 (V, K)."""
        count, size = len(self.patches), self.patches[0].window.pixels
        out = np.empty((count, size, size, x.shape[1]), np.float32)
        for patch, picture in zip(self.patches, out, strict=True):
            _pair(patch, moved).apply(x, picture.reshape(-1, x.shape[1]))
        return out

    def adjoint(self, gradient: Floats, *, moved: bool = False) -> Floats:
        """Return the gradient (V, K) of the features from that of the pictures (n, h, w, K)."""
        width = gradient.shape[-1]
        out = np.zeros((self.patches[0].pair.shape[1], width), np.float32)
        for patch, picture in zip(self.patches, gradient, strict=True):
            _pair(patch, moved).adjoint(np.ascontiguousarray(picture).reshape(-1, width), out)
        return out


def _pair(patch: Patch, moved: bool) -> SparsePair:
    return patch.pair if not moved else _there(patch.moved)


def _there(found: T | None) -> T:
    if found is None:
        raise ValueError("these patches were made without moved vertices")
    return found


class PatchSet:
    """A number of windows at random places, made once and drawn from at every update.

    Parameters
    ----------
    surface : Surface
        For "sphere" an icosphere.
    count : int
        Windows kept.
    pixels : int
        Width and height of each.
    pixels_per_edge : float
    rng : numpy Generator
        Draws the places, evenly over the surface.
    kind : "sphere" or "local"
        Equal-area windows of a sphere, or masked orthographic ones of any mesh.
    moved : ndarray, optional
        float32 (V, 3): the vertices moved along a field (`engine.meshes.advect.advected`), for
        `Batch.apply(..., moved=True)`.
    poll : callable, optional
        Called after every draw of a window, some milliseconds each.
    """

    def __init__(
        self,
        surface: Surface,
        *,
        count: int,
        pixels: int,
        rng: np.random.Generator,
        pixels_per_edge: float = 2.0,
        kind: Windows = "sphere",
        moved: Floats | None = None,
        poll: Callable[[], None] | None = None,
    ) -> None:
        self._surface = surface
        self._pixels = pixels
        self._per_edge = pixels_per_edge
        self._kind = kind
        self._moved = moved
        self._oldest = 0
        self.patches: list[Patch] = []
        for _ in range(count):
            self.patches.append(self._make(rng, poll))
            if poll is not None:
                poll()

    def draw(self, rng: np.random.Generator, count: int) -> Batch:
        """Return some of the windows, each at most once."""
        places = rng.choice(len(self.patches), size=count, replace=False)
        return Batch([self.patches[place] for place in places])

    def refill(self, rng: np.random.Generator, count: int = 1) -> None:
        """Replace the oldest windows, so that training does not settle on certain places."""
        for _ in range(count):
            self.patches[self._oldest] = self._make(rng)
            self._oldest = (self._oldest + 1) % len(self.patches)

    def _make(self, rng: np.random.Generator, poll: Callable[[], None] | None = None) -> Patch:
        surface = self._surface
        window: Window
        if self._kind == "sphere":
            centre = rng.standard_normal(3)
            window, raster = sphere_window(surface, centre, self._pixels, self._per_edge)
        else:
            window, raster = local_window(surface, rng, self._pixels, self._per_edge, poll=poll)
        pair = _operator(raster, surface)
        if self._moved is None:
            return Patch(window, pair, raster.covered)
        size = (self._pixels, self._pixels)
        other = rasterise(window.places(self._moved), surface.faces, size, workers=1)
        return Patch(window, pair, raster.covered, _operator(other, surface), other.covered)


def random_eye(rng: np.random.Generator, distance: float = 2.5, fov: float = 60.0) -> Eye:
    """Draw an eye evenly from a sphere about the mesh: elevations by arcsine, not evenly."""
    elevation = float(np.degrees(np.arcsin(rng.uniform(-1.0, 1.0))))
    return Eye(float(rng.uniform(0.0, 360.0)), elevation, distance, fov=fov)


def see(surface: Surface, eyes: Sequence[Eye], pixels: int) -> SparsePair:
    """Return the operator of square pictures from some eyes, below each other.

    No faces are left out for turning away: on a mesh with holes one sees the inside, too.
    """
    size = (pixels, pixels)
    rasters = []
    for eye in eyes:
        camera = Camera.of(eye, size)
        places = camera.project(surface.vertices)
        rasters.append(rasterise(places, surface.faces, size, perspective=camera.perspective))
    return SparsePair.of(rasters, surface.faces, len(surface.vertices))


def _operator(raster: Raster, surface: Surface) -> SparsePair:
    return SparsePair.of(raster, surface.faces, len(surface.vertices))
