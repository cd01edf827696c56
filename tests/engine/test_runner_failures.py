"""The runner when things go wrong: the world stops in a good state and the thread lives on."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.errors import BadInput, DeviceError, DivergedError
from engine.core.failures import in_words
from engine.core.journal import Journal, Start
from engine.core.lastgood import LastGood
from engine.core.spec import Spec
from engine.core.views import Stroke, ViewRequest

LOOK = c.Look({"world": ViewRequest()})
STROKE = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0)


def failed(lab: Any) -> Any:
    lab.ear.until(lambda: lab.ear.failures)
    return lab.ear.failures[-1]


def test_an_exception_in_a_tick_restores_the_world(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open(playing=True)
    lab.do(c.Pause())
    at, good = lab.do(c.Snapshot()).step, lab.runner._stage.good
    good.keep(lab.world)
    before = lab.world.state("world")
    monkeypatch.setattr(toys.Drift, "broken", "step")
    waiting = lab.runner.submit(c.Step(5))
    failure = failed(lab)
    assert (failure.during, failure.step, failure.restored) == ("stepping", at, at)
    assert "cannot step" in failure.report
    assert "test_an_exception" not in failure.report
    assert "advance" in failure.report
    assert failure.error.__traceback__ is None, "a traceback would keep the arrays alive"
    assert lab.ear.reply(waiting).value == at
    assert not lab.runner.state.playing
    for name, array in lab.world.state("world").items():
        np.testing.assert_array_equal(array, before[name])
    monkeypatch.setattr(toys.Drift, "broken", "")
    assert lab.do(c.Step(3)) == at + 3


def test_an_exception_in_an_update_stops_training_only_once(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open(toys.Learner, playing=True)
    monkeypatch.setattr(toys.Drift, "broken", "train")
    lab.do(c.Train(True))
    assert failed(lab).during == "training"
    assert not lab.runner.state.training
    assert not lab.runner.state.playing
    assert len(lab.ear.failures) == 1


def test_an_exception_in_drawing_is_told_once(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = toys.open()
    monkeypatch.setattr(toys.Drift, "broken", "views")
    lab.do(LOOK)
    assert failed(lab).during == "drawing"
    lab.do(c.Pause())
    monkeypatch.setattr(toys.Drift, "broken", "")
    lab.do(c.Step())
    lab.ear.until(lambda: lab.runner.mailbox.full)


@pytest.mark.parametrize("command", [c.Brush(STROKE), c.Act("burst")])
def test_an_exception_in_a_command_is_reply_and_failure(
    toys: Any, monkeypatch: pytest.MonkeyPatch, command: Any
) -> None:
    lab = toys.open()
    before = lab.world.cells.copy()
    monkeypatch.setattr(toys.Drift, "broken", "brush")
    assert isinstance(lab.ask(command).error, RuntimeError)
    assert failed(lab).restored == 0
    np.testing.assert_array_equal(lab.world.cells, before)


def test_a_wrong_command_is_only_refused(toys: Any) -> None:
    lab = toys.open()
    wrong = Stroke("world", "hammer", ((1.0, 1.0),))
    assert isinstance(lab.ask(c.Brush(wrong)).error, BadInput)
    nan = Stroke("world", "paint", ((1.0, 1.0),), value=float("nan"))
    assert isinstance(lab.ask(c.Brush(nan)).error, BadInput)
    assert lab.ear.failures == []


def test_a_failed_build_can_be_mended(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toys.Drift, "broken", "build")
    lab = toys.open(playing=True)
    assert failed(lab).during == "building"
    assert failed(lab).restored is None
    assert not lab.runner.state.alive
    for command in (c.Play(), c.Step(), c.Reset(), c.Brush(STROKE), c.SetParam("rate", 1)):
        assert isinstance(lab.ask(command).error, BadInput)
    lab.do(LOOK)
    assert isinstance(lab.ask(c.Rebuild(lab.spec)).error, RuntimeError)
    monkeypatch.setattr(toys.Drift, "broken", "")
    lab.do(c.Rebuild(lab.spec))
    assert lab.runner.state.alive
    assert lab.do(c.Step(2)) == 2


def test_a_failed_rebuild_leaves_the_old_world(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = toys.open()
    lab.do(c.Step(4))
    monkeypatch.setattr(toys.Drift, "broken", "build memory")
    error = lab.ask(c.Rebuild(lab.spec)).error
    assert isinstance(error, DeviceError)
    monkeypatch.setattr(toys.Drift, "broken", "")
    assert lab.do(c.Step()) == 5


def test_a_world_that_diverges_goes_back_and_names_the_parameter(toys: Any) -> None:
    lab = toys.open()
    lab.do(LOOK)
    lab.do(c.SetParam("rate", 1e30))
    with np.errstate(all="ignore"):
        lab.world.tick_hook = lambda poll: lab.world.cells.fill(np.nan)
        lab.runner.submit(c.Step(7))
        failure = failed(lab)
    assert isinstance(failure.error, DivergedError)
    assert "step 7" in str(failure.error)
    assert "rate = 1e+30" in str(failure.error)
    assert "the state of step 0 was restored" in str(failure.error)
    assert (failure.step, failure.restored, lab.world.step_count) == (7, 0, 0)
    assert np.isfinite(lab.world.cells).all()


def test_a_loss_that_is_not_a_number_goes_back_to_good_weights(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open(toys.Learner)
    monkeypatch.setattr(toys.Drift, "broken", "nan loss")
    lab.do(c.Train(True))
    failure = failed(lab)
    assert failure.during == "training"
    assert isinstance(failure.error, DivergedError)
    assert "loss of update 1" in str(failure.error)
    np.testing.assert_array_equal(lab.world.weight, [0, 0, 0])
    assert lab.world.updates == 0
    assert not lab.runner.state.training


def test_an_update_that_took_itself_back_stops_training_but_not_time(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = toys.open(toys.Learner, playing=True)
    monkeypatch.setattr(toys.Drift, "broken", "diverge")
    lab.do(c.Train(True))
    failure = failed(lab)
    assert "rolled back to update 0" in str(failure.error)
    assert not lab.runner.state.training
    assert lab.runner.state.playing


def test_a_failure_of_the_live_world_inside_an_update_comes_after_it(
    toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toys.Learner, "update_seconds", 2.0)
    lab = toys.open(toys.Learner)
    lab.do(c.Train(True))
    assert lab.world.in_update.wait(30)
    monkeypatch.setattr(toys.Drift, "broken", "step")
    lab.runner.submit(c.Play())
    failure = failed(lab)
    assert failure.during == "stepping"
    lab.do(c.SetParam("rate", 0.2))  # waits for the end of an update, if one were under way
    assert lab.world.updates == 0
    assert not lab.runner.state.training
    assert lab.world.cells.max() < 7


def test_only_finite_states_are_kept(toys: Any) -> None:
    world = toys.Learner(Spec("learner"))
    now = [0.0]
    good = LastGood(lambda: now[0])
    assert good.due(0.0)
    assert good.restore(world) is None
    world.step()
    good.keep(world)
    assert not good.due(4.9)
    assert good.due(5.1)
    world.step()
    world.weight[1] = np.inf
    good.keep(world)
    assert good.restore(world) == 1
    world.cells[0, 0, 0] = np.nan
    good.keep(world)
    assert good.restore(world) == 1
    assert world.finite()
    world.train_step(lambda: None)
    good.keep(world, training=True)
    world.train_step(lambda: None)
    assert good.restore(world) == 1
    assert world.updates == 1


def test_copies_that_take_long_are_rare(toys: Any) -> None:
    world = toys.Drift(Spec("drift"))
    now = [0.0]
    good = LastGood(lambda: now[0])
    state = world.state
    world.state = lambda scope: now.__setitem__(0, now[0] + 2.0) or state(scope)
    good.keep(world)
    assert not good.due(2.0 + 99.0)
    assert good.due(2.0 + 100.0)


def test_a_listener_that_fails_does_not_stop_the_world(toys: Any) -> None:
    lab = toys.open()
    lab.ear.state_changed = lambda state: 1 / 0
    assert lab.do(c.Step(2)) == 2


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_exhausted_memory_is_told_with_the_remedy(error: BaseException) -> None:
    told = in_words(error)
    assert isinstance(told, DeviceError)
    assert "smaller" in str(told)
    assert ("cpu" in str(told)) == ("CUDA" in str(error))


def test_other_errors_stay_what_they_are() -> None:
    error = RuntimeError("shape mismatch")
    assert in_words(error) is error


def test_what_ends_a_program_ends_nothing_here(toys: Any) -> None:
    """A plugin may call sys.exit: once told, every command is answered, none counts as torn."""

    class Ending(toys.Drift):  # type: ignore[misc, name-defined]
        ends: ClassVar[str] = ""

        def views(self, wanted: Any) -> Any:
            if self.ends == "views":
                raise SystemExit(1)
            return super().views(wanted)

        def reset(self, seed: int | None = None) -> None:
            super().reset(seed)
            if self.ends == "reset":
                raise SystemExit(1)

        def advance(self, poll: Any) -> None:
            if self.ends == "step":
                raise SystemExit(1)
            super().advance(poll)

    lab = toys.open(Ending)
    for ends, command in (("views", LOOK), ("reset", c.Reset()), ("step", c.Step(3))):
        Ending.ends = ends
        told = len(lab.ear.failures)
        lab.ask(command)
        lab.ear.until(lambda told=told: len(lab.ear.failures) > told)
        assert isinstance(lab.ask(c.Forget(-1)).error, BadInput)  # refused, and no more
        assert len(lab.ear.failures) == told + 1
        Ending.ends = ""
    assert [f.during for f in lab.ear.failures] == ["drawing", "stepping", "stepping"]
    assert lab.do(c.Step()) == 1


def test_what_fails_at_every_turn_waits_for_a_command(toys: Any) -> None:
    class Sick(toys.Drift):  # type: ignore[misc, name-defined]
        sick: ClassVar[bool] = False

        def take_log(self) -> list[Any]:
            return []

        def log_pending(self) -> bool:
            if self.sick:
                raise RuntimeError("cannot say")
            return False

    lab = toys.open(Sick)
    turns: list[None] = []
    turn = lab.runner._turn
    lab.runner._turn = lambda: (turns.append(None), turn())
    Sick.sick = True
    lab.do(c.Pause())
    lab.ear.until(lambda: lab.ear.failures)
    assert isinstance(lab.ask(c.Forget(-1)).error, BadInput)
    turns.clear()
    start = time.monotonic()
    time.sleep(0.1)
    assert len(turns) < 10 + 20 * (time.monotonic() - start)
    assert len(lab.ear.failures) <= 2
    Sick.sick = False
    assert lab.do(c.Step(2)) == 2


def test_a_world_that_cannot_even_be_put_back_does_not_end_its_thread(toys: Any) -> None:
    class Lost(toys.Learner):  # type: ignore[misc, name-defined]
        lost: ClassVar[bool] = False

        def train_progress(self) -> tuple[int, int]:
            if self.lost:
                raise RuntimeError("lost")
            return super().train_progress()  # type: ignore[no-any-return]

        def get_arrays(self, part: Any) -> Any:
            if self.lost:
                raise SystemExit(1)
            return super().get_arrays(part)

        def advance(self, poll: Any) -> None:
            if self.lost:
                raise SystemExit(1)
            super().advance(poll)

    lab = toys.open(Lost)
    lab.do(c.Step())
    Lost.lost = True
    step = lab.runner.submit(c.Step())
    lab.ear.until(lambda: lab.ear.failures)
    Lost.lost = False
    lab.ear.reply(step)
    assert lab.runner._thread.is_alive()
    assert lab.do(c.Step()) >= 1


def test_a_state_that_cannot_be_copied_gives_up_only_the_journal_of_a_film() -> None:
    def capture() -> int:
        raise RuntimeError("cannot copy")

    journal = Journal()
    journal.begin(Start("reset", Spec("life")))
    film = journal.follow(Start("reset", Spec("life")), (), capture)
    journal.cut("the world failed and was put back")
    assert "could not be copied" in film.broken
