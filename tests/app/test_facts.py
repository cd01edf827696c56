"""What is written about a pinned place: rows of facts, as words and for the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.widgets.facts import LINE, Facts, facts_text, value_words
from engine.core.programs import Place
from engine.core.system import Row

TOY = Path(__file__).with_name("toys") / "words.py"


def test_values_are_written_for_reading_and_copied_in_full() -> None:
    assert [value_words(value) for value in (1234567, 0.123456789, "4A copy")] == [
        "1,234,567",
        "0.1235",
        "4A copy",
    ]
    rows = (Row("age", 0.123456789, "epochs"), Row("program", 1234567), Row("text", "[>,]"))
    assert facts_text(rows) == "age\t0.123456789\tepochs\nprogram\t1234567\ntext\t[>,]"


def test_a_long_program_takes_more_lines_the_narrower_it_is(qtbot: QtBot) -> None:
    facts = Facts("facts")
    qtbot.addWidget(facts)
    facts.resize(270, 20)
    facts.set_rows((Row("program", 7), Row("byte", 3)))
    assert facts.height() == 2 * LINE
    facts.set_rows((Row("program", 7), Row("text", 8 * "<<[>,}]+")))
    wide = facts.height_at(270)
    assert wide > 2 * LINE
    assert facts.height() == wide
    assert facts.height_at(180) > wide
    assert facts.height_at(900) == 2 * LINE


@pytest.fixture
def words(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window with a world of programs that stands still."""
    plugin("words", TOY.read_text("utf-8"), "Words")
    desk = request.getfixturevalue("desk")
    desk.open("words")
    return desk


def test_a_picked_program_is_described_and_is_no_channel(words: Any) -> None:
    desk = words
    inspector = desk.window.controls.inspector
    assert inspector._hint.text().startswith("Click a program")
    desk.click(desk.viewport, desk.point_of(5, 9))
    desk.until(lambda: inspector.facts.rows, "facts")
    assert inspector.facts.rows[0] == Row("program", 10)
    assert inspector.facts.isVisible()
    assert not inspector._bars.isVisible()
    assert inspector._plot is None
    assert "inspector" not in desk.world._requests
    desk.click(inspector._copy)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "program\t10"
    assert lines[2] == "age\t0.5\tepochs"
    desk.click(inspector._release)
    assert not inspector.facts.isVisible()
    assert inspector._hint.isVisible()


def test_the_description_follows_the_world_while_it_is_seen(words: Any) -> None:
    desk = words
    inspector = desk.window.controls.inspector
    desk.click(desk.viewport, desk.point_of(0, 1))
    before = desk.until(lambda: inspector.facts.rows, "facts")
    desk.run("transport.step")  # the last byte of program 0 changes
    desk.until(lambda: inspector.facts.rows != before, "newer facts")
    desk.window.docks.controls.hide()
    asked: list[str] = []
    ask = desk.world.ask
    desk.world.ask = lambda *question: asked.append(question[0]) or ask(*question)
    inspector._refresh()
    assert not asked, "nobody sees it"
    desk.window.docks.controls.show()
    desk.until(lambda: "inspect" in asked, "a question")


def test_a_program_that_is_not_there_is_let_go(words: Any) -> None:
    desk = words
    inspector = desk.window.controls.inspector
    desk.world.program_picked.emit(bytes(16), Place(5, 0, bytes(16), (0, 20, 4, 4)))
    desk.until(lambda: inspector.facts.rows, "facts")
    desk.world.program_picked.emit(bytes(16), Place(999, 0, bytes(16), (0, 0, 4, 4)))
    assert inspector._program == (999, 0)
    assert not inspector.facts.rows, "nothing of another place"
    desk.until(lambda: inspector._program is None, "no pin")
    assert inspector._hint.isVisible()
