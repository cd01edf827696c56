"""A world stopped: what happened, what was kept, and the way on. The window goes on meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
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
from engine.core.commands import Failure
from engine.core.errors import UserError

__all__ = ["FailureDialog", "cause", "way_on"]

WIDTH = 480
_TITLES = {
    "building": "This world could not be built",
    "stepping": "The world stopped",
    "training": "Training stopped",
    "drawing": "The picture could not be made",
    "recording": "Recording stopped",
}


def cause(failure: Failure) -> str:
    """Say what happened in one sentence."""
    error = failure.error
    if isinstance(error, UserError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def way_on(failure: Failure) -> str:
    """Say what was kept and what can be done now."""
    if failure.during == "building":
        return "Change a parameter or open another world; nothing else was touched."
    if failure.during == "recording":
        return "What was recorded until then is kept beside the goal; the world goes on."
    if failure.during == "training":
        return "The weights are those before the failure. Press Train (T) to go on."
    if failure.restored is None:
        return "Reset begins again from the seed."
    return (
        f"The last good state, of step {failure.restored:,}, was brought back. Press Play to go on."
    )


class FailureDialog(QDialog):
    """Not modal: other worlds can be used while it is open.

    Signals
    -------
    reset_asked
    """

    reset_asked = Signal()

    def __init__(self, title: str, failure: Failure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH)
        self._report = failure.report
        mark = QLabel()
        mark.setPixmap(theme.pixmap("triangle-alert", "danger", 24, self.devicePixelRatioF()))
        head = QLabel(_TITLES.get(failure.during, "The world stopped"))
        head.setFont(theme.font("title"))
        top = QHBoxLayout()
        top.addWidget(mark)
        top.addWidget(head, 1)
        words = QLabel(cause(failure))
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        on = QLabel(way_on(failure))
        on.setWordWrap(True)
        on.setProperty("dim", True)
        self._details = QPlainTextEdit(failure.report)
        self._details.setReadOnly(True)
        self._details.setFont(theme.font("mono"))
        self._details.setMinimumHeight(180)
        self._details.hide()
        show = QPushButton("Details")
        show.setCheckable(True)
        show.toggled.connect(self._details.setVisible)
        copy = QPushButton("Copy report")
        copy.clicked.connect(self._copy)
        reset = QPushButton("Reset")
        reset.clicked.connect(self._reset)
        reset.setVisible(failure.during in ("stepping", "drawing", "training"))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(show)
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(reset)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.PADDING)
        layout.addLayout(top)
        for widget in (words, on, self._details):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)

    def _reset(self) -> None:
        self.reset_asked.emit()
        self.close()
