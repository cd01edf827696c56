"""Files that take long are written beside the running world, listed, and can be cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QRadioButton

from app.dialogs.export import ExportDialog
from engine.core.commands import Play
from engine.core.spec import Spec

TOY = Path(__file__).with_name("toys") / "meshling.py"


def test_time_goes_on_while_a_file_is_written(desk: Any, plugin: Any, tmp_path: Path) -> None:
    plugin("meshling", TOY.read_text(), "Meshling")
    world = desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.until(lambda: desk.state.alive, "a living world")
    jobs, path = desk.window.jobs, tmp_path / "long.ply"
    desk.run("file.export", str(path))
    (activity,) = desk.until(lambda: list(jobs.activities.values()), "the writing")
    assert activity.title == "Writing long.ply"
    desk.until(lambda: activity.status.fraction == 0.5, "how far it is")
    world.submit(Play())
    desk.until(lambda: desk.state.step > 3, "time")
    short = tmp_path / "short.ply"
    desk.run("file.export", str(short))
    desk.until(lambda: "Saved short.ply" in desk.toasts(), "the other file")
    assert int(short.read_bytes().split()[1]) > 0
    assert activity.status.state == "running"
    activity.cancel()
    desk.until(lambda: not jobs.activities, "the end")
    assert not path.exists()
    assert desk.toasts() == ["Saved short.ply"]


def test_every_kind_is_offered_before_a_name_is_asked_for(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ((".glb", "Textured mesh"), (".frames", "A folder of pictures"))
    filing = desk.window.filing
    monkeypatch.setattr(ExportDialog, "exec", lambda self: self._group.button(1).click() or 1)
    assert filing._kinds(kinds) == kinds[1:]
    monkeypatch.setattr(ExportDialog, "exec", lambda self: 0)
    assert filing._kinds(kinds) == ()
    assert filing._kinds(kinds[:1]) == kinds[:1]


def test_the_kinds_are_told_in_words_with_their_endings(qapp: Any) -> None:
    asking = ExportDialog(((".glb", "Textured mesh"), (".ply", "Coloured vertices")))
    words = [button.text() for button in asking.findChildren(QRadioButton)]
    assert words == ["Textured mesh  (.glb)", "Coloured vertices  (.ply)"]
    assert asking.kind() == (".glb", "Textured mesh")
    asking.deleteLater()
