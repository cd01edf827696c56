"""Where matrices stand side by side: cells, labels, scales, chips; plain geometry, no drawing."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from app import theme
from app.widgets.facts import value_words
from engine.core.figures import Matrix, MatrixView

__all__ = ["Cell", "Chip", "Panel", "Sheet", "lay_out", "line_name"]

Cell = tuple[int, int, int]
"""Matrix, row, column."""

GAP, LINE, TITLE, BAR = 24.0, 16.0, 20.0, 28.0
CHIP, CHIP_PAD, CHIP_GAP = 24.0, 8.0, 6.0
LEAST_WIDTH, LEAST_HEIGHT = 150.0, 184.0
"""A matrix gets at least so much room, or they stand in fewer columns, or are scrolled."""
LARGEST_CELL, WHOLE_FROM = 96.0, 4.0
LONG = 3.0
"""Matrices longer than this are stretched, up to as much again."""
MOST_LABEL = 72.0
LEAST_PITCH = 11.0


@dataclass(frozen=True)
class Chip:
    """A figure beside the matrices, where it stands."""

    box: QRectF
    name: str
    value: str


@dataclass(frozen=True)
class Panel:
    """A matrix and where its parts stand.

    `cells` is what its values fill; `strides` says of rows and columns that every so many of them
    are labelled, 0 for none; `bar` is its own scale, unless one serves all.
    """

    index: int
    matrix: Matrix
    title: QRectF
    cells: QRectF
    side: float
    strides: tuple[int, int]
    note: QRectF
    bar: QRectF | None

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point."""
        if not self.cells.contains(point):
            return None
        rows, columns = self.matrix.values.shape
        row = int((point.y() - self.cells.top()) / self.cells.height() * rows)
        column = int((point.x() - self.cells.left()) / self.cells.width() * columns)
        return self.index, min(row, rows - 1), min(column, columns - 1)

    def box_of(self, row: int, column: int) -> QRectF:
        """Return where a cell is."""
        rows, columns = self.matrix.values.shape
        high, wide = self.cells.height() / rows, self.cells.width() / columns
        corner = QPointF(self.cells.left() + column * wide, self.cells.top() + row * high)
        return QRectF(corner.x(), corner.y(), wide, high)


@dataclass(frozen=True)
class Sheet:
    """All panels of a view, and what stands above and below them."""

    panels: tuple[Panel, ...]
    chips: tuple[Chip, ...]
    bar: QRectF | None
    height: float

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point."""
        found = (panel.cell_at(point) for panel in self.panels)
        return next((cell for cell in found if cell is not None), None)

    def panel(self, index: int) -> Panel | None:
        """Return where a matrix stands, unless another one fills the sheet."""
        return next((panel for panel in self.panels if panel.index == index), None)


def line_name(labels: tuple[str, ...], blocks: tuple[int, ...], line: int) -> str:
    """Name a row or column: by its label, by its place in a labelled block, or by its number."""
    if not blocks:
        return labels[line] if line < len(labels) else f"{line + 1}"
    block = max(bisect_right(blocks, line) - 1, 0)
    if block >= len(labels):
        return f"{line + 1}"
    alone = block + 1 < len(blocks) and blocks[block + 1] - blocks[block] == 1
    return labels[block] if alone else f"{labels[block]} {line - blocks[block] + 1}"


def lay_out(view: MatrixView, width: float, height: float, solo: int | None = None) -> Sheet:
    """Place a view's matrices in a room; it may become higher than the room, never wider.

    `solo` shows one of them alone.
    """
    shown = [(n, m) for n, m in enumerate(view.matrices) if m.values.size and solo in (None, n)]
    chips = _chips(view, width)
    top = chips[-1].box.bottom() + GAP / 2 if chips else 0.0
    if not shown:
        return Sheet((), chips, None, top)
    matrices = [matrix for _, matrix in shown]
    shared = len({(matrix.limits, matrix.colormap) for matrix in matrices}) == 1
    foot = BAR + 4.0 if shared else 0.0
    beside = _columns(len(shown), view.across, width)
    lines = ceil(len(shown) / beside)
    room = (height - top - foot - GAP * (lines - 1)) / lines
    slot = (width - GAP * (beside - 1)) / beside, max(room, LEAST_HEIGHT)
    noted = any(matrix.note for matrix in matrices)  # equals stay equal beside one with a note
    above = TITLE + (LINE if any(matrix.columns for matrix in matrices) else 0.0)
    below = (LINE if noted else 0.0) + (0.0 if shared else BAR + 4.0)
    side = max(_side(matrix) for matrix in matrices)  # columns of matrices line up
    fits = [_fit(matrix, side, slot[0] - side, slot[1] - above - below) for matrix in matrices]
    wide = side + max(fit.wide for fit in fits)
    wide = max(wide, min(slot[0], side + max(_words_width(m) for m in matrices)))
    left = max((width - beside * wide - GAP * (beside - 1)) / 2, 0.0)
    highs = [
        above + max(fit.high for fit in fits[n * beside : (n + 1) * beside]) + below
        for n in range(lines)
    ]
    used = sum(highs) + GAP * (lines - 1) + foot
    y = top + max((height - top - used) / 2, 0.0)
    panels: list[Panel] = []
    for line, high in enumerate(highs):
        for place in range(line * beside, min((line + 1) * beside, len(shown))):
            x = left + (place - line * beside) * (wide + GAP)
            panels.append(
                _panel(*shown[place], QPointF(x, y), (above, below), wide, fits[place], not shared)
            )
        y += high + GAP
    bar = QRectF(left, y - GAP + 4.0, min(200.0, width), BAR) if shared else None
    if bar is not None:
        bar.moveLeft(panels[0].cells.left())
        bar.setWidth(min(bar.width(), width - bar.left()))
    return Sheet(tuple(panels), chips, bar, y - GAP + foot)


class _Fit(NamedTuple):
    """How large a matrix is: all cells across and down, labels at its side, strides."""

    wide: float
    high: float
    side: float
    strides: tuple[int, int]


def _columns(count: int, across: int, width: float) -> int:
    beside = max(1, min(across, count))
    while beside > 1 and (width - GAP * (beside - 1)) / beside < LEAST_WIDTH:
        beside -= 1
    return beside


def _fit(matrix: Matrix, side: float, width: float, height: float) -> _Fit:
    """Make a matrix as large as its room lets it be, its cells square unless it is very long."""
    rows, columns = matrix.values.shape
    wide, high = width / columns, height / rows
    square = min(wide, high, LARGEST_CELL)
    stretch = LONG if max(rows, columns) > LONG * min(rows, columns) else 1.0
    wide, high = (_whole(min(one, stretch * square, LARGEST_CELL)) for one in (wide, high))
    return _Fit(columns * wide, rows * high, side, _strides(matrix, wide, high))


def _whole(size: float) -> float:
    """Make cells of equal size in whole pixels where they are large enough for that."""
    return float(floor(size)) if size >= WHOLE_FROM else max(size, 0.05)


def _side(matrix: Matrix) -> float:
    metrics = QFontMetricsF(theme.font("caption"))
    widest = max((metrics.horizontalAdvance(label) for label in matrix.rows), default=0.0)
    return min(widest, MOST_LABEL) + 6.0 if widest else 0.0


def _words_width(matrix: Matrix) -> float:
    """Return how wide the longer of title and note is."""
    note = QFontMetricsF(theme.font("caption")).horizontalAdvance(matrix.note)
    return max(_title_width(matrix), note + 4.0)


def _title_width(matrix: Matrix) -> float:
    """Return how wide a title and a value beside it are."""
    title = QFontMetricsF(theme.font("strong")).horizontalAdvance(matrix.title)
    return title + QFontMetricsF(theme.font("number")).horizontalAdvance(" -0.0000")


def _strides(matrix: Matrix, wide: float, high: float) -> tuple[int, int]:
    """Say how many rows and columns go to one label, so that labels do not touch."""
    metrics = QFontMetricsF(theme.font("caption"))
    widest = max((metrics.horizontalAdvance(label) for label in matrix.columns), default=0.0)
    down = 1 if matrix.row_blocks else max(1, ceil(LEAST_PITCH / high))
    across = 1 if matrix.column_blocks else max(1, ceil((min(widest, MOST_LABEL) + 4) / wide))
    return down if matrix.rows else 0, across if matrix.columns else 0


def _panel(
    index: int,
    matrix: Matrix,
    corner: QPointF,
    around: tuple[float, float],
    slot: float,
    fit: _Fit,
    own_bar: bool,
) -> Panel:
    wide, high, side, strides = fit
    x = corner.x()
    cells = QRectF(round(x + side), round(corner.y() + around[0]), wide, high)
    noted = around[1] - (BAR + 4.0 if own_bar else 0.0)
    note = QRectF(cells.left(), cells.bottom() + 2, slot - side, noted)
    bar = QRectF(cells.left(), note.bottom() + 4, max(min(wide, 200.0), 90.0), BAR)
    room = corner.x() + slot - cells.left()
    title = QRectF(cells.left(), corner.y(), min(room, max(wide, _title_width(matrix))), TITLE)
    return Panel(index, matrix, title, cells, side, strides, note, bar if own_bar else None)


def _chips(view: MatrixView, width: float) -> tuple[Chip, ...]:
    """Set the facts in rows, from the left."""
    metrics = QFontMetricsF(theme.font("caption"))
    chips: list[Chip] = []
    x = y = 0.0
    for name, value in view.facts:
        words = value_words(value)
        wide = metrics.horizontalAdvance(name) + metrics.horizontalAdvance(words) + 3 * CHIP_PAD
        wide = min(wide, width)
        if x > 0.0 and x + wide > width:
            x, y = 0.0, y + CHIP + CHIP_GAP
        chips.append(Chip(QRectF(x, y, wide, CHIP), name, words))
        x += wide + CHIP_GAP
    return tuple(chips)
