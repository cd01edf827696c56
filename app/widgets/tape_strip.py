"""A tape as rows of bytes under the hand: a cursor, breakpoints, typing, and words on each byte."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.painting import painting
from app.widgets.tape_layout import COLUMNS, MARGIN, ROWS, TapeLayout
from app.widgets.tape_painter import TapeMarks, TapePainter
from engine.core.programs import Alphabet

__all__ = ["TapeStrip"]

Array = NDArray[Any]

HEX = "0123456789abcdefABCDEF"
MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
HELP = "Double-click to edit, Shift-click for a breakpoint"


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
        self._marks = TapeMarks()
        self._painter = TapePainter()
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
        span: int = 1,
    ) -> None:
        """Show a tape (n,), and how it was at the start (n,), with the marks upon it.

        `span` is the number of bytes of the instruction at the program counter.
        """
        grown = len(tape) != len(self._marks.tape)
        self._marks = TapeMarks(
            np.array(tape),
            np.array(start),
            dict(pointers),
            dict(writes),
            frozenset(reads),
            frozenset(breaks),
            span,
        )
        if grown:
            self._first_row = 0
            self._cursor = min(self._cursor, max(0, len(tape) - 1))
            self.setMaximumWidth(self.layout_now().widest)
            self.updateGeometry()
        followed = next(iter(pointers.values()), None)
        if followed is not None and not self._editing:
            self._reveal(followed)
        self.update()

    @property
    def cursor_at(self) -> int:
        """Address of the byte under the keyboard's cursor."""
        return self._cursor

    def set_cursor(self, address: int) -> None:
        """Put the cursor on a byte."""
        count = len(self._marks.tape)
        if not count:
            return
        self._cursor = min(max(0, address), count - 1)
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

    def layout_now(self) -> TapeLayout:
        """Return where the bytes lie at the present size."""
        length = self._alphabet.length if self._alphabet is not None else 0
        count = len(self._marks.tape)
        return TapeLayout(count, length, self._first_row, self.width(), self.height())

    def sizeHint(self) -> QSize:
        return QSize(round(MARGIN + COLUMNS * 22), ROWS * 34)

    def minimumSizeHint(self) -> QSize:
        return QSize(*self.layout_now().least)

    def rect_of(self, address: int) -> QRectF:
        """Return the cell of a byte, in the widget's pixels."""
        return self.layout_now().rect_of(address)

    def address_at(self, x: float, y: float) -> int | None:
        """Return the byte at a place of the widget."""
        return self.layout_now().address_at(x, y)

    def _reveal(self, address: int) -> None:
        self._scroll(self.layout_now().first_for(address))

    def _scroll(self, first: int) -> None:
        self._first_row = self.layout_now().clamped(first)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        seen = self._cursor if self.hasFocus() else None
        marks = replace(self._marks, cursor=seen, editing=self._editing, nibble=self._nibble)
        ratio = self.devicePixelRatioF()
        with painting(self) as painter:
            self._painter.paint(painter, self.layout_now(), marks, self._alphabet, ratio)

    # Hands.

    def event(self, event: QEvent) -> bool:
        """Explain the byte under the mouse; while editing, keep keys from the window's actions."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            address = self.address_at(event.pos().x(), event.pos().y())
            words = f"{self.describe(address)}\n{HELP}" if address is not None else ""
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
        code = int(self._marks.tape[address])
        parts = [f"{address}: {code:02X}"]
        if self._alphabet is not None:
            glyph, name = self._alphabet.glyphs[code], self._alphabet.names[code]
            parts[0] += f" {glyph}" if glyph else ""
            parts.append(name or "no-op")
        start = int(self._marks.start[address])
        if start != code:
            parts.append(f"was {start:02X} at the start")
        if address in self._marks.writes:
            parts.append(f"written by this step, was {self._marks.writes[address][0]:02X}")
        if address in self._marks.reads:
            parts.append("read by this step")
        parts += [name for name, at in self._marks.pointers.items() if at == address]
        if address in self._marks.breaks:
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
        if self.layout_now().rows <= ROWS:
            event.ignore()
            return
        self._scroll(self._first_row - (1 if event.angleDelta().y() > 0 else -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._editing:
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(self._marks.tape):
                self.set_editing(True)
            else:
                event.ignore()  # steps are the panel's
            return
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.set_editing(False)
        elif key in MOVES:
            rows, columns = MOVES[key]
            self.set_cursor(self._cursor + rows * self.layout_now().columns + columns)
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
