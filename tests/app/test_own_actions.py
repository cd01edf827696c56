"""A world's own actions: buttons to find them by, a form, and what is wrong said in the form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.dialogs.act import ActDialog

TOYS = Path(__file__).with_name("toys")


@pytest.fixture
def tiny(desk: Any, plugin: Callable[..., Any]) -> Any:
    plugin("tiny", (TOYS / "tiny.py").read_text("utf-8"), "Tiny")
    desk.open("tiny", playing=True)
    return desk


@pytest.fixture
def words(desk: Any, plugin: Callable[..., Any]) -> Any:
    plugin("words", (TOYS / "words.py").read_text("utf-8"), "Words")
    desk.open("words")
    return desk


def section(desk: Any) -> Any:
    return desk.window.controls.actions_panel


def form(desk: Any) -> ActDialog:
    found = desk.until(lambda: desk.dialogs("ActDialog"), "the form")[0]
    assert isinstance(found, ActDialog)
    return found


def test_what_is_wrong_is_said_in_the_form_and_nothing_stops(words: Any) -> None:
    """An action for a program, asked for by the window without one: the form asks which."""
    desk = words
    offer = next(o for o in desk.state.capabilities.actions if o.name == "wipe")
    desk.window.act(offer, {})
    dialog = form(desk)
    (row,) = dialog._rows
    assert any("0 to 63" in label.text() for label in dialog.findChildren(type(dialog.problem)))
    row._number.setFocus()
    row._number.selectAll()
    QTest.keyClicks(row._number, "500")
    desk.click(dialog._do)
    desk.until(lambda: dialog.problem.isVisible(), "the problem")
    assert dialog.problem.text() == "Program is 0 to 63"
    row._number.selectAll()
    QTest.keyClicks(row._number, "5")
    desk.click(dialog._do)
    desk.until(lambda: not desk.dialogs("ActDialog"), "the end of the form")
    codes: list[Any] = []
    desk.world.ask("program", {"index": 5}, codes.append)
    desk.until(lambda: codes, "an answer")
    assert codes[0].value.code == bytes(16)


def test_a_program_that_cannot_be_read_keeps_the_form_open(tiny: Any) -> None:
    desk = tiny
    inject = next(o for o in desk.state.capabilities.actions if o.name == "inject")
    desk.window.act(inject, {})
    dialog = form(desk)
    (row,) = dialog._rows
    field = row._control
    field.setFocus()
    QTest.keyClicks(field, "+?")
    desk.click(dialog._do)
    desk.until(lambda: dialog.problem.isVisible(), "the problem")
    assert "position 2" in dialog.problem.text()
    assert dialog.problem.height() >= dialog.problem.heightForWidth(dialog.problem.width())
    assert not desk.toasts()
    before = desk.state.step
    desk.until(lambda: desk.state.step > before, "the world going on")
    assert desk.state.playing
    field.selectAll()
    QTest.keyClicks(field, "+!")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.until(lambda: not desk.dialogs("ActDialog"), "the end of the form")
    desk.until(
        lambda: round(255 * float(np.asarray(desk.world.views["world"].data).flat[0])) == ord("+"),
        "the program in the world",
    )


def test_a_form_goes_with_its_world(tiny: Any) -> None:
    desk = tiny
    inject = next(o for o in desk.state.capabilities.actions if o.name == "inject")
    desk.window.act(inject, {})
    form(desk)
    desk.lab.close(desk.world)
    desk.until(lambda: not desk.dialogs("ActDialog"), "no form")


def test_actions_are_buttons_and_those_for_a_program_wait_for_one(words: Any) -> None:
    desk = words
    panel = section(desk)
    assert panel.isVisible()
    assert list(panel.buttons) == ["wipe"]
    button = panel.buttons["wipe"]
    assert not button.isEnabled()
    assert "Click a program" in button.toolTip()
    desk.click(desk.viewport, desk.point_of(5, 9))  # the second row of programs, the third of it
    desk.until(button.isEnabled, "a picked program")
    assert "program 10" in button.toolTip()
    desk.click(button)
    desk.until(lambda: "done" in panel.note.text(), "the action")
    codes: list[Any] = []
    desk.world.ask("program", {"index": 10}, codes.append)
    desk.until(lambda: codes, "an answer")
    assert codes[0].value.code == bytes(16)


def test_a_world_without_actions_has_no_section(words: Any) -> None:
    desk = words
    desk.open("gray-scott")
    desk.until(lambda: not section(desk).isVisible(), "no section")
    assert section(desk).buttons == {}
