"""Keys and the widgets: who may have them first, and how a tooltip tells of them.

A widget says by its property "action" (ids of actions, parted by spaces) which keys do the same as
it; they are looked up when its tooltip is wanted, so that keys that the user changed are right.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QHelpEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QTabBar,
    QToolTip,
    QWidget,
)

__all__ = ["KeyGuard", "action_of", "keys_of", "tip_with_keys"]

_MOVES = (QAbstractItemView, QComboBox, QTabBar)
_PRESSES = (QAbstractButton, *_MOVES)
_OWN: dict[Qt.Key, tuple[type[QWidget], ...]] = {
    Qt.Key.Key_Space: _PRESSES,
    Qt.Key.Key_Left: _MOVES,
    Qt.Key.Key_Right: _MOVES,
    Qt.Key.Key_Up: _MOVES,
    Qt.Key.Key_Down: _MOVES,
}
_NATIVE = QKeySequence.SequenceFormat.NativeText


class KeyGuard(QObject):
    """Filters the application's events: Space presses the focused button, arrows move in a list.

    It also writes the tooltips of widgets with the property "action".
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            kinds = _OWN.get(Qt.Key(event.key()), ())
            if plain and kinds and isinstance(watched, kinds):
                event.accept()
                return True
        elif kind == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            ids = watched.property("action") if isinstance(watched, QWidget) else None
            if ids and isinstance(watched, QWidget) and watched.toolTip():
                QToolTip.showText(event.globalPos(), tip_with_keys(watched, str(ids)), watched)
                return True
        return False


def action_of(widget: QWidget, id: str) -> QAction | None:
    """Return an action of the widget's window; None where it stands in no such window."""
    found: QAction | None = _root(widget).findChild(QAction, id)
    return found


def keys_of(widget: QWidget, id: str) -> tuple[str, ...]:
    """Return the keys of an action of the widget's window, as this system's users know them."""
    action = action_of(widget, id)
    shortcuts = action.shortcuts() if action is not None else []
    return tuple(key.toString(_NATIVE) for key in shortcuts)


def tip_with_keys(widget: QWidget, ids: str) -> str:
    """Return a widget's tooltip with the keys of actions at the end of its first line."""
    first, line, rest = widget.toolTip().partition("\n")
    keys = ", ".join(found[0] for id in ids.split() if (found := keys_of(widget, id)))
    return f"{first}  ({keys})" + line + rest if keys else widget.toolTip()


def _root(widget: QWidget) -> QWidget:
    """Return the main window, also for what stands in a panel that floats."""
    while (parent := widget.parentWidget()) is not None:
        widget = parent
    return widget
