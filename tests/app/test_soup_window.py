"""A soup in the real window: what is drawn, brushes in a living world, the search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionFrame

from engine.core.commands import SetSpeed

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ZERO = (22, 25, 31)


@pytest.fixture
def soup(desk: Any) -> Any:
    """The window with a small soup that stands still."""
    desk.open("soup", programs=128, mutation=0.0)
    desk.until(lambda: desk.viewport.view is not None and desk.viewport.tools.brushes, "a picture")
    return desk


def drag(desk: Any, start: QPoint, end: QPoint) -> None:
    """Draw a line with the left button, in steps as of a mouse."""
    view = desk.viewport
    QTest.mousePress(view, LEFT, NONE, start)
    for part in range(1, 6):
        QTest.mouseMove(view, start + (end - start) * part / 5)
    QTest.mouseRelease(view, LEFT, NONE, end)


def zeros(desk: Any) -> int:
    """How many cells of the picture are zero; the whole of it is shown byte by byte."""
    data = np.asarray(desk.viewport.view.data)
    return int((data == ZERO).all(axis=-1).sum())


def test_choices_on_the_picture_reach_the_world(soup: Any) -> None:
    desk = soup
    modes = desk.page.overlay.modes
    assert set(modes._choices) == {"colour", "layout", "order"}
    assert desk.page.overlay.legend.legend.entries
    modes._choices["colour"].chosen.emit("colour", "species")
    desk.until(lambda: desk.viewport.view.shown == "species", "another colouring")
    assert modes._choices["colour"].value == "species"
    assert not desk.page.overlay.legend.legend.entries
    assert desk.page.overlay.legend.legend.note
    modes._choices["layout"].chosen.emit("layout", "rows")
    desk.until(lambda: desk.viewport.view.tile == (1, 64), "another layout")
    # What is chosen in the panel is seen on the picture, too.
    desk.world.set_param("colour", "byte")
    desk.until(lambda: modes._choices["colour"].value == "byte", "the choice")


def test_a_brush_sterilises_what_it_touches_while_the_soup_lives(soup: Any) -> None:
    desk = soup
    rows, columns = desk.viewport.view.extent
    assert zeros(desk) < 0.02 * rows * columns
    desk.viewport.set_tool("erase")
    desk.viewport.tools.radii["erase"] = 4.0
    desk.world.submit(SetSpeed(5.0))  # a soup soon fills what is empty
    desk.page.driver.toggle_play()
    desk.until(lambda: desk.state.step > 2, "epochs")
    drag(desk, desk.point_of(24, 4), desk.point_of(24, columns - 4))
    # Two rows of programs, all along the picture: a quarter of it.
    desk.until(lambda: zeros(desk) > 0.15 * rows * columns, "zeros")
    step = desk.state.step
    desk.until(lambda: desk.state.step > step, "more epochs")


def test_what_is_found_is_bright_and_the_rest_is_not(soup: Any) -> None:
    desk = soup
    before = np.asarray(desk.viewport.view.data).astype(int)
    desk.page.open_find("[")
    bar = desk.viewport.find_bar
    desk.until(lambda: bar.places, "places")
    total = bar._found.total
    assert 10 < total < 60  # of 128 programs, each with one of 256 bytes 64 times: 22 %
    assert f"of {total} programs" in bar.status.text()
    desk.until(lambda: not np.array_equal(desk.viewport.view.data, before), "a darker picture")
    desk.viewport.fit()
    desk.until(lambda: desk.viewport.view.data.shape == before.shape, "all of it")
    after = np.asarray(desk.viewport.view.data).astype(int)
    known = {place.region for place in bar.places}
    for row, column, rows, columns in known:
        part = np.s_[row : row + rows, column : column + columns]
        np.testing.assert_array_equal(after[part], before[part])
    same = int((after == before).all(axis=-1).sum())
    assert same < 64 * (total + 3)
    bar.close_bar()
    desk.until(lambda: np.array_equal(desk.viewport.view.data, before), "the picture as it was")


def test_a_mutation_rate_fits_its_field_and_can_be_typed(soup: Any) -> None:
    desk = soup
    row = desk.row("mutation")
    assert row._number.text() == "0"
    row._number.setText("1/4096")
    row._number.editingFinished.emit()
    desk.until(lambda: desk.world.params["mutation"] == 1 / 4096, "the rate")
    assert row._number.text() == "1/4096"
    field = row._number
    option = QStyleOptionFrame()
    field.initStyleOption(option)
    place = QStyle.SubElement.SE_LineEditContents
    room = field.style().subElementRect(place, option, field).width() - 4  # what QLineEdit keeps
    room -= field.textMargins().left() + field.textMargins().right()
    assert field.fontMetrics().horizontalAdvance("4194304") <= room
    assert 0.3 < row._control.fraction() < 0.7
