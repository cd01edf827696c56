"""Questions for one number or one text, which keep nothing waiting: the answer comes as a call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QWidget

__all__ = ["ask_number", "ask_text"]


def ask_number(
    window: QWidget,
    title: str,
    words: str,
    value: int,
    span: tuple[int, int],
    done: Callable[[int], object],
) -> QInputDialog:
    """Ask for a whole number within `span`, both ends included."""
    dialog = _dialog(window, title, words)
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(*span)
    dialog.setIntValue(value)
    dialog.intValueSelected.connect(done)
    dialog.open()
    return dialog


def ask_text(
    window: QWidget, title: str, words: str, text: str, done: Callable[[str], object]
) -> QInputDialog:
    """Ask for a text."""
    dialog = _dialog(window, title, words)
    dialog.setTextValue(text)
    dialog.textValueSelected.connect(done)
    dialog.open()
    return dialog


def _dialog(window: QWidget, title: str, words: str) -> QInputDialog:
    dialog = QInputDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(words)
    return dialog
