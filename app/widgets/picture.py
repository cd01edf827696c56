"""Small pictures in panels: a view drawn to fit, pixels kept square and sharp."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.painting import painting
from engine.core.colour import colourise
from engine.core.views import ImageView

__all__ = ["PictureBox", "image_of"]


def image_of(view: ImageView, ground: tuple[int, int, int]) -> QImage:
    """Colour a view and hand it to Qt as an image that owns its pixels."""
    rgb = np.ascontiguousarray(colourise(view, ground)[..., :3])
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class PictureBox(QWidget):
    """Shows a view, as large as it fits, or one line that says what would fill it.

    Signals
    -------
    clicked
    """

    clicked = Signal()

    def __init__(
        self, hint: str, *, side: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._hint = hint
        self._view: ImageView | None = None
        self._image: QImage | None = None
        self._ground = ""
        self.setAccessibleName(hint)
        if side is not None:
            self.setFixedSize(side, side)
        else:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.setSizePolicy(policy)

    def set_view(self, view: ImageView | None) -> None:
        """Show a view, or the hint."""
        self._view = view
        self._image = None
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._view is None:
            return QSize(240, theme.ROW)
        height, width = self._view.data.shape[:2]
        return QSize(240, min(240, max(theme.ROW, round(240 * height / width))))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            tokens = theme.current()
            if self._view is None:
                painter.setPen(QPen(QColor(tokens.line), 1, Qt.PenStyle.DashLine))
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
                painter.setPen(QColor(tokens.dim))
                painter.setFont(theme.font("caption"))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect().adjusted(4, 4, -4, -4), int(flags), self._hint)
                return
            if self._image is None or self._ground != tokens.ground:
                self._image = image_of(self._view, tokens.ground_rgb())
                self._ground = tokens.ground
            scale = min(self.width() / self._image.width(), self.height() / self._image.height())
            size = QSize(int(self._image.width() * scale), int(self._image.height() * scale))
            place = QRect(
                (self.width() - size.width()) // 2,
                (self.height() - size.height()) // 2,
                size.width(),
                size.height(),
            )
            painter.drawImage(place, self._image)
