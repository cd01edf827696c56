"""Draws matrices: cells of colour with lines between blocks, labels, scales, and the cross-hair.

Everything is drawn by one painter, on the screen, into a picture and into a drawing of vectors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from app import theme
from app.viewports.matrix_layout import BAR, CHIP_PAD, Cell, Panel, Sheet, line_name
from app.viewports.shades import MIDDLE, STEPS, contrasting, places, shades
from app.widgets.facts import value_words
from engine.core.figures import Matrix

__all__ = ["chip_lines", "figure", "magnitudes", "paint", "paint_cross"]

MOST_VECTORS = 2**15
"""Cells that a drawing of vectors holds one by one; more become a picture in it."""
SHARP = 2048
WORDS_WIDE, WORDS_HIGH = 34.0, 15.0
"""A cell of this size has room for its value."""
RAMP = 8.0
CORNER = 4.0

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignCenter


def figure(value: float) -> str:
    """Write a value of a matrix; "none" where there is nothing."""
    return value_words(float(value)) if math.isfinite(value) else "none"


def magnitudes(values: NDArray[np.floating], rows: int, columns: int) -> NDArray[np.float32]:
    """Reduce a matrix to at most so many rows and columns.

    Each texel is the value of greatest magnitude in its block, so that thin lines stay visible; it
    is NaN where the whole block is.
    """
    high = np.asarray(values, np.float32)
    low = high
    for axis, wanted in enumerate((rows, columns)):
        have = high.shape[axis]
        if have > wanted:
            starts = np.arange(wanted) * have // wanted
            high = np.fmax.reduceat(high, starts, axis)
            low = np.fmin.reduceat(low, starts, axis)
    return np.where(np.abs(low) > np.abs(high), low, high)


def paint(painter: QPainter, sheet: Sheet, ratio: float = 1.0, *, vectors: bool = False) -> None:
    """Draw everything that stands still.

    Parameters
    ----------
    painter : QPainter
    sheet : Sheet
    ratio : float
        Pixels of the target to one of the layout.
    vectors : bool
        Whether the target keeps shapes: cells become rectangles.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for chip in sheet.chips:
        _chip(painter, chip.box, chip.name, chip.value)
    for panel in sheet.panels:
        _cells(painter, panel, ratio, vectors)
        _lines(painter, panel)
        _labels(painter, panel)
        _words(painter, panel.title, panel.matrix.title, "strong", "text", _LEFT)
        if panel.matrix.note:
            _words(painter, panel.note, panel.matrix.note, "caption", "dim", _LEFT)
        if panel.bar is not None:
            _bar(painter, panel.bar, panel.matrix)
    if sheet.bar is not None:
        _bar(painter, sheet.bar, sheet.panels[0].matrix)


def paint_cross(painter: QPainter, sheet: Sheet, at: Cell, *, locked: bool) -> None:
    """Draw the cross-hair on a cell and on its fellows, with the value of each of them."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    index, row, column = at
    here = sheet.panel(index)
    if here is None:
        return
    for panel in sheet.panels:
        if panel.matrix.values.shape != here.matrix.values.shape:
            continue
        box = panel.box_of(row, column)
        _cross(painter, panel.cells, box, "accent" if locked else "text")
        value = float(panel.matrix.values[row, column])
        _value(painter, panel, figure(value))
        bar = panel.bar if panel.bar is not None else sheet.bar
        if bar is not None and math.isfinite(value) and (panel is here or bar is panel.bar):
            _pointer(painter, bar, panel.matrix, value)


def _cells(painter: QPainter, panel: Panel, ratio: float, vectors: bool) -> None:
    matrix, cells = panel.matrix, panel.cells
    values = np.asarray(matrix.values, np.float32)
    table = shades(matrix.colormap)
    if np.isnan(values).any():  # hatched: no colour of any map means "nothing"
        painter.fillRect(cells, theme.colour("panel"))
        hatch = QBrush(theme.colour("line"), Qt.BrushStyle.BDiagPattern)
        painter.fillRect(cells, hatch)
    rows, columns = values.shape
    if vectors and values.size <= MOST_VECTORS:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        places_of = places(values, matrix.limits, matrix.colormap)
        for row, column in zip(*np.nonzero(~np.isnan(values)), strict=True):
            tone = QColor(*(int(part) for part in table[places_of[row, column]]))
            painter.fillRect(panel.box_of(int(row), int(column)), tone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    else:
        most = (SHARP, SHARP) if vectors else _pixels(cells, ratio)
        small = magnitudes(values, *most)
        painter.drawImage(cells, _image(small, matrix, table))
    if cells.width() / columns >= WORDS_WIDE and cells.height() / rows >= WORDS_HIGH:
        _figures(painter, panel, values, table, cells.width() / columns - 2.0)


def _pixels(cells: QRectF, ratio: float) -> tuple[int, int]:
    """Return how many pixels there are down and across."""
    return max(1, int(cells.height() * ratio)), max(1, int(cells.width() * ratio))


def _image(values: NDArray[np.float32], matrix: Matrix, table: NDArray[np.uint8]) -> QImage:
    pixels = np.zeros((*values.shape, 4), np.uint8)
    known = ~np.isnan(values)
    pixels[..., :3] = table[places(values, matrix.limits, matrix.colormap)]
    pixels[..., 3] = 255 * known
    pixels[~known] = 0
    rows, columns = values.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    return image.copy()


def _figures(
    painter: QPainter,
    panel: Panel,
    values: NDArray[np.float32],
    table: NDArray[np.uint8],
    room: float,
) -> None:
    """Write the values into their cells, as finely as the scale deserves and has room for."""
    low, high = _ends(panel.matrix)
    bound = max(abs(low), abs(high))
    if not (math.isfinite(bound) and bound > 0.0):
        return
    metrics = QFontMetricsF(theme.font("caption"))
    for figures in (3, 2, 1):
        decimals = min(max(figures - 1 - math.floor(math.log10(bound)), 0), 6)
        if metrics.horizontalAdvance(f"{-bound:.{decimals}f}") <= room:
            break
    else:
        return
    known = [(int(r), int(c)) for r, c in zip(*np.nonzero(~np.isnan(values)), strict=True)]
    words = [f"{float(values[place]):.{decimals}f}" for place in known]
    where = places(values, panel.matrix.limits, panel.matrix.colormap)
    painter.setFont(theme.font("caption"))
    for place, word in zip(known, words, strict=True):
        painter.setPen(contrasting(table[where[place]]))
        painter.drawText(panel.box_of(*place), _CENTRE, word)


def _lines(painter: QPainter, panel: Panel) -> None:
    """Draw what parts the blocks, and the frame."""
    matrix, cells = panel.matrix, panel.cells
    tone = theme.colour("text")
    tone.setAlpha(120)
    painter.setPen(QPen(tone, 1))
    for start in matrix.row_blocks:
        if 0 < start < matrix.values.shape[0]:
            y = panel.box_of(start, 0).top()
            painter.drawLine(QLineF(cells.left(), y, cells.right(), y))
    for start in matrix.column_blocks:
        if 0 < start < matrix.values.shape[1]:
            x = panel.box_of(0, start).left()
            painter.drawLine(QLineF(x, cells.top(), x, cells.bottom()))
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(cells.adjusted(-0.5, -0.5, 0.5, 0.5))


def _labels(painter: QPainter, panel: Panel) -> None:
    matrix, cells = panel.matrix, panel.cells
    rows, columns = matrix.values.shape
    high, wide = cells.height() / rows, cells.width() / columns
    down, across = panel.strides
    for label, first, count in _spans(matrix.rows, matrix.row_blocks, rows, down):
        if count * high >= 9.0:
            y = cells.top() + first * high
            box = QRectF(cells.left() - panel.side, y, panel.side - 5, count * high)
            _words(painter, _tall(box), label, "caption", "dim", _RIGHT)
    for label, first, count in _spans(matrix.columns, matrix.column_blocks, columns, across):
        x = cells.left() + first * wide
        box = QRectF(x, cells.top() - 16, count * wide, 14)
        aligned = _CENTRE if count == 1 or matrix.column_blocks else _LEFT
        _words(painter, box, label, "caption", "dim", aligned)


def _spans(
    labels: tuple[str, ...], blocks: tuple[int, ...], lines: int, stride: int
) -> Iterator[tuple[str, int, int]]:
    """Yield labels with the first line and the number of lines that they may stand at."""
    if not stride:
        return
    if blocks:
        ends = (*blocks[1:], lines)
        for label, first, end in zip(labels, blocks, ends, strict=False):
            yield label, first, max(end - first, 0)
        return
    for first in range(0, min(len(labels), lines), stride):
        yield labels[first], first, min(stride, lines - first)


def _tall(box: QRectF) -> QRectF:
    """Give a label the height of its letters, centred on its line."""
    spare = max(12.0 - box.height(), 0.0) / 2
    return box.adjusted(0, -spare, 0, spare)


def _words(
    painter: QPainter, box: QRectF, words: str, face: str, role: str, flags: Qt.AlignmentFlag
) -> None:
    """Write words, cut where their room ends."""
    font: QFont = theme.font(face)  # type: ignore[arg-type]
    painter.setFont(font)
    painter.setPen(theme.colour(role))
    metrics = QFontMetricsF(font)
    cut = metrics.elidedText(words, Qt.TextElideMode.ElideRight, math.ceil(box.width()) + 1)
    painter.drawText(box, flags, cut)


def _chip(painter: QPainter, box: QRectF, name: str, value: str) -> None:
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(theme.colour("control"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
    metrics = QFontMetricsF(theme.font("caption"))
    inner = box.adjusted(CHIP_PAD, 0, -CHIP_PAD, 0)
    _words(painter, inner, name, "caption", "dim", _LEFT)
    rest = inner.adjusted(metrics.horizontalAdvance(name) + CHIP_PAD, 0, 0, 0)
    if rest.width() > 0:
        _words(painter, rest, value, "caption", "text", _LEFT)


def _ends(matrix: Matrix) -> tuple[float, float]:
    """Return the values at the ends of the scale: zero is in the middle of a diverging one."""
    low, high = matrix.limits
    if matrix.colormap == "diverging":
        bound = max(abs(low), abs(high))
        return -bound, bound
    return low, high


def _bar(painter: QPainter, box: QRectF, matrix: Matrix) -> None:
    """Draw the scale of colours, and print what its ends and its zero stand for."""
    ramp = QRectF(box.left(), box.top() + 4, box.width(), RAMP)
    table = shades(matrix.colormap)
    image = QImage(table.tobytes(), STEPS, 1, 3 * STEPS, QImage.Format.Format_RGB888)
    painter.drawImage(ramp, image.copy())
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(ramp.adjusted(-0.5, -0.5, 0.5, 0.5))
    low, high = _ends(matrix)
    under = QRectF(box.left(), ramp.bottom() + 2, box.width(), BAR - RAMP - 6)
    _words(painter, under, f"{low:.3g}", "caption", "dim", _LEFT)
    _words(painter, under, f"{high:.3g}", "caption", "dim", _RIGHT)
    if matrix.colormap == "diverging":
        x = ramp.left() + ramp.width() * MIDDLE / (STEPS - 1)
        middle = QRectF(x - 12, under.top(), 24, under.height())
        _words(painter, middle, "0", "caption", "dim", _CENTRE)


def _pointer(painter: QPainter, box: QRectF, matrix: Matrix, value: float) -> None:
    """Mark a value on the scale."""
    low, high = _ends(matrix)
    share = min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.0
    x = box.left() + share * box.width()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("text"))
    top = box.top() + 3
    painter.drawPolygon([QPointF(x - 4, top - 5), QPointF(x + 4, top - 5), QPointF(x, top)])


def _cross(painter: QPainter, cells: QRectF, box: QRectF, role: str) -> None:
    """Draw two lines that stop at the cell, and a frame around it that is seen on any colour."""
    centre = box.center()
    lines = [
        QLineF(cells.left(), centre.y(), box.left(), centre.y()),
        QLineF(box.right(), centre.y(), cells.right(), centre.y()),
        QLineF(centre.x(), cells.top(), centre.x(), box.top()),
        QLineF(centre.x(), box.bottom(), centre.x(), cells.bottom()),
    ]
    dark = theme.current().dark
    ground = QColor("#000000" if dark else "#ffffff")
    ground.setAlpha(110)
    painter.setPen(QPen(ground, 3))
    painter.drawLines(lines)
    tone = theme.colour(role)
    tone.setAlpha(200)
    painter.setPen(QPen(tone, 1))
    painter.drawLines(lines)
    frame = box.adjusted(-1, -1, 1, 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(theme.colour("panel"), 4), QPen(theme.colour(role), 2)):
        painter.setPen(pen)
        painter.drawRect(frame)


def _value(painter: QPainter, panel: Panel, words: str) -> None:
    """Write the value at the end of the title's line, over it where there is no room beside."""
    metrics = QFontMetricsF(theme.font("number"))
    wide = metrics.horizontalAdvance(words) + 8
    box = QRectF(panel.title.right() - wide, panel.title.top(), wide, panel.title.height())
    painter.fillRect(box, theme.colour("panel"))
    _words(painter, box, words, "number", "accent", _RIGHT)


def chip_lines(sheet: Sheet, at: Cell) -> tuple[str, str]:
    """Say what is at a cell: its value, and its row and column."""
    panel = sheet.panel(at[0])
    assert panel is not None
    matrix = panel.matrix
    row = line_name(matrix.rows, matrix.row_blocks, at[1])
    column = line_name(matrix.columns, matrix.column_blocks, at[2])
    return figure(float(matrix.values[at[1], at[2]])), f"row {row}   column {column}"
