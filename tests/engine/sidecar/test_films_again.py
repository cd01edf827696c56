"""Films are made again from their sidecars, to the bit."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import openers
from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.sidecar_files import read, sidecar_of
from engine.core.views import Eye, ViewRequest
from engine.media.recording import open_film


def test_a_film_of_twenty_frames(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(sidecars.gray_scott())
    world.do(c.Step(4))
    tool = world.runner.state.capabilities.brushes[0].name
    path = tmp_path / "frames"
    world.film(path, frames=20, every=2, size=(128, 128), ground=(1, 2, 3))
    world.do(c.Step(9))
    world.do(sidecars.stroke(20.0, tool=tool))
    world.do(c.SetParam("feed", 0.04))
    world.do(c.Step(9))
    world.do(c.Jump(6))  # back in time while it is filmed: the film goes on from a state
    world.do(c.Step(8))
    world.do(sidecars.stroke(40.0, tool=tool))
    world.do(c.Step(14))
    world.filmed()
    sidecar = sidecar_of(path)
    told = read(sidecar)
    assert told.pixels.frames == 20
    assert not told.begins
    assert len(told.states) == 1
    made = sidecars.again(sidecar)
    assert made.same
    assert made.frames == 20
    names = sorted(p.name for p in path.iterdir())
    assert len(names) == 20
    for name in names:
        assert (path / name).read_bytes() == (made.path / name).read_bytes()
    # Behind the jump some steps are seen for a second time.
    assert len({(path / name).read_bytes() for name in names}) > 12


def test_a_film_while_it_learns(sidecars: Any, toys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    # Updates that took no time would be done by the hundred thousand until a busy machine has
    # ticked twelve times, and all of them are done again.
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
    made = sidecars.again(tmp_path / "learner.json")
    told = read(tmp_path / "learner.json")
    assert any("Updates" in type(entry).__name__ for entry in told.during)
    assert made.same


def test_a_film_goes_on_behind_a_failure(
    sidecars: Any, toys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
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
    assert sidecars.again(tmp_path / "film.json").same


def test_what_changes_within_a_tick_is_told(
    sidecars: Any, toys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """A parameter that is set while a tick is under way is in the picture and in the film."""

    go = threading.Event()

    class Slow(toys.Drift):  # type: ignore[misc, name-defined]
        resumes = True

        def build(self) -> None:
            super().build()
            self.part, self.entered = 0, threading.Event()

        def advance(self, poll: Any) -> None:
            while self.part < 40 or not (go.is_set() or self.step_count == 0):
                time.sleep(0.001)
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
    world = sidecars.World.__new__(sidecars.World)
    world.ear, world.runner = lab.ear, lab.runner
    lab.do(c.Step(1))
    lab.world.entered.clear()
    lab.do(c.Play())
    assert lab.world.entered.wait(30)
    lab.do(c.SetParam("rate", 0.5))
    assert lab.runner._stage.begun
    shot = world.shoot(tmp_path / "now.png")
    lab.do(c.Record(tmp_path / "film", frames=3, sidecar=True))
    go.set()
    lab.ear.until(lambda: lab.runner.state.recording is None)
    monkeypatch.setattr("engine.core.registry.system_class", lambda slug: Slow)
    assert sidecars.again(shot).same
    assert sidecars.again(tmp_path / "film.json").same


def test_a_film_of_what_was_painted_on_while_it_stood_still_is_not_made_again(
    sidecars: Any, toys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    opened = threading.Event()

    def slowly(command: Any, first: Any) -> Any:
        film = open_film(command, first)
        write = film.write

        def wait(view: Any) -> None:
            opened.wait(30)
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
        sidecars.again(tmp_path / "film.json")


def test_a_film_around_what_stands_still(sidecars: Any, worlds: Any, tmp_path: Path) -> None:
    world = worlds(openers.spec_of("mesh-nca", "stripes", vertices=512))
    request = ViewRequest(max_size=64, eye=Eye())
    world.film(
        tmp_path / "turn.gif", request=request, size=(64, 64), fps=10, frames=4, turn=90, still=True
    )
    world.filmed()
    made = sidecars.again(tmp_path / "turn.gif.json")
    assert made.same
    assert made.path.read_bytes() == (tmp_path / "turn.gif").read_bytes()
