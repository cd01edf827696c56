"""Where each program lies in the picture of a soup: a block or a row of cells, one cell a byte."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Region

__all__ = ["Layout", "arrange"]

ASPECT = 1.8  # width to height of a well-mixed soup's picture
SLACK = 1.4  # by which more or fewer programs side by side are as good


@dataclass(frozen=True)
class Layout:
    """A table of tiles, filled row by row.

    Attributes
    ----------
    programs : int
    tile : (rows, columns)
        Cells of a program; their product is its length.
    across : int
        Tiles side by side.
    """

    programs: int
    tile: tuple[int, int]
    across: int

    @property
    def down(self) -> int:
        """Tiles below each other."""
        return -(-self.programs // self.across)

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns of the picture in cells."""
        return self.down * self.tile[0], self.across * self.tile[1]

    def place_at(self, row: float, column: float) -> tuple[int, int] | None:
        """Return (place, byte) of a cell, None beside the programs."""
        y, x = math.floor(row), math.floor(column)
        rows, columns = self.extent
        if not (0 <= y < rows and 0 <= x < columns):
            return None
        place = y // self.tile[0] * self.across + x // self.tile[1]
        if place >= self.programs:
            return None
        return place, y % self.tile[0] * self.tile[1] + x % self.tile[1]

    def region_of(self, place: int) -> Region:
        """Return the cells (row, column, rows, columns) of a place."""
        return (
            place // self.across * self.tile[0],
            place % self.across * self.tile[1],
            self.tile[0],
            self.tile[1],
        )

    def touched(self, points: Sequence[tuple[float, ...]], radius: float) -> NDArray[np.intp]:
        """Return the places, in order, of which any cell's centre lies within `radius` of a point.

        The place under a point is always one of them. Points are (row, column) in cells.
        """
        high, wide = self.tile
        mask = np.zeros((self.down, self.across), np.bool_)
        for row, column in (point[:2] for point in points):
            if not (math.isfinite(row) and math.isfinite(column)):
                continue
            down = _tiles(row, radius, high, self.down)
            across = _tiles(column, radius, wide, self.across)
            # The nearest cell's centre in each tile, along both axes.
            rows = np.clip(math.floor(row), down * high, (down + 1) * high - 1) + 0.5 - row
            columns = np.clip(math.floor(column), across * wide, (across + 1) * wide - 1)
            columns = columns + 0.5 - column
            hit = rows[:, None] ** 2 + columns[None] ** 2 <= radius**2
            hit |= (down == row // high)[:, None] & (across == column // wide)[None]
            mask[np.ix_(down, across)] |= hit
        places = np.flatnonzero(mask)
        return np.asarray(places[places < self.programs])

    def span(self, region: Region) -> range:
        """Return the places of the rows of tiles that a region touches."""
        first, last = region[0] // self.tile[0], -(-(region[0] + region[2]) // self.tile[0])
        return range(
            min(first * self.across, self.programs), min(last * self.across, self.programs)
        )


def _tiles(at: float, radius: float, side: int, count: int) -> NDArray[np.intp]:
    """List the tiles along an axis that lie within a radius."""
    reach = min(max(radius, 0.0), float(side * count))
    first, last = math.floor((at - reach) / side), math.floor((at + reach) / side)
    return np.arange(min(max(first, 0), count), max(min(last, count - 1), -1) + 1)


def arrange(
    programs: int, length: int, style: Literal["blocks", "rows"], across: int = 0
) -> Layout:
    """Choose a layout.

    Parameters
    ----------
    programs, length : int
        How many programs of how many bytes.
    style : {"blocks", "rows"}
        A square block for each program, or one row of cells.
    across : int
        Programs side by side where the world has a place for each (a grid); 0 chooses a picture
        that is wider than high, without a gap at its end where that is possible.
    """
    side = math.isqrt(length)
    tile = (side, length // side) if style == "blocks" and side * side == length else (1, length)
    if not across:
        across = _full(programs, max(1, round(math.sqrt(ASPECT * programs * tile[0] / tile[1]))))
    return Layout(programs, tile, min(across, programs))


def _full(programs: int, across: int) -> int:
    """Return the nearest number of columns that leaves no gap, if one is near enough."""
    near = range(math.ceil(across / SLACK), math.floor(across * SLACK) + 1)
    whole = [count for count in near if programs % count == 0]
    return min(whole, key=lambda count: abs(math.log(count / across)), default=across)
