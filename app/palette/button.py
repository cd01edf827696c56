"""The palette's place in the top bar: it looks like the field that it opens."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app import theme
from app.keys import keys_of, tell_keys
from app.painting import painting

__all__ = ["PaletteButton"]

WIDTH = 184
ICON = 16


class PaletteButton(QAbstractButton):
    """A field that is a button; where the window is narrow only its sign remains.

    Parameters
    ----------
    action : str
        Id of the action that it stands for, whose key is written in it.
    """

    def __init__(self, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setText("Find anything")
        self.setAccessibleName("Command palette")
        self.setToolTip("Find an action, a preset, a world or a parameter by a few letters")
        tell_keys(self, action)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Return the size of a field."""
        return QSize(WIDTH, theme.CONTROL)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the sign alone."""
        return QSize(theme.ROW, theme.CONTROL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Be pressed by Return as well."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, sign, words and key."""
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tokens = theme.current()
            edge = tokens.accent if self.hasFocus() else tokens.line
            painter.setPen(QPen(QColor(edge), 1))
            painter.setBrush(QColor(tokens.control if not self.underMouse() else tokens.panel))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
            image = theme.pixmap("search", "dim", ICON, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(6, (self.height() - ICON) / 2), image)
            painter.setPen(QColor(tokens.dim))
            face = theme.font("caption")
            painter.setFont(face)
            inner = self.rect().adjusted(6 + ICON + 6, 0, -2 * theme.UNIT, 0)
            keys = keys_of(self, self._action)
            key = keys[-1] if keys else ""  # the shorter one of two
            metrics = QFontMetrics(face)
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            if inner.width() >= metrics.horizontalAdvance(self.text()):
                painter.drawText(inner, middle | int(Qt.AlignmentFlag.AlignLeft), self.text())
            both = metrics.horizontalAdvance(f"{self.text()}  {key}")
            if inner.width() >= both:
                painter.drawText(inner, middle | int(Qt.AlignmentFlag.AlignRight), key)
