"""The bottom panel comes up where a preset tells its story there, and goes with that world."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget

from app.panels.bottom import BottomPanel

__all__ = ["StoryBelow"]


class StoryBelow(QObject):
    """Shows the panel's dock for a story, and hides it again unless the user works in it."""

    def __init__(self, panel: BottomPanel, dock: QDockWidget) -> None:
        super().__init__(panel)
        self._dock = dock
        self._came = False  # by itself, for the story of a preset
        panel.story.connect(self._tell)
        panel.tabBarClicked.connect(self._keep)

    def leave(self) -> None:
        """Take it back with the world that it was told for: what came by itself goes by itself."""
        if self._came:
            self._came = False
            self._dock.hide()

    def _tell(self) -> None:
        self._came = self._came or not self._dock.isVisible()
        self._dock.show()

    def _keep(self) -> None:
        self._came = False
