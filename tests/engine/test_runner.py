"""The runner: order, time, commands."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.errors import BadInput, Cancelled
from engine.core.spec import Spec
from engine.core.system import Action
from engine.core.views import Stroke, ViewRequest

LOOK = c.Look({"world": ViewRequest()})
STROKE = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0)


def test_same_seed_same_bits_after_200_steps(toys: Any) -> None:
    states = []
    for _ in range(2):
        lab = toys.open()
        assert lab.do(c.Step(200)) == 200
        lab.runner.close()
        states.append(lab.world.state("world"))
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name)
    other = toys.Drift(Spec("drift", seed=6))
    assert not np.array_equal(other.cells, toys.Drift(Spec("drift", seed=5)).cells)


def test_replies_come_in_the_order_of_the_commands(toys: Any) -> None:
    lab = toys.open()
    ids = [
        lab.runner.submit(command)
        for command in (c.SetParam("rate", 0.2), LOOK, c.Brush(STROKE), c.Reset(3), c.Pause())
    ]
    lab.ear.reply(ids[-1])
    assert lab.ear.order == ids
    assert lab.runner.state.seed == 3


def test_step_counts_add_up_and_end_in_a_pause(toys: Any) -> None:
    lab = toys.open()
    first, second = lab.runner.submit(c.Step(3)), lab.runner.submit(c.Step(4))
    assert lab.ear.reply(second).value == 7
    assert lab.ear.reply(first).value == 3
    assert lab.runner.state.step == 7
    assert not lab.runner.state.playing


def test_the_picture_of_a_reached_step_is_always_shown(toys: Any) -> None:
    lab = toys.open()
    lab.do(LOOK)
    for _ in range(5):
        lab.ear.until(lambda: lab.runner.mailbox.full)
        lab.runner.mailbox.take()
        lab.do(c.Step(2))
    lab.ear.until(lambda: lab.runner.mailbox.full)
    views = lab.runner.mailbox.take()
    assert views["world"].step == 10


def test_the_picture_of_a_pause_is_always_shown(toys: Any) -> None:
    lab = toys.open()
    lab.do(LOOK)
    lab.do(c.Play())
    lab.ear.until(lambda: lab.runner.state.step > 100)
    step = lab.ask(c.Pause()).step
    seen = [-1]

    def shown() -> bool:
        views = lab.runner.mailbox.take()
        seen.append(views["world"].step if views else seen[-1])
        return seen[-1] == step

    deadline = time.monotonic() + 30
    while not shown():
        assert time.monotonic() < deadline, f"step {step} was never shown, only {seen[-1]}"
        time.sleep(0.005)


def test_commands_act_within_a_long_tick_but_strokes_after_it(toys: Any) -> None:
    lab = toys.open()
    entered, go = threading.Event(), threading.Event()

    def long_tick(poll: Any) -> None:
        entered.set()
        while not go.wait(0.002):
            poll()

    lab.world.tick_hook = long_tick
    lab.do(c.Play())
    assert entered.wait(30)
    brush = lab.runner.submit(c.Brush(STROKE))
    lab.do(c.Pause())
    assert brush not in lab.ear.replies
    assert lab.world.step_count == 0
    go.set()
    assert lab.ear.reply(brush).step == 1
    assert lab.world.cells[2, 2, 0] == 50.0
    assert lab.world.step_count == 1


def test_a_reset_ends_a_long_tick(toys: Any) -> None:
    lab = toys.open()
    entered = threading.Event()

    def endless_tick(poll: Any) -> None:
        entered.set()
        while True:
            time.sleep(0.002)
            poll()

    lab.world.tick_hook = endless_tick
    run = lab.runner.submit(c.Step())
    assert entered.wait(30)
    lab.do(c.Reset())
    assert lab.ear.reply(run).value == 0
    assert not lab.runner.state.playing


def test_run_to_is_given_up_by_pause(toys: Any) -> None:
    lab = toys.open()
    run = lab.runner.submit(c.RunTo(10**9))
    lab.ear.until(lambda: any(state.target_step == 10**9 for state in lab.ear.states))
    lab.do(c.Pause())
    assert lab.ear.reply(run).value < 10**9
    assert lab.runner.state.target_step is None
    assert not lab.runner.state.playing
    lab.do(c.Step(5))
    error = lab.ask(c.RunTo(1)).error
    assert isinstance(error, BadInput)
    assert "before the present step" in str(error)


def test_run_to_the_present_step_is_answered_at_once(toys: Any) -> None:
    assert toys.open().do(c.RunTo(0)) == 0


def test_speed_is_kept_without_drift(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.SetSpeed(100.0))
    lab.do(c.Play())
    start = time.monotonic()
    lab.ear.until(lambda: lab.runner.state.step >= 30)
    lab.do(c.Pause())
    seconds = time.monotonic() - start
    assert lab.runner.state.step <= 100 * seconds + 2


def test_a_paced_world_answers_at_once(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.SetSpeed(0.01))  # nobody waits for the next tick
    lab.do(c.Play())
    seconds = []
    for _ in range(20):
        start = time.monotonic()
        lab.do(LOOK)
        seconds.append(time.monotonic() - start)
    assert min(seconds) < 0.1
    assert lab.runner.state.step <= 1


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_speeds_are_refused(toys: Any, speed: float) -> None:
    lab = toys.open()
    assert isinstance(lab.ask(c.SetSpeed(speed)).error, BadInput)


def test_live_parameters_act_and_can_be_undone(toys: Any) -> None:
    lab = toys.open()
    reply = lab.ask(c.SetParam("rate", 0.5))
    assert reply.ok
    assert lab.runner.state.spec.params["rate"] == 0.5
    lab.do(reply.inverse)
    assert lab.runner.state.spec.params["rate"] == 0.1


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("size", 9, "restart"), ("rate", -1, "0 to"), ("nothing", 1, "no parameter")],
)
def test_parameters_that_cannot_be_set_are_refused(
    toys: Any, name: str, value: Any, text: str
) -> None:
    lab = toys.open()
    error = lab.ask(c.SetParam(name, value)).error
    assert isinstance(error, BadInput)
    assert text in str(error)
    assert lab.ear.failures == []


def test_strokes_on_a_running_world_do_not_flood_the_window_with_states(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Play())
    before, start = len(lab.ear.states), time.monotonic()
    for _ in range(50):
        lab.do(c.Brush(STROKE))
    assert len(lab.ear.states) - before <= 4 * (time.monotonic() - start) + 2


def test_brush_while_paused_is_shown(toys: Any) -> None:
    lab = toys.open()
    lab.do(LOOK)
    lab.ear.until(lambda: lab.runner.mailbox.full)
    lab.runner.mailbox.take()
    signals = lab.ear.signals
    lab.do(c.Brush(STROKE))
    lab.ear.until(lambda: lab.ear.signals > signals)
    view = lab.runner.mailbox.take()["world"]
    assert view.data[2, 2] == 50.0
    assert np.count_nonzero(view.data == 50.0) == 1


def test_only_what_is_looked_at_is_made(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Look({"table": ViewRequest()}))
    lab.ear.until(lambda: lab.runner.mailbox.full)
    assert set(lab.runner.mailbox.take()) == {"table"}
    lab.do(c.Look({}))
    lab.do(c.Step(3))
    assert lab.runner.mailbox.take() is None


def test_an_unread_mailbox_slows_the_pictures(toys: Any) -> None:
    lab = toys.open()
    made = []
    world = lab.world
    plain = world.views
    world.views = lambda wanted: made.append(1) or plain(wanted)
    lab.do(LOOK)
    lab.do(c.Play())
    start = time.monotonic()
    lab.ear.until(lambda: lab.ear.signals)
    threading.Event().wait(0.4)
    lab.do(c.Pause())
    assert len(made) <= 15 * (time.monotonic() - start) + 4
    assert lab.ear.signals == 1


def test_actions_and_exports(toys: Any, tmp_path: Any) -> None:
    lab = toys.open()
    assert lab.do(c.Act("stain", {"value": 4.0})) == 4.0
    assert "value" in str(lab.ask(c.Act("stain", {"value": 40.0})).error)
    assert "no action" in str(lab.ask(c.Act("nothing")).error)
    lab.do(c.ExportFile(tmp_path / "mean.TXT"))
    assert (tmp_path / "mean.TXT").exists()
    error = lab.ask(c.ExportFile(tmp_path / "mean.xyz")).error
    assert isinstance(error, BadInput)
    assert ".txt" in str(error)


def test_an_undoable_action_brings_its_inverse(toys: Any) -> None:
    lab = toys.open()
    before = lab.world.cells[0, 0, 0]
    reply = lab.ask(c.Act("dye", {"value": 7.0}))
    assert reply.value == 7.0
    assert lab.world.cells[0, 0, 0] == 7.0
    lab.do(reply.inverse)
    assert lab.world.cells[0, 0, 0] == before


def test_measured_numbers_arrive_with_their_step(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(3))
    lab.ear.until(lambda: any(step == 3 for step, kind, _ in lab.ear.numbers if kind == "world"))


def test_rebuild_replaces_the_world_and_keeps_fitting_weights(toys: Any) -> None:
    lab = toys.open(toys.Learner)
    lab.world.weight[...] = 4
    lab.do(c.Rebuild(lab.spec.with_(params={"size": 12}), keep_model=True))
    assert lab.world.cells.shape == (12, 12, 2)
    np.testing.assert_array_equal(lab.world.weight, [4, 4, 4])
    assert lab.runner.state.warnings == ()
    lab.do(c.Rebuild(lab.spec))
    np.testing.assert_array_equal(lab.world.weight, [0, 0, 0])


def test_rebuild_says_which_weights_do_not_fit(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = toys.open(toys.Learner)
    lab.world.weight = np.ones(7, np.float32)
    lab.do(c.Rebuild(lab.spec, keep_model=True))
    assert "model/weight" in lab.runner.state.warnings[0]


def test_commands_after_close_are_answered(toys: Any) -> None:
    lab = toys.open()
    gate = threading.Event()
    lab.world.tick_hook = lambda poll: gate.wait(30)
    lab.runner.submit(c.Play())
    closing, late = lab.runner.submit(c.Close()), lab.runner.submit(c.Step())
    gate.set()
    assert lab.ear.reply(closing).ok
    assert isinstance(lab.ear.reply(late).error, Cancelled)
    assert lab.runner.close()
    assert not lab.runner.state.alive


def test_a_thread_that_does_not_answer_is_left_behind(toys: Any) -> None:
    lab = toys.open()
    gate = threading.Event()
    entered = threading.Event()
    lab.world.tick_hook = lambda poll: entered.set() or gate.wait(30)
    lab.runner.submit(c.Step())
    assert entered.wait(30)
    assert not lab.runner.close(timeout=0.05)
    gate.set()
    assert lab.runner.close()


def test_a_long_action_lets_in_what_is_asked_meanwhile_and_gives_up_for_a_reset(toys: Any) -> None:
    class Digging(toys.Drift):
        def actions(self) -> dict[str, Action]:
            return {"dig": Action("Dig")}

        def act(self, name: str, arguments: Any) -> str:
            begun.set()
            end = time.monotonic() + 30
            while not enough.is_set() and time.monotonic() < end:
                time.sleep(0.002)
                self.poll()
            return "dug"

    begun, enough = threading.Event(), threading.Event()
    lab = toys.open(Digging)
    digging = lab.runner.submit(c.Act("dig"))
    assert begun.wait(30)
    assert lab.do(LOOK) is None  # answered in the middle of it
    stroke = lab.runner.submit(c.Brush(STROKE))
    time.sleep(0.02)
    assert not lab.ear.order.count(stroke), "a stroke would tear the action"
    enough.set()
    assert lab.ear.reply(digging).value == "dug"
    lab.ear.reply(stroke)
    begun.clear()
    enough.clear()
    digging = lab.runner.submit(c.Act("dig"))
    assert begun.wait(30)
    lab.do(c.Reset(7))
    assert isinstance(lab.ear.reply(digging).error, Cancelled)
    assert lab.runner.state.seed == 7
    assert not lab.ear.failures
