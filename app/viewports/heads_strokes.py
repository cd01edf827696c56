"""Many arcs on one line, drawn fast: each shape is stroked once and then laid down wherever it is.

Stroking takes Qt a third of a millisecond for every wide smooth arc, and hundreds of them change
with each update. Between tokens at even distances there are only as many shapes as distances: the
pixels that an arc covers are kept and blended into a plane of opacities.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

__all__ = ["LEVELS", "LOOP", "ArcSheet", "height_of", "look_of"]

LEVELS = 10
"""So many strengths of a line are told apart."""

LOOP = (8.0, 8.0)
"""Width and height of the ring over a token that looks at itself."""

PAD = 4
STEEP = 0.62
TALLEST = 0.72
"""Height of an arc for its reach; half a circle would be 0.5."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Shape:
    """Pixels that an arc covers: rows above the line, columns right of its start, how much."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    cover: Floats


def height_of(reach: float, room: float, far: float) -> float:
    """Return how high an arc rises: far ones are pressed together.

    Parameters
    ----------
    reach : float
        Pixels from its one end to the other.
    room : float
        How high the farthest one is at most.
    far : float
        Reach of the farthest one.
    """
    least = max(room, 1.0)
    whole = 1.0 - exp(-STEEP * max(far, reach, 1.0) / least)
    return min(room * (1.0 - exp(-STEEP * reach / least)) / whole, TALLEST * reach)


def look_of(level: int) -> tuple[float, float]:
    """Return opacity and width of a line of a strength from 1 to `LEVELS`."""
    part = level / LEVELS
    return 0.06 + 0.82 * part**1.5, 0.8 + 0.6 * round(3 * part)


class ArcSheet:
    """A plane of opacities on which arcs are laid down."""

    def __init__(self) -> None:
        self._form: tuple[Any, ...] = ()
        self._shapes: dict[tuple[int, float], _Shape] = {}
        self._plane: Floats = np.zeros((0, 0), np.float32)
        self._ratio = 1.0
        self._room = self._far = 1.0

    def begin(self, width: int, height: int, ratio: float, room: float, far: float) -> None:
        """Begin anew.

        Parameters
        ----------
        width, height : int
            Size in logical pixels; the line is the lower edge.
        ratio : float
            Pixels of the screen in one of those.
        room, far : float
            As of `height_of`.
        """
        form = (width, height, ratio, room, far)
        if form != self._form:
            self._form, self._shapes = form, {}
            self._ratio, self._room, self._far = ratio, room, far
            self._plane = np.zeros((ceil(height * ratio), ceil(width * ratio)), np.float32)
        else:
            self._plane[...] = 0

    def lay(self, starts: Floats, reaches: Floats, levels: NDArray[np.intp]) -> None:
        """Lay arcs down: where they begin, how far they reach in pixels, how strong they are."""
        plane, ratio = self._plane, self._ratio
        high, wide = plane.shape
        flat = plane.ravel()
        for start, reach, level in zip(starts, reaches, levels, strict=True):
            opacity, thick = look_of(int(level))
            shape = self._shape(float(reach), thick)
            first = round(float(start) * ratio)
            columns, rows, cover = shape.columns + first, high - 1 - shape.rows, shape.cover
            if columns.size and (
                first < PAD or columns[-1] >= wide or first + reach * ratio > wide - PAD
            ):
                kept = (columns >= 0) & (columns < wide)
                columns, rows, cover = columns[kept], rows[kept], cover[kept]
            at = rows * wide + columns
            under = flat[at]
            flat[at] = under + opacity * cover * (1.0 - under)

    def image(self, tone: QColor) -> QImage:
        """Return what was laid down in one colour."""
        parts = np.array([tone.blue(), tone.green(), tone.red(), 255.0])
        shades = np.rint(np.arange(256)[:, None] * parts / 255.0).astype(np.uint8)
        table = np.ascontiguousarray(shades).view(np.uint32)[:, 0]
        pixels = np.take(
            table, (self._plane * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
        )
        high, wide = pixels.shape
        form = QImage.Format.Format_ARGB32_Premultiplied
        image = QImage(pixels.data, wide, high, 4 * wide, form).copy()
        image.setDevicePixelRatio(self._ratio)
        return image

    def _shape(self, reach: float, thick: float) -> _Shape:
        """Return the pixels of an arc, stroked when they are first needed."""
        key = (round(reach * self._ratio), thick)
        if key not in self._shapes:
            self._shapes[key] = self._stroke(key[0], thick)
        return self._shapes[key]

    def _stroke(self, reach: int, thick: float) -> _Shape:
        ratio = self._ratio
        loop = reach < 1
        wide = LOOP[0] * ratio if loop else float(reach)
        high = LOOP[1] * ratio if loop else height_of(reach / ratio, self._room, self._far) * ratio
        size = ceil(wide) + 2 * PAD, ceil(high) + PAD
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(Qt.GlobalColor.black, thick * ratio))
        if loop:
            painter.drawEllipse(QRectF(PAD, PAD - 1, wide, high))
        else:
            painter.drawArc(QRectF(PAD + 0.5, PAD, wide, 2 * high), 0, 180 * 16)
        painter.end()
        bits = np.frombuffer(image.constBits(), np.uint32).reshape(size[1], -1)[:, : size[0]]
        alpha = (bits >> 24).astype(np.float32) / np.float32(255.0)
        rows, columns = np.nonzero(alpha)
        # The plane may be lower than a thick line on its edge is.
        rows_up = size[1] - 1 - rows
        kept = rows_up < self._plane.shape[0]
        shift = PAD + (round(wide / 2) if loop else 0)
        return _Shape(rows_up[kept], columns[kept] - shift, alpha[rows, columns][kept])
