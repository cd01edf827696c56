"""Undo and redo in the window: offered with words, refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.core.commands import Brush
from engine.core.spec import Spec
from engine.core.views import Pick, Stroke

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TOY = Path(__file__).with_name("toys") / "meshling.py"


@pytest.fixture
def meshling(desk: Any, plugin: Any) -> Any:
    plugin("meshling", TOY.read_text(), "Meshling")
    world = desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.until(lambda: desk.state.alive, "a living world")
    return world


def stroke(desk: Any, number: int, value: float) -> None:
    desk.world.submit(Brush(Stroke("world", "ink", ((0, 0.2, 0.2),), value=value, number=number)))
    desk.settle()


def ink(desk: Any) -> float:
    """Ask what the first vertex of the stroke holds."""
    heard: list[Any] = []
    desk.world.ask("inspect", {"pick": Pick("world", (0, 0.2, 0.2))}, heard.append)
    desk.until(lambda: heard, "an answer")
    return float(heard[0].value[1].value)


def test_the_menu_names_what_it_takes_back_and_the_keys_do_it(desk: Any, meshling: Any) -> None:
    undo, redo = (desk.window.user_actions[id] for id in ("edit.undo", "edit.redo"))
    assert (undo.text(), undo.isEnabled()) == ("Undo", False)
    assert "Nothing was painted" in undo.toolTip()
    stroke(desk, 1, 0.5)
    stroke(desk, 2, 0.75)
    desk.until(undo.isEnabled, "something to undo")
    assert (undo.text(), redo.isEnabled()) == ("Undo ink stroke", False)
    desk.key(Qt.Key.Key_Z, CTRL)
    desk.until(lambda: redo.isEnabled(), "something to redo")
    assert ink(desk) == 0.5
    assert redo.text() == "Redo ink stroke"
    desk.key(Qt.Key.Key_Z, CTRL)
    desk.until(lambda: not undo.isEnabled(), "nothing left")
    assert ink(desk) == 0.0
    desk.key(Qt.Key.Key_Z, CTRL | SHIFT)
    desk.until(undo.isEnabled, "the first stroke")
    desk.key(Qt.Key.Key_Y, CTRL)
    desk.until(lambda: not redo.isEnabled(), "both strokes")
    assert ink(desk) == 0.75


def test_it_is_said_what_was_undone(desk: Any, meshling: Any) -> None:
    stroke(desk, 1, 0.5)
    desk.until(desk.window.user_actions["edit.undo"].isEnabled, "something to undo")
    desk.run("edit.undo")
    desk.until(lambda: desk.window.status.said == "Undid ink stroke", "the status line")


def test_a_grid_says_why_it_cannot(desk: Any) -> None:
    desk.open("life")
    action = desk.window.user_actions["edit.undo"]
    assert not action.isEnabled()
    assert "earlier steps are kept" in action.toolTip()
