"""A folding section of a panel: a header line with a title and a note, and what lies under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme

__all__ = ["Section", "dim_label"]


def dim_label(text: str = "", role: theme.FontRole = "caption") -> QLabel:
    """Make a label in the dim colour; it follows the theme by the style sheet."""
    label = QLabel(text)
    label.setFont(theme.font(role))
    label.setProperty("dim", True)
    return label


class Section(QWidget):
    """A titled part of a panel that folds away.

    Signals
    -------
    folded : bool
    """

    folded = Signal(bool)

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = body
        self._chevron = QToolButton()
        self._chevron.setText(title)
        self._chevron.setFont(theme.font("strong"))
        self._chevron.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chevron.setCheckable(True)
        self._chevron.setChecked(True)
        self._chevron.setAccessibleName(f"{title}: fold or unfold")
        self._chevron.setObjectName("sectionTitle")
        self._chevron.toggled.connect(self._set_open)
        self._note = dim_label()
        head = QHBoxLayout()
        head.setContentsMargins(theme.UNIT, theme.UNIT, theme.PADDING, 0)
        head.addWidget(self._chevron)
        head.addStretch(1)
        head.addWidget(self._note)
        line = QFrame()
        line.setFixedHeight(1)
        line.setObjectName("hairline")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(body)
        layout.addWidget(line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._retint()

    def set_note(self, text: str) -> None:
        """Write the short note at the right of the header."""
        if self._note.text() != text:
            self._note.setText(text)

    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._chevron.isChecked()

    def set_open(self, on: bool) -> None:
        """Fold or unfold."""
        self._chevron.setChecked(on)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _set_open(self, on: bool) -> None:
        self.body.setVisible(on)
        self._retint()
        self.folded.emit(not on)

    def _retint(self) -> None:
        name = "chevron-down" if self._chevron.isChecked() else "chevron-right"
        self._chevron.setIcon(theme.icon(name, "dim"))
