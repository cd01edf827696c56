"""Two linked worlds: the same steps, the same strokes at the same step, and what each keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.linking import Link
from app.world import World
from engine.core.commands import (
    Brush,
    Jump,
    Pack,
    Pause,
    Play,
    Reset,
    RunTo,
    SetParam,
    SetSpeed,
    Snapshot,
    Step,
    Train,
    Undo,
)
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.core.views import Stroke, ViewRequest


class Pair:
    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.link: Link | None = None
        self.said: list[str] = []

    def open(self, slug: str = "life", *, seed: int = 1, **params: Any) -> World:
        small = {"width": 64, "height": 64} if slug == "life" else {}
        world = World(Spec(slug, {**small, **params}, seed=seed), slug, playing=False)
        self.worlds.append(world)
        world.start()
        self.until(lambda: world.state.alive, "a living world")
        return world

    def tie(self, first: World, second: World) -> Link:
        self.link = Link(first, second)
        self.link.said.connect(self.said.append)
        self.rest()
        return self.link

    def until(self, true: Callable[[], Any], what: str, patience: float = 20.0) -> None:
        deadline = time.monotonic() + patience
        while not true():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            QTest.qWait(2)

    def rest(self) -> None:
        """Wait until nothing is under way."""
        link = self.link
        assert link is not None
        self.until(lambda: link.still and not any(w._sent for w in self.worlds), "rest")

    def picture(self, world: World) -> Any:
        """Look at a world past the link."""
        seen: list[Any] = []
        world.do(Snapshot("world", ViewRequest()), lambda reply: seen.append(reply.value))
        self.until(lambda: seen, "a picture")
        return seen[0].data

    def equal(self) -> bool:
        return np.array_equal(*(self.picture(world) for world in self.worlds[:2]))


@pytest.fixture
def pair(qapp: QApplication) -> Iterator[Pair]:
    pair = Pair()
    yield pair
    if pair.link is not None:
        pair.link.end()
        pair.link.deleteLater()
    for world in pair.worlds:
        world.begin_close()
        assert world.join(5.0)
        world.deleteLater()


def _stroke(row: int, column: int, number: int = 1) -> Brush:
    return Brush(Stroke("world", "paint", ((float(row), float(column)),), 3.0, number=number))


def test_what_is_done_to_one_happens_in_both_and_they_stay_equal(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(SetSpeed(None))
    first.submit(Play())
    for turn in range(12):  # from either side, while time runs
        start = link.ticks
        pair.until(lambda start=start: link.ticks > start + 10, "ten steps")
        (first if turn % 2 else second).submit(_stroke(5 * turn, 9, turn + 1))
    pair.until(lambda: link.ticks > 500, "500 steps")
    second.submit(Pause())
    pair.rest()
    assert first.state.step == second.state.step == link.ticks
    assert pair.equal()
    assert not link.playing
    assert not pair.said


def test_strokes_after_unlinking_make_a_difference(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    link.end()
    assert first.link is second.link is None
    before = pair.picture(second)
    first.submit(_stroke(20, 20))
    pair.until(lambda: not first._sent, "the stroke")
    assert np.array_equal(pair.picture(second), before)
    assert not pair.equal()


def test_steps_and_goals_are_answered_when_both_are_there(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    pair.tie(first, second)
    answered: list[tuple[Any, Any]] = []
    second.answered.connect(lambda command, reply: answered.append((command, reply)))
    step = second.submit(Step(3))
    assert second.waits_for(step)
    pair.rest()
    assert first.state.step == second.state.step == 3
    assert [(command.id, reply.value) for command, reply in answered] == [(step, 3)]
    first.submit(RunTo(40))
    pair.until(lambda: first.state.target_step == second.state.target_step == 40, "the goal")
    pair.rest()
    assert first.state.step == second.state.step == 40
    second.submit(RunTo(7))
    pair.rest()
    assert isinstance(answered[-1][1].error, BadInput)
    second.submit(Step(0))
    pair.rest()
    assert not answered[-1][1].ok


def test_both_begin_again_with_one_seed(pair: Pair) -> None:
    first, second = pair.open(seed=5), pair.open(seed=9)
    pair.tie(first, second)
    assert not pair.equal()
    first.submit(Step(4))
    first.submit(Reset())
    pair.rest()
    assert (first.state.seed, second.state.seed) == (5, 5)
    assert first.state.step == second.state.step == 0
    assert pair.equal()


def test_worlds_at_other_steps_keep_their_distance(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    second.submit(Step(10))
    pair.until(lambda: second.state.step == 10, "ten steps")
    pair.tie(first, second)
    first.submit(Step(5))
    pair.rest()
    assert (first.state.step, second.state.step) == (5, 15)
    first.submit(Jump(2))
    pair.rest()
    assert (first.state.step, second.state.step) == (2, 12)


def test_parameters_are_shared_and_undone_together(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    pair.tie(first, second)
    first.submit(SetParam("rule", "B36/S23"))
    first.submit(Step(6))
    pair.rest()
    assert second.params["rule"] == "B36/S23"
    assert pair.equal()


def test_a_jump_that_plays_on_moves_both(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(Step(30))
    pair.rest()
    number = first.submit(Jump(5, play=True))
    pair.until(lambda: not first.waits_for(number), "the jump")
    assert link.playing
    pair.until(lambda: link.ticks > 45, "time to go on")
    first.submit(Pause())
    pair.rest()
    assert first.state.step == second.state.step
    assert pair.equal()


def test_linked_worlds_do_not_learn(pair: Pair) -> None:
    first, second = pair.open("growing-nca"), pair.open("growing-nca")
    pair.tie(first, second)
    errors: list[Any] = []
    second.answered.connect(lambda command, reply: errors.append(reply.error))
    second.submit(Train(True))
    pair.rest()
    assert "Unlink" in str(errors[-1])
    assert not second.state.training
    pair.link.end()  # type: ignore[union-attr]


def test_two_systems_share_time_alone(pair: Pair) -> None:
    first, second = pair.open(), pair.open("gray-scott", width=64, height=64)
    link = pair.tie(first, second)
    assert not link.alike
    before = pair.picture(second)
    first.submit(_stroke(9, 9))
    pair.rest()
    assert np.array_equal(pair.picture(second), before)
    first.submit(Step(2))
    pair.rest()
    assert first.state.step == second.state.step == 2


def test_those_that_ran_together_run_on_alone(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(Play())
    pair.until(lambda: second.state.playing and link.ticks > 0, "both to run")
    link.end()
    pair.until(lambda: first.state.playing and second.state.playing, "both to run on")
    assert first._own_state is first.state
    for world in (first, second):
        world.submit(Pause())
    pair.until(lambda: not (first.state.playing or second.state.playing), "a pause")


def test_one_that_closes_frees_the_other(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(Play())
    pair.until(lambda: link.ticks > 0, "steps")
    second.begin_close()
    assert link.over
    assert first.link is None
    pair.until(lambda: first.state.playing, "the first to go on")


def test_both_are_seen_at_one_step(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(SetSpeed(None))
    first.submit(Play())
    seen: list[Any] = []
    for _ in range(5):
        count = len(seen)
        link.look("world", ViewRequest(), seen.append)
        pair.until(lambda count=count: len(seen) > count, "a look")
    for look in seen:
        assert look.first.step == look.second.step
        np.testing.assert_array_equal(look.first.data, look.second.data)
    link.look("nothing", ViewRequest(), seen.append)
    pair.until(lambda: len(seen) == 6, "a look at nothing")
    assert seen[-1].problem


def test_what_made_both_anew_is_undone_in_both(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    pair.tie(first, second)
    first.submit(Step(9))
    pair.rest()
    inverses: list[Any] = []
    first.answered.connect(lambda command, reply: inverses.append(reply.inverse))
    first.submit(Reset())
    pair.rest()
    assert first.state.step == second.state.step == 0
    first.submit(inverses[-1])  # as undo does
    pair.rest()
    assert first.state.step == second.state.step == 9
    assert pair.equal()
    first.submit(inverses[-1])  # and again
    pair.rest()
    assert first.state.step == second.state.step == 0


def test_the_hand_is_undone_in_both(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    pair.tie(first, second)
    before = pair.picture(second)
    first.submit(_stroke(20, 20))
    pair.rest()
    assert not np.array_equal(pair.picture(second), before)
    second.submit(Undo())
    pair.rest()
    assert np.array_equal(pair.picture(first), before)
    assert pair.equal()


def test_a_restart_with_other_parameters_happens_in_both(pair: Pair) -> None:
    first, second = pair.open(), pair.open(seed=4)
    pair.tie(first, second)
    first.set_param("width", 80)
    first.apply_pending()
    pair.rest()
    assert (first.params["width"], second.params["width"]) == (80, 80)
    assert second.state.seed == 4  # only what was changed is shared
    first.submit(Step(3))
    pair.rest()
    assert first.state.step == second.state.step == 3


def test_strokes_stay_where_places_are_not_the_same(pair: Pair) -> None:
    first, second = pair.open(), pair.open(width=80)
    pair.tie(first, second)
    before = pair.picture(second)
    first.submit(_stroke(9, 9))
    pair.rest()
    assert np.array_equal(pair.picture(second), before)
    first.submit(SetParam("rule", "B36/S23"))
    pair.rest()
    assert second.params["rule"] == "B36/S23"


def test_a_limited_speed_is_kept(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(SetSpeed(40.0))
    first.submit(Play())
    pair.until(lambda: link.ticks >= 4, "a beginning")
    start, ticks = time.monotonic(), link.ticks
    pair.until(lambda: link.ticks >= ticks + 20, "twenty steps more")
    assert time.monotonic() - start > 0.4  # a busy machine may take longer
    assert second.state.speed == 40.0


def test_a_world_that_cannot_be_built_does_not_hold_the_other(pair: Pair) -> None:
    first = pair.open()
    second = World(Spec("no-such-system"), "broken", playing=False)
    pair.worlds.append(second)
    failures: list[Any] = []
    second.failed.connect(failures.append)
    second.start()
    pair.until(lambda: failures, "the failure")
    link = pair.tie(first, second)
    first.submit(Play())
    pair.until(lambda: pair.said, "that one stopped")
    pair.rest()
    assert not link.playing
    link.end()
    first.submit(Step(2))
    pair.until(lambda: not first._sent, "two steps")
    assert first.state.step >= 2


def test_linked_worlds_tell_how_fast_they_go_together(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(SetSpeed(None))
    first.submit(Play())
    start, at = time.monotonic(), link.ticks
    pair.until(lambda: link.ticks > at + 400, "400 steps")
    fast = (link.ticks - at) / (time.monotonic() - start)
    assert 0.1 * fast < second.state.steps_per_second < 20 * fast
    first.submit(Pause())
    pair.rest()
    pair.until(lambda: first.state.steps_per_second == 0.0, "standing still")


def test_linked_worlds_are_packed_at_the_same_step(pair: Pair) -> None:
    first, second = pair.open(), pair.open()
    link = pair.tie(first, second)
    first.submit(SetSpeed(None))
    first.submit(Play())
    for _ in range(5):
        at = link.ticks
        pair.until(lambda at=at: link.ticks > at, "a round")
        packed: dict[str, int] = {}
        first.do(Pack("world"), lambda reply, packed=packed: packed.update(a=reply.value.step))
        second.do(Pack("world"), lambda reply, packed=packed: packed.update(b=reply.value.step))
        pair.until(lambda packed=packed: len(packed) == 2, "both")
        assert packed["a"] == packed["b"]
    first.submit(Pause())
    pair.rest()
    assert pair.equal()
