"""Undo and redo as commands, and films whose eye goes on in its orbit."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.params import Params
from engine.core.presets import describe, outdated, read, refresh
from engine.core.spec import Spec
from engine.core.system import System, SystemInfo, Undoable, ViewOffer
from engine.core.views import Eye, ImageView, Stroke, ViewRequest

STROKE = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0)
LOOK = c.Look({"world": ViewRequest()})


class Handless(System):
    """A world that no hand can touch."""

    info = SystemInfo("handless", "Handless", "Counts its steps", "none", "Toys")
    Params = Params

    def build(self) -> None:
        pass

    def start(self) -> None:
        pass

    def advance(self, poll: Any) -> None:
        pass

    def views(self, wanted: Any) -> dict[str, Any]:
        return {}

    def view_offers(self) -> tuple[ViewOffer, ...]:
        return ()

    def get_arrays(self, part: Any) -> dict[str, Any]:
        return {"nothing": np.zeros(1)} if part == "world" else {}

    def set_arrays(self, part: Any, arrays: Any) -> None:
        pass


@pytest.fixture
def painted(toys: Any) -> Any:
    """A world that can take strokes back, and whose picture tells from where it was looked at."""

    class Painted(toys.Learner):
        eyes: list[tuple[float, tuple[int, int] | None]] = []  # noqa: RUF012 (one test's own)

        def start(self) -> None:
            super().start()
            self.done: list[Any] = []
            self.undone: list[Any] = []

        def brush(self, stroke: Any) -> None:
            self.done.append(self.cells.copy())
            super().brush(stroke)

        def undo_words(self) -> tuple[str, str]:
            return ("stroke" if self.done else "", "stroke" if self.undone else "")

        def undo(self) -> None:
            self._swap(self.done, self.undone)

        def redo(self) -> None:
            self._swap(self.undone, self.done)

        def _swap(self, source: list[Any], sink: list[Any]) -> None:
            if not source:
                raise BadInput("there is no stroke to take back")
            sink.append(self.cells.copy())
            self.cells[...] = source.pop()

        @classmethod
        def settles(cls) -> bool:
            return True

        def views(self, wanted: Any) -> dict[str, Any]:
            eye = wanted["world"].eye if "world" in wanted else None
            if eye is None:
                return super().views(wanted)
            self.eyes.append((eye.azimuth, wanted["world"].size))
            picture = np.zeros((4, 6, 3), np.uint8)
            return {
                "world": ImageView(
                    step=self.step_count, data=picture, extent=(4, 6), region=(0, 0, 4, 6)
                )
            }

    return Painted


def test_undo_and_redo_put_strokes_back_and_say_what_they_took(toys: Any, painted: Any) -> None:
    lab = toys.open(painted)
    assert isinstance(lab.world, Undoable)
    before = lab.world.cells.copy()
    lab.do(c.Brush(STROKE))
    assert lab.runner.state.undo == ("stroke", "")
    after = lab.world.cells.copy()
    assert after[2, 2, 0] == 50.0
    assert lab.do(c.Undo()) == "stroke"
    np.testing.assert_array_equal(lab.world.cells, before)
    assert lab.runner.state.undo == ("", "stroke")
    assert lab.do(c.Redo()) == "stroke"
    np.testing.assert_array_equal(lab.world.cells, after)
    assert lab.runner.state.undo == ("stroke", "")


def test_nothing_to_undo_and_worlds_that_cannot_are_refused(toys: Any, painted: Any) -> None:
    lab = toys.open(painted)
    assert isinstance(lab.ask(c.Undo()).error, BadInput)
    assert isinstance(lab.ask(c.Redo()).error, BadInput)
    assert not lab.ear.failures
    plain = toys.open(Handless)
    for command in (c.Undo(), c.Redo()):
        error = plain.ask(command).error
        assert isinstance(error, BadInput)
        assert "cannot take strokes back" in str(error)
    assert plain.runner.state.undo == ("", "")


def test_undoing_is_an_edit_of_the_past_and_is_shown(toys: Any, painted: Any) -> None:
    lab = toys.open(painted)
    lab.do(LOOK)
    lab.do(c.Step(4))
    lab.do(c.Brush(STROKE))
    lab.do(c.Step(4))
    lab.do(c.Undo())
    here = lab.world.cells.copy()
    assert max(lab.runner.state.moments) <= 8
    lab.ear.until(lambda: lab.runner.mailbox.full)
    lab.runner.mailbox.take()
    lab.do(c.Redo())
    lab.ear.until(lambda: lab.runner.mailbox.full)
    lab.do(c.Undo())
    lab.do(c.Step(3))
    assert lab.do(c.Jump(8)) == 8
    np.testing.assert_array_equal(lab.world.cells, here)


def test_undo_acts_within_an_update_after_the_strokes_before_it(toys: Any, painted: Any) -> None:
    painted.update_seconds = 5.0
    lab = toys.open(painted)
    lab.do(c.Train(True))
    assert lab.world.in_update.wait(30)
    before = lab.world.cells.copy()
    lab.do(c.Brush(STROKE))
    assert lab.world.cells[2, 2, 0] == 50.0
    assert lab.do(c.Undo()) == "stroke"
    np.testing.assert_array_equal(lab.world.cells, before)
    assert lab.runner.state.updates == 0  # still the same update


def test_an_undo_that_breaks_brings_the_last_good_state_back(toys: Any, painted: Any) -> None:
    class Broken(painted):
        def undo(self) -> None:
            self.cells[...] = -1
            raise RuntimeError("torn")

    lab = toys.open(Broken)
    before = lab.world.cells.copy()
    assert not lab.ask(c.Undo()).ok
    lab.ear.until(lambda: lab.ear.failures)
    np.testing.assert_array_equal(lab.world.cells, before)


class Reel:
    """A film in memory."""

    bytes = 0

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.end = threading.Event()

    def write(self, view: ImageView) -> None:
        self.steps.append(view.step)

    def close(self) -> None:
        self.end.set()

    def abort(self) -> None:
        self.end.set()


def test_a_turntable_goes_on_in_its_orbit_with_every_frame(toys: Any, painted: Any) -> None:
    lab, reel = toys.open(painted), Reel()
    lab.runner._stage.open_film = lambda command, first: reel
    command = c.Record(
        Path("film.mp4"),
        request=ViewRequest(eye=Eye(azimuth=300.0)),
        size=(64, 48),
        every=2,
        frames=4,
        from_reset=True,
        turn=30.0,
    )
    painted.eyes.clear()
    lab.do(command)
    lab.do(c.Step(10))
    assert reel.end.wait(30)
    assert reel.steps == [0, 2, 4, 6]
    assert painted.eyes[-3:] == [(330.0, (64, 48)), (0.0, (64, 48)), (30.0, (64, 48))]
    assert set(painted.eyes[:-3]) == {(300.0, (64, 48))}


@pytest.mark.parametrize(
    "wrong", [{"turn": 3.0}, {"turn": float("nan"), "request": ViewRequest(eye=Eye())}]
)
def test_a_turn_needs_an_eye_and_a_number(toys: Any, painted: Any, wrong: Any) -> None:
    lab = toys.open(painted)
    lab.runner._stage.open_film = lambda command, first: Reel()
    assert isinstance(lab.ask(c.Record(Path("film.mp4"), **wrong)).error, BadInput)
    assert lab.runner.state.recording is None


def test_a_snapshot_is_taken_with_the_eye_that_it_names(toys: Any, painted: Any) -> None:
    lab = toys.open(painted)
    painted.eyes.clear()
    view = lab.do(c.Snapshot("world", ViewRequest(eye=Eye(azimuth=12.0), size=(6, 4))))
    assert view.data.shape == (4, 6, 3)
    assert painted.eyes == [(12.0, (6, 4))]


def test_the_catalogue_knows_who_settles_without_importing_it(
    toys: Any, painted: Any, tmp_path: Path
) -> None:
    path = tmp_path / "learner.json"
    assert describe(painted).settles
    assert not describe(toys.Learner).settles
    assert refresh(painted, path)
    assert read(path).settles
    assert outdated(toys.Learner, path)
    refresh(toys.Learner, path)
    assert not read(path).settles
    assert '"settles"' not in path.read_text()


def test_a_stroke_of_a_future_that_did_not_come_is_not_undone(toys: Any) -> None:
    """Back before a stroke and past its step without it: later jumps do not bring it back."""
    world = toys.Drift(Spec("drift", seed=5))

    def step(until: int) -> Any:
        while world.step_count < until:
            world.step()
        return world.state("world")

    def jump(state: Any) -> None:
        world.load_state(state, "world")
        world.recall(())

    early = step(1)
    step(2)
    world.brush(Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0, number=1))
    painted = step(3)
    jump(early)
    assert world.undo_words() == ("", "")
    jump(painted)
    assert world.undo_words()[0]
    jump(early)
    other = step(4)
    step(6)
    jump(other)
    assert world.undo_words() == ("", "")
