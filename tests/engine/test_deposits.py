"""States that are set aside share one budget with the moments of the past."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.deposits import MOST, Deposit, Deposits
from engine.core.errors import BadInput
from engine.core.history import History
from engine.core.params import Params
from engine.core.reports import Bookmark
from engine.core.spec import Spec
from engine.core.views import Stroke, ViewRequest

STROKE = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0, number=1)


class Still:
    """As much of a system as a history copies."""

    def __init__(self, size: int) -> None:
        self.step_count, self.params, self.size = 0, Params(), size

    def state(self, scope: str) -> dict[str, Any]:
        return {"world/cells": np.zeros(self.size, np.uint8)}

    def marks(self) -> tuple[()]:
        return ()

    def finite(self) -> bool:
        return True


def past(moments: int, size: int, budget: int) -> History:
    world, history = Still(size), History(lambda: 0.0, budget)
    for step in range(moments):
        world.step_count = step
        history.keep(world)  # type: ignore[arg-type]
    return history


def deposit(size: int, *, moments: int = 0, title: str = "") -> Deposit:
    made = Deposit(
        spec=Spec("still"),
        params=Params(),
        step=0,
        arrays={"world/cells": np.zeros(size, np.uint8)},
        scope="world",
        whole=True,
        past=past(moments, size, 10**6) if moments else None,
    )
    if title:
        made.bookmark = Bookmark(made.id, 0, title, size)
    return made


@settings(max_examples=80, deadline=None)
@given(
    budget=st.integers(0, 5000),
    deeds=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(1, 1500), st.integers(0, 9)),
            st.tuples(st.just("mark"), st.integers(1, 1500), st.just(0)),
            st.tuples(st.just("budget"), st.integers(0, 5000), st.just(0)),
            st.tuples(st.just("tick"), st.integers(1, 300), st.just(0)),
        ),
        max_size=20,
    ),
)
def test_moments_and_states_never_take_more_than_the_budget(budget: int, deeds: Any) -> None:
    kept, world = Deposits(budget), Still(120)
    present = History(lambda: 0.0, kept.room)
    marked = 0
    for deed, number, moments in deeds:
        if deed == "add":
            kept.add(deposit(number, moments=moments))
        elif deed == "mark" and kept.has_room(number):
            kept.add(deposit(number, title="a mark"))
            marked += number
        elif deed == "budget":
            kept.budget = number
            kept.fit()
        elif deed == "tick":
            for _ in range(number):
                world.step_count += 1
                if present.due(world.step_count, 0.0):
                    present.keep(world)  # type: ignore[arg-type]
        present.set_budget(kept.room)
        assert present.bytes + kept.bytes <= max(kept.budget, marked)
        assert len(kept.bookmarks) == sum(1 for m in kept.bookmarks if m.bytes)
        assert sum(m.bytes for m in kept.bookmarks) == marked  # none was dropped


def test_the_past_of_older_states_goes_first_and_the_oldest_state_last() -> None:
    kept = Deposits(2000)
    first, second = deposit(100, moments=3), deposit(100, moments=3)
    assert kept.add(first)
    assert kept.add(second)
    assert (first.past, second.past) != (None, None)
    third = deposit(500, moments=9)
    assert kept.add(third)
    assert first.past is None
    assert second.past is None
    assert third.past is None or third.past.bytes <= 300
    assert kept.bytes <= 1000
    assert kept.add(deposit(900))
    many = Deposits(10**9)
    for _ in range(MOST + 5):
        many.add(deposit(1))
    assert many.bytes == MOST
    for gone in (first, second, third):
        with pytest.raises(BadInput, match="no longer kept"):
            kept.get(gone.id)
    assert not kept.add(deposit(1001))  # half of the budget is for the present past


def test_a_larger_budget_lets_the_past_grow_again() -> None:
    history = past(40, 100, 1000)
    assert history.bytes <= 1000
    history.set_budget(0)
    assert history.steps == ()
    assert not history.due(1000, 0.0)
    history.set_budget(1000)
    assert history.due(1000, 0.0)


def test_what_is_too_large_is_not_kept_and_says_so(toys: Any) -> None:
    lab = toys.open(history_bytes=1000)
    assert lab.ask(c.Reset()).inverse is None
    error = lab.ask(c.Keep("mark")).error
    assert isinstance(error, BadInput)
    assert "MB" in str(error)
    lab.do(c.SetBudget(10**6))
    assert lab.runner.state.budget == 10**6
    assert isinstance(lab.ask(c.Reset()).inverse, c.Restore)
    assert lab.runner.state.kept_bytes > 0
    lab.do(c.SetBudget(0))
    lab.do(c.Pause())
    assert lab.runner.state.kept_bytes == 0


def test_strokes_before_a_reset_can_be_undone_after_it_was_taken_back(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(2))
    before = lab.world.cells.copy()
    gesture = lab.ask(c.Brush(STROKE)).gesture
    assert gesture
    painted = lab.world.cells.copy()
    reset = lab.ask(c.Reset())
    assert lab.runner.state.undo == ("", "")
    back = lab.ask(reset.inverse)
    np.testing.assert_array_equal(lab.world.cells, painted)
    assert lab.runner.state.undo[0] == "paint stroke"
    lab.do(c.Undo())
    np.testing.assert_array_equal(lab.world.cells, before)
    assert back.inverse is not None


def test_learning_is_not_lost_by_taking_a_reset_back(toys: Any) -> None:
    lab = toys.open(toys.Learner)
    reset = lab.ask(c.Reset())
    lab.do(c.Train(True))
    lab.ear.until(lambda: lab.runner.state.updates > 3)
    lab.do(c.Train(False))
    weight = lab.world.weight.copy()
    lab.do(reset.inverse)
    np.testing.assert_array_equal(lab.world.weight, weight)


def test_putting_a_state_back_does_not_wait_for_a_long_update(toys: Any) -> None:
    class Slow(toys.Learner):
        update_seconds = 100.0  # longer than anybody waits for a reply

    lab = toys.open(Slow)
    reset = lab.ask(c.Reset())
    lab.do(c.Train(True))
    assert lab.world.in_update.wait(30)
    lab.do(reset.inverse)
    assert lab.world.updates == 0
    assert lab.runner.state.training  # it goes on learning


def test_an_import_taken_back_brings_training_back_to_the_bit(toys: Any) -> None:
    from engine.core import checkpoint
    from engine.core.spec import Asset

    lab = toys.open(toys.Learner)
    fresh = Asset("fresh", checkpoint.dump(lab.world, "model"))
    lab.do(c.Train(True))
    lab.ear.until(lambda: lab.runner.state.updates > 3)
    lab.do(c.Train(False))
    before = lab.world.state("training")
    loaded = lab.ask(c.Load(fresh))
    assert (lab.world.weight == 0).all()
    lab.do(loaded.inverse)
    after = lab.world.state("training")
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array, name)


def test_a_state_of_a_world_that_was_made_anew_waits_for_its_own(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Step(3))
    cells = lab.world.cells.copy()
    reset = lab.ask(c.Reset())
    rebuilt = lab.ask(c.Rebuild(lab.spec.with_(params={"size": 4})))
    error = lab.ask(reset.inverse).error
    assert isinstance(error, BadInput)
    assert "made anew" in str(error)
    lab.do(rebuilt.inverse)
    lab.do(c.Restore(reset.inverse.deposit))
    np.testing.assert_array_equal(lab.world.cells, cells)


def test_a_failing_command_sets_nothing_aside(toys: Any) -> None:
    lab = toys.open()
    lab.do(c.Brush(STROKE))
    kept = lab.runner.state.kept_bytes
    assert not lab.ask(c.Rebuild(lab.spec.with_(params={"size": 10**6}))).ok
    assert not lab.ask(c.Reset(-1)).ok
    assert lab.runner.state.kept_bytes <= kept + lab.world.cells.nbytes * 2
    assert lab.runner.state.undo[0] == "paint stroke"


def test_a_picture_of_every_kth_step_and_none_between(toys: Any) -> None:
    lab = toys.open()
    seen: list[int] = []
    original = type(lab.world).views

    def views(self: Any, wanted: Any) -> Any:
        seen.append(self.step_count)
        return original(self, wanted)

    lab.world.views = views.__get__(lab.world)
    lab.do(c.Look({"world": ViewRequest()}))
    assert lab.do(c.SetStride(7)) is None
    assert isinstance(lab.ask(c.SetStride(0)).error, BadInput)
    assert lab.runner.state.stride == 7
    seen.clear()
    lab.do(c.Play())
    lab.ear.until(lambda: seen and seen[-1] > 7 * 6)
    during = [step for step in seen if step]
    assert set(range(7, 43, 7)) <= set(during)
    assert all(step % 7 == 0 for step in during)
    lab.do(c.Pause())


def test_several_requests_of_one_view_and_a_world_without_pictures(toys: Any) -> None:
    lab = toys.open()
    wanted = {
        "world": ViewRequest(),
        "world@one": ViewRequest(channels=(0,)),
        "world@two": ViewRequest(channels=(1,)),
        "nothing@here": ViewRequest(),
    }
    lab.do(c.Look(wanted))
    lab.ear.until(lambda: lab.runner.mailbox.full)
    views = lab.runner.mailbox.take()
    assert set(views) == {"world", "world@one", "world@two"}
    assert (views["world@one"].shown, views["world@two"].shown) == ("height", "depth")
    lab.do(c.SetFrameRate(0))
    lab.do(c.Step(3))
    assert not lab.runner.mailbox.full
    lab.do(c.SetFrameRate(60))
    lab.ear.until(lambda: lab.runner.mailbox.full)
    assert lab.runner.mailbox.take()["world"].step == 3
    assert isinstance(lab.ask(c.SetFrameRate(-1)).error, BadInput)


def test_aliases_come_about_ten_times_a_second_and_the_last_is_of_the_present() -> None:
    from engine.core.gaze import Gaze

    class Seen:
        def views(self, wanted: Any) -> Any:
            return {name: (name, request) for name, request in wanted.items()}

    gaze, world = Gaze(), Seen()
    gaze.look({"world": 1, "world@a": 2})  # type: ignore[dict-item]
    assert set(gaze.views(world, 0.0)) == {"world", "world@a"}  # type: ignore[arg-type]
    assert set(gaze.views(world, 0.05)) == {"world"}  # type: ignore[arg-type]
    assert gaze.owed
    assert gaze.delay(0.05) == pytest.approx(0.03)
    made = gaze.aliases(world, 0.1)  # type: ignore[arg-type]
    assert made == {"world@a": ("world", 2)}
    assert not gaze.owed
    gaze.look({"world": 1})  # type: ignore[dict-item]
    assert set(gaze.views(world, 9.0)) == {"world"}  # type: ignore[arg-type]


def test_what_is_too_large_to_be_set_aside_is_not_copied(toys: Any) -> None:
    lab = toys.open(size=128)
    lab.do(c.SetBudget(150_000))
    copies: list[str] = []
    state = lab.world.state

    def counted(scope: Any) -> Any:
        copies.append(scope)
        return state(scope)

    lab.world.state = counted
    assert lab.ask(c.Reset()).inverse is None
    without = len(copies)
    lab.do(c.SetBudget(10**8))
    copies.clear()
    assert lab.ask(c.Reset()).inverse is not None
    assert len(copies) == without + 1


def test_a_reset_for_a_film_is_a_change_by_hand(toys: Any, tmp_path: Path) -> None:
    lab = toys.open()
    before = lab.runner.state.edits
    lab.do(c.Record(tmp_path / "film", frames=1, from_reset=True))
    lab.ear.until(lambda: lab.runner.state.edits == before + 1)


def test_what_does_not_come_back_is_said(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where optimiser and pool are too large to be set aside, the inverse says so."""
    lab = toys.open(toys.Learner)
    assert lab.ask(c.Rebuild(lab.spec)).inverse.lost == ""
    lab.do(c.Train(True))
    lab.ear.until(lambda: lab.runner.state.updates > 1)
    lab.do(c.Train(False))
    monkeypatch.setattr("engine.core.keeping.is_small", lambda system: False)
    rebuilt = lab.ask(c.Rebuild(lab.spec))
    assert "too large" in rebuilt.inverse.lost
    assert lab.ask(c.Reset()).inverse.lost == ""  # nothing learnt goes with a reset
    monkeypatch.undo()


def test_a_bookmark_that_somebody_wrote_is_branched_and_refused_as_what_it_is(toys: Any) -> None:
    """A session's file may hold anything: without its clock a state can be copied, not loaded."""
    from safetensors.numpy import load, save

    from engine.core import checkpoint
    from engine.core.spec import Asset

    lab = toys.open()
    data = checkpoint.dump(lab.world, "world")
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])["__metadata__"]
    arrays = {name: array for name, array in load(data).items() if name != "clock/seed"}
    mark = lab.do(c.Keep("odd", state=Asset("odd", save(arrays, head))))
    branched = lab.do(c.Branch(deposit=mark.deposit))
    assert branched.spec.seed == lab.world.seed
    assert isinstance(lab.ask(c.Load(branched.state)).error, BadInput)
    assert isinstance(lab.ask(c.Restore(mark.deposit)).error, BadInput)
    assert lab.ear.failures == []
