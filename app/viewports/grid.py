"""The viewport of grid worlds: see it, move over it, paint on it, ask it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.viewports.brush import HAND, INSPECT, Tools
from app.viewports.camera import texel_budget
from app.viewports.decorations import Decorations, Marks
from app.viewports.flat import FlatViewport
from app.viewports.hover import hover_lines
from app.viewports.strokes import Point, along, inside
from app.viewports.surface import make_surface
from engine.core.system import Capabilities
from engine.core.views import ImageView, Pick, Reduce, View, ViewRequest

__all__ = ["GridViewport"]

Cell = tuple[int, int]

MOST_TEXELS = 4096
# Many tiles are compared with each other, so none may lie under the chrome (if there is room).
TILED_INSET = (56.0, 60.0)
TILED_FROM = 320


class GridViewport(FlatViewport):
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
        self.setAccessibleName("World")
        self.setAccessibleDescription("Drag to use the tool in hand, turn the wheel to zoom")
        self.tools = Tools()
        self.view: ImageView | None = None
        self._surface = make_surface(self)
        self._surface.drawn.connect(self.note_painted)
        self._decorations = Decorations(self)
        self._channels: tuple[int, ...] = ()
        self._reduce: Reduce = "none"
        self._colormap = ""
        self._lines = True
        self._pins: tuple[Cell, ...] = ()
        self._hover: Cell | None = None
        self._pan_from: QPointF | None = None
        self._stroke_from: Point | None = None
        self._space = False
        self._space_dragged = False
        self._keyboard = False
        self._show_cursor()

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        return self._surface.paints

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
            self.ask_soon()

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map from the next view on; "" leaves it to the system."""
        self._colormap = name
        if self.view is not None and name:
            self.set_view(self.view)
        self.ask_soon(again=True)

    def set_smooth(self, on: bool) -> None:
        """Interpolate between cells, or show them as squares."""
        self._surface.set_smooth(on)

    def set_grid_lines(self, on: bool) -> None:
        """Draw lines between cells of at least 16 px."""
        self._lines = on
        self._mark()

    def bars(self) -> tuple[QWidget, ...]:
        """Return bars of its own at the top, which the chrome gives way to."""
        return ()

    def set_pins(self, cells: tuple[Cell, ...]) -> None:
        """Mark these cells and have their channels probed."""
        if cells != self._pins:
            self._pins = cells
            self._mark()
            self.ask_soon()

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

    # Places

    def cell_at(self, point: QPointF) -> Cell | None:
        """Return the cell under a point of the viewport, None beside the world."""
        spot = self.spot(point)
        if self.view is None or not inside((spot,), 0.0, self._extent, True):
            return None
        return int(spot[0]) % self.view.extent[0], int(spot[1]) % self.view.extent[1]

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._cursor = None
        self._set_hover(None)
        self._mark()

    def _find_hover(self) -> None:
        self._set_hover(self.cell_at(self._cursor) if self._cursor is not None else None)

    def _set_hover(self, cell: Cell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self.hovered.emit(cell)
            self.ask_soon()

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
            self._stroke_from = self.spot(point)
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
            spot = self.spot(point)
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
        turn = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.tools.brush is not None:
            self._resize_brush((turn > 0) - (turn < 0))
            event.accept()
        else:
            super().wheelEvent(event)

    def event(self, event: QEvent) -> bool:
        """Take Space before the window does: held it pans, tapped it is play or pause."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            alone = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if event.key() == Qt.Key.Key_Space and alone:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hold Space to pan, size the brush by brackets; the rest moves the camera."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_dragged = True, False
                self._show_cursor()
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
        """Fill the viewport."""
        self._surface.setGeometry(self.rect())
        self._decorations.setGeometry(self.rect())
        super().resizeEvent(event)

    def camera_moved(self) -> None:
        """Draw through the camera as it is now."""
        self._surface.place(self.placement())
        if self._cursor is not None:
            self._find_hover()
        self._mark()

    def fit(self) -> None:
        """Show the whole world; many tiles between the chrome, since they are to be compared."""
        tiled = self.view is not None and self.view.tiles != (1, 1)
        roomy = min(self.width(), self.height()) > TILED_FROM
        self._inset = TILED_INSET if tiled and roomy else (0.0, 0.0)
        super().fit()

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

    def chip_wanted(self) -> bool:
        """Whether the cell under the cursor is told about."""
        return self.tools.tool != HAND and self._pan_from is None

    def chip_words(self, cell: Cell) -> tuple[str, str]:
        """Say something about a cell, in two lines."""
        return hover_lines(self.view, cell) if self.view is not None else ("", "")

    def _mark(self) -> None:
        view = self.view
        if view is None:
            self._decorations.show_marks(None, self.placement())
            return
        ring = None
        if self._cursor is not None and self.tools.brush is not None and not self._space:
            ring = (*self.spot(self._cursor), self.tools.radius)
        chip = self._hover if self.chip_wanted() else None
        corner = None
        if chip is not None and self._cursor is not None:
            spot = self.spot(self._cursor)
            corner = (int(spot[0]), int(spot[1]))
        marks = Marks(
            extent=self._extent,
            tiles=view.tiles,
            captions=view.channels if view.tiles != (1, 1) else (),
            lines=self._lines,
            ring=ring,
            pins=self._pins,
            hover=corner,
            words=self.chip_words(chip) if chip is not None else ("", ""),
            focus=self._keyboard,
        )
        self._decorations.show_marks(marks, self.placement())
