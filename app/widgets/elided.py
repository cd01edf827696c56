"""A line of words that is cut with dots where there is no room; its tooltip has all of them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app import theme
from app.painting import painting

__all__ = ["ElidedLabel"]


class ElidedLabel(QLabel):
    """Plain words in one of the theme's fonts, dim unless a role is given.

    Parameters
    ----------
    words : str
    parent : QWidget, optional
    """

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setFont(theme.font("caption"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._role = "dim"

    def say(self, words: str, role: str = "") -> None:
        """Write other words, in a colour of the theme."""
        self._role = role or "dim"
        self.setText(words)
        self.update()

    @property
    def role(self) -> str:
        """The colour that the words have."""
        return self._role

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.setPen(theme.colour(self._role))
            words = self.fontMetrics().elidedText(
                self.text(), Qt.TextElideMode.ElideRight, self.width()
            )
            painter.drawText(self.rect(), self.alignment(), words)
            whole = "" if words == self.text() else self.text()
            if self.toolTip() != whole:
                self.setToolTip(whole)
