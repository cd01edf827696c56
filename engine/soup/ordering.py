"""Sorting a soup for its picture: equal programs together, or alike ones side by side.

Only the picture is sorted; the programs keep their numbers. An order is int32 (programs,): which
program lies at each place. It follows from the soup alone; `engine.soup.sorter` says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.views import Region
from engine.soup.census import Census, census
from engine.soup.layout import Layout

__all__ = ["Arrangement", "Order", "by_frequency", "by_similarity", "sort"]

Array = NDArray[Any]
Order = Literal["place", "frequency", "similarity"]

_MODELS = 16  # of the most frequent programs that the others are compared with
_LEAST = 2  # copies that make a program one of them
_NEAR = 16  # bytes in common from which a program counts as alike


def sort(soup: Array, order: Order) -> Array | None:
    """Sort a soup, uint8 (programs, length); None where every program stays in its own place."""
    if order == "frequency":
        return by_frequency(soup)
    return by_similarity(soup) if order == "similarity" else None


def by_frequency(soup: Array) -> Array:
    """Put the programs with most copies first; equal ones lie together, in order of number."""
    counted = census(soup, 0)
    return np.argsort(_rank(counted), kind="stable").astype(np.int32)


def by_similarity(soup: Array) -> Array:
    """Put each program beside the frequent one that it has most bytes in common with.

    The most frequent program comes first, then those that are like it, the likest first; then the
    next one, and so on. Programs that are like none of them follow in the order of their bytes.
    """
    counted = census(soup, _MODELS)
    models = counted.codes[counted.copies >= _LEAST]
    near = np.full(len(soup), len(models), np.int64)
    alike = np.zeros(len(soup), np.int64)
    _nearest(soup, counted.kinds, models, near, alike)
    length = soup.shape[1]
    first = np.ascontiguousarray(soup[:, :4]).view(">u4").reshape(-1).astype(np.int64)
    # One number to sort by: the model, then how unlike it; without a model, the first four bytes.
    key = (near * (length + 1) + length - alike) << 32
    key[near == len(models)] |= first[near == len(models)]
    near_ones = near < len(models)
    key[near_ones] |= counted.kinds[near_ones]
    return np.argsort(key, kind="stable").astype(np.int32)


def _rank(counted: Census) -> Array:
    """Return a number for every program, int64: lower for more copies, the same for equal ones."""
    copies = np.bincount(counted.kinds, minlength=counted.programs)[counted.kinds]
    rank: Array = (counted.programs - copies) * counted.programs + counted.kinds
    return rank


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _nearest(soup: Any, kinds: Any, models: Any, near: Any, alike: Any) -> None:
    """Find the model with most bytes in common, the first of equals; equal programs share it."""
    for program in range(len(soup)):
        if kinds[program] != program:
            near[program] = near[kinds[program]]
            alike[program] = alike[kinds[program]]
            continue
        best, most = len(models), _NEAR - 1
        for model in range(len(models)):
            same = 0
            for byte in range(soup.shape[1]):
                same += soup[program, byte] == models[model, byte]
            if same > most:
                best, most = model, same
        near[program] = best
        alike[program] = most if best < len(models) else 0


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Where every program lies in the picture: a layout, and perhaps an order.

    Attributes
    ----------
    layout : Layout
    order : ndarray, optional
        int32 (programs,): which program lies at each place; None for their own places.
    """

    layout: Layout
    order: Array | None = None

    @cached_property
    def _places(self) -> Array | None:
        if self.order is None:
            return None
        places = np.empty(len(self.order), np.int32)
        places[self.order] = np.arange(len(self.order), dtype=np.int32)
        return places

    def program_at(self, row: float, column: float) -> tuple[int, int] | None:
        """Return (program, byte) of a cell, None beside the programs."""
        spot = self.layout.place_at(row, column)
        if spot is None or self.order is None:
            return spot
        return int(self.order[spot[0]]), spot[1]

    def region_of(self, program: int) -> Region:
        """Return the cells (row, column, rows, columns) of a program."""
        places = self._places
        return self.layout.region_of(program if places is None else int(places[program]))

    def touched(self, points: tuple[tuple[float, ...], ...], radius: float) -> Array:
        """Return the programs that a stroke touches: int64 (k,), each once."""
        places = self.layout.touched(points, radius)
        return places if self.order is None else self.order[places].astype(np.int64)

    def span(self, region: Region) -> range | None:
        """Return the numbers of the programs that a region touches; None where they are mixed."""
        return self.layout.span(region) if self.order is None else None
