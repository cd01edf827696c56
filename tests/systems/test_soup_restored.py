"""What the three soups know after a checkpoint was opened, or their past was changed."""

from __future__ import annotations

import dataclasses
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import checkpoint
from engine.core.capabilities import perform
from engine.core.commands import Act, Jump, Load, Step
from engine.core.errors import BadInput
from engine.core.registry import system_class
from engine.core.runner import Runner
from engine.core.spec import Asset, Spec
from engine.core.system import System
from engine.systems.soup import ProgramSoup

SMALL: dict[str, dict[str, Any]] = {
    "soup": {"language": "bff_noheads", "programs": 256, "measure_every": 4},
    "z80-soup": {"width": 16, "height": 16, "measure_every": 4},
    "long-tape": {"measure_every": 4},
}
INJECTION: dict[str, tuple[str, dict[str, Any]]] = {
    "soup": ("inject", {}),
    "z80-soup": ("inject", {}),
    "long-tape": ("write", {"program": "+"}),
}
PROGRAMS = {"soup": "world/programs", "z80-soup": "world/programs", "long-tape": "world/tape"}


@pytest.fixture
def worlds() -> Iterator[Any]:
    made: list[Any] = []

    def make(slug: str, seed: int = 3, **params: Any) -> System:
        made.append(system_class(slug)(Spec(slug, SMALL[slug] | params, seed, device="cpu")))
        return made[-1]

    yield make
    for world in made:
        if hasattr(world, "_observer"):
            world._observer.close()


def run(world: Any, steps: int) -> None:
    for _ in range(steps):
        world.step()
    if hasattr(world, "_observer"):
        world._observer.chronicle.survey.wait()
    world.take_log()


def order(world: System) -> dict[str, Any]:
    """Return the state with one program everywhere: far beyond any transition."""
    state = world.state("world")
    name = PROGRAMS[world.info.slug]
    program = np.arange(128, 128 + (16 if world.info.slug == "z80-soup" else 64), dtype=np.uint8)
    state[name] = np.resize(program, state[name].shape)
    return state


@pytest.mark.parametrize("slug", SMALL)
def test_a_soup_that_was_transformed_before_it_was_saved_is_not_marked(
    worlds: Any, slug: str
) -> None:
    world = worlds(slug, pause_at_transition=True)
    run(world, 2)
    world.load_state(order(world), "world")
    run(world, 8)
    assert world.marks() == ()
    assert not world.take_pause()


@pytest.mark.parametrize("slug", SMALL)
def test_a_transition_after_opening_is_marked(worlds: Any, slug: str) -> None:
    world = worlds(slug)
    run(world, 2)
    world.load_state(world.state("world"), "world")
    run(world, 1)
    past = world.marks()
    ordered = order(world)
    world.load_state(ordered, "world")
    world.recall(past)  # its own past, in which there was no order: that came in one step
    run(world, 8)
    assert [mark.title for mark in world.marks()] == ["transition"]


@pytest.mark.parametrize("slug", SMALL)
def test_opening_a_world_clears_the_marks_and_a_jump_keeps_them(worlds: Any, slug: str) -> None:
    world = worlds(slug)
    run(world, 2)
    perform(world, *INJECTION[slug])
    marks = world.marks()
    assert [mark.step for mark in marks] == [2]
    saved = world.state("world")
    run(world, 2)
    world.load_state(saved, "world")
    world.recall(marks)
    assert world.marks() == marks
    world.load_state(saved, "world")
    assert world.marks() == ()


@pytest.mark.parametrize("slug", SMALL)
@pytest.mark.parametrize("value", [-1, -(2**63), 2**63 - 1])
def test_impossible_counters_are_refused_and_nothing_changes(
    worlds: Any, slug: str, value: int
) -> None:
    world = worlds(slug)
    run(world, 3)
    perform(world, *INJECTION[slug])
    before, marks = world.state("world"), world.marks()
    for index in range(len(before["world/counters"])):
        changed = order(world)
        changed["world/counters"] = before["world/counters"].copy()
        changed["world/counters"][index] = value
        with pytest.raises(BadInput, match="damaged"):
            world.load_state(changed, "world")
    changed = order(world)
    changed["clock/step"] = np.array([9], np.int64)
    with pytest.raises(BadInput, match="clock"):
        world.load_state(changed, "world")
    for name, array in world.state("world").items():
        np.testing.assert_array_equal(array, before[name])
    assert world.marks() == marks


def test_partners_that_do_not_exist_are_refused(worlds: Any) -> None:
    world = worlds("z80-soup")
    state = world.state("world")
    state["world/partners"][3] = 256
    with pytest.raises(BadInput, match="do not exist"):
        world.load_state(state, "world")


@pytest.mark.parametrize("slug", ["soup", "z80-soup"])
def test_rows_of_a_past_with_other_parameters_are_forgotten(worlds: Any, slug: str) -> None:
    world = worlds(slug)
    run(world, 3)
    state = world.state("world")
    run(world, 12)
    world.load_state(state, "world")
    world.recall(())

    def rows() -> list[int]:
        return [row.epoch for row in world._observer.chronicle.rows(99)]

    assert rows() == [1, 5, 9, 13], "the same comes again"
    world.set_param("colour", "byte")
    world.set_param("step_limit", world.params.step_limit)
    assert rows() == [1, 5, 9, 13]
    world.set_param("step_limit", 100)
    assert rows() == [1]


def test_a_transition_that_is_measured_during_a_jump_back_leaves_no_mark(worlds: Any) -> None:
    world: ProgramSoup = worlds("soup")
    survey = world._observer.chronicle.survey
    measure, gate, begun = survey._entropies, threading.Event(), threading.Event()

    def slow(soup: np.ndarray) -> Any:
        begun.set()
        assert gate.wait(30)
        return dataclasses.replace(measure(soup), high_order=2.0)

    run(world, 3)
    past = world.state("world")
    survey._entropies = slow
    for _ in range(2):
        world.step()
    assert begun.wait(30)
    world.load_state(past, "world")
    world.recall(())
    gate.set()
    survey.wait()
    survey._entropies = measure
    assert world.take_log() == []
    assert world.marks() == ()
    assert [row.epoch for row in world._observer.chronicle.rows(99)] == [1]
    run(world, 4)
    assert world.marks() == ()


class Deaf:
    """Hears replies alone."""

    def __init__(self) -> None:
        self.replies: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def replied(self, reply: Any) -> None:
        self.replies.put(reply)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


@pytest.mark.parametrize("slug", SMALL)
def test_a_checkpoint_that_is_loaded_is_another_world_and_a_jump_is_not(
    worlds: Any, tmp_path: Path, slug: str
) -> None:
    """As the commands do it: Load forgets the marks and tells no news, Jump keeps what it knows."""
    world, path = worlds(slug), tmp_path / "ordered.safetensors"
    run(world, 2)
    world.load_state(order(world), "world")
    checkpoint.save(world, path, "world")
    ear = Deaf()
    runner = Runner(Spec(slug, SMALL[slug], 3, device="cpu"), ear)  # type: ignore[arg-type]

    def do(command: Any) -> Any:
        runner.submit(command)
        reply = ear.replies.get(timeout=30)
        assert reply.ok, reply.error

    def marks() -> list[tuple[int, str]]:
        system: Any = runner._stage.system
        if hasattr(system, "_observer"):
            system._observer.chronicle.survey.wait()
        system.take_log()
        return [(mark.step, mark.title) for mark in system.marks()]

    runner.start()
    try:
        do(Step(3))
        do(Act(*INJECTION[slug]))
        do(Step(1))
        (injected,) = marks()
        do(Jump(3))
        assert marks() == [injected]
        do(Load(Asset(path.name, path.read_bytes())))
        assert marks() == []
        do(Step(8))
        assert marks() == []
        do(Jump(2))
        do(Step(8))
        assert marks() == [], "what was transformed when it was opened is no news after a jump"
    finally:
        assert runner.close()
