"""What is drawn upon the picture of a mesh: brush outline, pins, chip at the cursor, axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.decorations import draw_chip, draw_focus
from app.viewports.inks import inks
from app.viewports.measure_marks import draw_kept_point
from app.viewports.orbit import Vector

__all__ = ["MeshDecorations", "MeshMarks"]

AXES = (("x", "danger"), ("y", "accent"), ("z", "info"))
ARM = 20.0
CORNER = 40.0
ROOMY = (640, 320)  # from there on nothing of the chrome lies in that corner
CHIP_AWAY = 16.0
MOST_AWAY = 120.0


@dataclass(frozen=True, eq=False)
class MeshMarks:
    """Everything that lies upon one picture, in device-independent pixels.

    Attributes
    ----------
    ring : ndarray
        (k, 4): x1, y1, x2, y2 of the pieces of the brush's outline that are seen.
    pins : tuple of (x, y)
    kept : tuple of (x, y, "#RRGGBB")
        Those that are followed beside, in their colours.
    chip : (x, y), optional
        Where a chip is wanted.
    words : (first line, second line)
        Of the chip.
    axes : three vectors, optional
        To the right, upwards and towards the eye.
    focus : bool
        Whether the keyboard is here and should be seen to be.
    """

    ring: NDArray[Any]
    pins: tuple[tuple[float, float], ...] = ()
    kept: tuple[tuple[float, float, str], ...] = ()
    chip: tuple[float, float] | None = None
    words: tuple[str, str] = ("", "")
    axes: tuple[Vector, Vector, Vector] | None = None
    focus: bool = False

    def same(self, other: MeshMarks) -> bool:
        """Tell whether both look alike but for the axes."""
        return np.array_equal(self.ring, other.ring) and all(
            getattr(self, name) == getattr(other, name)
            for name in ("pins", "kept", "chip", "words", "focus")
        )


class MeshDecorations(QWidget):
    """A transparent layer over the surface."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.marks: MeshMarks | None = None

    def show_marks(self, marks: MeshMarks | None) -> None:
        """Draw these from now on."""
        before, self.marks = self.marks, marks
        if before is None or marks is None or not marks.same(before):
            self.update()
        elif marks.axes != before.axes:
            side = int(2 * CORNER)
            self.update(0, self.height() - side, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        marks = self.marks
        if marks is None:
            return
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if marks.axes is not None and self.width() >= ROOMY[0] and self.height() >= ROOMY[1]:
                self._axes(painter, marks.axes)
            for x, y, colour in marks.kept:
                draw_kept_point(painter, QPointF(x, y), colour)
            lines = [QLineF(*(float(part) for part in row)) for row in marks.ring]
            for width, ink in inks():
                pen = QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
                painter.drawLines(lines)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for x, y in marks.pins:
                    painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
            if marks.chip is not None:
                self._chip(painter, marks, QPointF(*marks.chip))
            if marks.focus:
                draw_focus(painter, QRectF(self.rect()))

    def _chip(self, painter: QPainter, marks: MeshMarks, at: QPointF) -> None:
        away = CHIP_AWAY
        if len(marks.ring):
            beyond = float(np.max(marks.ring[:, [0, 2]])) - at.x()
            away = min(max(beyond, 0.0), MOST_AWAY) + 6.0
        draw_chip(painter, QRectF(self.rect()), at, away, marks.words)

    def _axes(self, painter: QPainter, axes: tuple[Vector, Vector, Vector]) -> None:
        """Draw which way x, y and z point, the nearest one last."""
        right, up, near = axes
        middle = QPointF(CORNER, self.height() - CORNER)
        painter.setFont(theme.font("caption"))
        for axis in sorted(range(3), key=lambda axis: near[axis]):
            name, role = AXES[axis]
            tone = theme.colour(role)
            tone.setAlphaF(0.55 + 0.45 * (near[axis] + 1) / 2)
            end = middle + QPointF(right[axis], -up[axis]) * ARM
            painter.setPen(QPen(tone, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(middle, end)
            spot = middle + QPointF(right[axis], -up[axis]) * (ARM + 9)
            box = QRectF(0, 0, 14, 14)
            box.moveCenter(spot)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
