"""Tests of results that may lag behind."""

from __future__ import annotations

from engine.attention.lagging import Lagging


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_newer_result_waits_until_four_times_its_cost_is_over() -> None:
    clock = Clock()
    lagging: Lagging[str] = Lagging(clock=clock)

    def make(name: str) -> str:
        clock.now += 1.0
        return name

    assert lagging.get("a", lambda: make("a")) == "a"
    clock.now = 4.9
    assert lagging.get("b", lambda: make("b")) == "a"
    clock.now = 5.0
    assert lagging.get("b", lambda: make("b")) == "b"
    clock.now = 100.0
    assert lagging.get("b", lambda: make("c")) == "b"
    assert clock.now == 100.0


def test_a_result_is_kept_for_a_least_time_unless_nothing_is_to_wait_for() -> None:
    clock = Clock()
    lagging: Lagging[str] = Lagging(0.5, clock)
    assert lagging.get("a", lambda: "a") == "a"
    clock.now = 0.4
    assert lagging.get("b", lambda: "b") == "a"
    assert lagging.get("b", lambda: "b", wait=False) == "b"
    clock.now = 0.8
    assert lagging.get("c", lambda: "c") == "b"
    clock.now = 0.9
    assert lagging.get("c", lambda: "c") == "c"
