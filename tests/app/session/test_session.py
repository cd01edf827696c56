"""A session is saved from the window and opened again, to the bit; and nothing is lost unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.session.unpack import unpack
from engine.core.activity import null_activity


def part(desk: Any) -> Any:
    return desk.window.shell.parts["session"]


def opened(desk: Any, *names: str) -> None:
    """Open worlds beside each other, small ones, and pause them after some steps."""
    for name in names:
        desk.run("world.new", name)
        desk.alive()
        desk.until(lambda: desk.state.step > 3, "some steps")
        desk.run("transport.play")
        desk.until(lambda: not desk.state.playing, "a pause")


def saved(desk: Any, path: Path) -> Path:
    desk.run("session.save-as", str(path))
    desk.until(lambda: part(desk).path == path, "the saved session")
    return path


def states(path: Path) -> list[dict[str, Any]]:
    from engine.core import checkpoint

    session = unpack(path, null_activity())
    return [checkpoint.parse(world.state.data, "").arrays for world in session.worlds]


def test_worlds_of_three_kinds_come_back_to_the_bit(desk: Any, tmp_path: Path) -> None:
    opened(desk, "life", "gray-scott", "soup")
    titles = [world.title for world in desk.lab.worlds]
    desk.lab.select(desk.lab.worlds[1])
    desk.viewport.zoom(3)
    looked = desk.window.page.memento()
    steps = [world.state.step for world in desk.lab.worlds]
    one = saved(desk, tmp_path / "one.primordia")
    assert not part(desk).modified()
    assert "one" in desk.window.windowTitle()
    before = list(desk.lab.worlds)
    desk.run("session.new")
    assert desk.lab.worlds == []
    desk.run("file.open", str(one))
    desk.until(lambda: len(desk.lab.worlds) == 3 and not part(desk).busy, "the session")
    assert not set(before) & set(desk.lab.worlds)
    assert [world.title for world in desk.lab.worlds] == titles
    assert desk.world is desk.lab.worlds[1]
    desk.until(lambda: [w.state.step for w in desk.lab.worlds] == steps, "the same steps")
    desk.until(lambda: not part(desk).modified(), "an unmodified session")
    desk.until(lambda: desk.window.page.memento() == looked, "the same camera")
    two = saved(desk, tmp_path / "two.primordia")
    for a, b in zip(states(one), states(two), strict=True):
        assert set(a) == set(b)
        for name, array in a.items():
            assert np.array_equal(array, b[name]), name
