"""What became of a program, generation by generation: one row of bytes for each tape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.painting import painting
from engine.core.programs import Alphabet

__all__ = ["Generations"]

MARGIN = 18
HEAD = 16


class Generations(QWidget):
    """Draws tapes below each other: instructions in their hues.

    Signals
    -------
    clicked
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alphabet: Alphabet | None = None
        self._tapes: NDArray[Any] = np.zeros((0, 0), np.uint8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Generations of the program")

    def set_tapes(self, tapes: NDArray[Any], alphabet: Alphabet) -> None:
        """Show tapes (g, 2 n), uint8; the first row is the program beside noise."""
        self._tapes, self._alphabet = np.array(tapes), alphabet
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 128)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._alphabet is None or not self._tapes.size:
            return
        with painting(self) as painter:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.colour("dim"))
            box = self._box()
            half = box.width() // 2
            left = QRect(box.x(), 0, half, HEAD)
            painter.drawText(left, Qt.AlignmentFlag.AlignLeft, "program")
            painter.drawText(left.translated(half, 0), Qt.AlignmentFlag.AlignLeft, "partner")
            tall = box.height() / len(self._tapes)
            for row in range(len(self._tapes)):
                if tall >= 11 or row in (0, len(self._tapes) - 1):
                    middle = min(box.y() + (row + 0.5) * tall, self.height() - 7.0)
                    place = QRectF(0, middle - 7, MARGIN - 4, 14)
                    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, str(row))
            painter.drawImage(box, self._image(self._alphabet))
            border = QRectF(box.x() + box.width() / 2 - 1, box.y(), 2, box.height())
            painter.fillRect(border, theme.colour("panel"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        box = self._box()
        at = event.position().toPoint()
        if self._alphabet is None or not self._tapes.size or not box.contains(at):
            return
        rows, columns = self._tapes.shape
        row = (at.y() - box.y()) * rows // box.height()
        column = (at.x() - box.x()) * columns // box.width()
        code = int(self._tapes[row, column])
        words = f"generation {row}, byte {column}: {code:02X} {self._alphabet.glyphs[code]}"
        QToolTip.showText(self.mapToGlobal(QPoint(at)), words, self)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def _box(self) -> QRect:
        return QRect(MARGIN, HEAD, max(1, self.width() - MARGIN), max(1, self.height() - HEAD))

    def _image(self, alphabet: Alphabet) -> QImage:
        """Colour by instruction; other bytes are grey by value, as on the tape."""
        colours = np.zeros((256, 3))
        panel, dim = (
            np.array(theme.colour(role).getRgb()[:3])  # type: ignore[index]
            for role in ("panel", "dim")
        )
        for code, kind in enumerate(alphabet.kinds):
            share = 0.15 + 0.4 * code / 255 if code else 0.0
            if kind in ("none", "null", "data"):
                colours[code] = share * dim + (1 - share) * panel
            else:
                colours[code] = theme.kind_colour(kind).getRgb()[:3]  # type: ignore[index]
        rgb = np.ascontiguousarray(np.round(colours)[self._tapes].astype(np.uint8))
        rows, columns = rgb.shape[:2]
        return QImage(rgb.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
