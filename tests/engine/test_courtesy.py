"""Worlds stand still while the window asks, and go on afterwards, whatever happens."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

import pytest

from engine.core import commands as c
from engine.core import courtesy
from engine.core.courtesy import LATE, PATIENCE, beat, beat_no_more, give_way, please

LONG, SHORT = 30.0, 0.05


@pytest.fixture(params=[False, True], ids=["patient", "impatient"])
def impatient(request: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Waiting lasts so long that no busy machine is taken for it, or so short that a test may."""
    monkeypatch.setattr(courtesy, "PATIENCE", SHORT if request.param else LONG)
    return bool(request.param)


def waits(impatient: bool) -> bool:
    """Whether a thread that gives way now waits: for its whole patience, or until `LONG` ends."""
    if impatient:
        start = time.monotonic()
        give_way()
        return time.monotonic() - start >= 0.9 * SHORT
    gone_on = threading.Event()
    thread = threading.Thread(target=lambda: (give_way(), gone_on.set()))
    thread.start()
    waited = not gone_on.wait(0.2)
    if waited:  # whatever it waits for ends
        courtesy._free.set()
        courtesy._turned.set()
        assert gone_on.wait(10)
    thread.join()
    return waited


def test_who_is_asked_waits_but_not_for_ever(impatient: bool) -> None:
    with please():
        assert waits(impatient)


def test_nobody_waits_where_nobody_asks() -> None:
    with please():
        pass
    assert not waits(impatient=False)


def test_it_ends_with_the_outermost_block_and_with_an_error(monkeypatch: Any) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE", LONG)
    with please():
        with please():
            pass
        assert waits(impatient=False)
    with pytest.raises(ZeroDivisionError), please():
        raise ZeroDivisionError
    assert not waits(impatient=False)


def test_a_long_turn_of_the_window_is_waited_for(impatient: bool) -> None:
    try:
        beat()
        time.sleep(2 * LATE)
        assert waits(impatient)
    finally:
        beat_no_more()
    assert not waits(impatient=False)


@pytest.mark.parametrize("end", [beat, beat_no_more])
def test_the_end_of_a_long_turn_wakes_who_waits(end: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE", LONG)
    gone_on = threading.Event()
    thread = threading.Thread(target=lambda: (give_way(), gone_on.set()))
    try:
        beat()
        time.sleep(2 * LATE)
        thread.start()
        assert not gone_on.wait(0.2)
        end()
        assert gone_on.wait(10)
    finally:
        beat_no_more()
        thread.join()


def test_the_end_of_a_block_wakes_who_waits(monkeypatch: Any) -> None:
    monkeypatch.setattr(courtesy, "PATIENCE", LONG)
    gone_on = threading.Event()
    thread = threading.Thread(target=lambda: (give_way(), gone_on.set()))
    with please():
        thread.start()
        assert not gone_on.wait(0.2)
    assert gone_on.wait(10)
    thread.join()


def test_a_world_ticks_a_few_times_at_most_meanwhile_and_on_afterwards(toys: Any) -> None:
    lab = toys.open(toys.Drift)
    lab.do(c.SetSpeed(None))
    lab.do(c.Play())
    lab.ear.until(lambda: lab.world.step_count > 20)
    with please():
        time.sleep(1.5 * PATIENCE)  # its last tick ends
        before = lab.world.step_count
        time.sleep(3 * PATIENCE)
        during = lab.world.step_count - before
    free = lab.world.step_count
    lab.ear.until(lambda: lab.world.step_count > free + 100)
    assert during <= 6  # one tick after each wait, and a margin


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a thread step back")
def test_worlds_of_the_program_leave_the_processors_to_it(toys: Any, monkeypatch: Any) -> None:
    def nice_of(world: Any) -> int:
        return os.getpriority(os.PRIO_PROCESS, world.runner._thread.native_id)

    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert nice_of(toys.open(toys.Drift)) == ours
    monkeypatch.setattr(courtesy, "niceness", ours + 1)
    assert nice_of(toys.open(toys.Drift)) == ours + 1
