"""The window opens, shows a live world, and leaves nothing behind."""

from __future__ import annotations

from typing import Any


def test_a_world_lives_on_the_screen(desk: Any) -> None:
    desk.run("world.open", "life")
    desk.alive()
    first = desk.state.step
    desk.until(lambda: desk.state.step > first, "steps")
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")
    assert desk.pixels().std() > 1
