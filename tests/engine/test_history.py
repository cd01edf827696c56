"""Moments of the past: evenly spread within budget and time, and never of a past that was not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest

from engine.core import history as module
from engine.core.errors import BadInput
from engine.core.history import History
from engine.core.params import Params, live
from engine.core.spec import Spec
from engine.core.system import Mark, System, SystemInfo


class ChainParams(Params):
    drift: int = live(1, "Added in every tick", ge=0, le=1000)
    colour: int = live(0, "Of the picture", ge=0, le=9)


class Chain(System):
    """One number that follows from the last one: a world as small as can be."""

    info = SystemInfo("chain", "Chain", "A number", "none", "Toys")
    Params = ChainParams
    params: ChainParams
    incidental: ClassVar[frozenset[str]] = frozenset(("colour",))
    size = 1

    def build(self) -> None:
        self.heard: list[str] = []
        self.weight = 1

    def start(self) -> None:
        self.number = 1

    def advance(self, poll: Any) -> None:
        drawn = int(self.world_rng.integers(1000))
        self.number = (self.number * 31 + self.params.drift + drawn) % 1_000_003

    def params_changed(self, name: str) -> None:
        self.heard.append(name)

    def views(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def view_offers(self) -> tuple[Any, ...]:
        return ()

    def marks(self) -> tuple[Mark, ...]:
        return (Mark(5, "five"),) if self.step_count >= 5 else ()

    def get_arrays(self, part: Any) -> dict[str, Any]:
        if part == "model":
            return {"weight": np.array([self.weight])}
        number = np.full(self.size, self.number, np.int64)
        return {"number": number} if part == "world" else {}

    def set_arrays(self, part: Any, arrays: dict[str, Any]) -> None:
        if part == "model":
            self.weight = int(arrays["weight"][0])
        else:
            self.number = int(arrays["number"][0])


class Life:
    """A chain with its history, run as the runner runs it; the clock moves only when told."""

    def __init__(self, budget: int = 10**9, size: int = 1) -> None:
        self.now = 0.0
        self.world = Chain(Spec("chain", seed=3))
        self.world.size = size
        self.past = History(lambda: self.now, budget)
        self.past.keep(self.world)

    @property
    def step(self) -> int:
        return self.world.step_count

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.keep_edits()
            self.world.step()
            if self.past.due(self.step, self.now):
                self.past.keep(self.world)

    def keep_edits(self) -> None:
        if self.past.owes(self.step):
            self.past.keep(self.world)

    def edit(self, number: int = 7) -> None:
        self.world.number = number
        self.past.edited(self.step)

    def jump(self, step: int) -> None:
        self.keep_edits()
        moment = self.past.find(step)
        if not moment.step < self.step <= step:
            self.past.restore(self.world, moment)
        self.tick(step - self.step)


def test_the_distance_doubles_when_the_budget_is_full_and_the_first_moment_stays() -> None:
    life = Life(budget=8 * 1300, size=100)
    life.tick(203)
    steps = life.past.steps
    assert steps[0] == 0
    assert 4 <= len(steps) <= 11
    assert set(np.diff(steps)) == {life.past.every}
    assert life.past.every >= 16
    assert sum(moment.bytes for moment in life.past._moments) <= 8 * 1300


def test_there_are_not_too_many_moments_however_small() -> None:
    life = Life()
    life.tick(3 * module.MOST)
    assert module.MOST // 2 <= len(life.past.steps) <= module.MOST
    assert set(np.diff(life.past.steps)) == {4}


def test_copying_takes_a_hundredth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life()
    copies: list[float] = []
    state = life.world.state

    def slow(scope: Any) -> Any:
        life.now += 0.02
        copies.append(life.now)
        return state(scope)

    monkeypatch.setattr(life.world, "state", slow)
    begun = life.now
    while life.now - begun < 60.0:
        life.now += 0.001
        life.tick()
    assert 0.005 < 0.02 * len(copies) / 60.0 <= 0.011
    assert set(np.diff(life.past.steps[-5:])) == {life.past.every} == {2048}
    # An edit is kept at once, for no other moment leads behind it.
    before = len(copies)
    life.edit()
    life.tick()
    assert len(copies) == before + 1


def test_a_world_that_is_too_large_has_no_past_and_is_not_copied_again_and_again() -> None:
    life = Life(budget=1000, size=1000)
    assert life.past.steps == ()
    assert not life.past.due(10**6, 1e9)
    with pytest.raises(BadInput, match="takes more memory"):
        life.past.find(0)
    life.edit()
    assert not life.past.owes(0)
    life = Life(budget=10_000, size=1000)
    life.tick(50)
    assert life.past.steps == (0,), "the first moment alone has room"


def test_a_step_before_the_first_moment_is_refused() -> None:
    life = Life()
    life.tick(20)
    life.past.clear()
    life.past.keep(life.world)
    with pytest.raises(BadInput, match=r"step 3 lies before the first moment .* step 20"):
        life.past.find(3)
    assert life.past.find(25).step == 20


def test_going_back_restores_generators_and_parameters_but_no_weights_and_no_looks() -> None:
    life = Life()
    life.tick(10)
    expected = life.world.state("world")
    life.world.set_param("drift", 500)
    life.past.edited(life.step)
    life.tick(10)
    life.world.set_param("colour", 4)
    life.world.weight = 9
    life.world.heard.clear()
    life.jump(9)
    assert life.world.params == ChainParams(drift=1, colour=4)
    assert life.world.heard == ["drift"]
    assert life.world.weight == 9
    life.tick()
    for name, array in life.world.state("world").items():
        if name != "model/weight":
            np.testing.assert_array_equal(array, expected[name], err_msg=name)
    life.jump(15)
    assert life.world.params.drift == 500, "what was kept after the change brings it back"


def test_an_edit_in_the_past_drops_what_was_kept_later() -> None:
    life = Life()
    life.tick(20)
    life.jump(12)
    assert life.past.steps[-1] == 20, "looking at the past changes nothing"
    life.edit()
    assert life.past.steps[-1] == 12
    life.tick(4)
    edited = life.world.number
    life.tick(4)
    life.jump(16)
    assert life.world.number == edited


def test_time_that_runs_past_an_old_edit_without_it_has_another_future() -> None:
    life = Life()
    life.tick(10)
    life.edit()
    life.tick(10)
    life.jump(8)
    life.tick(2)
    assert life.past.steps[-1] == 20
    life.tick()
    assert life.past.steps[-1] == 11
    assert life.past.steps == (*range(10), 11)
    life.jump(10)
    assert life.world.number != 7


def test_what_an_edit_hides_is_refused_with_what_can_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = Life()
    life.tick(10)
    monkeypatch.setattr(life.past, "_room", False)  # as if there were none left for the edit
    life.edit()
    life.tick(5)
    monkeypatch.setattr(life.past, "_room", True)
    life.tick(5)
    with pytest.raises(BadInput, match="step 12 cannot be replayed: the world was edited at 10"):
        life.past.find(12)
    assert life.past.find(10).step == 10
    assert life.past.find(18).step == 18


def test_marks_that_lie_ahead_are_remembered_until_there_is_another_future() -> None:
    life = Life()
    life.tick(20)
    life.jump(2)
    assert life.world.marks() == ()
    assert life.past.marks(life.world) == (Mark(5, "five"),)
    life.tick(10)
    assert life.past.marks(life.world) == (Mark(5, "five"),)
    life.jump(2)
    life.edit()
    assert life.past.marks(life.world) == ()


@pytest.mark.parametrize("seed", [*range(12), 78, 179, 224])
def test_no_moment_is_of_a_past_that_was_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run, edit and jump at random; a plain list of what really happened is the judge."""
    monkeypatch.setattr(module, "MOST", 3 + seed % 7)
    hand = np.random.default_rng(seed)
    life = Life()
    happened = {0: 1}
    jumped = 0
    for _ in range(120):
        deed = hand.random()
        life.past._rested = 1.0 if hand.random() < 0.3 else -1.0  # copies were dear, or not
        if deed < 0.5:
            for _ in range(int(hand.integers(1, 9))):
                at, number = life.step, life.world.number
                if happened[at] != number:  # an edit that was made here is left out
                    happened = {s: n for s, n in happened.items() if s < at}
                    happened[at] = number
                life.tick()
                happened.setdefault(life.step, life.world.number)
        elif deed < 0.7:
            life.edit(int(hand.integers(1000)))
            happened = {s: n for s, n in happened.items() if s < life.step}
            happened[life.step] = life.world.number
        else:
            goal = int(hand.integers(max(happened) + 1))
            try:
                life.jump(goal)
            except BadInput:
                assert goal not in life.past.steps
            else:
                jumped += 1
                assert life.step == goal
                assert life.world.number == happened[goal]
        for moment in life.past._moments:
            if not (moment.step == life.step and life.past.owes(life.step)):
                assert int(moment.arrays["world/number"][0]) == happened[moment.step]
        assert life.past.steps == tuple(sorted(life.past.steps))
        assert all(life.past.find(step).step == step for step in life.past.steps)
    assert jumped > 1
