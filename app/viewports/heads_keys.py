"""The keys of a heads viewport: arrows, digits, Esc, Return."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.viewports.heads_scene import Scene

__all__ = ["act_on", "takes"]

_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def takes(scene: Scene, event: QKeyEvent) -> bool:
    """Whether a key does something here: arrows step the world unless a cell is locked."""
    if not scene.ready:
        return False
    key, keys = Qt.Key(event.key()), event.modifiers() & ~_KEYPAD
    if key in _ARROWS:
        return keys == _CTRL or (keys == _NONE and scene.locked is not None)
    if keys != _NONE:
        return False
    if key == Qt.Key.Key_Escape:
        return scene.locked is not None or bool(scene.added) or scene.look.mode != "all"
    return key in _RETURNS or _layer(key) is not None


def act_on(scene: Scene, event: QKeyEvent) -> bool:
    """Do what a key says; tells whether there was something to do."""
    key, keys = Qt.Key(event.key()), event.modifiers() & ~_KEYPAD
    if key in _ARROWS and keys == _CTRL:
        return _next_head(scene, *_ARROWS[key])
    if key in _ARROWS:
        return _move(scene, *_ARROWS[key])
    if key == Qt.Key.Key_Escape:
        return _let_go(scene)
    if key in _RETURNS:
        return _lock(scene)
    layer = _layer(key)
    return layer is not None and _choose_layer(scene, layer)


def _layer(key: Qt.Key) -> int | None:
    number = key.value - Qt.Key.Key_1.value
    return number if 0 <= number < 9 else None


def _choose_layer(scene: Scene, layer: int) -> bool:
    """Put the same head of another layer in focus, or the nearest that there is."""
    heads = sorted(range(scene.size[1]), key=lambda head: abs(head - scene.focused[1]))
    for head in heads:
        if scene.exists((layer, head)):
            scene.focus((layer, head))
            return True
    return False


def _next_head(scene: Scene, down: int, right: int) -> bool:
    layer, head = scene.focused
    while True:
        layer, head = layer + down, head + right
        if not (0 <= layer < scene.size[0] and 0 <= head < scene.size[1]):
            return False
        if scene.exists((layer, head)):
            scene.focus((layer, head))
            return True


def _move(scene: Scene, down: int, right: int) -> bool:
    if scene.locked is None:
        return False
    rows, columns = scene.counts
    row = min(max(scene.locked[0] + down, 0), rows - 1)
    column = min(max(scene.locked[1] + right, 0), columns - 1)
    scene.lock((row, column))
    return True


def _lock(scene: Scene) -> bool:
    """Lock what is pointed at, or the strongest weight of the query that is being read."""
    if scene.view is None:
        return False
    if scene.cell is not None:
        scene.lock(scene.cell)
        return True
    rows, columns = scene.counts
    row = scene.view.cursor if 0 <= scene.view.cursor < rows else rows - 1
    values = scene.values(scene.focused)
    line = [scene.at((row, column), values) for column in range(columns)]
    sizes = np.nan_to_num(np.abs(np.asarray(line)), nan=-1.0)
    scene.lock((row, int(np.argmax(sizes))))
    return True


def _let_go(scene: Scene) -> bool:
    if scene.locked is not None:
        scene.lock(None)
    elif scene.added:
        for head in scene.added:
            scene.toggle(head)
    elif scene.look.mode != "all":
        scene.choose(mode="all")
    else:
        return False
    return True
