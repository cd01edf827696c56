"""A plugin's source to read, and the question whether it may run."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app import theme
from engine.core.plugins import PluginFile

__all__ = ["SourceDialog"]

WIDTH, HEIGHT = 760, 560


class SourceDialog(QDialog):
    """Shows a file as it was looked at; accepted when the user lets it run.

    Parameters
    ----------
    file : PluginFile
    question : str
        What is asked, "" to only show it.
    line : int
        To bring into sight and mark, from 1; 0 for none.
    """

    def __init__(
        self, file: PluginFile, question: str = "", line: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._file = file
        self.setWindowTitle(f"Allow {file.name}?" if question else file.name)
        self.resize(WIDTH, HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.PADDING)
        head = QLabel(self.windowTitle())
        head.setFont(theme.font("title"))
        layout.addWidget(head)
        if question:
            words = QLabel(question)
            words.setWordWrap(True)
            layout.addWidget(words)
        layout.addWidget(self._about())
        self.text = QPlainTextEdit(file.source.decode("utf-8", "replace"))
        self.text.setReadOnly(True)
        self.text.setFont(theme.font("mono"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(f"Source of {file.name}")
        layout.addWidget(self.text, 1)
        layout.addWidget(self._make_buttons(bool(question)))
        if line:
            self.show_line(line)

    def show_line(self, line: int) -> None:
        """Bring a line into sight and mark it."""
        block = self.text.document().findBlockByNumber(line - 1)
        cursor = QTextCursor(block)
        self.text.setTextCursor(cursor)
        self.text.centerCursor()
        mark = QTextEdit.ExtraSelection()
        ground = QColor(theme.colour("danger"))
        ground.setAlpha(70)
        mark.format.setBackground(ground)
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.cursor = cursor
        self.text.setExtraSelections([mark])

    def _about(self) -> QLabel:
        offered = ", ".join(glimpse.info.title for glimpse in self._file.systems) or "none"
        about = QLabel(
            f"{self._file.path}\nSystems: {offered}.  SHA-256: {self._file.sha256[:16]}..."
        )
        about.setToolTip(self._file.sha256)
        about.setProperty("dim", True)
        about.setFont(theme.font("caption"))
        about.setWordWrap(True)
        about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return about

    def _make_buttons(self, asks: bool) -> QDialogButtonBox:
        roles = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox()
        self._editor = buttons.addButton("Open in editor", roles.HelpRole)
        self._editor.clicked.connect(self._edit)
        if asks:
            refuse = buttons.addButton("Not now", roles.RejectRole)
            allow = buttons.addButton("Allow and run", roles.AcceptRole)
            allow.setAutoDefault(False)
            refuse.setDefault(True)  # code is not allowed by an Enter too many
        else:
            buttons.addButton(QDialogButtonBox.StandardButton.Close)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _edit(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._file.path))):
            self._editor.setText("No editor found")
            self._editor.setEnabled(False)
            self._editor.setToolTip("Nothing on this computer opens Python files by itself")
