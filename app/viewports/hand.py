"""A viewport on which a hand works: the gestures of mouse and keys with the tool it holds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.viewports.brush import HAND, INSPECT
from app.viewports.holding import HoldingViewport
from app.viewports.strokes import along
from engine.core.views import Pick

__all__ = ["HandViewport"]

_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class HandViewport(HoldingViewport):
    """Takes tools in hand; a subclass says what is under a point and what a stroke is there.

    Left button: the tool in hand. Middle button, or Space with the left one: move the picture.
    Wheel: zoom at the cursor; with Ctrl: brush size. Double click with the hand, or beside the
    world: fit. Where there is a ruler, its tools draw a line or a rectangle; Escape drops it.
    """

    def __init__(self, name: str = "world", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._space_dragged = False

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
            if place is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.keep(place)
            elif place is not None:
                self.picked.emit(Pick(self.name, place))
        elif left and self.ruler is not None and self.tools.tool in self.tools.rulers:
            self.ruler.press(self.tools.tool, point)
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
        if self.ruler is not None and self.ruler.active:
            self.ruler.move(point)
        elif self._stroke_from is not None:
            spot = self.spot(point)
            self._stroke(along(self._stroke_from, spot, self.spacing()))
            self._stroke_from = spot

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pan_from = None
            if self.ruler is not None:
                self.ruler.release()
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
        """Whether a key alone is ours: Space, which held moves the picture and tapped plays.

        So is Escape while a ruler is in hand: it drops what that has drawn.
        """
        return key == Qt.Key.Key_Space or (
            key == Qt.Key.Key_Escape and self.tools.tool in self.tools.rulers
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hold Space to move, size the brush by brackets; the rest moves the camera."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_dragged = True, False
                self._show_cursor()
        elif key == Qt.Key.Key_Escape and self.ruler is not None and self.takes_key(key):
            if not self.ruler.drop(self.tools.tool):
                self.set_tool(HAND)
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

    def _resize_brush(self, steps: int) -> None:
        self.tools.resize(steps)
        self._mark()
        self.tools_changed.emit()
