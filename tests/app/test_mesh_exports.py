"""Files that take long are written beside the running world, listed, and can be cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
