"""Pictures are made again from their sidecars, to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import openers
from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.sidecar import Drawing
from engine.core.sidecar_files import read
from engine.core.spec import Spec
from engine.core.views import Eye, Stroke, ViewRequest


def test_gray_scott_after_strokes_and_parameters(
    sidecars: Any, worlds: Any, tmp_path: Path
) -> None:
    world = worlds(sidecars.gray_scott())
    sidecars.painted(world)
    sidecar = world.shoot(tmp_path / "gs.png", Drawing(size=(256, 256)))
    sidecars.check_picture(sidecar, state=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gs-again.png", "gs.png", "gs.png.json"]


def test_the_sidecar_tells_of_strokes_and_not_of_time_alone(
    sidecars: Any, worlds: Any, tmp_path: Path
) -> None:
    world = worlds(sidecars.gray_scott())
    sidecars.painted(world)
    sidecar = world.shoot(tmp_path / "gs.png")
    values = json.loads(sidecar.read_text())
    values["before"] = [one for one in values["before"] if one.get("do") != "brush"]
    sidecar.write_text(json.dumps(values))
    made = sidecars.again(sidecar)
    assert not made.same
    assert made.first == 0


@pytest.mark.parametrize("command", ["undo", "jump"])
def test_what_was_taken_back_begins_in_a_state(
    sidecars: Any, worlds: Any, tmp_path: Path, command: str
) -> None:
    world = worlds(sidecars.gray_scott())
    sidecars.painted(world)
    world.do(c.Undo() if command == "undo" else c.Jump(8))
    world.do(c.Step(2))
    sidecar = world.shoot(tmp_path / "gs.png")
    sidecars.check_picture(sidecar, state=True)
    start = tmp_path / "gs.png.start.safetensors"
    start.write_bytes(start.read_bytes()[:-1] + b"\0")
    with pytest.raises(BadInput, match=r"not the state .*start\.safetensors|start\.safetensors"):
        sidecars.again(sidecar)


def test_an_older_state_does_not_stay_beside_another_picture(
    sidecars: Any, worlds: Any, tmp_path: Path
) -> None:
    world = worlds(sidecars.gray_scott())
    world.do(c.Step(3))
    world.do(c.Jump(1))
    world.shoot(tmp_path / "gs.png")
    other = tmp_path / "gs.png.start.safetensors.bak"
    other.write_bytes(b"mine")
    assert (tmp_path / "gs.png.start.safetensors").exists()
    world.do(c.Rebuild(sidecars.gray_scott()))
    world.shoot(tmp_path / "gs.png")
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["gs.png", "gs.png.json", "gs.png.start.safetensors.bak"]


def test_a_world_too_large_to_be_kept_is_pictured_without(
    sidecars: Any, worlds: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(sidecars.gray_scott())
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


def test_life_from_its_reset(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("life", "gosper-gun"))
    world.do(c.Step(7))
    world.do(c.Reset(12))
    world.do(c.Step(40))
    sidecar = world.shoot(tmp_path / "gun.png", Drawing(size=(640, 480), ground=(9, 9, 9)))
    sidecars.check_picture(sidecar, state=False)
    assert [e.count for e in read(sidecar).before if hasattr(e, "count")] == [40]


def test_growing_nca_at_step_200(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    world.do(c.Step(200))
    sidecar = world.shoot(tmp_path / "gecko.png", Drawing(size=(288, 288)))
    sidecars.check_picture(sidecar, state=False)
    with Image.open(tmp_path / "gecko.png") as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)


def test_a_mesh_drawn_without_opengl(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("mesh-nca", "stripes", vertices=2048))
    world.do(c.Step(3))
    request = ViewRequest(max_size=160, eye=Eye(azimuth=77.7), size=(160, 120))
    sidecar = world.shoot(tmp_path / "knot.png", request=request)
    sidecars.check_picture(sidecar, state=read(sidecar).begins)


def test_a_soup(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("soup", "planted", programs=256))
    world.do(c.Step(12))
    sidecars.check_picture(world.shoot(tmp_path / "soup.png"), state=False)


def test_what_was_searched_for_is_seen_again_behind_a_state(
    sidecars: Any, worlds: Any, tmp_path: Path
) -> None:
    world = worlds(Spec("soup", {"programs": 1024}, 3, "cpu"))
    tool = world.runner.state.capabilities.brushes[0].name
    world.do(c.Step(2))
    world.do(c.Ask("find", {"text": "[-"}))
    view = world.runner.state.capabilities.views[0].name
    world.do(c.Brush(Stroke(view, tool, ((9.0, 9.0),), 2.0, number=1)))
    world.do(c.Undo())
    sidecars.check_picture(world.shoot(tmp_path / "found.png", name=view), state=True)
    world.do(c.Reset())
    assert world.runner._stage.journal.seen == ()


def test_a_soup_of_z80_goes_on_from_a_state(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(Spec("z80-soup", {"width": 32, "height": 32}))
    world.do(c.Step(3))
    world.do(c.Jump(1))
    sidecars.check_picture(world.shoot(tmp_path / "z80.png"), state=True)


def test_pictures_are_drawn_at_any_size_and_keep_what_is_empty(worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("growing-nca", "gecko"))
    world.do(c.Step(30))
    world.shoot(tmp_path / "wide.png", Drawing(size=(401, 200)))
    with Image.open(tmp_path / "wide.png") as image:
        assert image.size == (401, 200)
        alpha = np.asarray(image.getchannel("A"))
    assert alpha.max() == 255
    assert not alpha[:, 0].any()
