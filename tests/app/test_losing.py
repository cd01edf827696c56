"""What was learned or done by hand is not lost without a word; the window goes on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QMessageBox, QPushButton

from app.dropping import plan_drop
from app.gallery.items import MIME
from engine.core.commands import Brush, Keep, SetParam, Undo
from engine.core.spec import Spec
from engine.core.views import Stroke


def _ask(desk: Any) -> Any:
    desk.open("life", width=64, height=64)
    desk.world.unsaved = True  # as if it had learned
    desk.run("world.close")
    box = desk.window.findChild(QMessageBox)
    assert box.isVisible()
    return box


def _button(box: Any, words: str) -> Any:
    return next(button for button in box.buttons() if words in button.text())


@pytest.mark.parametrize(("words", "left"), [("Close without", 0), ("Cancel", 1)])
def test_closing_asks_first(desk: Any, words: str, left: int) -> None:
    box = _ask(desk)
    _button(box, words).click()
    assert len(desk.lab.worlds) == left


def test_the_question_goes_with_the_world(desk: Any) -> None:
    box = _ask(desk)
    desk.lab.close(desk.world)
    assert not box.isVisible()
    assert not desk.lab.worlds


def test_saving_keeps_the_world(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    monkeypatch.setattr(desk.window.filing, "save", saved.append)
    _button(_ask(desk), "Save model").click()
    assert saved == ["model"]
    assert len(desk.lab.worlds) == 1


# What was done by hand.


@pytest.fixture
def user(desk: Any) -> Iterator[Any]:
    """Somebody who is told and asked, as in a window that keeps what it has on disk."""
    session = desk.window.shell.parts["session"]
    session.asks = True
    yield desk
    session.asks = False


def _paint(desk: Any, world: Any) -> None:
    world.submit(Brush(Stroke("world", "erase", ((9.0, 9.0),))))
    desk.until(lambda: world.state.edits, "the stroke")


def _preset(desk: Any, slug: str = "life") -> Any:
    desk.window.gallery.opened.emit(slug, "", False)
    return desk.world


def test_a_world_that_was_only_looked_at_makes_room(user: Any) -> None:
    first = user.open("gray-scott", playing=True, width=64, height=64)
    user.until(lambda: first.state.step > 2, "some steps")
    second = _preset(user)
    assert user.lab.worlds == [second]
    assert not user.toasts()


def test_a_painted_world_stays_and_this_is_told(user: Any) -> None:
    first = user.open("gray-scott", width=64, height=64)
    _paint(user, first)
    second = _preset(user)
    assert user.lab.worlds == [first, second]
    assert user.world is second
    assert user.toasts() == ["gray-scott stays open: one change by hand"]
    toast = user.window.toasts.messages()[0]
    button = next(b for b in toast.findChildren(QPushButton) if b.text() == "Close it")
    user.click(button)
    assert user.lab.worlds == [second]
    assert not user.toasts()


def test_what_was_told_goes_with_the_world(user: Any) -> None:
    first = user.open("life", width=64, height=64)
    _paint(user, first)
    _preset(user, "gray-scott")
    assert user.toasts()
    user.lab.close(first)
    assert not user.toasts()


def test_a_stroke_that_is_not_answered_yet_counts(user: Any) -> None:
    first = user.open("life", width=64, height=64)
    first.submit(Brush(Stroke("world", "erase", ((9.0, 9.0),))))
    assert first.changing
    assert not first.state.edits
    _preset(user, "gray-scott")
    assert first in user.lab.worlds


@pytest.mark.parametrize("kind", ["parameter", "bookmark", "undone"])
def test_everything_that_closing_the_window_would_ask_about_stays(user: Any, kind: str) -> None:
    first = user.open("gray-scott", width=64, height=64)
    session = user.window.shell.parts["session"]
    assert not session.modified()
    if kind == "parameter":
        first.submit(SetParam("feed", 0.04))
    elif kind == "bookmark":
        first.submit(Keep("here", 16))
    else:
        _paint(user, first)
        first.submit(Undo())
    user.until(session.modified, "something to lose")
    _preset(user)
    assert first in user.lab.worlds


def test_the_drop_of_a_preset_says_it_before(user: Any) -> None:
    first = user.open("life", width=64, height=64)
    data = QMimeData()
    data.setData(MIME, b"gray-scott/")
    data.setText("Spots")
    assert plan_drop(data, user.lab).sentence == "Open Spots"
    _paint(user, first)
    plan = plan_drop(data, user.lab)
    assert plan.sentence == "Open Spots in a new tab"
    user.window.filing.take(plan)
    assert [world.slug for world in user.lab.worlds] == ["life", "gray-scott"]


def test_a_world_that_takes_room_only_once_it_lives_leaves_it_as_well(user: Any) -> None:
    first = user.open("life", width=64, height=64)
    second = user.lab.open(Spec("gray-scott", {"width": 64}, seed=1), "Spots", careful=True)
    _paint(user, first)  # meanwhile
    user.until(lambda: second.state.alive, "the second world")
    user.until(user.toasts, "the word")
    assert user.lab.worlds == [first, second]


def test_a_script_says_what_it_means(desk: Any) -> None:
    first = desk.open("life", width=64, height=64)
    _paint(desk, first)
    second = _preset(desk, "gray-scott")
    assert desk.lab.worlds == [second]
    _paint(desk, desk.alive())
    desk.run("world.close")
    assert not desk.lab.worlds


@pytest.mark.parametrize(("words", "left"), [("Close without", 0), ("Cancel", 1)])
def test_closing_a_painted_world_asks(user: Any, words: str, left: int) -> None:
    _paint(user, user.open("life", width=64, height=64))
    user.run("world.close")
    box = user.window.findChild(QMessageBox)
    assert box.text() == "life was changed and not saved."
    assert box.informativeText() == "Closing it loses: one change by hand."
    _button(box, words).click()
    assert len(user.lab.worlds) == left


def test_a_world_that_was_only_looked_at_closes_at_once(user: Any) -> None:
    user.open("life", width=64, height=64)
    user.run("world.close")
    assert not user.lab.worlds


def test_a_world_that_was_saved_closes_at_once(user: Any, tmp_path: Path) -> None:
    world = user.open("life", width=64, height=64)
    _paint(user, world)
    user.run("file.save-world", str(tmp_path / "life.safetensors"))
    user.until(user.toasts, "the file")
    user.run("world.close")
    assert not user.lab.worlds


def test_a_saved_session_has_its_worlds(user: Any, tmp_path: Path) -> None:
    world = user.open("life", width=64, height=64)
    _paint(user, world)
    session = user.window.shell.parts["session"]
    user.run("session.save", str(tmp_path / "mine.primordia"))
    user.until(lambda: session.path is not None, "the session")
    assert not user.lab.work_in(world)
    before = world.state.edits
    _paint(user, world)
    user.until(lambda: world.state.edits > before, "another stroke")
    assert user.lab.work_in(world) == "one change by hand"


def test_what_a_crash_left_counts_until_it_is_saved(user: Any) -> None:
    world = user.open("life", width=64, height=64)
    session = user.window.shell.parts["session"]
    session._adopt(None)
    assert not user.lab.work_in(world)
    session.ledger.recovered = True  # as after a crash
    assert user.lab.work_in(world) == "recovered and not saved"
