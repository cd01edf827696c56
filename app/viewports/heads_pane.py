"""What the parts of a heads viewport share: a drawing kept as pixels, marks upon it, a zoom."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app import theme
from app.painting import painting
from app.viewports.heads_scene import Scene

__all__ = ["HeadsPane", "Zoom"]

CLOSEST = 32.0
NOTCH = 1.25
CLICK = 4.0


class Zoom:
    """Which part of a picture is seen: all of it, or a piece of the same shape.

    Attributes
    ----------
    scale : float
        1 shows all.
    x, y : float
        The corner that is seen top left, as shares of the whole.
    """

    def __init__(self) -> None:
        self.scale, self.x, self.y = 1.0, 0.0, 0.0

    def fit(self) -> None:
        """Show all."""
        self.scale, self.x, self.y = 1.0, 0.0, 0.0

    def at(self, x: float, y: float, notches: float) -> None:
        """Zoom in by notches (out if negative) about a point, in shares of what is seen."""
        scale = min(max(self.scale * NOTCH**notches, 1.0), CLOSEST)
        self.x += x / self.scale - x / scale
        self.y += y / self.scale - y / scale
        self.scale = scale
        self._keep()

    def move(self, dx: float, dy: float) -> None:
        """Move the picture by shares of what is seen."""
        self.x -= dx / self.scale
        self.y -= dy / self.scale
        self._keep()

    def target(self, seen: QRectF) -> QRectF:
        """Return where the whole lies if the piece lies in a rectangle."""
        wide, high = seen.width() * self.scale, seen.height() * self.scale
        return QRectF(seen.left() - self.x * wide, seen.top() - self.y * high, wide, high)

    def _keep(self) -> None:
        most = 1.0 - 1.0 / self.scale
        self.x, self.y = min(max(self.x, 0.0), most), min(max(self.y, 0.0), most)


class HeadsPane(QWidget):
    """Draws one part of a scene; a subclass says what, and what lies upon it.

    What is drawn is kept as pixels until `key` changes; marks are drawn at every paint.

    Signals
    -------
    painted()
        It reached the screen.
    pressed()
        The mouse was pressed here: the viewport takes the keyboard.
    zoomed()
        Another piece is seen.
    """

    painted = Signal()
    pressed = Signal()
    zoomed = Signal()

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(parent)
        self.scene = scene
        self.zoom = Zoom()
        self._pixels: QPixmap | None = None
        self._key: tuple[Any, ...] | None = None
        self._press: QPointF | None = None
        self._drag: QPointF | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        scene.changed.connect(self.update)
        scene.pointed.connect(self.update)

    # What a subclass says

    def key(self) -> tuple[Any, ...]:
        """Return everything that the drawing depends on, besides size, zoom and theme."""
        raise NotImplementedError

    def draw(self, painter: QPainter, vector: bool = False) -> None:
        """Draw everything but marks; a vector drawing has shapes for pixels where it can."""
        raise NotImplementedError

    def mark(self, painter: QPainter, vector: bool = False) -> None:
        """Draw what is pointed at."""
        raise NotImplementedError

    def seen(self) -> QRectF:
        """Return the rectangle that is zoomed in."""
        return QRectF(self.rect())

    def hover(self, point: QPointF) -> None:
        """Follow the cursor."""

    def click(self, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Take a click."""

    def double_click(self, point: QPointF) -> None:
        """Take a double click."""

    def tip(self, point: QPointF) -> str:
        """Return words about a place."""
        return ""

    # Inside

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw, anew only if something has changed, and mark."""
        ratio = self.devicePixelRatioF()
        zoom = (self.zoom.scale, self.zoom.x, self.zoom.y)
        form = (self.size(), ratio, zoom, theme.current().name)
        key = (*(self.key() if self.scene.ready else ()), *form)
        if self._pixels is None or key != self._key:
            pixels = self._pixels
            if pixels is None or pixels.size() != self.size() * ratio:
                pixels = QPixmap(self.size() * ratio)
                pixels.setDevicePixelRatio(ratio)
            pixels.fill(theme.colour("ground"))
            drawer = QPainter(pixels)
            try:
                if self.scene.ready:
                    self.draw(drawer)
            finally:
                drawer.end()  # else Qt would draw on what is gone
            self._pixels, self._key = pixels, key
        with painting(self) as painter:
            try:
                painter.drawPixmap(0, 0, self._pixels)
                if self.scene.ready:
                    self.mark(painter)
            finally:
                painter.end()
            self.painted.emit()

    def event(self, event: QEvent) -> bool:
        """Tell about a place to whoever rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.tip(QPointF(event.pos())) if self.scene.ready else ""
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move a zoomed picture, or point."""
        point = event.position()
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if (point - self._press).manhattanLength() > CLICK and self.zoom.scale > 1.0:
                self._drag = self._drag or self._press
                moved, area = point - self._drag, self.seen()
                self._drag = point
                self.zoom.move(moved.x() / area.width(), moved.y() / area.height())
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.update()
                self.zoomed.emit()
            return
        if self.scene.ready:
            self.hover(point)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.pressed.emit()
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._drag = event.position(), None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        dragged, self._press, self._drag = self._drag is not None, None, None
        self.unsetCursor()
        if not dragged and self.scene.ready:
            self.click(event.position(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the subclass fit, show a head alone, or restore."""
        self._press = None
        if event.button() == Qt.MouseButton.LeftButton and self.scene.ready:
            self.double_click(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        area = self.seen()
        point = event.position() - area.topLeft()
        if area.width() < 1 or area.height() < 1 or not self.scene.ready:
            return
        x, y = point.x() / area.width(), point.y() / area.height()
        self.zoom.at(min(max(x, 0), 1), min(max(y, 0), 1), event.angleDelta().y() / 120)
        self.update()
        self.zoomed.emit()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the cursor."""
        self.scene.point()

    def fit(self) -> None:
        """Show everything."""
        self.zoom.fit()
        self.update()
        self.zoomed.emit()
