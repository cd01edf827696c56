"""The viewport of grid worlds: see it, move over it, paint on it, ask it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.viewports.base import Viewport
from app.viewports.brush import HAND, INSPECT, Tools
from app.viewports.camera import Camera, Placement, texel_budget
from app.viewports.decorations import Decorations, Marks
from app.viewports.hover import hover_lines
from app.viewports.strokes import Point, along, inside
from app.viewports.surface import make_surface
from engine.core.system import Capabilities
from engine.core.views import ImageView, Pick, Reduce, View, ViewRequest

__all__ = ["GridViewport"]

Cell = tuple[int, int]

REQUEST_EVERY_MS = 50
NOTCH = 1.25
PAN_STEP = 48
MOST_TEXELS = 4096
# Many tiles are compared with each other, so none may lie under the chrome (if there is room).
TILED_INSET = (56.0, 60.0)
TILED_FROM = 320

_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class GridViewport(Viewport):
    """Shows `ImageView`s.

    Left button: the tool in hand. Middle button, or Space with the left one: pan. Wheel: zoom at
    the cursor; with Ctrl: brush size. Double click with the hand, or beside the world: fit. It
    paints on a new view and on interaction only.

    Signals
    -------
    stroked(Stroke), stroke_finished()
        A piece of a brush stroke; its end.
    hovered(cell or None)
        The (row, column) under the cursor.
    tools_changed()
        The tool in hand or its settings changed here, by wheel or key.
    space_tapped()
        Space was pressed and released without a drag: play or pause.
    """

    stroked = Signal(object)
    stroke_finished = Signal()
    hovered = Signal(object)
    tools_changed = Signal()
    space_tapped = Signal()

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("World")
        self.setAccessibleDescription("Drag to use the tool in hand, turn the wheel to zoom")
        self.tools = Tools()
        self.view: ImageView | None = None
        self._surface = make_surface(self)
        self._surface.drawn.connect(self.note_painted)
        self._decorations = Decorations(self)
        self._camera = Camera(0.5, 0.5, 1.0)
        self._extent: Cell = (1, 1)
        self._fits = True
        self._channels: tuple[int, ...] = ()
        self._reduce: Reduce = "none"
        self._colormap = ""
        self._lines = True
        self._pins: tuple[Cell, ...] = ()
        self._cursor: QPointF | None = None
        self._hover: Cell | None = None
        self._pan_from: QPointF | None = None
        self._stroke_from: Point | None = None
        self._space = False
        self._space_dragged = False
        self._keyboard = False
        self._asked: ViewRequest | None = None
        self._ask = QTimer(self, singleShot=True, interval=REQUEST_EVERY_MS)
        self._ask.timeout.connect(self._send_request)
        self._show_cursor()

    # What is shown

    def set_view(self, view: View) -> None:
        """Show an image; the camera stays unless the size of what is drawn changed."""
        if not isinstance(view, ImageView):
            return
        if self._colormap and view.data.ndim == 2:
            view = replace(view, colormap=self._colormap)
        extent = (view.extent[0] * view.tiles[0], view.extent[1] * view.tiles[1])
        changed = self.view is None or extent != self._extent
        self.view, self._extent = view, extent
        self._surface.show_view(view)
        if changed:
            self.fit()
        if self._cursor is not None:
            self._find_hover()
        self._mark()

    def set_capabilities(self, capabilities: Capabilities) -> None:
        """Take the brushes of the system."""
        self.tools.offer(capabilities.brushes)
        self.tools_changed.emit()
        self._show_cursor()
        self._mark()

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or a reduction."""
        if (channels, reduce) != (self._channels, self._reduce):
            self._channels, self._reduce = channels, reduce
            self._ask_soon()

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map from the next view on; "" leaves it to the system."""
        self._colormap = name
        if self.view is not None and name:
            self.set_view(self.view)
        self._ask_soon(again=True)

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or show them as squares."""
        self._surface.set_smooth(on)

    def set_grid_lines(self, on: bool) -> None:
        """Draw lines between cells of at least 16 px."""
        self._lines = on
        self._mark()

    def set_pins(self, cells: tuple[Cell, ...]) -> None:
        """Mark these cells and have their channels probed."""
        if cells != self._pins:
            self._pins = cells
            self._mark()
            self._ask_soon()

    def set_tool(self, name: str) -> None:
        """Take a tool in hand: "hand", "inspect" or the name of a brush."""
        self._finish_stroke()
        self.tools.tool = name
        self._show_cursor()
        self._mark()
        self.tools_changed.emit()

    def request(self) -> ViewRequest:
        """Return what is in sight: region, resolution, mode, and the cells to probe."""
        if self.view is None:
            longest = max(self.width(), self.height(), 1) * self.devicePixelRatioF()
            return ViewRequest(self._channels, None, int(longest), self._reduce)
        region = None
        if self._reduce == "none":
            region = self._camera.visible(self._extent, (self.width(), self.height()))
        cells = max(region[2:] if region is not None else self._extent)
        texels = texel_budget(cells, self.placement().scale)
        probes = self._pins if self._hover is None else (self._hover, *self._pins)
        return ViewRequest(
            self._channels,
            region,
            min(texels, MOST_TEXELS),
            self._reduce,
            tuple(dict.fromkeys(probes)),
        )

    # The camera

    @property
    def camera(self) -> Camera:
        """Where the eye stands."""
        return self._camera

    def set_camera(self, camera: Camera, fits: bool = False) -> None:
        """Move the eye; `fits` keeps the whole world in sight when the window is resized."""
        self._camera, self._fits = camera, fits
        self._surface.place(self.placement())
        if self._cursor is not None:
            self._find_hover()
        self._mark()
        self._ask_soon()

    def placement(self) -> Placement:
        """Return the camera settled onto this screen's pixels."""
        return self._camera.placed((self.width(), self.height()), self.devicePixelRatioF())

    def fit(self) -> None:
        """Show the whole world."""
        size = (self.width(), self.height())
        tiled = self.view is not None and self.view.tiles != (1, 1)
        inset = TILED_INSET if tiled and min(size) > TILED_FROM else (0.0, 0.0)
        camera = Camera.fit(self._extent, size, self.devicePixelRatioF(), inset)
        self.set_camera(camera, fits=True)

    def one_to_one(self) -> None:
        """Show one cell per pixel of the screen, holding the middle still."""
        scale = 1.0 / self.devicePixelRatioF()
        self.set_camera(replace(self._camera, scale=scale).clamped(self._extent))

    def zoom(self, notches: float, at: QPointF | None = None) -> None:
        """Zoom in by notches (out if negative) about a point, the middle if none is given."""
        size = (self.width(), self.height())
        point = (at.x(), at.y()) if at is not None else (size[0] / 2, size[1] / 2)
        self.set_camera(self._camera.zoomed(NOTCH**notches, point, size, self._extent))

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels."""
        self.set_camera(self._camera.panned(dx, dy, self._extent))

    # Places

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        spot = self._spot(point)
        if self.view is None or not inside((spot,), 0.0, self._extent, True):
            return None
        return int(spot[0]) % self.view.extent[0], int(spot[1]) % self.view.extent[1]

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._cursor = None
        self._set_hover(None)
        self._mark()

    def _spot(self, point: QPointF) -> Point:
        return self.placement().cell_at(point.x(), point.y())

    def _find_hover(self) -> None:
        self._set_hover(self.cell_at(self._cursor) if self._cursor is not None else None)

    def _set_hover(self, cell: Cell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self.hovered.emit(cell)
            self._ask_soon()

    # Gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the tool in hand does."""
        point = event.position()
        button = event.button()
        self._keyboard = False
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and (self._space or self.tools.tool == HAND)
        ):
            self._pan_from = point
            self._space_dragged = self._space
            self._show_cursor()
        elif button == Qt.MouseButton.LeftButton and self.tools.tool == INSPECT:
            cell = self.cell_at(point)
            if cell is not None:
                self.picked.emit(Pick(self.name, cell))
        elif button == Qt.MouseButton.LeftButton and self.view is not None:
            self._stroke_from = self._spot(point)
            self._stroke((self._stroke_from,))
        self._mark()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        point = event.position()
        self._cursor = point
        if self._pan_from is not None:
            moved = point - self._pan_from
            self._pan_from = point
            self.pan(moved.x(), moved.y())
            return
        self._find_hover()
        if self._stroke_from is not None:
            spot = self._spot(point)
            self._stroke(along(self._stroke_from, spot, self.tools.radius))
            self._stroke_from = spot
        self._mark()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pan_from = None
            self._finish_stroke()
            self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit, or press once more where the tool is a brush."""
        beside = self.cell_at(event.position()) is None
        if event.button() == Qt.MouseButton.LeftButton and (self.tools.tool == HAND or beside):
            self.fit()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; with Ctrl, change the brush's size."""
        notches = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.tools.brush is not None:
            self._resize_brush(1 if notches > 0 else -1 if notches < 0 else 0)
        elif notches:
            self._cursor = event.position()
            self.zoom(notches, event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Take Space before the window does, and pinches."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alone = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if event.key() == Qt.Key.Key_Space and alone:
                event.accept()
                return True
        zooms = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zooms:
            self.zoom(event.value() * 4, event.position())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan, zoom, fit and size the brush by keys that the window left."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_dragged = True, False
                self._show_cursor()
        elif key in _ARROWS:
            self.pan(*(PAN_STEP * part for part in _ARROWS[key]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1, self._cursor)
        elif key == Qt.Key.Key_Minus:
            self.zoom(-1, self._cursor)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.one_to_one()
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self._resize_brush(1 if key == Qt.Key.Key_BracketRight else -1)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let go of Space: a tap without a drag means play or pause."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            super().keyReleaseEvent(event)
            return
        tapped = self._space and not self._space_dragged
        self._space = False
        self._show_cursor()
        if tapped:
            self.space_tapped.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the cursor."""
        self.clear_hover()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring if the keyboard brought the focus here."""
        self._keyboard = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )
        self._mark()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of everything held."""
        self._keyboard = self._space = False
        self._finish_stroke()
        self._mark()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu about the cell here."""
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = QPoint(self.width() // 2, self.height() // 2)
        self.context_menu.emit(self.mapToGlobal(point), self.cell_at(QPointF(point)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the viewport; keep the whole world in sight if it was."""
        self._surface.setGeometry(self.rect())
        self._decorations.setGeometry(self.rect())
        if self._fits:
            self.fit()
        else:
            self.set_camera(self._camera)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme or another screen's pixel ratio."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self.set_camera(self._camera, self._fits)
            self._surface.update()
            self._decorations.update()
        super().changeEvent(event)

    # Inside

    def _stroke(self, points: tuple[Point, ...]) -> None:
        """Send the part of a stroke that touches the world; in a mosaic every tile is that."""
        view = self.view
        if view is None or self.tools.brush is None:
            return
        kept = inside(points, self.tools.radius, self._extent, view.wraps or view.tiles != (1, 1))
        if view.tiles != (1, 1):
            kept = tuple((row % view.extent[0], column % view.extent[1]) for row, column in kept)
        if kept:
            self.stroked.emit(self.tools.stroke(self.name, kept))

    def _finish_stroke(self) -> None:
        if self._stroke_from is not None:
            self._stroke_from = None
            self.stroke_finished.emit()

    def _resize_brush(self, steps: int) -> None:
        self.tools.resize(steps)
        self._mark()
        self.tools_changed.emit()

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.CrossCursor
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space or self.tools.tool == HAND:
            shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def _mark(self) -> None:
        view = self.view
        if view is None:
            self._decorations.show_marks(None, self.placement())
            return
        ring = None
        if self._cursor is not None and self.tools.brush is not None and not self._space:
            ring = (*self._spot(self._cursor), self.tools.radius)
        chip = self._hover if self.tools.tool != HAND and self._pan_from is None else None
        corner = None
        if chip is not None and self._cursor is not None:
            spot = self._spot(self._cursor)
            corner = (int(spot[0]), int(spot[1]))
        marks = Marks(
            extent=self._extent,
            tiles=view.tiles,
            captions=view.channels if view.tiles != (1, 1) else (),
            lines=self._lines,
            ring=ring,
            pins=self._pins,
            hover=corner,
            words=hover_lines(view, chip) if chip is not None else ("", ""),
            focus=self._keyboard,
        )
        self._decorations.show_marks(marks, self.placement())

    def _ask_soon(self, again: bool = False) -> None:
        if again:
            self._asked = None
        if not self._ask.isActive():
            self._ask.start()

    def _send_request(self) -> None:
        request = self.request()
        if request != self._asked:
            self._asked = request
            self.request_changed.emit(request)
