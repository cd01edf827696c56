"""The shortcut page: a key that is pressed is the action's at once; a taken one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from shiboken6 import isValid

from app.keymap import RESERVED

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(desk: Any) -> Iterator[Any]:
    desk.run("help.shortcuts")
    dialog = desk.until(lambda: desk.dialogs("Shortcuts"), "the shortcuts")[0]
    yield dialog
    if isValid(dialog):
        dialog.close()


def test_a_changed_key_works_and_the_old_one_does_not(desk: Any, page: Any) -> None:
    actions = desk.window.user_actions
    page.choose("view.theme")
    assert page.chosen == "view.theme"
    QTest.keyClick(page.fields[0], Qt.Key.Key_J, CTRL | ALT)
    assert actions.keymap.keys("view.theme") == ("Ctrl+Alt+J",)
    assert desk.window.settings.shortcuts == {"view.theme": ["Ctrl+Alt+J"]}
    assert "(Ctrl+Alt+J)" in actions["view.theme"].toolTip()
    assert page.table.item(page.table.currentRow(), 1).text() == "Ctrl+Alt+J"
    page.close()
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow, "the window again")
    before = desk.window.settings.theme
    desk.key(Qt.Key.Key_L, CTRL)
    assert desk.window.settings.theme == before
    desk.key(Qt.Key.Key_J, CTRL | ALT)
    assert desk.window.settings.theme != before
    desk.key(Qt.Key.Key_J, CTRL | ALT)


def test_a_taken_key_is_refused_with_the_others_name_or_taken(desk: Any, page: Any) -> None:
    keymap = desk.window.user_actions.keymap
    page.choose("view.theme")
    QTest.keyClick(page.fields[0], Qt.Key.Key_O, CTRL)
    assert keymap.keys("view.theme") == ("Ctrl+L",)
    assert page.note.text() == "Ctrl+O is taken by Open"
    assert page.take.isVisible()
    desk.click(page.take)
    assert keymap.keys("view.theme") == ("Ctrl+O",)
    assert keymap.keys("file.open") == ()
    assert not page.take.isVisible()
    page.choose("file.open")
    assert page.reset_one.isEnabled()
    desk.click(page.reset_one)
    assert page.note.text().startswith("Ctrl+O is taken by Dark or light")
    desk.click(page.reset_all)
    assert keymap.changes() == {}
    assert desk.window.settings.shortcuts == {}


def test_a_key_of_the_picture_is_refused(desk: Any, page: Any) -> None:
    page.choose("train.toggle")
    QTest.keyClick(page.fields[0], Qt.Key.Key_O)
    assert RESERVED["O"] in page.note.text()
    assert not page.take.isVisible()
    assert desk.window.user_actions.keymap.keys("train.toggle") == ("T",)


def test_a_second_key_comes_and_goes(desk: Any, page: Any) -> None:
    keymap = desk.window.user_actions.keymap
    page.choose("train.toggle")
    QTest.keyClick(page.fields[1], Qt.Key.Key_J, CTRL | ALT)
    assert keymap.keys("train.toggle") == ("T", "Ctrl+Alt+J")
    desk.click(page.clear[1])
    assert keymap.keys("train.toggle") == ("T",)
    desk.click(page.clear[0])
    assert keymap.keys("train.toggle") == ()


def test_tab_leaves_the_field_and_words_find_rows(desk: Any, page: Any) -> None:
    page.choose("view.theme")
    page.fields[0].setFocus()
    QTest.keyClick(page.fields[0], Qt.Key.Key_Control, CTRL)
    QTest.keyClick(page.fields[0], Qt.Key.Key_Tab)
    assert not page.fields[0].hasFocus()
    assert desk.window.user_actions.keymap.changes() == {}
    shown = page.fields[0]
    desk.until(lambda: shown.keySequence().toString() == "Ctrl+L", "the key that it has")
    page.search.setText("ctrl+l")
    rows = [r for r in range(page.table.rowCount()) if not page.table.isRowHidden(r)]
    assert [page.table.item(row, 0).text() for row in rows] == ["View: Dark or light"]
    desk.click(page.copy)
    assert "Ctrl+L" in QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().clear()


def test_what_is_edited_is_among_what_was_found(desk: Any, page: Any) -> None:
    page.choose("session.new")
    page.search.setText("redo")
    assert page.chosen == "edit.redo"
    page.search.setText("no such words at all")
    assert page.chosen == ""
    assert not page.fields[0].isEnabled()
    page.search.clear()
    assert page.chosen != ""


def test_keys_of_the_settings_are_there_from_the_start(qapp: Any) -> None:
    from app.actions import ACTIONS, Actions
    from app.lab import Lab

    handlers = dict.fromkeys((spec.id for spec in ACTIONS), lambda argument: None)
    changed = {"file.open": ["Ctrl+Alt+J"], "gone.away": ["Ctrl+U"], "view.fit": "nonsense"}
    actions = Actions(Lab(), handlers, changed_keys=changed)
    assert actions.key_text("file.open") == "Ctrl+Alt+J"
    assert actions.key_text("view.fit") == "F"


def test_tooltips_tell_the_keys_of_now(desk: Any) -> None:
    from app.keys import tip_with_keys

    desk.open("life")
    button = desk.page.overlay.transport.reset
    tip = tip_with_keys(button, button.property("action"))
    assert tip == "Begin again with the same seed  (R)"
    desk.window.user_actions.set_keys("transport.reset", ["Ctrl+Alt+J"])
    assert tip_with_keys(button, button.property("action")).endswith("(Ctrl+Alt+J)")
    speed = desk.page.overlay.transport.slider
    lines = tip_with_keys(speed, speed.property("action")).splitlines()
    assert lines[0].endswith("(Ctrl+Up, Ctrl+Down)")
    desk.window.user_actions.set_keys("transport.reset", [])
    assert tip_with_keys(button, button.property("action")) == button.toolTip()


def test_a_tooltip_is_shown_with_the_key(desk: Any) -> None:
    desk.open("life")
    button = desk.page.overlay.transport.reset
    at = button.rect().center()
    QApplication.sendEvent(button, QHelpEvent(QEvent.Type.ToolTip, at, button.mapToGlobal(at)))
    assert QToolTip.text() == "Begin again with the same seed  (R)"
    QToolTip.hideText()
