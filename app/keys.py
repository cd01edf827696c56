"""Let a focused control have the keys that it needs, although an action wants them too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QTabBar, QWidget

__all__ = ["KeyGuard"]

_MOVES = (QAbstractItemView, QComboBox, QTabBar)
_PRESSES = (QAbstractButton, *_MOVES)
_OWN: dict[Qt.Key, tuple[type[QWidget], ...]] = {
    Qt.Key.Key_Space: _PRESSES,
    Qt.Key.Key_Left: _MOVES,
    Qt.Key.Key_Right: _MOVES,
    Qt.Key.Key_Up: _MOVES,
    Qt.Key.Key_Down: _MOVES,
}


class KeyGuard(QObject):
    """Filters the application's events: Space presses the focused button, arrows move in a list."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            kinds = _OWN.get(Qt.Key(event.key()), ())
            if plain and kinds and isinstance(watched, kinds):
                event.accept()
                return True
        return False
