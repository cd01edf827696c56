"""Pictures and films are made again from their sidecars, to the bit."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import openers
from engine.core import commands as c
from engine.core.activity import null_activity
from engine.core.errors import BadInput
from engine.core.runner import Runner
from engine.core.sidecar import Drawing, from_json, to_json
from engine.core.sidecar_files import read, sidecar_of
from engine.core.spec import Spec
from engine.core.views import Eye, Stroke, ViewRequest
from engine.media.recording import open_film
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


def test_gray_scott_after_strokes_and_parameters(worlds: Any, tmp_path: Path) -> None:
    world = worlds(gray_scott())
    painted(world)
    sidecar = world.shoot(tmp_path / "gs.png", Drawing(size=(256, 256)))
    check_picture(sidecar, state=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gs-again.png", "gs.png", "gs.png.json"]


def test_the_sidecar_tells_of_strokes_and_not_of_time_alone(worlds: Any, tmp_path: Path) -> None:
    world = worlds(gray_scott())
    painted(world)
    sidecar = world.shoot(tmp_path / "gs.png")
    values = json.loads(sidecar.read_text())
    values["before"] = [one for one in values["before"] if one.get("do") != "brush"]
    sidecar.write_text(json.dumps(values))
    made = again(sidecar)
    assert not made.same
    assert made.first == 0


@pytest.mark.parametrize("command", ["undo", "jump"])
def test_what_was_taken_back_begins_in_a_state(worlds: Any, tmp_path: Path, command: str) -> None:
    world = worlds(gray_scott())
    painted(world)
    world.do(c.Undo() if command == "undo" else c.Jump(8))
    world.do(c.Step(2))
    sidecar = world.shoot(tmp_path / "gs.png")
    check_picture(sidecar, state=True)
    start = tmp_path / "gs.png.start.safetensors"
    start.write_bytes(start.read_bytes()[:-1] + b"\0")
    with pytest.raises(BadInput, match=r"not the state .*start\.safetensors|start\.safetensors"):
        again(sidecar)


def test_an_older_state_does_not_stay_beside_another_picture(worlds: Any, tmp_path: Path) -> None:
    world = worlds(gray_scott())
    world.do(c.Step(3))
    world.do(c.Jump(1))
    world.shoot(tmp_path / "gs.png")
    other = tmp_path / "gs.png.start.safetensors.bak"
    other.write_bytes(b"mine")
    assert (tmp_path / "gs.png.start.safetensors").exists()
    world.do(c.Rebuild(gray_scott()))
    world.shoot(tmp_path / "gs.png")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["gs.png", "gs.png.json", "gs.png.start.safetensors.bak"]


def test_a_world_too_large_to_be_kept_is_pictured_without(
    worlds: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(gray_scott())
    world.do(c.Step(3))
    world.do(c.Jump(1))
    monkeypatch.setattr("engine.core.origin._STATE", 1000)
    view, origin = world.do(c.Snapshot(origin=True))
    assert view.step == 1
    assert origin is None
    world.film(tmp_path / "frames", frames=2)
    world.do(c.Step(1))
    world.filmed()
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


def test_life_from_its_reset(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("life", "gosper-gun"))
    world.do(c.Step(7))
    world.do(c.Reset(12))
    world.do(c.Step(40))
    sidecar = world.shoot(tmp_path / "gun.png", Drawing(size=(640, 480), ground=(9, 9, 9)))
    check_picture(sidecar, state=False)
    assert [e.count for e in read(sidecar).before if hasattr(e, "count")] == [40]


def test_growing_nca_at_step_200(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    world.do(c.Step(200))
    sidecar = world.shoot(tmp_path / "gecko.png", Drawing(size=(288, 288)))
    check_picture(sidecar, state=False)
    with Image.open(tmp_path / "gecko.png") as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)


def test_a_mesh_drawn_without_opengl(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("mesh-nca", "stripes", vertices=2048))
    world.do(c.Step(3))
    request = ViewRequest(max_size=160, eye=Eye(azimuth=77.7), size=(160, 120))
    sidecar = world.shoot(tmp_path / "knot.png", request=request)
    check_picture(sidecar, state=read(sidecar).begins)


def test_a_soup(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("soup", "planted", programs=256))
    world.do(c.Step(12))
    check_picture(world.shoot(tmp_path / "soup.png"), state=False)


def test_what_was_searched_for_is_seen_again_behind_a_state(worlds: Any, tmp_path: Path) -> None:
    world = worlds(Spec("soup", {"programs": 1024}, 3, "cpu"))
    tool = world.runner.state.capabilities.brushes[0].name
    world.do(c.Step(2))
    world.do(c.Ask("find", {"text": "[-"}))
    view = world.runner.state.capabilities.views[0].name
    world.do(c.Brush(Stroke(view, tool, ((9.0, 9.0),), 2.0, number=1)))
    world.do(c.Undo())
    check_picture(world.shoot(tmp_path / "found.png", name=view), state=True)
    world.do(c.Reset())
    assert world.runner._stage.journal.seen == ()


def test_a_soup_of_z80_goes_on_from_a_state(worlds: Any, tmp_path: Path) -> None:
    world = worlds(Spec("z80-soup", {"width": 32, "height": 32}))
    world.do(c.Step(3))
    world.do(c.Jump(1))
    check_picture(world.shoot(tmp_path / "z80.png"), state=True)


def test_a_film_of_twenty_frames(worlds: Any, tmp_path: Path) -> None:
    world = worlds(gray_scott())
    world.do(c.Step(4))
    tool = world.runner.state.capabilities.brushes[0].name
    path = tmp_path / "frames"
    world.film(path, frames=20, every=2, size=(128, 128), ground=(1, 2, 3))
    world.do(c.Step(9))
    world.do(stroke(20.0, tool=tool))
    world.do(c.SetParam("feed", 0.04))
    world.do(c.Step(9))
    world.do(c.Jump(6))  # back in time while it is filmed: the film goes on from a state
    world.do(c.Step(8))
    world.do(stroke(40.0, tool=tool))
    world.do(c.Step(14))
    world.filmed()
    sidecar = sidecar_of(path)
    told = read(sidecar)
    assert told.pixels.frames == 20
    assert not told.begins
    assert len(told.states) == 1
    made = again(sidecar)
    assert made.same
    assert made.frames == 20
    names = sorted(p.name for p in path.iterdir())
    assert len(names) == 20
    for name in names:
        assert (path / name).read_bytes() == (made.path / name).read_bytes()
    # Behind the jump some steps are seen for a second time.
    assert len({(path / name).read_bytes() for name in names}) > 12


def test_a_film_while_it_learns(toys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    # Updates that took no time would be done by the hundred thousand until a busy machine has ticked
    # twelve times, and all of them are done again.
    monkeypatch.setattr(toys.Learner, "update_seconds", 0.001)
    lab = toys.open(toys.Learner)
    lab.do(c.Record(tmp_path / "learner", frames=12, sidecar=True))
    lab.do(c.Train(True))
    lab.do(c.Play())
    runner = lab.runner
    lab.ear.until(lambda: runner.state.recording is None and runner.state.step >= 11, 30)
    lab.do(c.Train(False))
    lab.do(c.Pause())
    assert lab.runner.state.updates > 0
    monkeypatch.setattr("engine.core.registry.system_class", lambda slug: toys.Learner)
    made = again(tmp_path / "learner.json")
    told = read(tmp_path / "learner.json")
    assert any("Updates" in type(entry).__name__ for entry in told.during)
    assert made.same


def test_a_film_goes_on_behind_a_failure(toys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    lab = toys.open(toys.Drift)
    lab.do(c.Step(2))
    lab.do(c.Record(tmp_path / "film", frames=8, sidecar=True))
    lab.do(c.Step(3))
    lab.world.broken = "step"
    lab.runner.submit(c.Step(1))
    lab.ear.until(lambda: lab.ear.failures)
    lab.world.broken = ""
    lab.do(c.Act("stain", {"value": 2.0}))
    lab.do(c.Step(4))
    lab.ear.until(lambda: lab.runner.state.recording is None)
    told = read(tmp_path / "film.json")
    assert len(told.states) == 1
    monkeypatch.setattr("engine.core.registry.system_class", lambda slug: toys.Drift)
    assert again(tmp_path / "film.json").same


def test_what_changes_within_a_tick_is_told(toys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A parameter that is set while a tick is under way is in the picture and in the film."""

    class Slow(toys.Drift):  # type: ignore[misc, name-defined]
        resumes = True

        def build(self) -> None:
            super().build()
            self.part, self.entered = 0, threading.Event()

        def advance(self, poll: Any) -> None:
            while self.part < 40:
                time.sleep(0.002)
                self.part += 1
                self.entered.set()
                poll()
            self.part = 0
            super().advance(poll)

        def views(self, wanted: Any) -> Any:
            made = super().views(wanted)
            data = made["world"].data * self.params.rate
            return {"world": replace(made["world"], data=data.astype(made["world"].data.dtype))}

    lab = toys.open(Slow)
    world = World.__new__(World)
    world.ear, world.runner = lab.ear, lab.runner
    lab.do(c.Step(1))
    lab.world.entered.clear()
    lab.do(c.Play())
    assert lab.world.entered.wait(5)
    lab.do(c.SetParam("rate", 0.5))
    assert lab.runner._stage.begun
    shot = world.shoot(tmp_path / "now.png")
    lab.do(c.Record(tmp_path / "film", frames=3, sidecar=True))
    lab.ear.until(lambda: lab.runner.state.recording is None)
    monkeypatch.setattr("engine.core.registry.system_class", lambda slug: Slow)
    assert again(shot).same
    assert again(tmp_path / "film.json").same


def test_a_film_of_what_was_painted_on_while_it_stood_still_is_not_made_again(
    toys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    opened = threading.Event()

    def slowly(command: Any, first: Any) -> Any:
        film = open_film(command, first)
        write = film.write

        def wait(view: Any) -> None:
            opened.wait(10)
            write(view)

        film.write = wait  # type: ignore[method-assign]
        return film

    monkeypatch.setattr("engine.media.recording.open_film", slowly)
    lab = toys.open()
    lab.do(c.Record(tmp_path / "film", frames=9, still=True, sidecar=True))
    lab.do(c.Act("stain", {"value": 2.0}))
    opened.set()
    lab.ear.until(lambda: lab.runner.state.recording is None)
    with pytest.raises(BadInput, match="stood still"):
        again(tmp_path / "film.json")


def test_a_film_around_what_stands_still(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("mesh-nca", "stripes", vertices=512))
    request = ViewRequest(max_size=64, eye=Eye())
    world.film(
        tmp_path / "turn.gif", request=request, size=(64, 64), fps=10, frames=4, turn=90, still=True
    )
    world.filmed()
    made = again(tmp_path / "turn.gif.json")
    assert made.same
    assert made.path.read_bytes() == (tmp_path / "turn.gif").read_bytes()


def test_a_sidecar_is_read_as_it_was_written(worlds: Any, tmp_path: Path) -> None:
    world = worlds(gray_scott())
    painted(world)
    request = ViewRequest(channels=(1,), limits=(0.0, 0.4), region=(1, 2, 30, 40))
    sidecar = world.shoot(tmp_path / "gs.png", Drawing((300, 200), (1, 2, 3)), request=request)
    text = sidecar.read_text()
    assert to_json(from_json(text)) == text
    assert from_json(text).request == request


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("kind",), "something"),
        (("schema",), 99),
        (("file",), "../../etc/passwd"),
        (("threads",), -1),
        (("before",), [{"ticks": -4}]),
        (("before",), [{"put": 0}]),
        (("before",), [{"do": "run"}]),
        (("world", "seed"), -1),
        (("world", "params"), []),
        (("drawing", "size"), [0, 10**9]),
        (("request", "max_size"), "large"),
        (("request", "unknown"), {}),
        (("request", "channels"), ["a"]),
        (("request", "region"), [1, 2]),
        (("request", "probes"), [[1, 2], [3]]),
        (("request", "limits"), [0.0, float("nan")]),
        (("request", "stats"), True),
        (("request", "line"), [[1, 2]]),
        (("request", "bins"), 2**70),
        (("request", "reduce"), "best"),
        (("request", "eye"), {"azimuth": "left"}),
        (("request",), {"max_size": 2**20, "eye": {}}),
        (("begins",), True),
        (("states",), [{"file": "/dev/zero", "sha256": ""}]),
        (("pixels",), None),
    ],
)
def test_a_broken_sidecar_is_refused_by_name(
    worlds: Any, tmp_path: Path, place: tuple[str, ...], value: Any
) -> None:
    text = tmp_path / "a.json"
    values = json.loads(SAMPLE)
    inner = values
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    text.write_text(json.dumps(values))
    if place == ("request", "unknown"):
        assert read(text)  # what a newer version asked for besides
        return
    with pytest.raises(BadInput, match=r"a\.json"):
        read(text)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_what_is_no_sidecar_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.json"):
        read(path)


def test_a_sidecar_takes_no_other_file_s_place(toys: Any, tmp_path: Path) -> None:
    lab = toys.open()
    for name, data in (("frames.json", b'{"my": "notes"}'), ("shot.png.json", b"\xff" * 300)):
        (tmp_path / name).write_bytes(data)
    refused = lab.ask(c.Record(tmp_path / "frames", frames=1, sidecar=True)).error
    assert isinstance(refused, BadInput)
    assert "another file" in refused.problem
    view, origin = lab.do(c.Snapshot(origin=True))
    with pytest.raises(BadInput, match="another file"):
        save_picture(tmp_path / "shot.png", view, Drawing(), {}, origin=origin)
    assert not (tmp_path / "shot.png").exists()
    assert (tmp_path / "frames.json").read_bytes() == b'{"my": "notes"}'
    lab.do(c.Record(tmp_path / "frames", frames=1))  # without a sidecar it may


@pytest.mark.parametrize("change", [{"view": []}, {"before": [{"do": "ask", "question": "find"}]}])
def test_what_cannot_be_done_again_is_told_by_name(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "a.json"
    values = json.loads(SAMPLE)
    values["world"]["params"] = {"width": 32, "height": 32}
    stroke = {"do": "brush", "view": "world", "tool": "x", "points": [], "radius": 1, "value": 1}
    values["before"] = [{**stroke, "channel": 0, "number": 0}]
    path.write_text(json.dumps(values | change))
    with pytest.raises(BadInput, match=r"a\.json"):
        again(path)


def test_numbers_of_numpy_are_written_and_those_that_are_not_finite_refused() -> None:
    sidecar = from_json(SAMPLE)
    text = to_json(replace(sidecar, request=ViewRequest(channels=(np.int64(2),))))  # type: ignore[arg-type]
    assert from_json(text).request.channels == (2,)
    weight = ViewRequest(channels=(1, 0), probes=((1, 0, 5, 4),))
    assert from_json(to_json(replace(sidecar, request=weight))).request == weight
    with pytest.raises(BadInput, match="finite"):
        to_json(replace(sidecar, request=ViewRequest(limits=(0.0, float("inf")))))


SAMPLE = """{"kind": "primordia sidecar", "schema": 1, "program": "", "made": "", "file": "a.png",
"sha256": "", "title": "Life", "step": 0, "device": "cpu", "threads": 1, "broken": "",
"view": "world", "request": {"max_size": 64}, "drawing": {"size": null, "ground": null,
"legend": false, "cells": true}, "film": null, "pixels": {"sha256": "", "frames": 1, "each": {}},
"text": {}, "world": {"system": "life", "params": {}, "seed": 0}, "begins": false, "states": [],
"before": [], "during": []}"""


def test_an_older_asset_is_not_taken_for_the_right_one(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    sidecar = world.shoot(tmp_path / "gecko.png")
    values = json.loads(sidecar.read_text())
    values["world"]["model"]["sha256"] = "0" * 64
    sidecar.write_text(json.dumps(values))
    with pytest.raises(BadInput, match="was changed"):
        again(sidecar)


def test_pictures_are_drawn_at_any_size_and_keep_what_is_empty(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    world.do(c.Step(30))
    world.shoot(tmp_path / "wide.png", Drawing(size=(401, 200)))
    with Image.open(tmp_path / "wide.png") as image:
        assert image.size == (401, 200)
        alpha = np.asarray(image.getchannel("A"))
    assert alpha.max() == 255
    assert not alpha[:, 0].any()
