"""A viewport with an eye that moves: the gestures and keys for it, and the request that follows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.viewports.base import Viewport
from engine.core.views import ViewRequest

__all__ = ["RovingViewport"]

REQUEST_EVERY_MS = 50
PAN_STEP = 48

_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class RovingViewport(Viewport):
    """Wheel and pinch zoom at the cursor, arrows move, plus and minus zoom, F fits, 1 is its own.

    A subclass says what moving, zooming and fitting are.
    """

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cursor: QPointF | None = None
        self._asked: ViewRequest | None = None
        self._ask = QTimer(self, singleShot=True, interval=REQUEST_EVERY_MS)
        self._ask.timeout.connect(self._send_request)

    @property
    def pointer(self) -> QPointF | None:
        """Where the cursor is upon it, by mouse or by keys; None where it left."""
        return self._cursor

    def fit(self) -> None:
        """Show the whole world."""
        raise NotImplementedError

    def one_to_one(self) -> None:
        """Show the world from the one distance, or side, that is given."""
        raise NotImplementedError

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Zoom in by notches (out if negative) about a point, the middle if none is given."""
        raise NotImplementedError

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        raise NotImplementedError

    def camera_moved(self) -> None:
        """Draw through the camera as it is now."""
        raise NotImplementedError

    def ask_soon(self, again: bool = False) -> None:
        """Tell what is looked at, at most every 50 ms; `again` even if it is the same."""
        if again:
            self._asked = None
        if not self._ask.isActive():
            self._ask.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        notches = event.angleDelta().y() / 120
        if notches:
            self._cursor = event.position()
            self.zoom(notches, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom by pinching."""
        zooms = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zooms:
            self.zoom(event.value() * 4, event.position())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the camera by keys that the window left."""
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self.pan(*(PAN_STEP * part for part in _ARROWS[key]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1, self._cursor)
        elif key == Qt.Key.Key_Minus:
            self.zoom(-1, self._cursor)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.one_to_one()
        else:
            super().keyPressEvent(event)

    def _send_request(self) -> None:
        request = self.request()
        if request != self._asked:
            self._asked = request
            self.request_changed.emit(request)
