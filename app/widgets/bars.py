"""The channels of a cell as bars around zero."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.painting import painting

__all__ = ["ChannelBars"]


class ChannelBars(QWidget):
    """One bar per channel, up for positive and down for negative; hover reads the number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._values: tuple[float, ...] = ()
        self._reach = 1.0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Channels of the pinned cell")

    def set_values(self, names: tuple[str, ...], values: tuple[float, ...]) -> None:
        """Show the channels; the scale only grows, so that bars do not jump."""
        self._names, self._values = names, values
        largest = max((abs(value) for value in values), default=1.0)
        self._reach = max(self._reach, largest, 1e-6)
        self.update()

    def restart(self) -> None:
        """Forget the scale: another cell was pinned."""
        self._reach = 1e-6
        self._values = ()

    def sizeHint(self) -> QSize:
        return QSize(240, 56)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            tokens = theme.current()
            middle = self.height() / 2
            painter.fillRect(QRectF(0, middle, self.width(), 1), QColor(tokens.line))
            if not self._values:
                return
            pitch = self.width() / len(self._values)
            gap = 2 if pitch >= 6 else 0
            for place, value in enumerate(self._values):
                tall = max(-1.0, min(1.0, value / self._reach)) * (middle - 2)
                top = middle - max(tall, 0.0)
                rect = QRectF(place * pitch + gap / 2, top, pitch - gap, abs(tall))
                painter.fillRect(rect, QColor(tokens.accent if place < 4 else tokens.dim))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._values:
            return
        place = int(event.position().x() / self.width() * len(self._values))
        if 0 <= place < len(self._values):
            text = f"{self._names[place]}  {self._values[place]:+.4f}"
            QToolTip.showText(self.mapToGlobal(QPoint(event.position().toPoint())), text, self)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
        self.unsetCursor()
        self.setCursor(Qt.CursorShape.ArrowCursor)
