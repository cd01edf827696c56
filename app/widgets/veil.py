"""A veil over a window that waits for the answer to a question."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.painting import painting

__all__ = ["Veil"]

_DARKNESS = 120  # of 255: what lies beneath stays recognisable


class Veil(QWidget):
    """Dims `window` as long as a modal dialog blocks it, so that the dialog stands out."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window: its size, and whether it can be used."""
        kind, window = event.type(), self._window
        if kind == QEvent.Type.WindowBlocked:
            self.setGeometry(window.rect())
            self.raise_()
            self.show()
        elif kind == QEvent.Type.WindowUnblocked:
            self.hide()
        elif kind == QEvent.Type.Resize:
            self.setGeometry(window.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), QColor(0, 0, 0, _DARKNESS))
