"""A viewport on which a hand works: the tool it holds, its strokes, and what it points at."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QMargins, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.viewports.brush import HAND, INSPECT, Tools
from app.viewports.display import Display
from app.viewports.roving import RovingViewport
from app.viewports.strokes import CELLS, Point, Sizes, along
from engine.core.system import Capabilities
from engine.core.views import Pick, Reduce

__all__ = ["HandViewport"]

_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class HandViewport(RovingViewport):
    """Takes tools in hand; a subclass says what is under a point and what a stroke is there.

    Left button: the tool in hand. Middle button, or Space with the left one: move the picture.
    Wheel: zoom at the cursor; with Ctrl: brush size. Double click with the hand, or beside the
    world: fit.

    Signals
    -------
    stroked(Stroke), stroke_finished()
        A piece of a brush stroke; its end.
    hovered(cell or vertex or None)
        What is under the cursor.
    tools_changed()
        The tool in hand or its settings changed here, by wheel or key.
    switched(str, bool)
        One of `display.switches` was changed here, by key.
    space_tapped()
        Space was pressed and released without a drag: play or pause.

    Attributes
    ----------
    tools : Tools
    display : Display
    """

    display: ClassVar[Display] = Display()
    sizes: ClassVar[Sizes] = CELLS

    stroked = Signal(object)
    stroke_finished = Signal()
    hovered = Signal(object)
    tools_changed = Signal()
    switched = Signal(str, bool)
    space_tapped = Signal()

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.tools = Tools(sizes=self.sizes)
        self._pins: tuple[Any, ...] = ()
        self._hover: Any = None
        self._pan_from: QPointF | None = None
        self._stroke_from: Point | None = None
        self._space = False
        self._space_dragged = False
        self._keyboard = False

    # What a subclass says

    @property
    def paints(self) -> int:
        """How often the picture was painted, also when it only moved."""
        raise NotImplementedError

    def sway(self, pixels: int) -> None:
        """Move the picture aside."""
        self.pan(pixels, 0)

    def place_at(self, point: QPointF) -> tuple[float, ...] | None:
        """Return the place under a point of the viewport, as `Pick` has it; None beside it."""
        raise NotImplementedError

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name a place in words, and what actions need to know of it."""
        raise NotImplementedError

    def spot(self, point: QPointF) -> Point:
        """Return a point of the viewport in the plane in which strokes are evenly spaced."""
        raise NotImplementedError

    def spacing(self) -> float:
        """Return the brush's radius in that plane."""
        raise NotImplementedError

    def hover_at(self, point: QPointF) -> Any:
        """Return what is under a point, as `hovered` has it."""
        raise NotImplementedError

    def steers(self, point: QPointF) -> bool:
        """Whether a press there moves the picture, though the tool in hand would not."""
        return False

    def drag(self, moved: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Move the picture along with the hand."""
        self.pan(moved.x(), moved.y())

    def set_mode(self, channels: tuple[int, ...] = (), reduce: Reduce = "none") -> None:
        """Choose what is shown: () is the system's colours, one channel a map, or a reduction."""
        raise NotImplementedError

    def set_switch(self, name: str, on: bool) -> None:
        """Turn one of `display.switches` on or off."""
        raise NotImplementedError

    def set_colormap(self, name: str) -> None:
        """Draw scalars by this map, where they are drawn here."""

    def jump(self, name: str) -> None:
        """Look from one of `display.jumps`."""

    def keep_clear(self, margins: QMargins) -> None:
        """Learn how much of each side the chrome covers, where the picture can give way."""

    def bars(self) -> tuple[QWidget, ...]:
        """Return bars of its own at the top, which the chrome gives way to."""
        return ()

    def _stroke(self, points: tuple[Point, ...]) -> None:
        """Send the part of a stroke that touches the world."""
        raise NotImplementedError

    def _mark(self) -> None:
        """Draw what lies upon the picture anew."""
        raise NotImplementedError

    # What is in hand

    def set_capabilities(self, capabilities: Capabilities) -> None:
        """Take the brushes of the system."""
        self.tools.offer(capabilities.brushes)
        self.tools_changed.emit()
        self._show_cursor()
        self._mark()

    def set_pins(self, places: tuple[Any, ...]) -> None:
        """Mark these places and have their channels probed."""
        if places != self._pins:
            self._pins = places
            self._mark()
            self.ask_soon()

    def set_tool(self, name: str) -> None:
        """Take a tool in hand: "hand", "inspect" or the name of a brush."""
        self._finish_stroke()
        self.tools.tool = name
        self._show_cursor()
        self._mark()
        self.tools_changed.emit()

    def clear_hover(self) -> None:
        """Forget the cursor, which has left the picture."""
        self._cursor = None
        self._set_hover(None)
        self._mark()

    def stroke_along(self, points: tuple[QPointF, ...]) -> None:
        """Draw the brush in hand over points of the viewport, as a drag does."""
        spots = [self.spot(point) for point in points]
        self.tools.begin()
        for before, spot in zip([None, *spots], spots, strict=False):
            path = (spot,) if before is None else along(before, spot, self.spacing())
            self._stroke(path)
        self.stroke_finished.emit()

    def hover(self, point: QPointF) -> None:
        """Put the cursor to a point of the viewport."""
        self._cursor = point
        self._find_hover()
        self._mark()

    def chip_wanted(self) -> bool:
        """Whether what is under the cursor is told about."""
        return self.tools.tool != HAND and self._pan_from is None

    def _find_hover(self) -> None:
        self._set_hover(self.hover_at(self._cursor) if self._cursor is not None else None)

    def _set_hover(self, what: Any) -> None:
        if what != self._hover:
            self._hover = what
            self.hovered.emit(what)
            self.ask_soon()

    # Gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what the tool in hand does."""
        point = event.position()
        button = event.button()
        left = button == Qt.MouseButton.LeftButton
        moves = self._space or self.tools.tool == HAND
        self._keyboard = False
        if button == Qt.MouseButton.MiddleButton or (left and (moves or self.steers(point))):
            self._pan_from = point
            self._space_dragged = self._space
            self._show_cursor()
        elif left and self.tools.tool == INSPECT:
            place = self.place_at(point)
            if place is not None:
                self.picked.emit(Pick(self.name, place))
        elif left:
            self.tools.begin()
            self._stroke_from = self.spot(point)
            self._stroke((self._stroke_from,))
        self._mark()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        point = event.position()
        if self._pan_from is not None:
            self._cursor = point
            moved = point - self._pan_from
            self._pan_from = point
            self.drag(moved, event.modifiers())
            return
        self.hover(point)
        if self._stroke_from is not None:
            spot = self.spot(point)
            self._stroke(along(self._stroke_from, spot, self.spacing()))
            self._stroke_from = spot

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pan_from = None
            self._finish_stroke()
            self._show_cursor()
            self._mark()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit, or press once more where the tool is a brush."""
        beside = self.place_at(event.position()) is None
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
        """Take the keys that are ours before the window does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not event.modifiers() & ~_KEYPAD
            and self.takes_key(Qt.Key(event.key()))
        ):
            event.accept()
            return True
        return super().event(event)

    def takes_key(self, key: Qt.Key) -> bool:
        """Whether a key alone is ours: Space, which held moves the picture and tapped plays."""
        return key == Qt.Key.Key_Space

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hold Space to move, size the brush by brackets; the rest moves the camera."""
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
        """Ask for a menu about the place here."""
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            point = QPoint(self.width() // 2, self.height() // 2)
        self.context_menu.emit(self.mapToGlobal(point), self.place_at(QPointF(point)))

    # Inside

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
