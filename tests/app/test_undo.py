"""Undo and redo in the window: offered with words, refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.core.commands import (
    Brush,
    Jump,
    Load,
    Pause,
    Reset,
    Restore,
    Save,
    SetBudget,
    SetParam,
    Snapshot,
    Step,
)
from engine.core.errors import BadInput
from engine.core.spec import Asset, Spec
from engine.core.views import Pick, Stroke, ViewRequest

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
    assert "Nothing was done" in undo.toolTip()
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


class Undoing:
    """Undo and redo in a window, awaited."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    @property
    def chronicle(self) -> Any:
        return self.desk.window.shell.parts["chronicle"].present

    @property
    def words(self) -> list[str]:
        return [entry.words for entry in self.chronicle.entries.all]

    def wait(self, done: int) -> None:
        idle = lambda: self.chronicle._under_way is None  # noqa: E731 (awaited)
        self.desk.until(lambda: idle() and self.chronicle.entries.done == done, f"{done} done")
        self.desk.settle()

    def undo(self, done: int) -> None:
        self.desk.run("edit.undo")
        self.wait(done)

    def redo(self, done: int) -> None:
        self.desk.run("edit.redo")
        self.wait(done)


@pytest.fixture
def undoing(desk: Any) -> Undoing:
    desk.open("life")
    desk.world.submit(Pause())
    desk.settle()
    return Undoing(desk)


def alive(desk: Any) -> float:
    heard: list[Any] = []
    desk.world.do(Snapshot("world", ViewRequest(max_size=4096)), heard.append)
    desk.until(lambda: heard, "a picture")
    return int(heard[0].value.data.sum())


def paint(desk: Any, number: int) -> None:
    at = ((20.5, 20.5 + 8 * number),)
    desk.world.submit(Brush(Stroke("world", "paint", at, radius=3.0, number=number)))
    desk.settle()


def test_undo_goes_through_everything_that_was_done_in_order(undoing: Undoing) -> None:
    desk = undoing.desk
    states = [(alive(desk), desk.world.params["rule"])]

    def note() -> None:
        states.append((alive(desk), desk.world.params["rule"]))

    paint(desk, 1)
    note()
    desk.world.set_param("rule", "B36/S23")
    desk.settle()
    note()
    paint(desk, 2)
    note()
    desk.run("transport.reset", "77")
    desk.settle()
    undoing.wait(4)
    note()
    paint(desk, 3)
    undoing.wait(5)
    note()
    assert undoing.words == [
        "Paint stroke",
        "Rule B3/S23 → B36/S23",
        "Paint stroke",
        "New seed 77",
        "Paint stroke",
    ]
    assert desk.window.user_actions["edit.undo"].text() == "Undo paint stroke"
    for done in (4, 3, 2, 1, 0):
        undoing.undo(done)
        assert (alive(desk), desk.world.params["rule"]) == states[done], done
    assert not desk.window.user_actions["edit.undo"].isEnabled()
    for done in (1, 2, 3, 4, 5):
        undoing.redo(done)
        assert (alive(desk), desk.world.params["rule"]) == states[done], done
    undoing.undo(4)
    desk.world.set_param("trail", 0)
    desk.settle()
    assert undoing.words[-1] == "Trail 30 → 0"
    assert not desk.window.user_actions["edit.redo"].isEnabled()


def test_a_drag_of_many_values_is_one_entry(undoing: Undoing) -> None:
    desk = undoing.desk
    for value in range(31, 71):
        desk.world.set_param("trail", value)
    undoing.wait(1)
    assert undoing.words == ["Trail 30 → 70"]
    for number, place in ((9, 20.5), (9, 30.5), (9, 40.5)):  # and so is a stroke of many pieces
        at = ((20.5, place),)
        desk.world.submit(Brush(Stroke("world", "paint", at, radius=2.0, number=number)))
    undoing.wait(2)
    undoing.undo(1)
    undoing.undo(0)
    assert desk.world.params["trail"] == 30
    for value in (31, 32, 30):
        desk.world.set_param("trail", value)
    desk.settle()
    assert undoing.words == []  # it is as if nothing had happened


def test_what_another_hand_undoes_is_no_new_entry(undoing: Undoing) -> None:
    desk = undoing.desk
    desk.world.set_param("trail", 9)
    undoing.wait(1)
    undoing.chronicle.entries.all[0].at -= 60.0  # a minute ago
    desk.world.submit(SetParam("trail", 30))
    undoing.wait(0)
    assert undoing.words == ["Trail 30 → 9"]
    desk.world.submit(SetParam("trail", 9))
    undoing.wait(1)
    desk.run("transport.reset")
    undoing.wait(2)
    desk.world.submit(Restore(undoing.chronicle.entries.all[1].undo.deposit))
    undoing.wait(1)
    assert undoing.words == ["Trail 30 → 9", "Reset"]


def test_changes_that_wait_and_their_restart_are_undone(undoing: Undoing) -> None:
    desk = undoing.desk
    desk.world.set_param("width", 128)
    desk.world.set_param("height", 96)
    assert len(undoing.words) == 2
    undoing.undo(1)
    assert desk.world.pending == {"width": 128}
    undoing.redo(2)
    assert desk.world.pending == {"width": 128, "height": 96}
    desk.world.discard_pending()
    assert undoing.words[-1] == "Discarded changes"
    undoing.undo(2)
    before = alive(desk)
    desk.run("params.apply")
    desk.until(lambda: desk.world.params["width"] == 128, "the restart")
    undoing.wait(1)
    assert undoing.words == ["Restarted with other width, height"]
    undoing.undo(0)
    assert desk.world.params["width"] == 320
    assert alive(desk) == before
    undoing.redo(1)
    assert (desk.world.params["width"], desk.world.params["height"]) == (128, 96)


def test_what_is_ahead_of_the_present_is_passed_over(undoing: Undoing) -> None:
    desk = undoing.desk
    desk.world.submit(Step(5))
    desk.settle()
    paint(desk, 1)
    desk.world.submit(Step(5))
    desk.settle()
    desk.world.set_param("trail", 5)
    desk.settle()
    undoing.wait(2)
    desk.world.submit(Step(1))
    desk.settle()
    desk.world.submit(Jump(7))
    desk.until(lambda: desk.state.step == 7, "the past")
    desk.settle()
    stroke, trail = undoing.chronicle.entries.all
    assert (stroke.ahead, trail.ahead) == (False, True)
    assert desk.window.user_actions["edit.undo"].text() == "Undo paint stroke"
    desk.world.submit(Jump(3))
    desk.until(lambda: desk.state.step == 3, "the past")
    desk.settle()
    assert not desk.window.user_actions["edit.undo"].isEnabled()
    desk.world.submit(Jump(11))
    desk.until(lambda: desk.state.step == 11, "the future")
    desk.settle()
    assert (stroke.ahead, trail.ahead) == (False, False)


def test_an_import_is_undone_and_what_cannot_be_says_why(undoing: Undoing, tmp_path: Path) -> None:
    desk = undoing.desk
    path = tmp_path / "world.safetensors"
    desk.world.submit(Save(path))
    desk.settle()
    paint(desk, 1)
    before = alive(desk)
    desk.world.submit(Load(Asset(path.name, path.read_bytes())))
    desk.settle()
    undoing.wait(2)
    assert undoing.words[-1] == "Loaded world.safetensors"
    undoing.undo(1)
    assert alive(desk) == before
    desk.run("time.memory", "16")
    desk.world.submit(SetBudget(0))
    desk.world.submit(Reset())
    desk.settle()
    undoing.wait(2)
    last = undoing.chronicle.entries.all[-1]
    assert "more memory" in last.why
    assert not desk.window.user_actions["edit.undo"].isEnabled()
    assert desk.window.settings.history_mb == 16


def test_bookmarks_branches_and_shares_of_the_memory(undoing: Undoing) -> None:
    desk = undoing.desk
    desk.window.settings.history_mb = 64
    desk.world.submit(Step(4))
    desk.settle()
    desk.run("time.bookmark", "start")
    desk.until(lambda: desk.state.bookmarks, "a bookmark")
    before = alive(desk)
    desk.world.submit(Step(9))
    desk.settle()
    desk.run("time.recall", "start")
    undoing.wait(1)
    assert undoing.words == ["Back to start"]
    assert (desk.state.step, alive(desk)) == (4, before)
    root = desk.world
    desk.run("time.branch")
    desk.until(lambda: desk.world is not root and desk.state.alive, "a branch")
    desk.until(lambda: desk.state.step == 4, "its state")
    assert desk.world.title.endswith("from step 4")
    assert alive(desk) == before
    assert not desk.window.shell.parts["chronicle"].present.entries.all
    desk.lab.close(desk.world)
    desk.lab.select(root)
    desk.world.submit(Step(60))
    desk.settle()
    paint(desk, 1)
    desk.run("time.branch", "61")  # no moment is kept there: it is run to
    desk.until(lambda: desk.world is not root and desk.state.alive, "another branch")
    desk.until(lambda: desk.state.step == 61, "its step")
    assert desk.world.title.endswith("from step 61")
    desk.until(lambda: root.state.budget == desk.state.budget == 32 * 2**20, "equal shares")
    desk.lab.select(root)
    with pytest.raises(BadInput, match="no bookmark 'other'"):
        desk.run("time.forget", "other")
    desk.run("time.forget", "1")
    desk.until(lambda: not root.state.bookmarks, "no bookmark")
