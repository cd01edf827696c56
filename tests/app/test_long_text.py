"""A text of some dozens of characters in the parameters: seen whole, marked, kept when refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.widgets.long_text import PAUSE_MS, LongText
from app.widgets.parameter_row import ParameterRow
from engine.core.params import Params, fields_of, live

TOY = Path(__file__).with_name("toys") / "figures.py"
FULL = "ABCD efgh 0123 . " * 3 + "ABCD efgh 012"


@pytest.fixture
def field(qtbot: Any) -> Any:
    text = LongText(64, "abc ")
    qtbot.addWidget(text)
    text.resize(240, 40)
    text.show()
    text.show_value("abc")
    text.sent = []
    text.committed.connect(text.sent.append)
    return text


@pytest.fixture
def figures(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    plugin("figures", TOY.read_text("utf-8"), "Figures")
    desk = request.getfixturevalue("desk")
    desk.open("figures")
    return desk


def type_over(control: Any, words: str) -> None:
    control.setFocus()
    control.selectAll()
    QTest.keyClicks(control, words)


def test_a_field_says_how_long_a_text_may_be_and_of_what() -> None:
    class Toy(Params):
        """Texts."""

        one: str = live("", "Any", max_length=30)
        two: str = live("", "Few", longest=64, symbols="ab")

    one, two = fields_of(Toy)
    assert (one.longest, one.symbols) == (30, "")
    assert (two.longest, two.symbols) == (64, "ab")
    assert Toy(two="a longer one").two == "a longer one"  # its own validator would refuse it


def test_wrong_characters_and_those_beyond_the_end_are_marked(field: Any) -> None:
    type_over(field, "abxc#")
    assert field.wrong() == [2, 4]
    assert len(field.extraSelections()) == 2
    assert field.problem == "Not allowed here: 'x', '#'"
    type_over(field, "a" * 66)
    assert field.problem == "At most 64 characters: leave out 2"
    assert len(field.extraSelections()) == 2


def test_a_pause_sends_what_may_be_right_and_nothing_else(field: Any, qtbot: Any) -> None:
    type_over(field, "xab")
    QTest.qWait(2 * PAUSE_MS)
    assert field.sent == []
    type_over(field, "cab")
    qtbot.waitUntil(lambda: field.sent == ["cab"])


def test_lines_that_are_pasted_become_one(field: Any) -> None:
    QGuiApplication.clipboard().setText("ab\ncc")
    field.selectAll()
    field.paste()
    assert field.toPlainText() == "ab cc"


def test_what_the_world_says_does_not_write_over_what_is_typed(field: Any) -> None:
    type_over(field, "bb")
    field.show_value("ccc")
    assert field.toPlainText() == "bb"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.toPlainText() == "ccc"
    field.show_value("a")
    assert field.toPlainText() == "a"


def test_all_of_a_full_text_is_seen(figures: Any) -> None:
    control = figures.row("text")._control
    type_over(control, FULL)
    QTest.keyClick(control, Qt.Key.Key_Return)
    figures.until(lambda: figures.state.spec.params.get("text") == FULL, "the text")
    assert len(FULL) == 64
    assert control.verticalScrollBar().maximum() == 0
    row = figures.row("text")
    assert row._remark.text() == "64 of at most 64 characters"
    assert row._remark.geometry().bottom() < row.height()
    high = row.height()
    type_over(control, "a!")
    assert row.height() == high  # nothing jumps


def test_a_refused_text_stays_with_the_reason_until_it_is_mended(figures: Any) -> None:
    desk = figures
    row = desk.row("text")
    control = row._control
    type_over(control, "kT#")
    assert "'#'" in control.problem
    QTest.keyClick(control, Qt.Key.Key_Return)
    desk.until(desk.toasts, "a toast")
    desk.until(lambda: control.problem.startswith("A text has"), "the reason")
    desk.quiet(0.4)
    assert control.toPlainText() == "kT#"
    assert row.value == "kT9aWq.Bz3mR"
    assert row._remark.text().startswith("A text has 1 to 64")
    assert len(desk.toasts()) == 1
    QTest.keyClick(control, Qt.Key.Key_Backspace)
    desk.until(lambda: desk.state.spec.params.get("text") == "kT", "the mended text")
    assert control.problem == ""


def test_a_row_counts_the_characters_of_the_world_that_is_shown(qtbot: Any) -> None:
    class Toy(Params):
        """One text."""

        two: str = live("", "Few", longest=64, symbols="ab ")

    row = ParameterRow(fields_of(Toy)[0])
    qtbot.addWidget(row)
    row.set_value("a b")
    assert row._remark.text() == "3 of at most 64 characters"
    row.set_value("")  # another world
    assert row._remark.text() == "0 of at most 64 characters"


def test_escape_brings_back_what_was_before_the_refused_text(figures: Any) -> None:
    desk = figures
    control = desk.row("text")._control
    type_over(control, "   ")
    QTest.keyClick(control, Qt.Key.Key_Return)
    desk.until(desk.toasts, "a toast")
    desk.until(lambda: control.problem, "the reason")
    assert control.toPlainText() == "   "
    QTest.keyClick(control, Qt.Key.Key_Escape)
    assert control.toPlainText() == "kT9aWq.Bz3mR"
    assert control.problem == ""


def test_what_an_action_answers_is_said_in_the_status_line(figures: Any) -> None:
    said: list[str] = []
    figures.window.status.say = said.append
    figures.world.act("moment", {"x": 12.0})
    figures.until(lambda: said, "the answer")
    assert said == ["moment 12 is shown"]
