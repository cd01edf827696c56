"""The runner goes back in time: to the bit, paused or playing, and edits give another future."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any, ClassVar

import numpy as np
import pytest

from engine.core import commands as c
from engine.core import history
from engine.core.errors import BadInput
from engine.core.views import Stroke, ViewRequest

STROKE = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0)


@pytest.fixture(autouse=True)
def every_step_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks of toys take no time, of which copies would take their hundredth."""
    monkeypatch.setattr(history, "_PATIENCE", 0.0)


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_jump_gives_the_same_bits_and_pauses(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(33))
    expected = lab.world.state("world")
    lab.do(c.Step(40))
    lab.do(c.Play())
    reply = lab.ask(c.Jump(33))
    assert reply.ok
    assert (reply.value, lab.world.step_count) == (33, 33)
    assert not lab.runner.state.playing
    same(lab.world.state("world"), expected)
    lab.do(c.Step(1))
    assert lab.do(c.Jump(33)) == 33
    same(lab.world.state("world"), expected)


def test_a_step_between_two_moments_is_run_to(toys: Any) -> None:
    # Room for six moments of 8 x 8 x 2 numbers.
    lab = toys.open(history_bytes=6 * 700)
    lab.do(c.Step(37))
    expected = lab.world.state("world")
    lab.do(c.Step(60))
    assert 2 <= len(lab.runner.state.moments) <= 6
    assert 37 not in lab.runner.state.moments
    assert lab.do(c.Jump(37)) == 37
    same(lab.world.state("world"), expected)
    assert lab.runner.state.target_step is None
    assert not lab.runner.state.playing


def test_a_jump_forward_takes_the_nearest_moment_or_runs_there(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(60))
    lab.do(c.Jump(10))
    assert lab.runner.state.moments[-1] == 60
    assert lab.do(c.Jump(60)) == 60
    expected = lab.world.state("world")
    lab.do(c.Jump(10))
    assert lab.do(c.RunTo(60)) == 60
    same(lab.world.state("world"), expected)
    assert lab.do(c.Jump(75)) == 75


def test_a_jump_that_runs_can_be_given_up(toys: Any) -> None:
    lab = toys.open()
    far = lab.runner.submit(c.Jump(10**9))
    lab.ear.until(lambda: any(state.target_step == 10**9 for state in lab.ear.states))
    lab.do(c.Pause())
    assert lab.ear.reply(far).value < 10**9


def test_a_jump_answers_the_goals_it_gives_up(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(20))
    far = lab.runner.submit(c.RunTo(10**9))
    lab.do(c.Jump(3))
    assert lab.ear.reply(far).ok
    assert lab.runner.state.target_step is None


def test_time_goes_on_from_the_moment_with_play(toys: Any) -> None:
    lab = toys.open(history_bytes=6 * 700)
    lab.do(c.Step(100))
    moment = max(step for step in lab.runner.state.moments if step <= 51)
    lab.do(c.SetSpeed(200.0))
    assert lab.do(c.Jump(51, play=True)) == moment
    assert lab.runner.state.playing
    lab.ear.until(lambda: lab.runner.state.step > 100)
    lab.do(c.Pause())


def test_steps_without_a_past_are_refused_and_nothing_changes(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(5))
    assert isinstance(lab.ask(c.Jump(-1)).error, BadInput)
    assert lab.world.step_count == 5
    tiny = toys.open(history_bytes=10)
    tiny.do(c.Step(5))
    assert tiny.runner.state.moments == ()
    error = tiny.ask(c.Jump(3)).error
    assert isinstance(error, BadInput)
    assert "takes more memory" in str(error)


@pytest.mark.parametrize(
    "edit", [c.Brush(STROKE), c.Act("stain", {"value": 3.0}), c.SetParam("rate", 0.7)]
)
def test_an_edit_in_the_past_drops_the_later_moments(toys: Any, edit: c.Command) -> None:
    lab = toys.open()
    lab.do(c.Step(40))
    lab.do(c.Jump(20))
    assert lab.runner.state.moments[-1] == 40
    lab.do(edit)
    assert lab.runner.state.moments[-1] == 20
    lab.do(c.Step(10))
    expected = lab.world.state("world")
    rate = lab.world.params.rate
    lab.do(c.Step(10))
    lab.do(c.Jump(5))
    lab.do(c.Jump(30))
    same(lab.world.state("world"), expected)
    assert lab.world.params.rate == rate


def test_what_follows_an_edit_is_replayed_from_it(toys: Any) -> None:
    lab = toys.open(history_bytes=8 * 700)
    lab.do(c.Step(21))
    lab.do(c.Brush(STROKE))
    lab.do(c.Step(2))
    expected = lab.world.state("world")
    lab.do(c.Step(4))
    lab.do(c.Jump(3))
    assert 23 not in lab.runner.state.moments
    assert lab.do(c.Jump(23)) == 23
    same(lab.world.state("world"), expected)


def test_the_edited_present_can_be_returned_to(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(10))
    lab.do(c.Brush(STROKE))
    lab.do(c.Jump(2))
    assert lab.do(c.Jump(10)) == 10
    assert lab.world.cells[2, 2, 0] == 50.0


def test_the_parameters_of_then_come_back(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(10))
    lab.do(c.SetParam("rate", 0.5))
    lab.do(c.Step(10))
    lab.do(c.Jump(4))
    assert lab.world.params.rate == pytest.approx(0.1)
    assert lab.runner.state.spec.params["rate"] == pytest.approx(0.1)
    lab.do(c.Jump(15))
    assert lab.world.params.rate == pytest.approx(0.5)


@pytest.mark.parametrize("command", ["reset", "load", "rebuild"])
def test_another_world_has_another_past(toys: Any, tmp_path: Any, command: str) -> None:
    from engine.core.spec import Asset

    lab = toys.open()
    lab.do(c.Step(12))
    lab.do(c.Save(tmp_path / "world.safetensors"))
    lab.do(c.Step(12))
    data = (tmp_path / "world.safetensors").read_bytes()
    first = 12 if command == "load" else 0
    lab.do(
        {
            "reset": c.Reset(9),
            "load": c.Load(Asset("world", data)),
            "rebuild": c.Rebuild(lab.spec),
        }[command]
    )
    assert lab.runner.state.moments == (first,)
    assert isinstance(lab.ask(c.Jump(first - 1)).error, BadInput)


def test_what_was_learnt_stays(toys: Any) -> None:
    lab = toys.open(toys.Learner)
    lab.do(c.Step(5))
    lab.do(c.Train(True))
    lab.ear.until(lambda: lab.runner.state.updates > 20)
    updates = lab.world.updates
    lab.do(c.Jump(2))
    assert lab.runner.state.training
    lab.do(c.Train(False))
    assert lab.world.updates >= updates
    assert lab.world.weight.any()


def test_a_jump_ends_a_long_tick(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(3))
    entered = threading.Event()

    def endless_tick(poll: Any) -> None:
        entered.set()
        while True:
            time.sleep(0.002)
            poll()

    lab.world.tick_hook = endless_tick
    lab.do(c.Play())
    assert entered.wait(30)
    assert lab.do(c.Jump(1)) == 1


def test_a_parameter_that_changes_within_a_tick_counts_after_it(toys: Any) -> None:
    """A tick that resumes goes on with the value it began with: so must its replay."""
    interrupt = threading.Event()

    class Slow(toys.Drift):  # type: ignore[misc]
        resumes: ClassVar[bool] = True
        rate: float | None = None

        def advance(self, poll: Any) -> None:
            if self.rate is None:
                self.rate = self.params.rate
            if self.step_count == 6 and not interrupt.is_set():
                begun.set()
                while True:
                    time.sleep(0.002)
                    poll()
            noise = self.world_rng.standard_normal(self.cells.shape, np.float32)
            self.cells += np.float32(self.rate) * noise
            self.rate = None

    begun = threading.Event()
    lab = toys.open(Slow)
    lab.do(c.Play())
    assert begun.wait(30)
    lab.do(c.SetParam("rate", 0.9))
    interrupt.set()
    lab.do(c.RunTo(7))
    seventh = lab.world.state("world")
    lab.do(c.RunTo(12))
    twelfth = lab.world.state("world")
    assert lab.do(c.Jump(6)) == 6
    assert lab.world.params.rate == pytest.approx(0.1)
    assert lab.do(c.Jump(7)) == 7
    same(lab.world.state("world"), seventh)
    assert lab.do(c.RunTo(12)) == 12
    same(lab.world.state("world"), twelfth)


def test_a_failure_ends_the_future(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = toys.open()
    lab.do(c.Step(10))
    lab.do(c.Jump(5))
    lab.world.tick_hook = lambda poll: setattr(toys.Drift, "broken", "step")
    monkeypatch.setattr(toys.Drift, "broken", "")
    lab.runner.submit(c.Step())
    (failure,) = lab.ear.until(lambda: lab.ear.failures)
    assert failure.restored == 5
    assert lab.runner.state.moments[-1] == 5, "it would fail again where it did not"
    lab.world.tick_hook = lambda poll: None
    monkeypatch.setattr(toys.Drift, "broken", "")
    assert lab.do(c.Jump(4)) == 4


def test_a_moment_is_the_last_good_state_too(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(9))
    good, newest = lab.runner._stage.good, lab.runner._stage.history._moments[-1]
    assert good.step == newest.step == 9
    shared = [name for name in newest.arrays if name.startswith("world/")]
    assert shared
    assert all(good._arrays[name] is newest.arrays[name] for name in shared), "one copy for both"


def test_the_picture_of_the_jump_is_shown(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Look({"world": ViewRequest()}))
    lab.do(c.Step(30))
    lab.ear.until(lambda: lab.runner.mailbox.full)
    lab.runner.mailbox.take()
    lab.do(c.Jump(11))
    seen: list[int] = []
    deadline = time.monotonic() + 30
    while seen[-1:] != [11]:
        views = lab.runner.mailbox.take()
        seen += [views["world"].step] if views else []
        assert time.monotonic() < deadline, seen
        time.sleep(0.002)


def test_moments_alone_do_not_publish_a_state(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.SetSpeed(400.0))
    lab.do(c.Play())
    before, start = len(lab.ear.states), time.monotonic()
    look = c.Look({"world": ViewRequest()})
    for _ in range(60):
        lab.do(look)  # after each the state is compared
        time.sleep(0.004)
    most = 4 * (time.monotonic() - start) + 15
    assert len(lab.ear.states) - before < most, "about four a second"
    lab.do(c.Pause())
    pickle.loads(pickle.dumps(lab.runner.state))
    assert pickle.loads(pickle.dumps(c.Jump(3, play=True))).play


def test_a_later_step_is_run_to_where_nothing_is_kept(toys: Any) -> None:
    lab = toys.open(history_bytes=0)
    lab.do(c.Step(2))
    lab.do(c.Brush(Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=5.0)))
    assert lab.do(c.Jump(6)) == 6
    assert lab.do(c.Jump(6)) == 6
    assert isinstance(lab.ask(c.Jump(3)).error, BadInput)
