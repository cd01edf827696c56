"""The form of an action: files are chosen by a button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.dialogs.act import ActDialog
from engine.core.commands import Reply
from engine.core.errors import BadInput
from engine.core.system import ActionOffer


class Mixture(BaseModel):
    path: Path = Field(title="Other soup")
    share: float = Field(0.5, ge=0.0, le=1.0)


class Told(QObject):
    """Stands in for a world: hears what is asked of it and refuses."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def do(self, command: Any, done: Callable[[Reply], None]) -> None:
        self.heard.append(command)
        done(Reply(command.id, 0, BadInput("is truncated", path="a.dat")))


def test_a_file_is_chosen_and_a_refusal_stays_in_the_form(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Told()
    offer = ActionOffer("mix", "Mix", "none", Mixture.model_json_schema(), "")
    form = ActDialog(offer, {}, world)  # type: ignore[arg-type]
    qtbot.addWidget(form)
    form.show()
    (button,) = [b for b in form.findChildren(QPushButton) if b.text() == "Choose..."]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    button.click()
    assert form.arguments()["path"] == ""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("some/a.dat", "All"))
    button.click()
    form.accept()
    (command,) = world.heard
    assert command.arguments == {"path": "some/a.dat", "share": 0.5}
    assert form.isVisible()
    assert "a.dat: is truncated" in form.problem.text()
