"""Where a dragged tab would come to stand: zones over the cells, tinted while it hovers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.painting import painting
from app.workspace.tree import Edge

__all__ = ["MIME", "DropZones", "Zone", "zone_at", "zone_rect"]

MIME = "application/x-primordia-world"

Zone = Edge | Literal["middle"]

_SHARE = 0.28  # of a cell's width and height: its edges
_WORDS: dict[Zone, str] = {
    "left": "left of",
    "right": "right of",
    "top": "above",
    "bottom": "below",
    "middle": "as a tab beside",
}


def zone_at(point: QPoint, cell: QRect) -> Zone:
    """Return the zone of a cell that a point lies in: the nearest edge, or the middle."""
    x = (point.x() - cell.left()) / max(cell.width(), 1)
    y = (point.y() - cell.top()) / max(cell.height(), 1)
    distances: dict[Zone, float] = {"left": x, "right": 1 - x, "top": y, "bottom": 1 - y}
    nearest = min(distances, key=lambda zone: distances[zone])
    return nearest if distances[nearest] < _SHARE else "middle"


def zone_rect(zone: Zone, cell: QRect) -> QRect:
    """Return the room that a thing let go in a zone would get."""
    half_wide, half_high = cell.width() // 2, cell.height() // 2
    if zone == "left":
        return cell.adjusted(0, 0, -half_wide, 0)
    if zone == "right":
        return cell.adjusted(half_wide, 0, 0, 0)
    if zone == "top":
        return cell.adjusted(0, 0, 0, -half_high)
    if zone == "bottom":
        return cell.adjusted(0, half_high, 0, 0)
    return cell


class DropZones(QWidget):
    """Lies over all cells while a tab is dragged, and takes it.

    Parameters
    ----------
    host : QWidget
        What it covers.
    rooms : callable
        Gives the things in front of the cells with the rectangles of their cells, in the host.

    Signals
    -------
    let_go : object, object, str
        What was dragged, in front of which cell it was let go, and the zone.

    Attributes
    ----------
    item : object or None
        What is dragged now.
    """

    let_go = Signal(object, object, str)

    def __init__(self, host: QWidget, rooms: Callable[[], list[tuple[Any, QRect]]]) -> None:
        super().__init__(host)
        self._rooms = rooms
        self._host = host
        self.item: Any = None
        self._aim: tuple[Any, Zone, QRect] | None = None
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.hide()

    def begin(self, item: Any) -> None:
        """Cover the cells: something is dragged."""
        self.item, self._aim = item, None
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()

    def end(self) -> None:
        """Go away: it was let go, or given up."""
        self.item = self._aim = None
        self.hide()

    def drag(self, item: Any) -> None:
        """Let the user drag a thing until the button is released; blocks meanwhile as drags do."""
        data = QMimeData()
        data.setData(MIME, QByteArray(item.title.encode("utf-8")))
        drag = QDrag(self)
        drag.setMimeData(data)
        self.begin(item)
        try:
            drag.exec(Qt.DropAction.MoveAction)
        finally:
            self.end()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what comes from our own tabs."""
        if self.item is not None and event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
            self._follow(event.position().toPoint())
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Say what letting go here would do."""
        self._follow(event.position().toPoint())
        if self._aim is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Tint nothing."""
        self._aim = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass on where it was let go."""
        self._follow(event.position().toPoint())
        item, aim = self.item, self._aim
        self.end()
        if item is None or aim is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.let_go.emit(item, aim[0], aim[1])

    def words(self) -> str:
        """Say what letting go would do now; "" over nothing."""
        if self._aim is None:
            return ""
        target, zone, _ = self._aim
        if target is self.item:
            where = {"left": "on the left", "right": "on the right", "top": "on top"}
            return f"{self.item.title} {where.get(zone, 'below')}"
        return f"{self.item.title} {_WORDS[zone]} {target.title}"

    def _follow(self, point: QPoint) -> None:
        aim = None
        for target, room in self._rooms():
            zone = zone_at(point, room) if room.contains(point) else None
            # To where it is already nothing moves.
            if zone is not None and not (zone == "middle" and target is self.item):
                aim = (target, zone, zone_rect(zone, room))
        if aim != self._aim:
            self._aim = aim
            self.setAccessibleName(self.words())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint the room that it would get, and say so."""
        if self._aim is None:
            return
        tint, edge = theme.colour("accent"), theme.colour("accent")
        tint.setAlpha(46)
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            room = QRectF(self._aim[2])
            painter.fillRect(room, tint)
            painter.setPen(QPen(edge, 2))
            painter.drawRoundedRect(room.adjusted(3, 3, -3, -3), theme.RADIUS, theme.RADIUS)
            face = theme.font("title")
            words = QFontMetricsF(face).elidedText(
                self.words(), Qt.TextElideMode.ElideMiddle, max(room.width() - 56, 40)
            )
            width = QFontMetricsF(face).horizontalAdvance(words) + 32
            box = QRectF(0, 0, width, 40)
            box.moveCenter(room.center())
            painter.setPen(QPen(edge, 1))
            painter.setBrush(theme.colour("panel"))
            painter.drawRoundedRect(box, theme.RADIUS + 2, theme.RADIUS + 2)
            painter.setFont(face)
            painter.setPen(theme.colour("text"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
