"""Keys and the widgets: who may have them first, and how a tooltip tells of them.

Which keys do the same as a widget is looked up when its tooltip is wanted, so that keys that the
user changed are right.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QHelpEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDockWidget,
    QMainWindow,
    QTabBar,
    QToolTip,
    QWidget,
)
from shiboken6 import isValid

__all__ = ["KeyGuard", "action_of", "keys_of", "pass_hidden_panels", "tell_keys", "tip_with_keys"]

_MOVES = (QAbstractItemView, QComboBox, QTabBar)
_PRESSES = (QAbstractButton, *_MOVES)
_OWN: dict[Qt.Key, tuple[type[QWidget], ...]] = {
    Qt.Key.Key_Space: _PRESSES,
    Qt.Key.Key_Left: _MOVES,
    Qt.Key.Key_Right: _MOVES,
    Qt.Key.Key_Up: _MOVES,
    Qt.Key.Key_Down: _MOVES,
}
_ACTIONS = "action"
_MOST = 1000  # presses of Tab after which there is nowhere to go
_NATIVE = QKeySequence.SequenceFormat.NativeText


class KeyGuard(QObject):
    """Watches what has the keyboard: Space presses the focused button, arrows move in a list.

    Only that one widget is watched: a filter of the whole application would run Python, and wait
    for the interpreter, at every event.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)
            self._follow(None, application.focusWidget())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            kinds = _OWN.get(Qt.Key(event.key()), ())
            if plain and kinds and isinstance(watched, kinds):
                event.accept()
                return True
        return False

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and isValid(before):
            before.removeEventFilter(self)
        if now is not None and isinstance(now, _PRESSES):
            now.installEventFilter(self)


class _Tips(QObject):
    """Writes a widget's tooltip when it is wanted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return False
        if not isinstance(watched, QWidget) or not watched.toolTip():
            return False
        words = tip_with_keys(watched, str(watched.property(_ACTIONS)))
        QToolTip.showText(event.globalPos(), words, watched)
        return True


def tell_keys(widget: QWidget, ids: str) -> None:
    """End a widget's tooltip in the keys of actions: ids that are parted by spaces."""
    known = widget.property(_ACTIONS)
    widget.setProperty(_ACTIONS, ids)
    if not known and ids:
        widget.installEventFilter(_Tips(widget))


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


def pass_hidden_panels(window: QMainWindow, go: Callable[[], bool]) -> bool:
    """Let Tab pass by what lies in a panel behind others: to Qt it counts as shown.

    `go` moves the keyboard on by one, as `QWidget.focusNextPrevChild` does.
    """
    for _ in range(_MOST):
        if not go():
            return False
        focused = window.focusWidget()
        dock = _panel_of(focused)
        if dock is None or dock.isFloating() or not dock.visibleRegion().isEmpty():
            return True
    return True


def _panel_of(widget: QWidget | None) -> QDockWidget | None:
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget


def _root(widget: QWidget) -> QWidget:
    """Return the main window, also for what stands in a panel that floats."""
    while (parent := widget.parentWidget()) is not None:
        widget = parent
    return widget
