"""The names of many curves beside a plot, each with a sign of its colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from app import theme

__all__ = ["Legend", "Sign"]

Sign = Literal["area", "line", "dash", "point"]

WIDTH = 168
LINE = 18
SQUARE = 10
STROKE = 18
BESIDE = 52
"""Sign, margins, and the scroll bar."""


class Legend(QListWidget):
    """A list that scrolls; a plot that is low has no room for it within."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[tuple[str, str, Sign], ...] = ()
        self.setFont(theme.font("caption"))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Names of the curves")

    def set_entries(
        self, entries: Sequence[tuple[str, QColor]], signs: Mapping[str, Sign] | None = None
    ) -> None:
        """Show these names in this order; nothing happens where they are shown already.

        `signs` says of names what they are drawn as; others are areas.
        """
        kinds = signs or {}
        wanted = tuple((name, tone.name(), kinds.get(name, "area")) for name, tone in entries)
        if wanted == self._entries:
            return
        self._entries = wanted
        place = self.verticalScrollBar().value()
        self.clear()
        for name, tone in entries:
            item = QListWidgetItem(name)
            sign = _sign(kinds.get(name, "area"), tone, self.devicePixelRatioF())
            item.setData(Qt.ItemDataRole.DecorationRole, sign)
            item.setSizeHint(QSize(0, LINE))
            item.setToolTip(name)
            self.addItem(item)
        widest = max((self.fontMetrics().horizontalAdvance(name) for name, _ in entries), default=0)
        self.setFixedWidth(min(widest + BESIDE, WIDTH))
        self.verticalScrollBar().setValue(place)

    def sizeHint(self) -> QSize:
        return QSize(self.width(), 64)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.width(), 32)


def _sign(kind: Sign, tone: QColor, ratio: float) -> QPixmap:
    """Draw what a curve, an area or a point looks like."""
    if kind == "area":
        square = QPixmap(SQUARE, SQUARE)
        square.fill(tone)
        return square
    image = QPixmap(QSize(STROKE, SQUARE) * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if kind == "point":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        painter.drawEllipse(QPointF(STROKE / 2, SQUARE / 2), 4.0, 4.0)
    else:
        style = Qt.PenStyle.DashLine if kind == "dash" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(tone, 2, style, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QLineF(0, SQUARE / 2, STROKE, SQUARE / 2))
    painter.end()
    return image
