"""The window beats while a world runs, and only then."""

from __future__ import annotations

from typing import Any

from engine.core import courtesy


def beats() -> bool:
    return courtesy._last_beat > float("-inf")


def test_the_window_beats_while_a_world_runs(desk: Any) -> None:
    world = desk.open("life", playing=True)
    assert beats()
    seen = courtesy._last_beat
    desk.until(lambda: courtesy._last_beat > seen, "another beat")
    desk.run("transport.play")
    desk.until(lambda: not world.state.playing, "a pause")
    desk.until(lambda: not beats(), "rest")
    desk.run("transport.play")
    desk.until(beats, "a beat")
    desk.lab.close(world)
    desk.until(lambda: not beats(), "rest")
