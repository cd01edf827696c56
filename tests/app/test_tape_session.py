"""A trace read forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest

from app.panels.tape_session import TapeSession, steps_per_tick
from engine.core.programs import Trace


def make() -> Trace:
    """A loop over addresses 0, 1, 2 that counts up byte 5; step 4 also writes byte 5 twice."""
    pc = [0, 1, 2, 0, 1, 2, 8]
    head = [5, 5, 5, -3, -3, -3, -3]
    return Trace(
        start=np.arange(8, dtype=np.uint8),
        registers=("pc", "head0", "sp"),
        pointers=("pc", "head0"),
        states=np.array([pc, head, [0, 1, 2, 2, 1, 0, 0]], np.int32).T,
        counted=np.array([True, True, False, True, True, False]),
        write_step=np.array([1, 4, 4, 5], np.int32),
        write_at=np.array([5, 5, 5, 6], np.int16),
        write_old=np.array([5, 9, 10, 6], np.uint8),
        write_new=np.array([9, 10, 11, 6], np.uint8),
        read_step=np.array([0, 1], np.int32),
        read_at=np.array([3, 4], np.int16),
        stack=np.array([[0, 0], [7, 0], [7, 8], [7, 8], [7, 8], [7, 8], [7, 8]], np.uint8),
        halted="pc beyond the tape",
    )


def test_every_step_is_reached_from_every_other() -> None:
    trace = make()
    session = TapeSession(trace)
    for one in range(trace.steps + 1):
        for other in range(trace.steps + 1):
            session.go(one)
            session.go(other)
            assert session.tape.tolist() == trace.tape(other).tolist()
    assert session.tape.tolist() == [0, 1, 2, 3, 4, 11, 6, 7]


def test_it_stays_between_the_ends() -> None:
    session = TapeSession(make())
    session.move(-10)
    assert session.step == 0
    session.move(4)
    assert session.step == 4
    session.move(10)
    assert (session.step, session.at_end) == (6, True)


def test_the_tape_is_not_for_writing() -> None:
    session = TapeSession(make())
    with pytest.raises(ValueError, match="read-only"):
        session.tape[0] = 1


def test_operations_leave_out_what_does_not_count() -> None:
    session = TapeSession(make())
    counts = []
    for step in range(7):
        session.go(step)
        counts.append(session.operations)
    assert counts == [0, 1, 2, 2, 3, 4, 4]


def test_writes_and_reads_are_those_of_the_step_that_led_here() -> None:
    session = TapeSession(make())
    assert session.writes() == {}
    session.go(1)
    assert session.reads() == {3}
    session.go(5)
    assert session.writes() == {5: (9, 11)}  # two writes of one step are one change
    assert session.reads() == frozenset()
    session.go(6)
    assert session.writes() == {6: (6, 6)}  # written, although it is the same byte
    assert np.flatnonzero(session.changed()).tolist() == [5]


def test_pointers_lie_on_the_tape() -> None:
    session = TapeSession(make())
    session.go(3)
    assert session.pointers() == {"pc": 0, "head0": 5}  # -3 of 8
    session.go(6)
    assert session.pc is None
    assert session.pointers() == {"head0": 5}
    assert session.registers() == {"pc": 8, "head0": -3, "sp": 0}


def test_the_stack_is_as_deep_as_sp_says() -> None:
    session = TapeSession(make())
    depths = []
    for step in range(7):
        session.go(step)
        stack = session.stack()
        assert stack is not None
        depths.append(stack.tolist())
    assert depths == [[], [7], [7, 8], [7, 8], [7], [], []]


def test_runs_stop_before_a_breakpoint_in_both_directions() -> None:
    session = TapeSession(make())
    session.toggle_breakpoint(1)
    session.run()
    assert (session.step, session.pc) == (1, 1)
    session.run()
    assert (session.step, session.pc) == (4, 1)
    session.run()
    assert session.at_end
    session.run(-1)
    assert session.step == 4
    session.toggle_breakpoint(1)
    session.run(-1)
    assert session.step == 0
    assert session.breakpoints == set()


def test_playing_stops_where_a_run_would() -> None:
    session = TapeSession(make(), {2})
    assert session.advance(1)
    assert not session.advance(3)
    assert session.step == 2
    assert session.advance(1)
    assert not session.advance(100)
    assert session.step == 5


def test_slow_playing_saves_up_parts_of_a_step() -> None:
    done, rest = 0, 0.0
    for _ in range(10):
        due, rest = steps_per_tick(12.0, 0.025, rest)
        done += due
    assert done == 3  # 12 per second in a quarter of a second
