"""The hand without a mouse: keys move the pointer, and touch or pin what it points at."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.core.errors import BadInput

ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_brush_is_used_by_keys(desk: Any) -> None:
    desk.open("life")
    desk.run("tool.next", "erase")
    view = desk.viewport
    desk.key(Qt.Key.Key_Left, ALT, view)
    middle = view.rect().center()
    assert view.pointer is not None
    assert view.pointer.x() == middle.x() - 16
    desk.key(Qt.Key.Key_Up, ALT | SHIFT, view)
    assert view.pointer.y() == middle.y() - 80
    assert view._hover is not None
    strokes: list[Any] = []
    view.stroked.connect(strokes.append)
    desk.key(Qt.Key.Key_Return, ALT, view)
    assert len(strokes) == 1
    assert strokes[0].tool == "erase"
    row, column = view.place_at(view.pointer)
    assert abs(strokes[0].points[0][0] - row) < 1.5
    assert abs(strokes[0].points[0][1] - column) < 1.5
    desk.settle()
    desk.until(lambda: desk.window.user_actions["edit.undo"].isEnabled(), "what can be undone")


def test_a_cell_is_pinned_by_keys(desk: Any) -> None:
    desk.open("gray-scott")
    desk.run("tool.inspect")
    picked: list[Any] = []
    desk.viewport.picked.connect(picked.append)
    desk.run("pointer.use")
    place = desk.viewport.place_at(desk.viewport.pointer)
    assert [tuple(pick.at) for pick in picked] == [tuple(place)]


def test_the_pointer_stays_on_the_picture(desk: Any) -> None:
    desk.open("life")
    for _ in range(40):
        desk.run("pointer.far-right")
        desk.run("pointer.far-down")
    assert desk.viewport.rect().contains(desk.viewport.pointer.toPoint())
    desk.run("pointer.use")  # beside the world: nothing is touched


def test_without_a_world_it_says_so(desk: Any) -> None:
    with pytest.raises(BadInput) as caught:
        desk.run("pointer.use")
    assert caught.value.remedy == "Open a world first"
