"""The one line above everything: menu, world tabs, and the few buttons that are always there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QSizePolicy, QToolButton, QWidget

from app import theme
from app.keys import tell_keys
from app.lab import Lab
from app.workspace.tabs import WorldTabs
from app.world import World

__all__ = ["TopBar"]

HEIGHT = 40


class TopBar(QWidget):
    """Menu left, tabs of all worlds in the middle, buttons right.

    Signals
    -------
    close_asked, torn : World
        A tab's button was pressed, or it was dragged out of the bar.
    menu_asked : World, QPoint
        The right button was pressed on a tab.
    new_asked
    """

    close_asked = Signal(object)
    torn = Signal(object)
    menu_asked = Signal(object, QPoint)
    new_asked = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setFixedHeight(HEIGHT)
        self.menu = QMenuBar()
        self.menu.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.menu.setNativeMenuBar(False)
        self._tabs = WorldTabs("Open worlds")
        self._tabs.chosen.connect(lab.select)
        self._tabs.close_asked.connect(self.close_asked)
        self._tabs.torn.connect(self.torn)
        self._tabs.menu_asked.connect(self.menu_asked)
        self._tabs.sorted.connect(self._sorted)
        self._new = QToolButton()
        self._new.setToolTip("New world")
        tell_keys(self._new, "world.new")
        self._new.setAccessibleName("New world")
        self._new.clicked.connect(self.new_asked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.UNIT, 0, theme.PADDING, 0)
        self._row.setSpacing(theme.UNIT)
        self._row.addWidget(self.menu, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addSpacing(theme.PADDING)
        self._row.addWidget(self._tabs)
        self._row.addWidget(self._new)
        self._row.addStretch(1)
        lab.opened.connect(self._opened)
        lab.closed.connect(self._closed)
        lab.selected.connect(self._selected)
        self._retint()

    def add_widget(self, widget: QWidget) -> None:
        """Add a widget at the right end."""
        self._row.addWidget(widget)

    def add_button(self, action: QAction) -> None:
        """Add a button at the right end."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAutoRaise(True)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(action.text().rstrip("."))
        button.setFixedSize(theme.ROW, theme.ROW)
        self._row.addWidget(button)

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _opened(self, world: World) -> None:
        self._tabs.add(world, self._lab.worlds.index(world))

    def _closed(self, world: World) -> None:
        self._tabs.remove(world)
        self._tabs.select(self._lab.world)

    def _selected(self, world: World | None) -> None:
        self._tabs.select(world)

    def _sorted(self) -> None:
        self._lab.reorder(self._tabs.items)

    def _retint(self) -> None:
        self._new.setIcon(theme.icon("plus", "dim"))
