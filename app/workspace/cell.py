"""One part of the middle: tabs above where there are several parts, and the page in front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.painting import painting
from app.workspace.tabs import WorldTabs
from app.workspace.tree import Cell

__all__ = ["CellView"]

_FRAME = 2  # pixels of the line that marks the cell which keys and panels act on


class CellView(QWidget):
    """Shows a `Cell`; its pages are lent by the workspace.

    Signals
    -------
    chosen, close_asked, torn : object
        Of its tabs.
    menu_asked : object, QPoint
        Of its tabs.
    join_asked : object
        The cell of this thing is to go; its things move into another one.
    sorted
        Its tabs are in another order.
    """

    chosen = Signal(object)
    close_asked = Signal(object)
    torn = Signal(object)
    menu_asked = Signal(object, QPoint)
    join_asked = Signal(object)
    sorted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cell: Cell | None = None
        self._focused = False
        self._pages: dict[Any, QWidget] = {}
        self.tabs = WorldTabs("Worlds of this part")
        self.tabs.setObjectName("small")
        self.tabs.chosen.connect(self.chosen)
        self.tabs.close_asked.connect(self.close_asked)
        self.tabs.torn.connect(self.torn)
        self.tabs.menu_asked.connect(self.menu_asked)
        self.tabs.sorted.connect(self.sorted)
        self._join = QToolButton()
        self._join.setIconSize(QSize(14, 14))
        self._join.setFixedSize(theme.CONTROL, theme.CONTROL)
        self._join.setToolTip("Close this part; its worlds move into the part beside it")
        self._join.setAccessibleName("Close this part")
        self._join.clicked.connect(self._ask_join)
        self._header = QWidget()
        row = QHBoxLayout(self._header)
        row.setContentsMargins(0, 0, theme.UNIT, 0)
        row.setSpacing(0)
        row.addWidget(self.tabs, 1)
        row.addWidget(self._join)
        self._stack = QStackedLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._header)
        self._column.addLayout(self._stack, 1)
        self._retint()

    def release(self, keep: tuple[Any, ...]) -> None:
        """Give back the pages of things that are no longer here."""
        for item in [item for item in self._pages if item not in keep]:
            self._stack.removeWidget(self._pages.pop(item))

    def show_cell(self, cell: Cell, pages: Mapping[Any, QWidget], *, alone: bool) -> None:
        """Show a cell; `alone` in the middle it needs no tabs of its own."""
        self.cell = cell
        for item in cell.items:
            if item not in self._pages:
                self._pages[item] = pages[item]
                self._stack.addWidget(pages[item])
        self._stack.setCurrentWidget(self._pages[cell.front])
        self.tabs.arrange(cell.items)
        self.tabs.select(cell.front)
        self._header.setVisible(not alone)
        self._column.setContentsMargins(0, 0 if alone else _FRAME, 0, 0)
        self.update()

    def set_focused(self, on: bool) -> None:
        """Mark it as the one that keys and panels act on."""
        if on != self._focused:
            self._focused = on
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line above the cell."""
        with painting(self) as painter:
            role = "accent" if self._focused else "panel"
            painter.fillRect(0, 0, self.width(), _FRAME, theme.colour(role))

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _retint(self) -> None:
        self._join.setIcon(theme.icon("minus", "dim", 14))

    def _ask_join(self) -> None:
        if self.cell is not None:
            self.join_asked.emit(self.cell.front)
