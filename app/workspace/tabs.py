"""Tabs of open worlds: a dot for their state, a button to close, dragging them out of the bar."""

from __future__ import annotations

from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QTabBar, QToolButton, QWidget

from app import theme

__all__ = ["TEAR", "WorldTabs"]

TEAR = 24
"""Pixels beyond the bar, up or down, after which a dragged tab leaves it."""

_RIGHT = QTabBar.ButtonPosition.RightSide
_CLOSER = 20


class WorldTabs(QTabBar):
    """A tab for each of several things that have a `title`: worlds, and comparisons of worlds.

    A thing tells of a new title by `title_changed`, and of another state by `state_changed` where
    it has one: `state.training` and `state.playing` give the dot its colour.

    Signals
    -------
    chosen, close_asked, torn : object
        The user chose one, wants to close it, or dragged it out of the bar.
    menu_asked : object, QPoint
        The right button was pressed on one, at a global position.
    sorted
        The user moved a tab: `items` is in another order.
    """

    chosen = Signal(object)
    close_asked = Signal(object)
    torn = Signal(object)
    menu_asked = Signal(object, QPoint)
    sorted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: list[Any] = []
        self._held: tuple[Any, QPoint] | None = None
        self.setDocumentMode(True)
        self.setExpanding(False)
        self.setMovable(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setDrawBase(False)
        self.setIconSize(QSize(10, 10))
        self.setAccessibleName(name)
        self.currentChanged.connect(self._chosen)
        self.tabMoved.connect(self._moved)

    def add(self, item: Any, place: int | None = None) -> None:
        """Add a tab for a thing, at the end if no place is named; nothing is chosen by it."""
        place = len(self.items) if place is None else place
        self.items.insert(place, item)
        blocked = self.blockSignals(True)
        self.insertTab(place, item.title)
        self.blockSignals(blocked)
        self.setTabToolTip(place, item.title)
        self.setTabButton(place, _RIGHT, self._closer(item))
        self._mark(place)
        item.title_changed.connect(self._retitle)
        if isinstance(item, QObject) and hasattr(item, "state_changed"):
            item.state_changed.connect(self._remark)

    def remove(self, item: Any) -> None:
        """Take a thing's tab away; nothing is chosen by it."""
        place = self.items.index(item)
        del self.items[place]
        item.title_changed.disconnect(self._retitle)
        if hasattr(item, "state_changed"):
            item.state_changed.disconnect(self._remark)
        blocked = self.blockSignals(True)
        self.removeTab(place)
        self.blockSignals(blocked)

    def arrange(self, items: tuple[Any, ...]) -> None:
        """Have tabs for exactly these, in this order."""
        for item in [item for item in self.items if item not in items]:
            self.remove(item)
        for item in items:
            if item not in self.items:
                self.add(item)
        blocked = self.blockSignals(True)
        for place, item in enumerate(items):
            now = self.items.index(item)
            if now != place:
                self.moveTab(now, place)
                self.items.insert(place, self.items.pop(now))
        self.blockSignals(blocked)

    def select(self, item: Any) -> None:
        """Mark the tab of a thing as the current one."""
        if item in self.items:
            blocked = self.blockSignals(True)
            self.setCurrentIndex(self.items.index(item))
            self.blockSignals(blocked)

    # What the user does.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember what may be dragged away; the middle button closes."""
        at = event.position().toPoint()
        item = self._at(at)
        if event.button() == Qt.MouseButton.MiddleButton and item is not None:
            self.close_asked.emit(item)
            return
        held = event.button() == Qt.MouseButton.LeftButton and item is not None
        self._held = (item, at) if held else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move a tab along the bar, or out of it."""
        at = event.position().toPoint()
        beyond = max(-at.y(), at.y() - self.height())
        if self._held is not None and beyond > TEAR:
            item, start = self._held
            self._held = None
            # Qt goes on moving the tab within the bar else, until a release that never comes.
            super().mouseReleaseEvent(_released(start, event))
            self.torn.emit(item)
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the tab under the mouse."""
        item = self._at(event.pos())
        if item is not None:
            self.menu_asked.emit(item, event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            look = theme.current().name
            for place in range(self.count()):
                self._mark(place)
                closer = self.tabButton(place, _RIGHT)
                # Qt tells of one change several times.
                if isinstance(closer, QToolButton) and closer.property("look") != look:
                    closer.setProperty("look", look)
                    closer.setIcon(theme.icon("x", "dim", 12))
        super().changeEvent(event)

    def _at(self, point: QPoint) -> Any:
        place = self.tabAt(point)
        return self.items[place] if 0 <= place < len(self.items) else None

    def _chosen(self, place: int) -> None:
        if 0 <= place < len(self.items):
            self.chosen.emit(self.items[place])

    def _moved(self, source: int, target: int) -> None:
        self.items.insert(target, self.items.pop(source))
        self.sorted.emit()

    def _closer(self, item: Any) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon("x", "dim", 12))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(_CLOSER, _CLOSER)
        button.setToolTip(f"Close {item.title}")
        button.setAccessibleName(f"Close {item.title}")
        button.clicked.connect(self._close)
        return button

    def _close(self) -> None:
        button = self.sender()
        for place, item in enumerate(self.items):
            if self.tabButton(place, _RIGHT) is button:
                self.close_asked.emit(item)
                return

    # How they look.

    def _retitle(self) -> None:
        for place, item in enumerate(self.items):
            self.setTabText(place, item.title)
            self.setTabToolTip(place, item.title)
            closer = self.tabButton(place, _RIGHT)
            closer.setToolTip(f"Close {item.title}")
            closer.setAccessibleName(f"Close {item.title}")
        self.updateGeometry()

    def _remark(self) -> None:
        for place in range(len(self.items)):
            self._mark(place)

    def _mark(self, place: int) -> None:
        item = self.items[place]
        role, linked = _role(item), getattr(item, "link", None) is not None
        if self.tabData(place) != (role, linked, theme.current().name):
            self.setTabData(place, (role, linked, theme.current().name))
            self.setTabIcon(place, _dot(role, linked, theme.current().name))
            with_whom = f", linked with {item.link.other(item).title}" if linked else ""
            self.setTabToolTip(place, item.title + with_whom)


def _role(item: Any) -> str:
    state = getattr(item, "state", None)
    if state is None:
        return "info"
    return "train" if state.training else "accent" if state.playing else "dim"


def _released(at: QPoint, event: QMouseEvent) -> QMouseEvent:
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(
        QEvent.Type.MouseButtonRelease,
        at.toPointF(),
        event.globalPosition(),
        left,
        Qt.MouseButton.NoButton,
        event.modifiers(),
    )


@cache
def _dot(role: str, linked: bool, look: str) -> QIcon:
    """Draw the state of a world; a ring goes around one that is linked with another."""
    del look  # the theme in force, part of the key
    picture = QPixmap(20, 20)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.colour(role)))
    if linked:
        painter.drawEllipse(7, 7, 6, 6)
        painter.setPen(QPen(QColor(theme.colour("info")), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(2, 2, 16, 16)
    else:
        painter.drawEllipse(4, 4, 12, 12)
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)
