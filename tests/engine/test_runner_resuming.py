"""Worlds whose long ticks go on where they were ended; pauses they ask for, logs, questions."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.system import Mark
from engine.core.views import Pick, Stroke, ViewRequest

PARTS = 40
LOOK = c.Look({"world": ViewRequest()})


@pytest.fixture
def slow(toys: Any) -> Any:
    """A world whose tick has forty parts; it logs, marks and asks for a pause.

    In the middle of a tick it waits until `go` is set.
    """

    class Slow(toys.Drift):
        resumes = True

        def build(self) -> None:
            super().build()
            self.part, self.done = 0, 0
            self.entered, self.go = threading.Event(), threading.Event()
            self.pause_at = 0
            self.log: list[tuple[int, dict[str, float]]] = []

        def advance(self, poll: Any) -> None:
            while self.part < PARTS:
                time.sleep(0.002)
                if self.part == PARTS // 2 and not self.go.is_set():
                    self.entered.set()
                    poll()
                    continue
                self.part += 1
                self.done += 1
                poll()
            self.part = 0
            self.log.append((self.step_count, {"late": 1.0}))
            super().advance(poll)

        def take_pause(self) -> str:
            return "enough" if self.step_count + 0 == self.pause_at else ""

        def marks(self) -> tuple[Mark, ...]:
            return (Mark(1, "first"),) if self.step_count >= 1 else ()

        def take_log(self) -> list[tuple[int, dict[str, float]]]:
            log, self.log = self.log, []
            return log

        def log_pending(self) -> bool:
            return bool(self.log)

    return toys.open(Slow)


def test_a_pause_ends_the_tick_and_play_completes_it(slow: Any) -> None:
    slow.do(c.Play())
    assert slow.world.entered.wait(30)
    slow.do(c.Pause())
    done = slow.world.done
    time.sleep(0.05)
    assert slow.world.done == done < PARTS
    assert slow.world.step_count == 0
    slow.world.go.set()
    assert slow.do(c.Step()) == 1
    assert slow.world.done == PARTS, "finished parts were done again"


def test_strokes_and_pictures_do_not_wait_for_the_end_of_the_tick(slow: Any) -> None:
    slow.do(c.Play())
    assert slow.world.entered.wait(30)
    slow.do(LOOK)
    slow.ear.until(lambda: slow.runner.mailbox.full)
    assert slow.runner.mailbox.take()["world"].step == 0
    stroke = Stroke("world", "paint", ((2.5, 2.5),), radius=0.5, value=50.0)
    assert slow.ask(c.Brush(stroke)).step == 0
    assert slow.world.cells[2, 2, 0] == 50.0


def test_a_world_may_ask_for_a_pause_and_says_why(slow: Any) -> None:
    slow.world.pause_at = 1
    slow.world.go.set()
    slow.do(c.Play())
    slow.ear.until(lambda: any(state.paused_by for state in slow.ear.states))
    state = slow.runner.state
    assert (state.paused_by, state.playing, state.step) == ("enough", False, 1)
    assert state.marks == (Mark(1, "first"),)
    slow.world.pause_at = 0
    slow.do(c.Play())
    assert slow.runner.state.paused_by == ""


def test_numbers_of_certain_steps_are_passed_on(slow: Any) -> None:
    slow.world.go.set()
    slow.do(c.Step())
    slow.ear.until(lambda: (0, "world", {"late": 1.0}) in slow.ear.numbers)


def test_questions_are_answered_and_unknown_ones_refused(slow: Any) -> None:
    rows = slow.do(c.Ask("inspect", {"pick": Pick("world", (1, 1))}))
    assert [row.label for row in rows] == ["height", "depth"]
    assert isinstance(slow.ask(c.Ask("score", {"code": b""})).error, BadInput)
    assert isinstance(slow.ask(c.Ask("close", {})).error, BadInput)
