"""The one line above everything: menu, world tabs, and the few buttons that are always there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QSizePolicy, QTabBar, QToolButton, QWidget

from app import theme
from app.lab import Lab
from app.world import World
from engine.core.commands import RunnerState

__all__ = ["TopBar"]

HEIGHT = 40


class TopBar(QWidget):
    """Menu left, tabs in the middle, buttons right.

    Signals
    -------
    close_asked : World
    new_asked
    """

    close_asked = Signal(object)
    new_asked = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._worlds: list[World] = []
        self.setFixedHeight(HEIGHT)
        self.menu = QMenuBar()
        self.menu.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.menu.setNativeMenuBar(False)
        self._tabs = QTabBar()
        self._tabs.setDocumentMode(True)
        self._tabs.setExpanding(False)
        self._tabs.setMovable(True)
        self._tabs.setUsesScrollButtons(True)
        self._tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self._tabs.setDrawBase(False)
        self._tabs.setIconSize(QSize(10, 10))
        self._tabs.setAccessibleName("Open worlds")
        self._tabs.currentChanged.connect(self._chosen)
        self._tabs.tabMoved.connect(self._moved)
        self._new = QToolButton()
        self._new.setToolTip("New world  (Ctrl+T)")
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
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
            for place, world in enumerate(self._worlds):
                self._mark(place, world.state)
                closer = self._tabs.tabButton(place, QTabBar.ButtonPosition.RightSide)
                if isinstance(closer, QToolButton):
                    closer.setIcon(theme.icon("x", "dim", 12))
        super().changeEvent(event)

    def _opened(self, world: World) -> None:
        self._worlds.append(world)
        blocked = self._tabs.blockSignals(True)
        place = self._tabs.addTab(world.title)
        self._tabs.blockSignals(blocked)
        self._tabs.setTabToolTip(place, world.title)
        self._tabs.setTabButton(place, QTabBar.ButtonPosition.RightSide, self._closer(world))
        self._mark(place, world.state)
        world.title_changed.connect(self._retitle)
        world.state_changed.connect(self._remark)

    def _closed(self, world: World) -> None:
        place = self._worlds.index(world)
        del self._worlds[place]
        blocked = self._tabs.blockSignals(True)
        self._tabs.removeTab(place)
        self._tabs.blockSignals(blocked)
        self._selected(self._lab.world)

    def _selected(self, world: World | None) -> None:
        if world in self._worlds:
            blocked = self._tabs.blockSignals(True)
            self._tabs.setCurrentIndex(self._worlds.index(world))
            self._tabs.blockSignals(blocked)

    def _chosen(self, place: int) -> None:
        if 0 <= place < len(self._worlds):
            self._lab.select(self._worlds[place])

    def _closer(self, world: World) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon("x", "dim", 12))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, 20)
        button.setToolTip("Close world  (Ctrl+W)")
        button.setAccessibleName(f"Close {world.title}")
        button.clicked.connect(self._close)
        return button

    def _close(self) -> None:
        button = self.sender()
        for place, world in enumerate(self._worlds):
            if self._tabs.tabButton(place, QTabBar.ButtonPosition.RightSide) is button:
                self.close_asked.emit(world)
                return

    def _moved(self, source: int, target: int) -> None:
        self._worlds.insert(target, self._worlds.pop(source))

    def _retitle(self) -> None:
        for place, world in enumerate(self._worlds):
            self._tabs.setTabText(place, world.title)
        self._tabs.updateGeometry()

    def _remark(self) -> None:
        for place, world in enumerate(self._worlds):
            self._mark(place, world.state)

    def _mark(self, place: int, state: RunnerState) -> None:
        role = "train" if state.training else "accent" if state.playing else "dim"
        if self._tabs.tabData(place) != (role, theme.current().name):
            self._tabs.setTabData(place, (role, theme.current().name))
            self._tabs.setTabIcon(place, _dot(role))

    def _retint(self) -> None:
        self._new.setIcon(theme.icon("plus", "dim"))


def _dot(role: str) -> QIcon:
    picture = QPixmap(20, 20)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.colour(role)))
    painter.drawEllipse(4, 4, 12, 12)
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)
