"""Where the bytes of a tape lie in a widget: rows of equal cells, labels at their left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QRectF

__all__ = ["COLUMNS", "LANE", "MARGIN", "ROWS", "TapeLayout"]

COLUMNS = 32
ROWS = 4
MARGIN = 50
LEAST, MOST = 14.0, 22.0
LOWEST, HIGHEST = 20.0, 40.0
LANE = 12
TALLEST_CELL = 26.0


@dataclass(frozen=True)
class TapeLayout:
    """Cells of a tape of `count` bytes in a widget of `width` x `height` pixels.

    Attributes
    ----------
    program : int
        Bytes of one program; a row never holds more.
    first : int
        The first row that is shown; at most `ROWS` are.
    """

    count: int
    program: int
    first: int
    width: float
    height: float

    @cached_property
    def columns(self) -> int:
        """Bytes of a row."""
        return max(1, min(COLUMNS, self.program or COLUMNS, max(1, self.count)))

    @cached_property
    def rows(self) -> int:
        """Rows of the whole tape."""
        return -(-self.count // self.columns)

    @cached_property
    def shown(self) -> range:
        """The addresses in sight."""
        first = self.first * self.columns
        return range(first, min(self.count, first + ROWS * self.columns))

    @cached_property
    def pitch(self) -> tuple[float, float]:
        """From one cell to the next in whole pixels: across, down."""
        wide = (self.width - MARGIN) // self.columns
        tall = self.height // max(1, min(ROWS, self.rows))
        return min(MOST, max(LEAST, wide)), min(HIGHEST, max(LOWEST, tall))

    @cached_property
    def lane(self) -> float:
        """Room above each row for the names of pointers; none where rows are low."""
        return LANE if self.pitch[1] >= LOWEST + LANE else 0.0

    @property
    def widest(self) -> int:
        """Beyond this width cells grow no more."""
        return round(MARGIN + self.columns * MOST)

    @property
    def least(self) -> tuple[int, int]:
        """Width and height that are needed to read it."""
        tall = min(ROWS, max(1, self.rows)) * (LOWEST + 2)
        return round(MARGIN + self.columns * LEAST), round(tall)

    def rect_of(self, address: int) -> QRectF:
        """Return the cell of a byte."""
        row, column = divmod(address, self.columns)
        wide, tall = self.pitch
        return QRectF(
            MARGIN + column * wide,
            (row - self.first) * tall + self.lane,
            wide - 2,
            min(tall - self.lane - 2, TALLEST_CELL),
        )

    def address_at(self, x: float, y: float) -> int | None:
        """Return the byte at a place, None beside all of them."""
        wide, tall = self.pitch
        row, column = int(y // tall) + self.first, int((x - MARGIN) // wide)
        address = row * self.columns + column
        return address if 0 <= column < self.columns and address in self.shown else None

    def first_for(self, address: int) -> int:
        """Return the first row to show so that a byte is in sight, moving as little as can be."""
        row = address // self.columns
        return self.clamped(min(max(self.first, row - ROWS + 1), row))

    def clamped(self, first: int) -> int:
        """Return the nearest first row that leaves no row empty."""
        return min(max(0, first), max(0, self.rows - ROWS))

    def label(self, row: int) -> str:
        """Name a row: its first address, in a pair within its program."""
        at = row * self.columns
        if self.program and self.count == 2 * self.program:
            return f"{'left' if at < self.program else 'right'} {at % self.program}"
        return str(at)
