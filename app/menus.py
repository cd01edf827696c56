"""The window's menus: the actions, and what is only known when a menu opens."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.actions import ACTIONS

if TYPE_CHECKING:
    from app.window import MainWindow

__all__ = ["Menus"]

_ON_EMPTY = ("world.new", "file.open", "session.open", "palette.open", "help.tour")
MENUS = ("File", "Edit", "World", "Train", "View", "Reproduce", "Help")


class Menus(QObject):
    """Fills a window's menus.

    Attributes
    ----------
    named : dict of str to QMenu
        Those of the bar.
    recent, own : QMenu
        Files that were used last, and actions of the selected world's system.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.named: dict[str, QMenu] = {
            name: window.topbar.menu.addMenu(f"&{name}") for name in MENUS
        }
        for spec in ACTIONS:
            action = window.user_actions[spec.id]
            # A shortcut must work while its menu is closed and the panels are hidden,
            window.addAction(action)
            for dock in window.docks.every():
                dock.addAction(action)  # and in a panel that floats
            if spec.menu:
                menu = self.named[spec.menu]
                if spec.separator:
                    menu.addSeparator()
                menu.addAction(action)
        opened = window.user_actions["file.save-model"]
        self.recent = self.named["File"].addMenu("Open recent")
        self.named["File"].insertMenu(opened, self.recent)
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.own = self.named["World"].addMenu("Actions of this system")
        self.own.aboutToShow.connect(self._fill_own)
        self.named["Reproduce"].aboutToShow.connect(self._fill_reproduce)
        self._add_empty(window.empty)

    def _add_empty(self, ground: QWidget) -> None:
        """Offer on empty ground what fills it."""
        for id in _ON_EMPTY:
            ground.addAction(self._window.user_actions[id])
        ground.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _fill_recent(self) -> None:
        self.recent.clear()
        settings = self._window.settings
        for path in settings.recent:
            self._add_recent(path, path)
        if settings.recent and settings.recent_sessions:
            self.recent.addSeparator()
        for path in settings.recent_sessions:
            self._add_recent(PurePath(path).name, path)
        if self.recent.isEmpty():
            self.recent.addAction("Files that you open or save appear here").setEnabled(False)

    def _add_recent(self, words: str, path: str) -> None:
        action = self.recent.addAction(words.replace("&", "&&"))
        action.setToolTip(path)
        action.setData(path)
        action.triggered.connect(self._open_recent)

    def _open_recent(self) -> None:
        self._window.filing.open(str(self._chosen_data()))

    def _fill_own(self) -> None:
        self.own.clear()
        world = self._window.lab.world
        can = world.state.capabilities if world is not None else None
        for offer in can.actions if can is not None else ():
            if offer.target == "none":
                action = self.own.addAction(offer.title)
                action.setToolTip(offer.help)
                action.setData(offer)
                action.triggered.connect(self._act_chosen)
        if self.own.isEmpty():
            self.own.addAction("This system has none").setEnabled(False)

    def _act_chosen(self) -> None:
        self._window.act(self._chosen_data(), {})

    def _fill_reproduce(self) -> None:
        menu = self.named["Reproduce"]
        if any(action.data() for action in menu.actions()):
            return
        from engine import experiments

        menu.addSeparator()
        for name in experiments.names():
            action = menu.addAction(name)
            action.setData(name)
            action.triggered.connect(self._reproduce_chosen)

    def _reproduce_chosen(self) -> None:
        self._window.user_actions.run("reproduce.open", str(self._chosen_data()))

    def _chosen_data(self) -> Any:
        chosen = self.sender()
        assert isinstance(chosen, QAction)
        return chosen.data()
