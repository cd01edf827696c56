"""Where each program lies in the picture of a soup: a block or a row of cells, one cell a byte."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from engine.core.views import Region

__all__ = ["Layout", "arrange"]

ASPECT = 1.8  # width to height of a well-mixed soup's picture


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

    def span(self, region: Region) -> range:
        """Return the places of the rows of tiles that a region touches."""
        first, last = region[0] // self.tile[0], -(-(region[0] + region[2]) // self.tile[0])
        return range(
            min(first * self.across, self.programs), min(last * self.across, self.programs)
        )


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
        that is wider than high.
    """
    side = math.isqrt(length)
    tile = (side, length // side) if style == "blocks" and side * side == length else (1, length)
    if not across:
        across = max(1, round(math.sqrt(ASPECT * programs * tile[0] / tile[1])))
    return Layout(programs, tile, min(across, programs))
