"""The stack of a stack machine, its top at the top."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.painting import painting

__all__ = ["StackStrip"]

CELL = 18
HEAD = 16


class StackStrip(QWidget):
    """Draws as many bytes from the top of the stack as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack: NDArray[Any] = np.zeros(0, np.uint8)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Stack")

    def set_stack(self, stack: NDArray[Any] | None) -> None:
        """Show a stack, uint8 (depth,), the bottom first; without one the widget is hidden."""
        self.setVisible(stack is not None)
        self._stack = np.zeros(0, np.uint8) if stack is None else np.array(stack)
        words = " ".join(f"{byte:02X}" for byte in self._stack[::-1])
        self.setToolTip(
            f"{len(self._stack)} on the stack" + (f", top first: {words}" * bool(words))
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(44, 128)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.colour("dim"))
            head = QRectF(0, 0, self.width(), HEAD)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, f"stack {len(self._stack)}")
            room = (self.height() - HEAD) // CELL
            top = self._stack[::-1]
            painter.setFont(theme.font("mono"))
            for place in range(min(room, len(top))):
                cell = QRectF(6, HEAD + place * CELL, self.width() - 12, CELL - 2)
                painter.setPen(QPen(theme.colour("accent" if place == 0 else "line"), 1))
                painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
                more = place == room - 1 and len(top) > room
                painter.setPen(theme.colour("dim" if more else "text"))
                words = "..." if more else f"{int(top[place]):02X}"
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)
