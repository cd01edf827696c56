"""The viewport of soups in the real window: signs, picking, hovering and searching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.viewports.camera import Camera

TOY = Path(__file__).with_name("toys") / "words.py"


@pytest.fixture
def words(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window with a world of programs that stands still."""
    plugin("words", TOY.read_text("utf-8"), "Words")
    desk = request.getfixturevalue("desk")
    desk.open("words")
    desk.until(lambda: desk.viewport._alphabet is not None, "an alphabet")
    return desk


def near(desk: Any, row: float, column: float, scale: float) -> None:
    """Stand over a cell, and wait until its bytes were sent."""
    desk.viewport.set_camera(Camera(row, column, scale))
    desk.until(lambda: not desk.viewport._ask.isActive(), "the request")
    desk.settle()
    desk.until(lambda: desk.viewport.view.codes is not None, "bytes")


def test_large_cells_show_the_signs_of_their_bytes(words: Any) -> None:
    desk = words
    desk.viewport.set_grid_lines(False)
    near(desk, 4, 22, 40.0)
    view = desk.viewport.view
    # Program 5 begins with "[[{." in the cells (0, 20) to (0, 23).
    cells = []
    for column in range(20, 24):
        assert chr(view.codes[0 - view.region[0], column - view.region[1]]) == "[[{."[column - 20]
        middle = desk.point_of(0, column)
        cells.append(desk.pixels()[middle.y() - 14 : middle.y() + 14, middle.x() - 14 :][:, :28])
    assert all(cell.std() > 8 for cell in cells)
    assert np.array_equal(cells[0], cells[1])
    assert not np.array_equal(cells[0], cells[2])
    assert not np.array_equal(cells[2], cells[3])


def test_small_cells_show_none(words: Any) -> None:
    desk = words
    near(desk, 4, 22, 10.0)
    middle = desk.point_of(0, 20)
    patch = desk.pixels()[middle.y() - 3 : middle.y() + 3, middle.x() - 3 : middle.x() + 3]
    assert patch.reshape(-1, 3).std(axis=0).max() == 0


def test_a_click_of_the_hand_picks_a_program_and_a_drag_does_not(words: Any) -> None:
    desk = words
    picked: list[tuple[bytes, Any]] = []
    desk.world.program_picked.connect(lambda code, place: picked.append((code, place)))
    desk.viewport.set_tool("hand")
    desk.brush(desk.point_of(20, 20), desk.point_of(16, 16))
    desk.settle()
    assert picked == []
    desk.click(desk.viewport, desk.point_of(1, 22))
    desk.until(lambda: picked, "a picked program")
    code, place = picked[0]
    assert code[:4] == b"[[{."
    assert (place.program, place.byte, place.region) == (5, 6, (0, 20, 4, 4))


def test_inspect_picks_a_program(words: Any) -> None:
    desk = words
    picked: list[int] = []
    desk.world.program_picked.connect(lambda code, place: picked.append(place.program))
    desk.viewport.set_tool("inspect")
    desk.click(desk.viewport, desk.point_of(31, 31))
    desk.until(lambda: picked == [63], "the last program")


def test_the_chip_names_program_and_byte(words: Any) -> None:
    desk = words
    desk.viewport.set_tool("hand")
    QTest.mouseMove(desk.window.windowHandle(), desk.viewport.mapTo(desk.window, QPoint(3, 90)))
    where = desk.viewport.mapTo(desk.window, desk.point_of(0, 22))
    QTest.mouseMove(desk.window.windowHandle(), where)
    desk.until(
        lambda: desk.viewport.chip_words((0, 22)) == ("program 5  byte 2", "7B  {  does {"),
        "the chip's words",
    )
    desk.viewport.set_view(desk.viewport.view)
    assert desk.viewport._decorations._marks.words == ("program 5  byte 2", "7B  {  does {")


def test_find_moves_to_the_places(words: Any) -> None:
    desk = words
    desk.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = desk.viewport.find_bar
    desk.until(bar.isVisible, "the search")
    assert bar.field.hasFocus()
    QTest.keyClicks(bar.field, "[[{.")
    desk.key(Qt.Key.Key_Return, widget=bar.field)
    desk.until(lambda: bar.status.text() == "1 of 2 programs", "the first place")
    assert (desk.viewport.camera.row, desk.viewport.camera.column) == (2, 22)
    desk.key(Qt.Key.Key_Return, widget=bar.field)
    assert bar.status.text() == "2 of 2 programs"
    assert (desk.viewport.camera.row, desk.viewport.camera.column) == (22, 2)
    desk.key(Qt.Key.Key_Return, widget=bar.field)
    assert bar.status.text() == "1 of 2 programs"
    desk.key(Qt.Key.Key_Escape, widget=bar.field)
    assert not bar.isVisible()
    assert desk.viewport.hasFocus()


def test_find_says_what_it_cannot_read_and_what_is_nowhere(words: Any) -> None:
    desk = words
    desk.run("view.find", "[x")
    bar = desk.viewport.find_bar
    height = bar.height()
    desk.until(lambda: "'x' at 2" in bar.trouble.text(), "the refusal")
    assert bar.height() > height
    assert bar.trouble.height() >= bar.trouble.heightForWidth(bar.trouble.width())
    assert desk.toasts() == []
    desk.run("view.find", "[[[[[[")
    desk.until(lambda: bar.status.text() == "In no program", "nothing found")
    assert not bar.next_button.isEnabled()
    assert not bar.trouble.isVisible()
    assert bar.height() == height


def test_shift_return_goes_back(words: Any) -> None:
    desk = words
    desk.run("view.find", "[[{.")
    bar = desk.viewport.find_bar
    desk.until(lambda: bar.status.text() == "1 of 2 programs", "the first place")
    desk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier, widget=bar.field)
    assert bar.status.text() == "2 of 2 programs"
    desk.click(bar.next_button)
    assert bar.status.text() == "1 of 2 programs"
    desk.click(bar.close_button)
    assert not bar.isVisible()


def test_an_action_on_a_program_is_in_the_context_menu(
    words: Any, answer: Callable[[Callable[[Any], None]], None]
) -> None:
    desk = words
    where = desk.viewport.mapTo(desk.window, desk.point_of(1, 22))
    QTest.mouseMove(desk.window.windowHandle(), where)
    desk.until(lambda: desk.viewport.program_at((1, 22)) is not None, "the program there")

    def choose(menu: Any) -> None:
        assert menu.actions()[0].text() == "Inspect program 5"
        action = next(a for a in menu.actions() if a.text() == "Wipe program")
        menu.setActiveAction(action)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    answer(choose)
    desk.viewport.context_menu.emit(desk.window.mapToGlobal(where), (1, 22))
    desk.settle()
    desk.until(lambda: not desk.world.views["world"].codes[0:4, 20:24].any(), "an empty program")
    assert desk.world.views["world"].codes[0:4, 24:28].any()
