"""Real worlds in their threads, pictured with sidecars and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import openers
from engine.core import commands as c
from engine.core.activity import null_activity
from engine.core.runner import Runner
from engine.core.sidecar import Drawing
from engine.core.sidecar_files import read, sidecar_of
from engine.core.spec import Spec
from engine.core.views import Stroke, ViewRequest
from engine.media.saving import save_picture
from engine.rendering import Remade, remake

PATIENCE = 60.0


class World:
    """A real world in its thread; commands are sent and waited for."""

    def __init__(self, spec: Spec, ear: Any) -> None:
        self.ear = ear
        self.runner = Runner(spec, ear)
        self.runner.start()
        ear.until(lambda: ear.states or ear.failures, PATIENCE)

    def do(self, command: c.Command) -> Any:
        reply = self.ear.reply(self.runner.submit(command), PATIENCE)
        assert reply.error is None, reply.error
        return reply.value

    def shoot(
        self,
        path: Path,
        drawing: Drawing | None = None,
        name: str = "world",
        request: ViewRequest | None = None,
    ) -> Path:
        request = request or ViewRequest()
        view, origin = self.do(c.Snapshot(name, request, origin=True))
        drawing = drawing or Drawing()
        text = {"Software": "Primordia", "Title": f"step {view.step}"}
        save_picture(path, view, drawing, text, origin=origin, name=name, request=request)
        return sidecar_of(path)

    def film(self, path: Path, **options: Any) -> None:
        self.do(c.Record(path, sidecar=True, **options))

    def filmed(self) -> None:
        self.ear.until(lambda: self.runner.state.recording is None, PATIENCE)


@pytest.fixture
def worlds(toys: SimpleNamespace) -> Iterator[Callable[[Spec], World]]:
    made: list[World] = []

    def open_world(spec: Spec) -> World:
        made.append(World(spec, toys.Ear()))
        return made[-1]

    yield open_world
    for world in made:
        assert world.runner.close(30.0)


def stroke(row: float, value: float = 1.0, tool: str = "paint") -> c.Brush:
    return c.Brush(Stroke("world", tool, ((row, 9.5), (row + 2, 14.0)), 3.0, value))


def again(sidecar: Path) -> Remade:
    return remake(sidecar, None, null_activity())


def check_picture(sidecar: Path, *, state: bool) -> None:
    """The picture is made again, the same file to the bit."""
    told = read(sidecar)
    assert told.begins is state
    made = again(sidecar)
    assert made.same
    assert made.first == -1
    assert made.path.read_bytes() == sidecar.with_name(told.file).read_bytes()


def painted(world: World) -> None:
    """Gray-Scott with three strokes and two parameters that changed."""
    world.do(c.Step(5))
    tool = world.runner.state.capabilities.brushes[0].name  # type: ignore[union-attr]
    world.do(stroke(10.0, tool=tool))
    world.do(c.Step(3))
    world.do(c.SetParam("feed", 0.03))
    world.do(stroke(30.0, tool=tool))
    world.do(c.Step(4))
    world.do(c.SetParam("kill", 0.061))
    world.do(stroke(44.25, tool=tool))
    world.do(c.Step(6))


GRAY = {"width": 64, "height": 64}


def gray_scott() -> Spec:
    return openers.spec_of("gray-scott", "coral", **GRAY)


@pytest.fixture
def sidecars() -> SimpleNamespace:
    """Give the helpers of this folder's tests."""
    return SimpleNamespace(
        World=World,
        again=again,
        check_picture=check_picture,
        gray_scott=gray_scott,
        painted=painted,
        stroke=stroke,
    )
