"""The row above a tape: which program, its text, with whom it runs, and what to do with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app import theme

__all__ = ["TapeTools"]

DOWN = "\u25be"


class TapeTools(QWidget):
    """Buttons and fields only; the panel knows what they do.

    Signals
    -------
    typed : str
        A program was typed.
    test_asked
        Whether it replicates is to be found out.
    """

    typed = Signal(str)
    test_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setFont(theme.font("strong"))
        self.text = QLineEdit()
        self.text.setMinimumWidth(120)
        self.text.setFont(theme.font("mono"))
        self.text.setPlaceholderText("Type a program, or hex:...")
        self.text.setToolTip("The program as text; type another one and press Enter")
        self.text.setAccessibleName("Text of the program")
        self.text.returnPressed.connect(self._enter)
        self.partner = _menu_button("Whom it runs with")
        self.test = QPushButton("Does it replicate?")
        self.test.setToolTip("Run it against noise for some generations: what comes through?")
        self.test.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.test.clicked.connect(self.test_asked)
        self.insert = _menu_button("Put this program into the world")
        self.insert.setText(f"Insert {DOWN}")
        self.more = _menu_button("More to do with this program")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.title)
        row.addWidget(self.partner)
        row.addWidget(self.text, 1)
        row.addWidget(self.test)
        row.addWidget(self.insert)
        row.addWidget(self.more)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._retint()

    def set_ready(self, on: bool) -> None:
        """Say whether there is a program."""
        for widget in (self.title, self.partner, self.test, self.insert, self.more):
            widget.setVisible(on)

    def set_partner(self, words: str) -> None:
        """Say whom it runs with."""
        self.partner.setText(f"{words} {DOWN}")

    def set_text(self, text: str) -> None:
        """Write the program, unless another is being typed."""
        if not self.text.hasFocus() or not self.text.isModified():
            self.text.setText(text)
            self.text.setCursorPosition(0)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _enter(self) -> None:
        self.typed.emit(self.text.text())

    def _retint(self) -> None:
        self.more.setIcon(theme.icon("ellipsis"))


def _menu_button(help: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(help)
    button.setAccessibleName(help)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(QMenu(button))
    return button
