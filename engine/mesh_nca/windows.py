"""The windows through which training looks at a surface, made when they are first drawn.

Window number n has a random generator of its own, so which windows there are follows from the seed
and the count of updates alone: a training that is resumed looks through the same ones, and nothing
stalls where all of them would be made at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.core import rng as streams
from engine.meshes.patches import Batch, Patch, PatchSet
from engine.meshes.surface import Surface

__all__ = ["RENEWED_EVERY", "Windows"]

RENEWED_EVERY = 16  # updates between two windows that are given up for new ones


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
    sphere : bool
        Whether the surface is an icosphere; windows of other meshes have masks.
    moved : ndarray, optional
        float32 (V, 3), the vertices moved along a field.
    """

    def __init__(
        self,
        surface: Surface,
        *,
        seed: int,
        count: int,
        pixels: int,
        pixels_per_edge: float,
        sphere: bool,
        moved: NDArray[np.float32] | None = None,
    ) -> None:
        self._surface, self._seed, self._count = surface, seed, count
        self._pixels, self._per_edge = pixels, pixels_per_edge
        self._sphere, self._moved = sphere, moved
        self._made: dict[int, tuple[int, Patch]] = {}

    def draw(
        self,
        draw: np.random.Generator,
        count: int,
        update: int,
        poll: Callable[[], None] | None = None,
    ) -> Batch:
        """Choose `count` windows of those that there are at an update, each at most once."""
        slots = draw.choice(self._count, size=min(count, self._count), replace=False)
        return Batch([self._patch(int(slot), update, poll) for slot in slots])

    def _patch(self, slot: int, update: int, poll: Callable[[], None] | None) -> Patch:
        """Window of a slot: the newest of those that have come there by an update."""
        newest = self._count + update // RENEWED_EVERY - 1
        number = newest - (newest - slot) % self._count
        found = self._made.get(slot)
        if found is None or found[0] != number:
            made = PatchSet(
                self._surface,
                count=1,
                pixels=self._pixels,
                rng=streams.stream(self._seed, f"window {number}"),
                pixels_per_edge=self._per_edge,
                kind="sphere" if self._sphere else "local",
                moved=self._moved,
                poll=poll,
            )
            found = self._made[slot] = number, made.patches[0]
        return found[1]
