"""The table of actions: each has a handler and words, keys are unique, refusals say why."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

import resources
from app.actions import ACTIONS, Actions
from app.lab import Lab
from engine.core.errors import BadInput

IDS = [spec.id for spec in ACTIONS]
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_names_keys_and_icons() -> None:
    assert len(set(IDS)) == len(IDS)
    keys = [QKeySequence.fromString(s.shortcut).toString() for s in ACTIONS if s.shortcut]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    for spec in ACTIONS:
        assert spec.text
        assert spec.id.count(".") == 1
        if spec.icon:
            assert (resources.ROOT / "icons" / f"{spec.icon}.svg").is_file()


def test_a_handler_that_is_missing_or_too_many_is_found(qapp: Any) -> None:
    handlers = dict.fromkeys(IDS, lambda argument: None)
    Actions(Lab(), handlers)
    with pytest.raises(KeyError, match=r"file\.open"):
        Actions(Lab(), {id: do for id, do in handlers.items() if id != "file.open"})
    with pytest.raises(KeyError, match="nobody"):
        Actions(Lab(), {**handlers, "nobody": lambda argument: None})


@pytest.mark.parametrize("id", [s.id for s in ACTIONS if s.refusal(Lab())])
def test_without_a_world_it_says_why_it_cannot(desk: Any, id: str) -> None:
    action = desk.window.user_actions[id]
    assert not action.isEnabled()
    reason = next(s for s in ACTIONS if s.id == id).refusal(desk.lab)
    assert reason in action.toolTip()
    with pytest.raises(BadInput, match="cannot be done now") as caught:
        desk.run(id)
    assert caught.value.remedy == reason


def test_an_unknown_action_names_the_known_ones(desk: Any) -> None:
    with pytest.raises(BadInput) as caught:
        desk.run("world.destroy")
    assert "world.close" in str(caught.value)


def test_what_a_system_cannot_do_is_not_offered(desk: Any) -> None:
    desk.open("life")
    assert not desk.window.user_actions["train.toggle"].isEnabled()
    assert "does not learn" in desk.window.user_actions["train.toggle"].toolTip()
    assert not desk.window.controls.training.isVisible()
    assert desk.window.user_actions["transport.play"].isEnabled()


def test_keys_drive_the_transport(desk: Any) -> None:
    desk.open("life")
    desk.key(Qt.Key.Key_Right)
    desk.until(lambda: desk.state.step == 1, "a step")
    desk.key(Qt.Key.Key_Space, widget=desk.viewport)
    desk.until(lambda: desk.state.playing, "play")
    desk.key(Qt.Key.Key_Space, widget=desk.viewport)
    desk.until(lambda: not desk.state.playing, "pause")
    desk.key(Qt.Key.Key_R)
    desk.until(lambda: desk.state.step == 0, "the reset")
    seed = desk.state.seed
    desk.key(Qt.Key.Key_R, SHIFT)
    desk.until(lambda: desk.state.seed != seed, "another seed")
    speed = desk.state.speed
    desk.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: desk.state.speed != speed, "slower")


def test_keys_in_a_number_field_stay_there(desk: Any) -> None:
    desk.open("gray-scott")
    row = next(r for r in desk.window.controls.parameters._rows.values() if hasattr(r, "_number"))
    row._number.setFocus()
    desk.until(lambda: row._number.hasFocus(), "the focus")
    seed = desk.state.seed
    for key in (Qt.Key.Key_Right, Qt.Key.Key_1):
        desk.key(key, widget=row._number)
    desk.key(Qt.Key.Key_R, SHIFT, widget=row._number)
    desk.settle()
    assert desk.state.step == 0
    assert desk.state.seed == seed


def test_step_many_and_run_to(desk: Any) -> None:
    desk.open("life")
    desk.run("transport.step-many", "25")
    desk.until(lambda: desk.state.step == 25, "25 steps")
    desk.run("transport.run-to", "100")
    desk.until(lambda: desk.state.step == 100 and not desk.state.playing, "step 100")
    with pytest.raises(BadInput, match="whole number"):
        desk.run("transport.run-to", "soon")


def test_panels_hide_and_come_back(desk: Any) -> None:
    desk.open("life")
    window = desk.window
    wide = desk.viewport.width()
    desk.run("view.panels")
    desk.until(lambda: desk.viewport.width() > wide + 400, "more room")
    assert not window.docks.gallery.isVisible()
    desk.run("view.panels")
    desk.until(lambda: desk.viewport.width() == wide, "the panels")
    assert not window.docks.bottom.isVisible()
    desk.run("view.full-screen")
    desk.until(lambda: window.isFullScreen(), "full screen")
    assert not window.topbar.isVisible()
    desk.run("view.full-screen")
    desk.until(lambda: not window.isFullScreen(), "a window")
    assert window.topbar.isVisible()


def test_menus_that_are_made_when_they_open(desk: Any) -> None:
    window = desk.window
    window.menus.own.aboutToShow.emit()
    assert not window.menus.own.actions()[0].isEnabled()
    window.menus.recent.aboutToShow.emit()
    assert not window.menus.recent.actions()[0].isEnabled()
    window.menus.named["Reproduce"].aboutToShow.emit()
    names = {action.text() for action in window.menus.named["Reproduce"].actions()}
    assert any("growing.persists" in name for name in names)


def test_help_and_diagnostics(desk: Any, answer: Any) -> None:
    from PySide6.QtGui import QGuiApplication

    desk.open("life")
    desk.run("help.diagnostics")
    words = QGuiApplication.clipboard().text()
    assert "PySide6" in words
    assert "QPainter" in words
    desk.run("help.shortcuts")
    dialog = desk.until(lambda: desk.dialogs("Shortcuts"), "the shortcuts")[0]
    dialog.close()
    answer(lambda box: box.close())
    desk.run("help.about")
    QGuiApplication.clipboard().clear()


def test_worlds_beside_each_other(desk: Any) -> None:
    first = desk.open("life")
    second = desk.open("gray-scott")
    tabs = desk.window.topbar._tabs
    assert tabs.count() == 2
    assert desk.world is second
    desk.click(tabs, tabs.tabRect(0).center())
    assert desk.world is first
    assert desk.window.windowTitle().startswith("life")
    tabs.moveTab(0, 1)
    desk.click(tabs, tabs.tabRect(0).center())
    assert desk.world is second
    desk.run("world.close")
    assert desk.world is first
    assert tabs.count() == 1


def test_a_world_out_of_sight_is_not_drawn(desk: Any) -> None:
    first = desk.open("life", playing=True)
    page = desk.page
    desk.open("gray-scott")
    desk.until(lambda: not first._sent, "answers")
    desk.quiet(0.05)
    drawn, step = page.viewport.frames_drawn, first.state.step
    desk.until(lambda: first.state.step > step + 10, "steps out of sight")
    assert page.viewport.frames_drawn == drawn
    desk.lab.select(first)
    desk.until(lambda: page.viewport.frames_drawn > drawn, "pictures again")
