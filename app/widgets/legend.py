"""The names of many curves beside a plot, each with a square of its colour."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from app import theme

__all__ = ["Legend"]

WIDTH = 168
LINE = 18
SQUARE = 10


class Legend(QListWidget):
    """A list that scrolls; a plot that is low has no room for it within."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[tuple[str, str], ...] = ()
        self.setFont(theme.font("caption"))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Names of the curves")

    def set_entries(self, entries: Sequence[tuple[str, QColor]]) -> None:
        """Show these names in this order; nothing happens where they are shown already."""
        wanted = tuple((name, tone.name()) for name, tone in entries)
        if wanted == self._entries:
            return
        self._entries = wanted
        place = self.verticalScrollBar().value()
        self.clear()
        for name, tone in entries:
            item = QListWidgetItem(name)
            square = QPixmap(SQUARE, SQUARE)
            square.fill(tone)
            item.setData(Qt.ItemDataRole.DecorationRole, square)
            item.setSizeHint(QSize(0, LINE))
            item.setToolTip(name)
            self.addItem(item)
        self.verticalScrollBar().setValue(place)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 64)

    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH, 32)
