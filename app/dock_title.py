"""The slim bar above a panel: its name, and buttons to let it float and to hide it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme

__all__ = ["DockTitle"]

HEIGHT = 22
_BUTTON = 18


class DockTitle(QWidget):
    """Title bar of a dock; it is dragged by it, since the mouse passes through to the dock.

    Parameters
    ----------
    dock : QDockWidget
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setFixedHeight(HEIGHT)
        self.setToolTip("Drag to move the panel, onto another one to share its place")
        self._words = QLabel(dock.windowTitle())
        self._words.setFont(theme.font("caption"))
        self._words.setProperty("dim", True)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._float = _Button("Let the panel float")
        self._float.clicked.connect(self._toggle_floating)
        self._hide = _Button("Hide the panel")
        self._hide.clicked.connect(dock.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PADDING, 0, theme.UNIT, 0)
        row.setSpacing(0)
        row.addWidget(self._words)
        row.addStretch(1)
        row.addWidget(self._float)
        row.addWidget(self._hide)
        dock.topLevelChanged.connect(self._floated)
        dock.windowTitleChanged.connect(self._words.setText)
        self._name()
        self._tinted = ""
        self._retint()

    def minimumSizeHint(self) -> QSize:
        """Never widen a panel."""
        return QSize(60, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the name whole or not at all; a folded panel is narrower than its name."""
        room = event.size().width() - theme.PADDING - theme.UNIT - 2 * _BUTTON
        self._words.setVisible(room >= self._words.sizeHint().width())
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _name(self) -> None:
        title = self._dock.windowTitle()
        self._hide.setAccessibleName(f"Hide {title}")
        self._floated(self._dock.isFloating())

    def _floated(self, floating: bool) -> None:
        words = "Put the panel back" if floating else "Let the panel float"
        self._float.setToolTip(words)
        self._float.setAccessibleName(f"{words}: {self._dock.windowTitle()}")

    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _retint(self) -> None:
        if self._tinted == theme.current().name:
            return  # Qt tells of one change of theme several times
        self._tinted = theme.current().name
        self._float.setIcon(theme.icon("external-link", "dim", 12))
        self._hide.setIcon(theme.icon("x", "dim", 12))


class _Button(QToolButton):
    """Small; reached by the keyboard, but a click leaves the focus where it is."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setToolTip(words)
        self.setIconSize(QSize(12, 12))
        self.setFixedSize(_BUTTON, _BUTTON)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
