"""Tests of results that may lag behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.attention.lagging import Growing, Lagging


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


def test_a_list_grows_while_it_is_asked_for_and_the_last_whole_one_stays() -> None:
    clock = Clock()
    growing: Growing[str] = Growing(clock=clock)

    def begin(name: str) -> Iterator[str]:
        for place in range(3):
            clock.now += 1.0  # longer than anybody should wait
            yield f"{name}{place}"

    assert growing.get("a", lambda: begin("a")) == ("a0",)
    assert growing.waiting
    assert growing.get("b", lambda: begin("b")) == ("a0",), "what was begun is not given up"
    growing.advance()
    assert growing.get("a", lambda: begin("a")) == ("a0", "a1")
    growing.advance()
    growing.advance()
    assert growing.get("a", lambda: begin("a")) == ("a0", "a1", "a2")
    assert not growing.waiting
    assert growing.get("b", lambda: begin("b")) == ("a0", "a1", "a2")
    assert growing.waiting, "it is too early: four times three seconds"
    clock.now = 15.0
    assert not growing.waiting
    assert growing.get("b", lambda: begin("b")) == ("a0", "a1", "a2")
    while growing.waiting:
        growing.advance()
    assert growing.get("b", lambda: begin("b")) == ("b0", "b1", "b2")


def test_a_quick_list_is_whole_at_once_and_what_fails_is_begun_again() -> None:
    growing: Growing[int] = Growing(clock=Clock())
    assert growing.get("a", lambda: iter(range(9)), wait=False) == tuple(range(9))

    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("nothing")

    with pytest.raises(ValueError, match="nothing"):
        growing.get("b", failing, wait=False)
    growing.advance()
    assert growing.get("c", lambda: iter(range(2)), wait=False) == (0, 1)
