"""A viewport over a plane: its camera, the gestures that move it, and the request that follows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.viewports.base import Viewport
from app.viewports.camera import Camera, Placement, Size
from app.viewports.strokes import Point
from engine.core.views import ViewRequest

__all__ = ["FlatViewport"]

REQUEST_EVERY_MS = 50
NOTCH = 1.25
PAN_STEP = 48

_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class FlatViewport(Viewport):
    """Pans and zooms over a plane of cells; a subclass draws it in `camera_moved`.

    Wheel and pinch zoom at the cursor, arrows pan, plus and minus zoom, F fits, 1 is one to one.
    """

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._camera = Camera(0.5, 0.5, 1.0)
        self._extent = (1, 1)
        self._inset: Size = (0.0, 0.0)
        self._fits = True
        self._cursor: QPointF | None = None
        self._asked: ViewRequest | None = None
        self._ask = QTimer(self, singleShot=True, interval=REQUEST_EVERY_MS)
        self._ask.timeout.connect(self._send_request)

    @property
    def camera(self) -> Camera:
        """Where the eye stands."""
        return self._camera

    def set_camera(self, camera: Camera, fits: bool = False) -> None:
        """Move the eye; `fits` keeps the whole world in sight when the window is resized."""
        self._camera, self._fits = camera, fits
        self.camera_moved()
        self.ask_soon()

    def camera_moved(self) -> None:
        """Draw through the camera as it is now."""
        raise NotImplementedError

    def placement(self) -> Placement:
        """Return the camera settled onto this screen's pixels."""
        return self._camera.placed(self._size(), self.devicePixelRatioF())

    def fit(self) -> None:
        """Show the whole world."""
        ratio = self.devicePixelRatioF()
        self.set_camera(Camera.fit(self._extent, self._size(), ratio, self._inset), fits=True)

    def one_to_one(self) -> None:
        """Show one cell per pixel of the screen, holding the middle still."""
        scale = 1.0 / self.devicePixelRatioF()
        self.set_camera(replace(self._camera, scale=scale).clamped(self._extent))

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Zoom in by notches (out if negative) about a point, the middle if none is given."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        point = at if at is not None else middle
        self.set_camera(
            self._camera.zoomed(NOTCH**notches, (point.x(), point.y()), self._size(), self._extent)
        )

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        self.set_camera(self._camera.panned(dx, dy, self._extent))

    def spot(self, point: QPointF) -> Point:
        """Return the place (row, column) under a point of the viewport."""
        return self.placement().cell_at(point.x(), point.y())

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole world in sight if it was."""
        if self._fits:
            self.fit()
        else:
            self.set_camera(self._camera)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self.set_camera(self._camera, self._fits)
            for child in self.findChildren(QWidget):
                child.update()
        super().changeEvent(event)

    def _size(self) -> Size:
        return self.width(), self.height()

    def _send_request(self) -> None:
        request = self.request()
        if request != self._asked:
            self._asked = request
            self.request_changed.emit(request)
