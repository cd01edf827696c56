"""The history panel: the list, going through it, bookmarks, the memory; and the seed's chip."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from engine.core.commands import Brush, Jump, Pause, Restore, RunTo, SetBudget, Step
from engine.core.views import Stroke


@pytest.fixture
def panel(desk: Any) -> Any:
    """The panel of a Life that stands still."""
    desk.open("life")
    desk.world.submit(Pause())
    desk.run("time.history")
    desk.settle()
    return desk.window.docks.added["history"].widget()


def rows(panel: Any) -> list[tuple[str, str]]:
    items = [panel.list.topLevelItem(row) for row in range(panel.list.topLevelItemCount())]
    return [(item.text(0), item.text(1)) for item in items]


def paint(desk: Any, number: int) -> None:
    at = ((20.5, 20.5 + 8 * number),)
    desk.world.submit(Brush(Stroke("world", "paint", at, radius=3.0, number=number)))
    desk.settle()


def press(panel: Any, row: int) -> None:
    item = panel.list.topLevelItem(row)
    at = panel.list.visualItemRect(item).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_it_lists_what_was_done_and_a_click_goes_there(desk: Any, panel: Any) -> None:
    assert rows(panel) == []
    assert "listed here" in panel._hint.text()
    desk.world.submit(Step(3))
    desk.settle()
    paint(desk, 1)
    desk.world.set_param("trail", 7)
    desk.settle()
    desk.run("transport.reset")
    chronicle = desk.window.shell.parts["chronicle"].present
    desk.until(lambda: len(rows(panel)) == 4, "the list")
    expected = [
        ("As it was opened", ""),
        ("Paint stroke", "3"),
        ("Trail 30 → 7", "3"),
        ("Reset", "3"),
    ]
    assert rows(panel) == expected
    press(panel, 1)
    desk.until(lambda: chronicle.entries.done == 1 and chronicle._under_way is None, "the past")
    desk.settle()
    assert (desk.state.step, desk.world.params["trail"]) == (3, 30)
    desk.until(lambda: "does it again" in panel.list.topLevelItem(3).toolTip(0), "the list")
    assert panel.list.indexOfTopLevelItem(panel.list.currentItem()) == 1
    press(panel, 3)
    desk.until(lambda: chronicle.entries.done == 3, "the reset")
    desk.settle()
    assert (desk.state.step, desk.world.params["trail"]) == (0, 7)
    press(panel, 0)
    desk.until(lambda: chronicle.entries.done == 0, "the beginning")
    desk.world.submit(Jump(0))
    desk.until(lambda: desk.state.step == 0, "step 0")


def test_bookmarks_have_pictures_and_bring_the_world_back(desk: Any, panel: Any) -> None:
    assert not panel.marks.isVisible()
    desk.run("time.bookmark", "here")
    desk.until(lambda: panel.marks.count() == 1, "a bookmark")
    item = panel.marks.item(0)
    assert item.text() == "here\nstep 0"
    assert not item.icon().pixmap(64, 64).isNull()
    desk.world.submit(Step(5))
    desk.until(lambda: desk.state.step == 5, "five steps")
    panel.marks.itemClicked.emit(item)
    desk.until(lambda: desk.state.step == 0, "the bookmark")
    desk.until(lambda: rows(panel)[-1:] == [("Back to here", "5")], "an entry")
    panel.marks.forgotten.emit(desk.state.bookmarks[0])
    desk.until(lambda: not panel.marks.isVisible(), "no bookmark")


def test_it_tells_how_much_memory_the_past_takes(desk: Any, panel: Any) -> None:
    desk.until(lambda: panel._words.text().endswith("512 MB for its past"), "the budget")
    desk.window.shell.parts["settings"].set("history_mb", 64)
    desk.until(lambda: panel._words.text().endswith("64 MB for its past"), "another budget")
    assert desk.state.budget == 64 * 2**20
    desk.run("time.memory", "32")
    desk.until(lambda: desk.state.budget == 32 * 2**20, "a third")


def test_what_does_not_come_back_is_said_beforehand(desk: Any, panel: Any) -> None:
    desk.run("transport.reset")
    desk.until(lambda: len(rows(panel)) == 2, "the list")
    chronicle = desk.window.shell.parts["chronicle"].present
    entry = chronicle.entries.all[0]
    assert "Undone, " not in panel.list.topLevelItem(1).toolTip(0)
    entry.undo = Restore(entry.undo.deposit, "the pool is lost")
    panel._fill(chronicle)
    assert "Undone, the pool is lost" in panel.list.topLevelItem(1).toolTip(0)


def test_what_is_no_longer_kept_is_grey_and_says_why(desk: Any, panel: Any) -> None:
    paint(desk, 1)
    desk.run("transport.reset")
    desk.until(lambda: len(rows(panel)) == 3, "the list")
    desk.world.submit(SetBudget(0))
    desk.settle()
    desk.run("edit.undo")
    desk.until(lambda: "no longer kept" in panel.list.topLevelItem(2).toolTip(0), "why")
    assert desk.toasts()
    assert not desk.window.user_actions["edit.undo"].isEnabled()


def test_the_seed_is_seen_copied_typed_and_drawn_anew(desk: Any) -> None:
    desk.open("life")
    desk.settle()
    chip = desk.window.page.overlay.title
    button = chip._seed
    assert button.isVisible()
    assert button.accessibleName() == f"Seed {desk.state.seed}"
    button.click()
    menu = button._choices
    assert isinstance(menu, QMenu)
    desk.until(menu.isVisible, "the menu")
    copy = menu.actions()[0]
    assert copy.text() == f"Copy {desk.state.seed}"
    copy.trigger()
    assert QGuiApplication.clipboard().text() == str(desk.state.seed)
    field = button._field.field
    field.setText("9007199254740993")  # more than a float or a C++ int holds
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.until(lambda: desk.state.seed == 9007199254740993, "the seed")
    desk.until(lambda: button.accessibleName() == "Seed 9007199254740993", "its name")
    menu.close()
    desk.run("transport.copy-seed")
    assert QGuiApplication.clipboard().text() == "9007199254740993"
    chip.seed_wanted.emit(None)
    desk.until(lambda: desk.state.seed != 9007199254740993, "a new one")
    desk.run("transport.seed", "5")
    desk.until(lambda: desk.state.seed == 5, "a typed one")


def test_a_picture_every_so_many_steps_is_asked_for_in_the_transport(desk: Any) -> None:
    desk.open("life")
    bar = desk.window.page.overlay.transport
    bar._stride.chosen.emit(10)
    desk.until(lambda: desk.state.stride == 10, "a stride")
    assert bar._stride.field.text() == "10"
    desk.run("transport.stride", "0")
    desk.until(lambda: desk.state.stride is None, "none")


def test_a_long_run_shows_its_way_and_is_listed_until_it_is_stopped(desk: Any) -> None:
    desk.open("life")
    desk.world.submit(RunTo(2_000_000_000))
    under_way = desk.window.jobs.under_way
    desk.until(under_way.running, "an activity")
    strip = desk.window.page.overlay.transport.strip
    assert "on the way to step 2,000,000,000" in strip.accessibleDescription()
    assert strip.x_of(2_000_000_000) <= strip.width()
    (run,) = under_way.running()
    assert "to step 2,000,000,000" in run.title
    under_way.cancelled.emit(run)
    desk.until(lambda: desk.state.target_step is None, "a stop")
    desk.until(lambda: not under_way.running(), "an empty list")
    assert "on the way" not in strip.accessibleDescription()
