"""A thin slider with a filled track, drawn alike everywhere."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSlider, QWidget

from app import theme
from app.painting import painting

__all__ = ["Slider"]

STEPS = 1000
_NONE = Qt.KeyboardModifier.NoModifier
_KEYS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
}


class Slider(QSlider):
    """A horizontal slider over 0 to 1; a press anywhere goes there, the wheel needs the focus."""

    def __init__(self, parent: QWidget | None = None, *, role: str = "accent") -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, STEPS)
        self.setPageStep(STEPS // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._role = role

    def fraction(self) -> float:
        """Return the position, 0 to 1."""
        return self.value() / STEPS

    def set_fraction(self, fraction: float) -> None:
        """Move without telling anyone."""
        if not self.isSliderDown():
            blocked = self.blockSignals(True)
            self.setValue(round(min(max(fraction, 0.0), 1.0) * STEPS))
            self.blockSignals(blocked)

    def set_step(self, fraction: float) -> None:
        """Move by this much with an arrow key; the least that there is if it is smaller."""
        self.setSingleStep(max(1, math.ceil(fraction * STEPS)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Listen to what is pressed: only one of many sliders at a time runs Python for that."""
        self.installEventFilter(self)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Listen no more."""
        self.removeEventFilter(self)
        super().focusOutEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move it before the window does, which steps the world by one."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alone = event.modifiers() in (_NONE, Qt.KeyboardModifier.KeypadModifier)
            if alone and Qt.Key(event.key()) in _KEYS:
                event.accept()
                return True
        return False

    def sizeHint(self) -> QSize:
        return QSize(80, theme.CONTROL)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, theme.CONTROL)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle, left, right = self.height() / 2, 6.0, self.width() - 6.0
            x = left + (right - left) * self.fraction()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.line))
            painter.drawRoundedRect(QRectF(left, middle - 1.5, right - left, 3), 1.5, 1.5)
            if self.isEnabled():
                painter.setBrush(QColor(getattr(tokens, self._role)))
                painter.drawRoundedRect(QRectF(left, middle - 1.5, x - left, 3), 1.5, 1.5)
            painter.setBrush(QColor(tokens.text if self.isEnabled() else tokens.dim))
            if self.hasFocus():
                painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawEllipse(QRectF(x - 5, middle - 5, 10, 10))

    def _follow(self, x: float) -> None:
        span = max(1.0, self.width() - 12.0)
        self.setValue(round(min(max((x - 6.0) / span, 0.0), 1.0) * STEPS))
