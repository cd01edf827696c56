"""Worlds stand still while the window asks, and go on afterwards, whatever happens."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.courtesy import PATIENCE, give_way, please


def waited() -> float:
    start = time.monotonic()
    give_way()
    return time.monotonic() - start


def test_nobody_waits_where_nobody_asks() -> None:
    assert waited() < 0.5 * PATIENCE


def test_who_is_asked_waits_but_not_for_ever() -> None:
    with please():
        assert waited() >= 0.9 * PATIENCE
    assert waited() < 0.5 * PATIENCE


def test_it_ends_with_the_outermost_block_and_with_an_error() -> None:
    with please():
        with please():
            pass
        assert waited() >= 0.9 * PATIENCE
    with pytest.raises(ZeroDivisionError), please():
        raise ZeroDivisionError
    assert waited() < 0.5 * PATIENCE


def test_a_thread_goes_on_as_soon_as_the_block_ends() -> None:
    gone_on = threading.Event()

    def work() -> None:
        give_way()
        gone_on.set()

    thread = threading.Thread(target=work)
    with please():
        thread.start()
        assert not gone_on.wait(0.2 * PATIENCE)
    assert gone_on.wait(5)
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
