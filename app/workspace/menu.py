"""The menu of a tab: what can be done with a world, or a comparison, as a whole."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from app.actions import Actions
from app.world import World

__all__ = ["open_tab_menu"]

_WORLD = ("world.rename", "world.duplicate", "", "link.link", "link.unlink", "link.compare",
          "link.compare-copy", "")  # fmt: skip
_ANY = ("view.split-right", "view.split-down", "view.move-on", "view.join", "", "world.close")


def open_tab_menu(item: Any, where: QPoint, actions: Actions, parent: Any) -> QMenu:
    """Open the menu of a thing that was turned to; it deletes itself when it goes."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    for id in (*(_WORLD if isinstance(item, World) else ()), *_ANY):
        if id:
            menu.addAction(actions[id])
        else:
            menu.addSeparator()
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where)
    return menu
