"""The console's panel: what was said above, a field to type into below, and a button to stop."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.console.interpreter import Interpreter
from app.console.namespace import Namespace

__all__ = ["ConsolePanel"]

LINES = 5_000
ROLE = int(QTextFormat.Property.UserProperty.value) + 1
"""Property of a text: the token of its colour, which another theme gives another one."""

HISTORY = 500
ROWS = 8
"""Lines to which the field grows."""

SHOWN = 60  # completions
BANNER = """Python. Names: lab, world, window, hands, run, np, torch, registry.
run("world.open", "life"), world.params, world.set_param("width", 256), run("params.apply"),
hands.until(lambda: world.state.step > 100)
Tab completes, Up and Down recall, Shift+Enter starts a new line. The code runs in the window.
"""


class ConsolePanel(QWidget):
    """A prompt.

    Parameters
    ----------
    names : Namespace
    """

    def __init__(self, names: Namespace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.interpreter = Interpreter(names, self._say, QApplication.processEvents)
        self._history: list[str] = []
        self._place = 0
        self._draft = ""
        self.output = QPlainTextEdit()
        self.output.setReadOnly(True)
        self.output.setMaximumBlockCount(LINES)
        self.output.setFont(theme.font("mono"))
        self.output.setAccessibleName("What the console said")
        self.field = _Field()
        self.field.entered.connect(self._entered)
        self.field.completed.connect(self._complete)
        self.field.recalled.connect(self._recall)
        self.field.textChanged.connect(self._fit)
        self.field.interrupted.connect(self.interpreter.stop)
        self._prompt = QLabel(">>>")
        self._prompt.setFont(theme.font("mono"))
        self._prompt.setProperty("dim", True)
        self._prompt.setContentsMargins(theme.UNIT, theme.UNIT, 0, 0)
        self.stop = QToolButton()
        self.stop.setAccessibleName("Stop")
        self.stop.setToolTip("Stop what runs, at its next line  (Ctrl+C)")
        self.stop.setEnabled(False)
        self.stop.clicked.connect(self.interpreter.stop)
        self.clear = QToolButton()
        self.clear.setAccessibleName("Clear")
        self.clear.setToolTip("Clear what was said")
        self.clear.clicked.connect(self.output.clear)
        row = QHBoxLayout()
        row.setContentsMargins(theme.UNIT, 0, theme.UNIT, theme.UNIT)
        row.addWidget(self._prompt, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.field, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.output, 1)
        layout.addLayout(row)
        self.setFocusProxy(self.field)
        self._retint()
        self._fit()
        self._say(BANNER, "dim")

    def run(self, text: str) -> None:
        """Run a text as if it had been typed."""
        if self.interpreter.running:
            return
        self._remember(text)
        lines = text.splitlines() or [""]
        shown = "\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])])
        self._say(shown + "\n", "accent")
        self.stop.setEnabled(True)
        self.field.setReadOnly(True)  # not disabled: the focus stays
        try:
            self.interpreter.run(text)
        finally:
            self.stop.setEnabled(False)
            self.field.setReadOnly(False)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def close_session(self) -> None:
        """Stop what runs and let go of the window."""
        self.interpreter.stop()
        self.interpreter.names.forget()

    def _say(self, text: str, role: str = "text") -> None:
        look = QTextCharFormat()
        look.setForeground(QColor(theme.colour(role)))
        look.setProperty(ROLE, role)
        bar = self.output.verticalScrollBar()
        below = bar.value() >= bar.maximum() - 4
        cursor = QTextCursor(self.output.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text, look)
        if below:
            bar.setValue(bar.maximum())

    def _entered(self) -> None:
        text = self.field.toPlainText()
        if self.interpreter.running or not text.strip():
            return
        if not self.interpreter.is_whole(text):
            last = text.rsplit("\n", 1)[-1]
            space = last[: len(last) - len(last.lstrip())]
            deeper = "    " if last.rstrip().endswith(":") else ""
            self.field.insertPlainText(f"\n{space}{deeper}")
            return
        self.field.clear()
        self.run(text.rstrip())

    def _complete(self) -> None:
        cursor = self.field.textCursor()
        text = self.field.toPlainText()[: cursor.position()]
        if not text.rsplit("\n", 1)[-1].strip():
            cursor.insertText("    ")
            return
        found = self.interpreter.completions(text)
        word = _common(found)
        held = len(text) - len(text.rstrip(_LETTERS + "."))
        more = word[held:]
        if more:
            cursor.insertText(more)
        elif len(found) > 1:
            names = [name.rsplit(".", 1)[-1] for name in found]
            rest = f"  ... {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            self._say("  ".join(names[:SHOWN]) + rest + "\n", "dim")

    def _remember(self, text: str) -> None:
        if not self._history or self._history[-1] != text:
            self._history.append(text)
            del self._history[:-HISTORY]
        self._place, self._draft = len(self._history), ""

    def _recall(self, by: int) -> None:
        if self._place == len(self._history):
            self._draft = self.field.toPlainText()
        self._place = min(max(self._place + by, 0), len(self._history))
        newest = self._place == len(self._history)
        self.field.setPlainText(self._draft if newest else self._history[self._place])
        self.field.moveCursor(QTextCursor.MoveOperation.End)

    def _fit(self) -> None:
        rows = min(max(self.field.blockCount(), 1), ROWS)
        height = self.field.fontMetrics().lineSpacing() * rows
        margin = 2 * int(self.field.document().documentMargin()) + 2 * self.field.frameWidth()
        self.field.setFixedHeight(height + margin + theme.UNIT)

    def _retint(self) -> None:
        self._repaint_words()
        self.stop.setIcon(theme.icon("circle-stop", "danger"))
        self.clear.setIcon(theme.icon("trash-2", "dim"))

    def _repaint_words(self) -> None:
        """Give what was said the colours of the theme of now."""
        cursor = QTextCursor(self.output.document())
        cursor.beginEditBlock()
        block = self.output.document().begin()
        while block.isValid():
            for span in block.textFormats():
                cursor.setPosition(block.position() + span.start)
                last = block.position() + block.length() - 1
                end = min(block.position() + span.start + span.length, last)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                look = QTextCharFormat(span.format)
                look.setForeground(QColor(theme.colour(str(look.property(ROLE) or "text"))))
                cursor.setCharFormat(look)
            block = block.next()
        cursor.endEditBlock()


def _common(words: list[str]) -> str:
    """Return what all words begin with."""
    if not words:
        return ""
    first, last = min(words), max(words)
    place = 0
    while place < min(len(first), len(last)) and first[place] == last[place]:
        place += 1
    return first[:place]


_LETTERS = "".join(chr(n) for n in range(128) if chr(n).isalnum() or chr(n) == "_")


class _Field(QPlainTextEdit):
    """A field of one line that grows with what is typed.

    Signals
    -------
    entered, completed
        Enter and Tab.
    interrupted
        Ctrl+C, while something runs.
    recalled : int
        Back (-1) or forth (1) in the history.
    """

    entered = Signal()
    interrupted = Signal()
    completed = Signal()
    recalled = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("longText")
        self.setFont(theme.font("mono"))
        self.setAccessibleName("Python to run")
        self.setPlaceholderText("Python")
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def event(self, event: QEvent) -> bool:
        # Before the window takes a key of its own: what is typed here is text.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (_NONE, Qt.KeyboardModifier.ShiftModifier)
            if plain and (event.text() or event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)):
                event.accept()
                return True
        # Tab completes; in an empty field it goes on to the next widget, as everywhere.
        tab = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab
        if tab and event.type() == QEvent.Type.KeyPress and self.toPlainText().strip():
            self.completed.emit()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.isReadOnly() and event.matches(QKeySequence.StandardKey.Copy):
            self.interrupted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self.entered.emit()
        elif key == Qt.Key.Key_Up and self.textCursor().blockNumber() == 0:
            self.recalled.emit(-1)
        elif key == Qt.Key.Key_Down and self.textCursor().blockNumber() == self.blockCount() - 1:
            self.recalled.emit(1)
        else:
            super().keyPressEvent(event)


_NONE = Qt.KeyboardModifier.NoModifier
