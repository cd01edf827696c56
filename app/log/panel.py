"""The log dock: the newest lines, by level and word, to be copied; the folder has the file."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.log.lines import LEVELS, MOST, Line, Lines, matches
from app.private import without_folders

__all__ = ["LogPanel"]

GATHER_MS = 100
"""Lines that come within this time are written together: a plugin may log in a loop."""


class LogPanel(QWidget):
    """Shows the log.

    Signals
    -------
    folder_asked
        The folder with the log file should be opened.
    """

    folder_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = Lines()
        self._new: list[Line] = []
        self._level = QComboBox()
        for words, level in LEVELS:
            self._level.addItem(words, level)
        self._level.setCurrentIndex(1)
        self._level.setAccessibleName("Least level")
        self._level.setToolTip("What is at least as grave as this is shown")
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search the log")
        self._search.setAccessibleName("Search the log")
        self._search.setClearButtonEnabled(True)
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the lines that are shown, without the folders of files")
        copy.clicked.connect(self._copy)
        folder = QPushButton("Open folder")
        folder.setToolTip("Show the log file, which goes further back")
        folder.clicked.connect(self.folder_asked)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setFont(theme.font("mono"))
        self._text.setMaximumBlockCount(4 * MOST)
        self._text.setPlaceholderText("Messages of the program appear here")
        self._text.setAccessibleName("Log")
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self._level)
        row.addWidget(self._search, 1)
        row.addWidget(copy)
        row.addWidget(folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addLayout(row)
        layout.addWidget(self._text, 1)
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self._write)
        self._level.currentIndexChanged.connect(self._fill)
        self._search.textChanged.connect(self._fill)

    def add(self, line: Line) -> None:
        """Append a line."""
        self.lines.add(line)
        if matches(line, self._least(), self._search.text()):
            self._new.append(line)
            if not self._gather.isActive():
                self._gather.start()

    def search(self, words: str, level: int | None = None) -> None:
        """Show what holds these words, and what is at least as grave as `level`."""
        if level is not None:
            self._level.setCurrentIndex(max(0, self._level.findData(level)))
        self._search.setText(words)

    def shown(self) -> str:
        """Return what can be read now."""
        return self._text.toPlainText()

    def _least(self) -> int:
        return int(self._level.currentData())

    def _write(self) -> None:
        new, self._new = self._new, []
        if new:
            self._text.appendPlainText("\n".join(map(str, new[-MOST:])))

    def _fill(self) -> None:
        """Write anew what the filter leaves."""
        self._new.clear()
        self._text.setPlainText(
            "\n".join(map(str, self.lines.found(self._least(), self._search.text())))
        )
        bar = self._text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _copy(self) -> None:
        found = self.lines.found(self._least(), self._search.text())
        QGuiApplication.clipboard().setText(without_folders("\n".join(map(str, found))))
