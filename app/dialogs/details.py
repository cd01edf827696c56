"""All that is known of one message: its words and its traceback. The window goes on meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["DetailsDialog"]

WIDTH, HEIGHT = 720, 420


class DetailsDialog(QDialog):
    """Not modal: worlds can be used while it is open.

    Signals
    -------
    report_asked : str, str
        The words and the details should be copied with what a report needs.
    log_asked
        The log should be shown.
    """

    report_asked = Signal(str, str)
    log_asked = Signal()

    def __init__(self, text: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self._report = (text, details)
        words = QLabel(text)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPlainTextEdit(details)
        self._details.setReadOnly(True)
        self._details.setFont(theme.font("mono"))
        self._details.setAccessibleName("Details")
        self._details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        copy = QPushButton("Copy report")
        copy.setToolTip("With versions and the newest lines of the log; without your folders")
        copy.clicked.connect(self._copy)
        log = QPushButton("Open log")
        log.clicked.connect(self.log_asked)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addWidget(log)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.PADDING)
        layout.addWidget(words)
        layout.addWidget(self._details, 1)
        layout.addLayout(buttons)

    def _copy(self) -> None:
        self.report_asked.emit(*self._report)
