"""Words of any length in a low box: as high as they need, up to a share of what it stands in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QWidget

__all__ = ["WordsBox"]

LEAST = 84
SHARE = 0.25
"""Of the height of the panel; what is longer is scrolled."""


class WordsBox(QScrollArea):
    """Wrapped words that are never cut off.

    Parameters
    ----------
    panel : QWidget
        Of whose height it takes a share at most.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(self._label)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(LEAST)
        panel.installEventFilter(self)

    @property
    def text(self) -> str:
        """The words."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Show other words, from their beginning."""
        if text != self.text:
            self._label.setText(text)
            self.verticalScrollBar().setValue(0)
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of the panel."""
        if watched is self._panel and event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        needed = self._label.heightForWidth(self.width())
        most = max(int(SHARE * self._panel.height()), LEAST)
        self.setFixedHeight(min(max(needed, LEAST), most))
