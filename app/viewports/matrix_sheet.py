"""The widget that shows matrices: the hand and the keyboard point at cells of all of them."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.viewports.decorations import draw_chip, draw_focus
from app.viewports.matrix_layout import Cell, Sheet, lay_out
from app.viewports.matrix_painter import chip_lines, paint, paint_cross
from engine.core.figures import MatrixView

__all__ = ["MatrixSheet"]

AWAY = 14.0
FAR = 10
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_TURNS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class MatrixSheet(QWidget):
    """Matrices side by side, and a cross-hair that all of equal shape share.

    The cursor previews, a click locks, Esc lets go; arrows move the locked cell (ten at once with
    Shift), Page up and Page down go to the next matrix. A double click shows one matrix alone, and
    all of them again.

    Signals
    -------
    drawn
        The newest view is on the screen.
    menu_asked(QPoint, int or None)
        The right button was pressed, over a matrix or beside all.
    """

    drawn = Signal()
    menu_asked = Signal(QPoint, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Matrices")
        self._view: MatrixView | None = None
        self._room = QSize()
        self._still: QPixmap | None = None
        self._fresh = False
        self._solo: int | None = None
        self._hover: Cell | None = None
        self._locked: Cell | None = None
        self.sheet = Sheet((), (), None, 0.0)

    @property
    def at(self) -> Cell | None:
        """The cell of the cross-hair: the one under the cursor, else the one that is locked."""
        return self._hover or self._locked

    @property
    def locked(self) -> Cell | None:
        """The cell that stays."""
        return self._locked

    def set_view(self, view: MatrixView) -> None:
        """Show other matrices; the cross-hair stays where there are still cells under it."""
        self._view = view
        self._fresh = True
        if self._solo is not None and self._solo >= len(view.matrices):
            self._solo = None
        self._hover, self._locked = (self._kept(cell) for cell in (self._hover, self._locked))
        self._arrange()
        self._tell()

    def set_room(self, room: QSize) -> None:
        """Say how much is seen without scrolling."""
        if room != self._room:
            self._room = room
            self._arrange()

    def sizeHint(self) -> QSize:
        """As much as is seen, or as all matrices need."""
        return QSize(self._room.width(), max(self._room.height(), ceil(self.sheet.height - 0.01)))

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            ratio = self.devicePixelRatioF()
            if self._still is None or self._still.devicePixelRatioF() != ratio:
                self._still = QPixmap(self.size() * ratio)
                self._still.setDevicePixelRatio(ratio)
                self._still.fill(theme.colour("panel"))
                inner = QPainter(self._still)
                paint(inner, self.sheet, ratio)
                inner.end()
            painter.drawPixmap(0, 0, self._still)
            at = self.at
            if at is not None:
                paint_cross(painter, self.sheet, at, locked=at == self._locked)
                self._chip(painter, at)
            if self.hasFocus():
                draw_focus(painter, QRectF(self.visibleRegion().boundingRect()))
            if self._fresh:
                self._fresh = False
                self.drawn.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.sheet.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            found = self.sheet.cell_at(event.position())
            self._lock(None if found == self._locked else found)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show one alone, or all again."""
        found = self.sheet.cell_at(event.position())
        if self._solo is not None:
            self._solo = None
        elif found is not None:
            self._solo = found[0]
        self._hover = None
        self._arrange()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        found = self.sheet.cell_at(QPointF(event.pos()))
        self.menu_asked.emit(event.globalPos(), found[0] if found is not None else None)

    def event(self, event: QEvent) -> bool:
        """Keep the keys that move the cross-hair: some of them step or play elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            moves = event.key() in _MOVES or event.key() in _TURNS
            frees = event.key() == Qt.Key.Key_Escape and self._held()
            if moves or frees:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._held():
            self._hover = None
            self._solo = None
            self._lock(None)
            self._arrange()
        elif key in _MOVES and self.sheet.panels:
            far = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._move(*(far * part for part in _MOVES[key]))
        elif key in _TURNS and self.sheet.panels:
            self._turn(_TURNS[key])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._still = None
            self.update()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # Inside

    def _arrange(self) -> None:
        self._still = None
        if self._view is not None and not self._room.isEmpty():
            self.sheet = lay_out(self._view, self._room.width(), self._room.height(), self._solo)
            wanted = self.sizeHint()
            if self.size() != wanted:
                self.setFixedSize(wanted)
        self.update()

    def _kept(self, cell: Cell | None) -> Cell | None:
        assert self._view is not None
        if cell is None or cell[0] >= len(self._view.matrices):
            return None
        rows, columns = self._view.matrices[cell[0]].values.shape
        return cell if cell[1] < rows and cell[2] < columns else None

    def _held(self) -> bool:
        return self._locked is not None or self._solo is not None

    def _point_at(self, cell: Cell | None) -> None:
        if cell != self._hover:
            self._hover = cell
            self._tell()

    def _lock(self, cell: Cell | None) -> None:
        self._locked = cell
        self._tell()

    def _move(self, down: int, right: int) -> None:
        at = self.at or (self.sheet.panels[0].index, 0, 0)
        panel = self.sheet.panel(at[0]) or self.sheet.panels[0]
        rows, columns = panel.matrix.values.shape
        if self.at is not None:
            at = at[0], at[1] + down, at[2] + right
        row, column = min(max(at[1], 0), rows - 1), min(max(at[2], 0), columns - 1)
        self._hover = None
        self._lock((panel.index, row, column))

    def _turn(self, by: int) -> None:
        indices = [panel.index for panel in self.sheet.panels]
        at = self.at or (indices[0], 0, 0)
        place = indices.index(at[0]) if at[0] in indices else 0
        panel = self.sheet.panels[(place + by) % len(indices)]
        rows, columns = panel.matrix.values.shape
        self._hover = None
        self._lock((panel.index, min(at[1], rows - 1), min(at[2], columns - 1)))

    def _tell(self) -> None:
        at = self.at
        known = at is not None and self.sheet.panel(at[0]) is not None
        words = ""
        if known:
            assert at is not None
            panel = self.sheet.panel(at[0])
            assert panel is not None
            words = ", ".join((panel.matrix.title, *chip_lines(self.sheet, at)))
        self.setAccessibleDescription(words)
        self.update()

    def _chip(self, painter: QPainter, at: Cell) -> None:
        panel = self.sheet.panel(at[0])
        if panel is None:
            return
        seen: QRect = self.visibleRegion().boundingRect()
        box = panel.box_of(at[1], at[2])
        away = box.width() / 2 + AWAY
        painter.save()
        painter.translate(seen.topLeft())
        corner = QPointF(seen.topLeft())
        below = QPointF(0, box.height() / 2 + 2 * AWAY)
        draw_chip(
            painter,
            QRectF(0, 0, seen.width(), seen.height()),
            box.center() - corner + below,
            away,
            chip_lines(self.sheet, at),
        )
        painter.restore()
