"""A field for a text of some dozens of characters: all of it is seen, and what is wrong is marked.

What was refused stays until it is mended or given up.
"""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app import theme

__all__ = ["LongText"]

PAUSE_MS = 300
"""A text that may be right is sent so long after the last key."""
MOST_LINES = 4
FRAME = 6
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LongText(QPlainTextEdit):
    """One paragraph, broken anywhere, of characters of equal width.

    Enter, a pause and leaving the field commit; Esc goes back to what was.

    Parameters
    ----------
    longest : int
        Characters that are allowed; the field is as high as they need.
    symbols : str
        Characters that it may have: others are marked. Where any may be typed, "", a text is sent
        by Enter and by leaving only.

    Signals
    -------
    committed(str)
    edited
        The text or what is said of it changed.
    """

    committed = Signal(str)
    edited = Signal()

    def __init__(self, longest: int, symbols: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.longest = longest
        self._symbols = frozenset(symbols)
        self._value = ""
        self._sent = ""
        self._problem = ""
        self._refused = False
        self.setObjectName("longText")
        self.setFont(theme.font("mono"))
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(3)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._try)
        self.textChanged.connect(self._typed)

    @property
    def problem(self) -> str:
        """What is wrong with what was typed; "" where nothing is known to be."""
        return self._problem

    @property
    def open(self) -> bool:
        """Whether something was typed that is not what is so."""
        return self._refused or self.toPlainText() != self._value

    def show_value(self, value: str) -> None:
        """Show what is so; what was typed and is not answered yet, or was refused, stays."""
        typed, former = self.toPlainText(), self._value
        self._value = value
        if typed == value:
            self._problem, self._refused = "", False
            self._judge()
        elif typed == former and not self._refused:
            self._put(value)

    def refuse(self, text: str, words: str) -> None:
        """Say why a text was not taken, if it is still the one in the field."""
        if self.toPlainText() == text:
            self._problem, self._refused = words, True
            self._judge()

    def commit(self) -> None:
        """Send what was typed, unless it was sent already."""
        self._pause.stop()
        text = self.toPlainText()
        if self.open and text != self._sent:
            self._sent = text
            self.committed.emit(text)

    def give_up(self) -> None:
        """Go back to what is so."""
        self._pause.stop()
        self._put(self._value)

    def wrong(self) -> list[int]:
        """Return the places of characters that no text may have."""
        if not self._symbols:
            return []
        return [n for n, sign in enumerate(self.toPlainText()) if sign not in self._symbols]

    def sizeHint(self) -> QSize:
        """As high as the longest text."""
        return QSize(200, self._height(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = self._height(event.size().width())
        if self.height() != wanted:
            self.setFixedHeight(wanted)

    def event(self, event: QEvent) -> bool:
        """Keep Esc while there is something to give up."""
        keyed = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if keyed and self.open and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENDS:
            self._sent = self._value  # asked for: also what was refused before
            self.commit()
        elif event.key() == Qt.Key.Key_Escape and self.open:
            self.give_up()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._mark()
        super().changeEvent(event)

    def _put(self, text: str) -> None:
        """Write another text; the cursor stays where it can."""
        place = self.textCursor().position()
        blocked = self.blockSignals(True)
        self.setPlainText(text)
        self.blockSignals(blocked)
        cursor = self.textCursor()
        cursor.setPosition(min(place, len(text)))
        self.setTextCursor(cursor)
        self._problem, self._sent, self._refused = "", text, False
        self._judge()

    def _typed(self) -> None:
        text = self.toPlainText()
        if "\n" in text:  # pasted
            place = self.textCursor().position()
            blocked = self.blockSignals(True)
            self.setPlainText(text.replace("\n", " "))
            self.blockSignals(blocked)
            cursor = self.textCursor()
            cursor.setPosition(place)
            self.setTextCursor(cursor)
        self._problem, self._refused = "", False
        self._judge()
        if self._symbols and not self._problem and self.open:
            self._pause.start()
        else:
            self._pause.stop()

    def _try(self) -> None:
        self.commit()

    def _judge(self) -> None:
        """Find out what is wrong, unless the world has said it."""
        if not self._problem:
            text = self.toPlainText()
            signs = dict.fromkeys(text[place] for place in self.wrong())
            if signs:
                named = ", ".join(f"{sign!r}" for sign in list(signs)[:4])
                self._problem = f"Not allowed here: {named}"
            elif len(text) > self.longest:
                self._problem = (
                    f"At most {self.longest} characters: leave out {len(text) - self.longest}"
                )
        self._mark()
        self.setProperty("wrong", bool(self._problem))
        self.style().unpolish(self)
        self.style().polish(self)
        self.edited.emit()

    def _mark(self) -> None:
        look = QTextCharFormat()
        tone = theme.colour("danger")
        look.setForeground(tone)
        look.setUnderlineColor(tone)
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        tone.setAlpha(50)
        look.setBackground(tone)
        beyond = range(self.longest, len(self.toPlainText()))
        marks = []
        for place in sorted({*self.wrong(), *beyond}):
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(place)
            mark.cursor.setPosition(place + 1, QTextCursor.MoveMode.KeepAnchor)
            mark.format = look
            marks.append(mark)
        self.setExtraSelections(marks)

    def _height(self, width: int) -> int:
        metrics = QFontMetricsF(self.font())
        room = max(width - 2 * FRAME - 2, 40)
        across = max(int(room / metrics.horizontalAdvance("0")), 1)
        lines = min(max(ceil(self.longest / across), 1), MOST_LINES)
        return ceil(lines * metrics.lineSpacing()) + 2 * FRAME
