"""A running world is never lost to a command that fails: it, or its last good state, goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint, rng
from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.spec import Asset, Spec
from engine.core.system import Mark


@pytest.fixture
def marked(toys: Any) -> Any:
    """A toy that remembers when it was stained, as the contract of `recall` asks for."""

    class Marked(toys.Drift):  # type: ignore[misc]
        def start(self) -> None:
            super().start()
            self.found: tuple[Mark, ...] = ()

        def act(self, name: str, arguments: Any) -> Any:
            self.found += (Mark(self.step_count, name),)
            return super().act(name, arguments)

        def marks(self) -> tuple[Mark, ...]:
            return self.found

        def recall(self, marks: tuple[Mark, ...]) -> None:
            self.found = marks

        def load_state(self, arrays: Any, scope: Any) -> None:
            super().load_state(arrays, scope)
            self.found = ()

    return Marked


def saved(world: Any) -> Asset:
    return Asset("saved", checkpoint.dump(world, "world"))


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64])
def test_a_wrong_seed_is_refused_and_the_world_goes_on(toys: Any, tmp_path: Any, seed: int) -> None:
    lab = toys.open()
    lab.do(c.Step(5))
    moments = lab.runner.state.moments
    assert isinstance(lab.ask(c.Reset(seed)).error, BadInput)
    assert lab.do(c.Step()) == 6
    assert lab.do(c.Jump(2)) == 2
    assert set(moments) <= set(lab.runner.state.moments)
    lab.do(c.Save(tmp_path / "still.safetensors", "world"))
    assert lab.ear.failures == []


@pytest.mark.parametrize("error", [BadInput("no such start"), MemoryError()])
def test_a_reset_that_fails_half_way_brings_the_last_good_state_back(
    toys: Any, error: Exception
) -> None:
    lab = toys.open()
    lab.do(c.Step(5))
    stage = lab.runner._stage
    stage.good.keep(lab.world)
    before = lab.world.state("world")

    def start() -> None:
        lab.world.cells = np.full((8, 8, 2), 7, np.float32)
        raise error

    lab.world.start = start
    assert lab.ask(c.Reset(3)).error is not None
    failure = lab.ear.until(lambda: lab.ear.failures)[-1]
    assert (failure.restored, lab.world.seed) == (5, 5)
    for name, array in lab.world.state("world").items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    del lab.world.start
    assert lab.do(c.Step()) == 6
    assert lab.do(c.Jump(1)) == 1, "the past is that of the world that stayed"


def test_a_reset_whose_first_moment_fails_keeps_the_past(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open()
    lab.do(c.Step(3))
    stage = lab.runner._stage
    stage.good.keep(lab.world)
    past = stage.history

    def broken(generator: Any) -> Any:
        raise OverflowError("too large")

    with monkeypatch.context() as patch:
        patch.setattr(rng, "snapshot", broken)
        reply = lab.ask(c.Reset(4))
    assert isinstance(reply.error, OverflowError)
    assert stage.history is past


def test_a_rebuild_whose_first_moment_fails_leaves_the_old_world(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open()
    lab.do(c.Step(4))
    old = lab.world

    def broken(generator: Any) -> Any:
        raise OverflowError("too large")

    with monkeypatch.context() as patch:
        patch.setattr(rng, "snapshot", broken)
        assert isinstance(lab.ask(c.Rebuild(lab.spec)).error, OverflowError)
    stage = lab.runner._stage
    assert stage.system is old
    assert lab.do(c.Step()) == 5
    assert lab.do(c.Jump(2)) == 2


@pytest.mark.parametrize(
    ("params", "words"),
    [({"size": 1}, "size cannot be 1"), ({"colour": 1}, "colour"), ({"rate": "x"}, "rate")],
)
def test_a_rebuild_refuses_what_cannot_be(toys: Any, params: dict[str, Any], words: str) -> None:
    lab = toys.open(size=12)
    lab.do(c.Step(4))
    error = lab.ask(c.Rebuild(lab.spec.with_(params=params))).error
    assert isinstance(error, BadInput)
    assert words in str(error)
    assert lab.world.params.size == 12
    assert lab.do(c.Step()) == 5


def test_what_a_file_brought_may_be_odd_in_a_rebuild_too(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toys.Drift, "broken", "build")
    lab = toys.open(size=1, colour=3)
    lab.ear.until(lambda: lab.ear.failures)
    monkeypatch.setattr(toys.Drift, "broken", "")
    own = lab.runner.state.spec
    assert isinstance(lab.ask(c.Rebuild(own.with_(params={"size": 0}))).error, BadInput)
    lab.do(c.Rebuild(own.with_(params={**own.params, "rate": 0.5})))
    assert (lab.world.params.size, lab.world.params.rate) == (2, 0.5)
    assert len(lab.runner.state.warnings) == 2


def test_a_load_forgets_the_marks_of_the_world_before_and_a_jump_does_not(
    toys: Any, marked: Any
) -> None:
    lab = toys.open(marked)
    other = marked(Spec("drift", seed=9))
    for _ in range(9):
        other.step()
    lab.do(c.Step(2))
    lab.do(c.Act("stain"))
    lab.do(c.Step(2))
    assert lab.do(c.Jump(3)) == 3
    assert lab.runner.state.marks == (Mark(2, "stain"),)
    lab.do(c.Load(saved(other)))
    assert lab.world.step_count == 9
    assert lab.runner.state.marks == ()


@pytest.mark.parametrize("error", [BadInput("not that rate"), RuntimeError("broken")])
def test_a_load_that_fails_half_way_brings_world_and_marks_back(
    toys: Any, marked: Any, error: Exception
) -> None:
    lab = toys.open(marked)
    lab.do(c.Step(2))
    lab.do(c.Act("stain"))
    other = marked(Spec("drift", {"rate": 0.7}, seed=9))
    other.step()
    stage = lab.runner._stage
    stage.good.keep(lab.world)
    before = lab.world.state("world")

    def refuse(name: str) -> None:
        raise error

    lab.world.params_changed = refuse
    assert lab.ask(c.Load(saved(other))).error is not None
    failure = lab.ear.until(lambda: lab.ear.failures)[-1]
    assert failure.restored == 2
    assert lab.world.params.rate == 0.1
    for name, array in lab.world.state("world").items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    lab.ear.until(lambda: lab.ear.states[-1].marks == (Mark(2, "stain"),))
    assert lab.do(c.Step()) == 3


def test_a_checkpoint_of_an_impossible_step_is_refused(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(3))
    other = toys.Drift(Spec("drift", seed=9))
    other.step_count = 2**60
    assert "clock/step" in str(lab.ask(c.Load(saved(other))).error)
    assert lab.do(c.Step()) == 4
