"""A tape as rows of bytes: glyphs or hex, pointers, what a step did, and a cursor to edit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from engine.core.programs import Alphabet

__all__ = ["TapeStrip", "short_name"]

Array = NDArray[Any]

COLUMNS = 32
ROWS = 4
MARGIN = 52
LEAST, MOST = 16.0, 22.0
LANE = 12
POINTERS = ("accent", "info", "loop", "train", "text", "danger")
HEX = "0123456789abcdefABCDEF"
MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def short_name(name: str) -> str:
    """Shorten a register's name to what fits beside a byte: "head0" is "h0"."""
    digits = name.lstrip("abcdefghijklmnopqrstuvwxyz_")
    return name if len(name) <= 2 else (name[0] + digits)[:2]


class TapeStrip(QWidget):
    """Draws a tape; it knows nothing of steps.

    Signals
    -------
    picked : int
        The cursor was put on a byte.
    break_asked : int
        A byte was clicked with Shift held.
    edited : int, int
        Address and new byte, typed at the cursor.
    editing_changed : bool
    """

    picked = Signal(int)
    break_asked = Signal(int)
    edited = Signal(int, int)
    editing_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alphabet: Alphabet | None = None
        self._tape: Array = np.zeros(0, np.uint8)
        self._start: Array = self._tape
        self._pointers: dict[str, int] = {}
        self._writes: dict[int, tuple[int, int]] = {}
        self._reads: frozenset[int] = frozenset()
        self._breaks: frozenset[int] = frozenset()
        self._codes: dict[str, int] = {}
        self._cursor = 0
        self._first_row = 0
        self._editing = False
        self._nibble: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Tape")

    # What is shown.

    def set_alphabet(self, alphabet: Alphabet | None) -> None:
        """Say how bytes are written."""
        self._alphabet = alphabet
        glyphs = alphabet.glyphs if alphabet is not None else ()
        self._codes = {}
        for code, glyph in enumerate(glyphs):
            if glyph:
                self._codes.setdefault(glyph, code)  # of several, the smallest byte
        self.update()

    def set_tape(
        self,
        tape: Array,
        start: Array,
        *,
        pointers: Mapping[str, int],
        writes: Mapping[int, tuple[int, int]],
        reads: Collection[int],
        breaks: Collection[int],
    ) -> None:
        """Show a tape (n,), and how it was at the start (n,), with the marks upon it."""
        grown = len(tape) != len(self._tape)
        self._tape, self._start = np.array(tape), np.array(start)
        self._pointers, self._writes = dict(pointers), dict(writes)
        self._reads, self._breaks = frozenset(reads), frozenset(breaks)
        if grown:
            self._first_row = 0
            self._cursor = min(self._cursor, max(0, len(tape) - 1))
            self.setMaximumWidth(self._widest())
            self.updateGeometry()
        followed = next(iter(self._pointers.values()), None)
        if followed is not None and not self._editing:
            self._reveal(followed)
        self.update()

    @property
    def cursor_at(self) -> int:
        """Address of the byte under the keyboard's cursor."""
        return self._cursor

    def set_cursor(self, address: int) -> None:
        """Put the cursor on a byte."""
        if not len(self._tape):
            return
        self._cursor = min(max(0, address), len(self._tape) - 1)
        self._nibble = None
        self._reveal(self._cursor)
        self.update()

    @property
    def editing(self) -> bool:
        """Whether what is typed changes bytes."""
        return self._editing

    def set_editing(self, on: bool) -> None:
        """Begin or end editing."""
        if on == self._editing:
            return
        self._editing, self._nibble = on, None
        self.update()
        self.editing_changed.emit(on)

    # Geometry.

    @property
    def columns(self) -> int:
        """Bytes of a row: 32, or one program where programs are shorter."""
        length = self._alphabet.length if self._alphabet is not None else COLUMNS
        return max(1, min(COLUMNS, length, max(1, len(self._tape))))

    @property
    def rows(self) -> int:
        """Rows of the whole tape."""
        return -(-len(self._tape) // self.columns)

    def sizeHint(self) -> QSize:
        return QSize(round(MARGIN + COLUMNS * 22), ROWS * 34)

    def _widest(self) -> int:
        return round(MARGIN + self.columns * MOST)

    def minimumSizeHint(self) -> QSize:
        shown = min(ROWS, max(1, self.rows))
        return QSize(round(MARGIN + self.columns * LEAST), shown * 26)

    def rect_of(self, address: int) -> QRectF:
        """Return the cell of a byte, in the widget's pixels."""
        row, column = divmod(address, self.columns)
        wide, tall = self._pitch()
        lane = LANE if tall >= 20 + LANE else 0
        return QRectF(
            MARGIN + column * wide,
            (row - self._first_row) * tall + lane,
            wide - 2,
            min(tall - lane - 2, 26),
        )

    def address_at(self, x: float, y: float) -> int | None:
        """Return the byte at a place of the widget."""
        wide, tall = self._pitch()
        row, column = int(y // tall) + self._first_row, int((x - MARGIN) // wide)
        address = row * self.columns + column
        inside = 0 <= column < self.columns and 0 <= address < len(self._tape)
        return address if inside and row < self._first_row + self._shown() else None

    def _pitch(self) -> tuple[float, float]:
        wide = (self.width() - MARGIN) / self.columns
        tall = self.height() / max(1, self._shown())
        return min(MOST, max(LEAST, wide)), min(40.0, max(20.0, tall))

    def _shown(self) -> int:
        return min(ROWS, self.rows)

    def _reveal(self, address: int) -> None:
        row = address // self.columns
        self._scroll(min(max(self._first_row, row - ROWS + 1), row))

    def _scroll(self, first: int) -> None:
        self._first_row = min(max(0, first), max(0, self.rows - ROWS))
        self.update()

    def _label(self, row: int) -> str:
        at = row * self.columns
        length = self._alphabet.length if self._alphabet is not None else 0
        if length and len(self._tape) == 2 * length:
            return f"{'left' if at < length else 'right'} {at % length}"
        return str(at)

    # Drawing.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        caption, mono = theme.font("caption"), theme.font("mono")
        if self._pitch()[0] < 18:
            mono.setPixelSize(11)
        painter.setFont(caption)
        painter.setPen(theme.colour("dim"))
        for row in range(self._first_row, min(self.rows, self._first_row + ROWS)):
            cell = self.rect_of(row * self.columns)
            place = QRectF(0, cell.y(), MARGIN - 4, cell.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._label(row))
        first = self._first_row * self.columns
        last = min(len(self._tape), first + ROWS * self.columns)
        for address in range(first, last):
            self._draw_cell(painter, address, mono)
        self._draw_pointers(painter, range(first, last))
        if self.hasFocus() and first <= self._cursor < last:
            style = Qt.PenStyle.SolidLine if self._editing else Qt.PenStyle.DotLine
            painter.setPen(QPen(theme.colour("text"), 1.5, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect_of(self._cursor), 3, 3)

    def _draw_cell(self, painter: QPainter, address: int, mono: QFont) -> None:
        cell = self.rect_of(address)
        code = int(self._tape[address])
        alphabet = self._alphabet
        glyph = alphabet.glyphs[code] if alphabet is not None else ""
        kind = alphabet.kinds[code] if alphabet is not None else "none"
        plain = kind in ("none", "data", "null")
        hue = theme.kind_colour(kind)
        ground = QColor(hue)
        ground.setAlpha(44)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush if plain else ground)
        if not plain:
            painter.setPen(Qt.PenStyle.NoPen)
        if address in self._writes:
            painter.setBrush(theme.colour("danger"))
            painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(cell, 3, 3)
        if address in self._reads:
            painter.fillRect(
                QRectF(cell.x() + 3, cell.bottom() - 3, cell.width() - 6, 2), theme.colour("accent")
            )
        changed = code != int(self._start[address])
        words = glyph or (f"{code:02X}" if code or changed else "")
        if address == self._cursor and self._nibble is not None:
            words = f"{self._nibble:X}_"
        if words:
            # Another byte is grey by its value, so that runs of one byte are seen as runs.
            shade = theme.colour("dim") if changed or not plain else _grey(code)
            painter.setPen(hue if not plain else theme.colour("text") if changed else shade)
            if address in self._writes:
                painter.setPen(theme.colour("panel"))
            face = QFont(mono)
            face.setBold(changed)
            painter.setFont(face)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
        if changed:
            corner = cell.topRight()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("text"))
            points = (corner, corner + QPointF(-5, 0), corner + QPointF(0, 5))
            painter.drawPolygon(QPolygonF(points))
        if address in self._breaks:
            painter.setPen(QPen(theme.colour("panel"), 1))
            painter.setBrush(theme.colour("danger"))
            painter.drawEllipse(cell.topLeft() + QPointF(3, 3), 3.5, 3.5)

    def _draw_pointers(self, painter: QPainter, shown: range) -> None:
        painter.setFont(theme.font("caption"))
        names: dict[int, list[str]] = {}
        roles: dict[int, str] = {}
        for place, (name, address) in enumerate(self._pointers.items()):
            if address not in shown:
                continue
            inset = 2.0 * len(names.get(address, []))
            role = POINTERS[place % len(POINTERS)]
            names.setdefault(address, []).append(short_name(name))
            roles.setdefault(address, role)
            painter.setPen(QPen(theme.colour(role), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            box = self.rect_of(address).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(box, 3, 3)
        for address, words in names.items():
            cell = self.rect_of(address)
            if cell.y() - (self._pitch()[1] * (address // self.columns - self._first_row)) < LANE:
                continue  # no lane above the cells: the registers are written above the tape
            text = " ".join(words)
            wide = painter.fontMetrics().horizontalAdvance(text)
            x = min(max(MARGIN, cell.center().x() - wide / 2), self.width() - wide)
            painter.setPen(theme.colour(roles[address]))
            painter.drawText(QPointF(x, cell.y() - 2), text)

    # Hands.

    def event(self, event: QEvent) -> bool:
        """Explain the byte under the mouse; while editing, keep keys from the window's actions."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            address = self.address_at(event.pos().x(), event.pos().y())
            words = self.describe(address) if address is not None else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if self._editing and plain:
                event.accept()
                return True
        return super().event(event)

    def describe(self, address: int) -> str:
        """Say in words what is at an address."""
        code = int(self._tape[address])
        parts = [f"{address}: {code:02X}"]
        if self._alphabet is not None:
            glyph, name = self._alphabet.glyphs[code], self._alphabet.names[code]
            parts[0] += f" {glyph}" if glyph else ""
            parts.append(name or "no-op")
        start = int(self._start[address])
        if start != code:
            parts.append(f"was {start:02X} at the start")
        if address in self._writes:
            parts.append(f"written by this step, was {self._writes[address][0]:02X}")
        if address in self._reads:
            parts.append("read by this step")
        parts += [name for name, at in self._pointers.items() if at == address]
        if address in self._breaks:
            parts.append("breakpoint")
        return "\n".join(parts)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        address = self.address_at(event.position().x(), event.position().y())
        if address is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.break_asked.emit(address)
            return
        self.set_cursor(address)
        self.picked.emit(address)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.address_at(event.position().x(), event.position().y()) is not None:
            self.set_editing(True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.rows <= ROWS:
            event.ignore()
            return
        self._scroll(self._first_row - (1 if event.angleDelta().y() > 0 else -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._editing:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(self._tape):
                self.set_editing(True)
            else:
                event.ignore()  # steps are the panel's
            return
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.set_editing(False)
        elif key in MOVES:
            rows, columns = MOVES[key]
            self.set_cursor(self._cursor + rows * self.columns + columns)
            self.picked.emit(self._cursor)
        elif key == Qt.Key.Key_Backspace:
            self.set_cursor(self._cursor - 1)
        elif key == Qt.Key.Key_Delete:
            self._put(0)
        elif event.text():
            self._type(event.text())
        else:
            event.ignore()

    def focusOutEvent(self, event: Any) -> None:
        self.set_editing(False)
        super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def _type(self, text: str) -> None:
        # A digit is always half a byte; the glyphs "0" to "5" of some languages are typed in hex.
        if text in HEX:
            digit = int(text, 16)
            if self._nibble is None:
                self._nibble = digit
                self.update()
            else:
                self._put(self._nibble * 16 + digit)
        elif text in self._codes:
            self._put(self._codes[text])

    def _put(self, code: int) -> None:
        address = self._cursor
        self.set_cursor(address + 1)
        self.edited.emit(address, code)


def _grey(code: int) -> QColor:
    dim, line = theme.colour("dim"), theme.colour("line")
    share = 0.45 + 0.55 * code / 255
    return QColor(
        *(
            round(share * over + (1 - share) * under)
            for over, under in zip(dim.getRgb()[:3], line.getRgb()[:3], strict=True)  # type: ignore[index]
        )
    )
