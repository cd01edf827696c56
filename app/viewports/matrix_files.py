"""Matrices as files and as text: PNG and SVG as they are seen, CSV and the clipboard in full."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from app import theme
from app.viewports.matrix_layout import lay_out, line_name
from app.viewports.matrix_painter import paint
from engine.core.errors import BadInput
from engine.core.figures import Matrix, MatrixView

__all__ = ["KINDS", "as_text", "save"]

KINDS = "PNG picture (*.png);;SVG drawing (*.svg);;CSV table (*.csv)"
SCALE = 2
MARGIN = 16


def save(view: MatrixView, path: Path, size: QSize) -> None:
    """Write what is seen in a room of this size as PNG or SVG, or every value as CSV.

    Raises
    ------
    BadInput
        If the file cannot be written, or its ending is none of the three.
    """
    kind = path.suffix.lower()
    if kind not in (".png", ".svg", ".csv"):
        raise BadInput(
            "is neither a picture nor a table", path=path, remedy="Use .png, .svg or .csv"
        )
    try:
        if kind == ".csv":
            _write_table(view, path)
        else:
            _draw(view, path, size, vectors=kind == ".svg")
    except OSError as error:
        raise BadInput(
            f"cannot be written ({error.strerror})", path=path, remedy="Choose another folder"
        ) from None


def as_text(matrix: Matrix) -> str:
    """Write a matrix as lines of values with tabs between; empty where there is nothing."""
    rows, columns = matrix.values.shape
    lines = []
    if matrix.columns:
        heads = [line_name(matrix.columns, matrix.column_blocks, n) for n in range(columns)]
        lines.append("\t".join(([""] if matrix.rows else []) + heads))
    for row in range(rows):
        head = [line_name(matrix.rows, matrix.row_blocks, row)] if matrix.rows else []
        lines.append("\t".join(head + [_number(value) for value in matrix.values[row]]))
    return "\n".join(lines)


def _write_table(view: MatrixView, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["matrix", "row", "column", "row name", "column name", "value"])
        for matrix in view.matrices:
            rows, columns = matrix.values.shape
            names = [line_name(matrix.columns, matrix.column_blocks, n) for n in range(columns)]
            for row in range(rows):
                name = line_name(matrix.rows, matrix.row_blocks, row)
                for column in range(columns):
                    value = _number(matrix.values[row, column])
                    place = (row + 1, column + 1)
                    writer.writerow([matrix.title, *place, name, names[column], value])


def _number(value: float) -> str:
    return f"{float(value):.9g}" if math.isfinite(value) else ""


def _draw(view: MatrixView, path: Path, size: QSize, *, vectors: bool) -> None:
    """Draw a sheet of the width that is seen; the last lines of a long one are on it, too."""
    sheet = lay_out(view, size.width(), size.height())
    wide, high = size.width() + 2 * MARGIN, math.ceil(max(sheet.height, 1.0)) + 2 * MARGIN
    room = QRectF(0, 0, wide, high)
    painter = QPainter()
    if vectors:
        path.write_bytes(b"")  # the generator says nothing where it cannot write
        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(QSize(wide, high))
        drawing.setViewBox(room)
        drawing.setTitle(", ".join(matrix.title for matrix in view.matrices))
        painter.begin(drawing)
        painter.fillRect(room, theme.colour("panel"))
        painter.translate(MARGIN, MARGIN)
        paint(painter, sheet, vectors=True)
        painter.end()
        return
    image = QImage(SCALE * wide, SCALE * high, QImage.Format.Format_RGB32)
    image.fill(theme.colour("panel"))
    painter.begin(image)
    painter.scale(SCALE, SCALE)
    painter.translate(MARGIN, MARGIN)
    paint(painter, sheet, SCALE)
    painter.end()
    if not image.save(str(path)):
        raise BadInput("cannot be written", path=path, remedy="Choose another folder")
