"""Before what a world learned is lost it is asked; the window goes on meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox


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
