"""Which key does what in the tape inspector."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

__all__ = ["deed_of"]

PLAIN: dict[int, int | str] = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -10,
    Qt.Key.Key_Down: 10,
    Qt.Key.Key_Home: "first",
    Qt.Key.Key_End: "last",
    Qt.Key.Key_Space: "play",
    Qt.Key.Key_S: "step",
    Qt.Key.Key_B: "break",
}
SHIFTED: dict[int, int | str] = {
    Qt.Key.Key_Left: -10,
    Qt.Key.Key_Right: 10,
    Qt.Key.Key_Home: "last stop",
    Qt.Key.Key_End: "next stop",
}


def deed_of(event: QKeyEvent) -> int | str | None:
    """Return what `TapeRun.do` is to do, or "break"; None for a key that means nothing here."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers == Qt.KeyboardModifier.NoModifier:
        return PLAIN.get(event.key())
    if modifiers == Qt.KeyboardModifier.ShiftModifier:
        return SHIFTED.get(event.key())
    return None
