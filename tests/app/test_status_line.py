"""The status line tells what is news: for a while, and of the world that is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import status
from engine.core.commands import Act

TOY = Path(__file__).with_name("toys") / "figures.py"


@pytest.fixture
def figures(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    plugin("figures", TOY.read_text("utf-8"), "Figures")
    desk = request.getfixturevalue("desk")
    desk.open("figures")
    return desk


def said(desk: Any) -> str:
    return desk.window.status.said


def test_a_message_goes_after_a_while(figures: Any) -> None:
    line = figures.window.status
    line._fading.setInterval(30)
    assert 5_000 <= status.STAYS_MS <= 10_000
    line.say("Undid ink stroke")
    figures.until(lambda: said(figures) == "", "an empty line")


def test_a_message_goes_with_its_world(figures: Any) -> None:
    figures.window.status.say("Undid moving point 3")
    figures.open("figures")
    assert said(figures) == ""


def test_what_is_being_done_stays_and_comes_back(figures: Any) -> None:
    line = figures.window.status
    line._fading.setInterval(30)
    line.say_lasting("Loading...")
    line.say("Undid ink stroke")
    assert line.said == "Undid ink stroke"
    figures.until(lambda: line.said == "Loading...", "what is being done")
    figures.open("figures")
    assert line.said == "Loading..."
    line.say_lasting("")
    assert line.said == ""


def test_the_answer_of_an_action_from_a_form_or_a_menu_is_told(figures: Any) -> None:
    figures.world.do(Act("moment", {"x": 128.0}), lambda reply: None)
    figures.until(lambda: said(figures) == "moment 128 is shown", "the answer")


def test_nothing_is_told_of_a_world_that_is_not_seen(figures: Any) -> None:
    former = figures.world
    figures.open("figures")
    former.act("moment", {"x": 64.0})
    figures.until(lambda: not former._sent, "the answer")
    assert said(figures) == ""
