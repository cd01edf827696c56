"""Pages that are drawn by OpenGL, while they move between parts and panels of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.viewports.gl_surface import GlSurface
from app.viewports.surface import gl_renderer


@pytest.fixture
def gl_desk(new_desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made = new_desk(tmp_path, monkeypatch)
    desk = next(made)
    if not gl_renderer():
        made.close()
        pytest.skip("no OpenGL here")
    monkeypatch.setenv("PRIMORDIA_RENDERER", "gl")
    yield desk
    next(made, None)


def test_pages_go_on_drawing_wherever_they_move(gl_desk: Any) -> None:
    desk = gl_desk
    worlds = [desk.open("life", width=64, height=64) for _ in range(2)]
    space = desk.window.workspace
    for edge in ("right", "bottom"):
        space.split(worlds[1], edge)
        _step_both(desk, worlds)
        space.join(worlds[1])
        _step_both(desk, worlds[1:])


def _step_both(desk: Any, worlds: list[Any]) -> None:
    for world in worlds:
        desk.lab.select(world)
        viewport = desk.window.page_of(world).viewport
        assert isinstance(viewport._surface, GlSurface)
        before = viewport.frames_drawn
        desk.run("transport.step")
        desk.until(lambda v=viewport, n=before: v.frames_drawn > n, "a picture")
        assert len({tuple(pixel) for pixel in desk.pixels(viewport)[::7, ::7].reshape(-1, 3)}) > 2
