"""Matrices side by side, each cell a colour."""

from __future__ import annotations

import math

import numpy as np

from engine.core.colour import lut
from engine.core.figures import Matrix, MatrixView
from engine.media.figures.pen import Pen, number
from engine.media.writers import Frame

__all__ = ["draw_matrices"]


def draw_matrices(pen: Pen, view: MatrixView) -> None:
    """Draw all matrices in rows of `across`, with their titles, limits and facts."""
    facts = [f"{name} {_fact(value)}" for name, value in view.facts]
    foot = 2.0 * pen.type if facts else 0.0
    width, height = pen.size[0], pen.size[1] - foot
    count = max(1, len(view.matrices))
    across = max(1, min(view.across, count))
    down = math.ceil(count / across)
    for index, matrix in enumerate(view.matrices):
        column, row = index % across, index // across
        corner = column * width / across, row * height / down
        _one(pen, matrix, corner, (width / across, height / down))
    if facts:
        line = "   ".join(facts)
        at = pen.type, height + 0.2 * pen.type
        pen.words(at, line, colour=pen.dim, room=width - 2 * pen.type)


def _fact(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.4g}"


def _one(pen: Pen, matrix: Matrix, corner: tuple[float, float], size: tuple[float, float]) -> None:
    gap = pen.type
    left, top = corner[0] + gap, corner[1] + 2.2 * gap
    room = size[0] - 2 * gap, size[1] - 4.6 * gap
    rows, columns = matrix.values.shape
    if min(*room, rows, columns) < 1:
        return
    pen.words((left, corner[1] + 0.6 * gap), matrix.title, room=room[0])
    side = min(room[0] / columns, room[1] / rows)
    wide, high = max(1, round(side * columns)), max(1, round(side * rows))
    pen.paste(_cells(matrix, (wide, high)), (round(left), round(top)))
    for blocks, total, along in (
        (matrix.row_blocks, rows, False),
        (matrix.column_blocks, columns, True),
    ):
        for start in blocks[1:]:
            share = start / total
            if along:
                x = round(left) + share * wide
                pen.line([(x, round(top)), (x, round(top) + high)], pen.ink)
            else:
                y = round(top) + share * high
                pen.line([(round(left), y), (round(left) + wide, y)], pen.ink)
    low, high_end = matrix.limits
    words = f"{number(low)} to {number(high_end)}"
    if matrix.note:
        words = f"{words} · {matrix.note}"
    pen.words((left, top + high + 0.4 * gap), words, colour=pen.dim, share=0.9, room=room[0])


def _cells(matrix: Matrix, size: tuple[int, int]) -> Frame:
    """Return the cells as RGBA pixels; what is nothing is empty."""
    values = np.asarray(matrix.values, np.float32)
    low, high = matrix.limits
    known = np.isfinite(values)
    share = (np.where(known, values, 0.0) - low) / ((high - low) or 1.0)
    index = np.rint(255 * np.clip(share, 0.0, 1.0)).astype(np.uint8)
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3] = lut(matrix.colormap)[index]
    pixels[..., 3] = 255 * known
    rows = np.arange(size[1]) * values.shape[0] // size[1]
    columns = np.arange(size[0]) * values.shape[1] // size[0]
    return np.ascontiguousarray(pixels[np.ix_(rows, columns)])
