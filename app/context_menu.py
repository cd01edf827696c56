"""A menu about a widget: it opens and the program goes on, and it goes when the widget goes.

`QMenu.exec` would run an event loop of its own within the handler of the very widget that asked for
the menu: what happens meanwhile may replace that widget, and the handler would return into nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QMenu, QWidget

__all__ = ["ContextMenu"]


class ContextMenu(QMenu):
    """Belongs to the window of what it is about, closes with it, and deletes itself once closed.

    Parameters
    ----------
    about : QWidget
        What was asked for a menu: when it is hidden or deleted, the menu closes.
    """

    def __init__(self, about: QWidget) -> None:
        super().__init__(about.window())
        about.installEventFilter(self)
        about.destroyed.connect(self.close)
        self.aboutToHide.connect(self.deleteLater)

    def add(self, words: str, do: Callable[[], object]) -> None:
        """Add a line that does something."""
        self.addAction(words).triggered.connect(do)

    def open(self, where: QPoint) -> None:
        """Show it at a point of the screen and return at once; without lines nothing is shown."""
        if self.isEmpty():
            self.deleteLater()
        else:
            self.popup(where)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close with what it is about."""
        if event.type() == QEvent.Type.Hide:
            self.close()
        return False
