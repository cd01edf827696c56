"""The windows through which training looks at a surface, made when they are first drawn.

Window number n has a random generator of its own, so which windows there are follows from the seed
and the count of updates alone: a training that is resumed looks through the same ones, and nothing
stalls where all of them would be made at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core import rng as streams
from engine.core.errors import BadInput
from engine.meshes.camera import Camera, Screen
from engine.meshes.operators import SparsePair
from engine.meshes.patches import Batch, Patch, PatchSet, random_eye
from engine.meshes.raster import rasterise
from engine.meshes.surface import Surface
from engine.style.channel_swd import HELD_OUT_WINDOW

__all__ = ["RENEWED_EVERY", "Kind", "Windows"]

Kind = Literal["sphere", "local", "view"]

RENEWED_EVERY = 16  # updates between two windows that are given up for new ones
_TRIES = 8  # draws of a window until it shows something


class Windows:
    """Patches of a surface to train on.

    Parameters
    ----------
    surface : Surface
    seed : int
    count : int
        How many there are at a time.
    pixels : int
        Side of each.
    pixels_per_edge : float
    kind : "sphere", "local" or "view"
        Equal-area windows of an icosphere, masked ones of any mesh, or pictures of the whole.
    moved : ndarray, optional
        float32 (V, 3), the vertices moved along a field.

    Every window shows at least one whole place that a filter of the style distance can look at, a
    picture of the whole at least one pixel: nothing is learnt from others, and nobody would know.
    """

    def __init__(
        self,
        surface: Surface,
        *,
        seed: int,
        count: int,
        pixels: int,
        pixels_per_edge: float,
        kind: Kind,
        moved: NDArray[np.float32] | None = None,
    ) -> None:
        self._surface, self._seed, self._count = surface, seed, count
        self._pixels, self._per_edge = pixels, pixels_per_edge
        self._kind, self._moved = kind, moved
        self._made: dict[int, tuple[int, Patch]] = {}

    def draw(
        self,
        draw: np.random.Generator,
        count: int,
        update: int,
        poll: Callable[[], None] | None = None,
    ) -> Batch:
        """Choose `count` windows of those that there are at an update, each at most once.

        Raises
        ------
        BadInput
            If a window shows nothing, however often it is drawn anew.
        """
        slots = draw.choice(self._count, size=min(count, self._count), replace=False)
        return Batch([self._patch(int(slot), update, poll) for slot in slots])

    def _patch(self, slot: int, update: int, poll: Callable[[], None] | None) -> Patch:
        """Window of a slot: the newest of those that have come there by an update."""
        newest = self._count + update // RENEWED_EVERY - 1
        number = newest - (newest - slot) % self._count
        found = self._made.get(slot)
        if found is None or found[0] != number:
            draw = streams.stream(self._seed, f"window {number}")
            found = self._made[slot] = number, self._make(draw, poll)
        return found[1]

    def _make(self, draw: np.random.Generator, poll: Callable[[], None] | None) -> Patch:
        for _ in range(_TRIES):
            made = self._drawn(draw, poll)
            if self._tells(made.mask):
                return made
        raise BadInput(
            "the mesh is too coarse or too curved to learn on: a patch of it shows nothing whole",
            remedy="Remesh it with more vertices, or train on the sphere",
        )

    def _tells(self, mask: NDArray[np.bool_]) -> bool:
        """Whether a window shows enough to be compared with anything."""
        if self._kind == "view":
            return bool(mask.any())
        side = HELD_OUT_WINDOW
        return bool(np.lib.stride_tricks.sliding_window_view(mask, (side, side)).all((2, 3)).any())

    def _drawn(self, draw: np.random.Generator, poll: Callable[[], None] | None) -> Patch:
        if self._kind == "view":
            made = _view(self._surface, draw, self._pixels, self._moved)
            if poll is not None:
                poll()
            return made
        patches = PatchSet(
            self._surface,
            count=1,
            pixels=self._pixels,
            rng=draw,
            pixels_per_edge=self._per_edge,
            kind=self._kind,
            moved=self._moved,
            poll=poll,
        )
        return patches.patches[0]


@dataclass(frozen=True, eq=False)
class _Whole:
    """A window that shows the whole mesh, as an eye sees it."""

    camera: Camera

    @property
    def pixels(self) -> int:
        return self.camera.size[0]

    def places(self, points: NDArray[Any]) -> Screen:
        return self.camera.project(points)


def _view(
    surface: Surface,
    draw: np.random.Generator,
    pixels: int,
    moved: NDArray[np.float32] | None,
) -> Patch:
    """Look at the whole mesh from a random side; the mask leaves the ground out."""
    window = _Whole(Camera.of(random_eye(draw), (pixels, pixels)))
    count = len(surface.vertices)
    rasters = [
        rasterise(window.places(at), surface.faces, (pixels, pixels), perspective=True)
        for at in ([surface.vertices] if moved is None else [surface.vertices, moved])
    ]
    pairs = [SparsePair.of(raster, surface.faces, count) for raster in rasters]
    masks = [raster.covered for raster in rasters]
    if moved is None:
        return Patch(window, pairs[0], masks[0])
    return Patch(window, pairs[0], masks[0], pairs[1], masks[1])
