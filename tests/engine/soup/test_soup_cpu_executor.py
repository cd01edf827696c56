"""How blocks of pairs are cut: polls come in time whatever the pairs take, and nothing runs twice.

The clock is one of the test's own, which only running pairs move.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.core import device
from engine.core.errors import Cancelled
from engine.soup import cpu_executor
from engine.soup.epoch import Soup
from engine.soup.language import language

PROGRAMS = 8192
QUICK, SLOW = 4e-7, 2.8e-4  # seconds for a pair of 8,192 steps: of random programs, and the slowest
BETWEEN_POLLS = 0.05


class Clock:
    """Tells the time, and runs tapes that do nothing but take some of it."""

    def __init__(self):
        self.now = self.polled = self.longest = 0.0
        self.pair = QUICK
        self.calls = []

    def run(self, tapes, limit, ops):
        self.calls.append(len(tapes))
        self.now += len(tapes) * self.pair * limit / 8192
        ops[:] = 1

    def run_traced(self, tapes, origins, limit, ops):
        self.run(tapes, limit, ops)

    def poll(self):
        self.longest = max(self.longest, self.now - self.polled)
        self.polled = self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(cpu_executor, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    device.set_threads(1)
    yield clock
    device.set_threads(0)


def timed(clock, **options):
    spoken = replace(language("bff_noheads"), run=clock.run, run_traced=clock.run_traced)
    return Soup(spoken, PROGRAMS, 1, **options)


def test_quick_pairs_run_a_block_at_a_time(clock):
    soup = timed(clock)
    soup.step(clock.poll)
    assert len(clock.calls) > 8  # nothing was known of them
    clock.calls.clear()
    soup.step(clock.poll)
    assert len(clock.calls) == 8
    assert sum(clock.calls) == PROGRAMS // 2


@pytest.mark.parametrize("tracers", [False, True])
def test_polls_come_in_time_from_the_first_epoch_on(clock, tracers):
    clock.pair = SLOW
    soup = timed(clock, tracers=tracers)
    for _ in range(2):
        soup.step(clock.poll)
    assert 0 < clock.longest < BETWEEN_POLLS


def slowly(clock, soup):
    """Let all pairs be slow, as after an edit."""
    clock.pair = SLOW
    soup.drop()


def longer(clock, soup):
    """Let pairs that ended at the limit go on."""
    clock.pair = SLOW
    soup.limit = 65_536


def otherwise(clock, soup):
    """Let a language run that is as slow as one can be."""
    clock.pair = SLOW
    soup.language = replace(soup.language)


@pytest.mark.parametrize("change", [slowly, longer, otherwise])
def test_polls_come_in_time_after_a_change(clock, change):
    soup = timed(clock, limit=8192)
    for _ in range(3):
        soup.step(clock.poll)
    change(clock, soup)
    soup.step(clock.poll)
    assert 0.002 < clock.longest < BETWEEN_POLLS


def test_a_slow_region_among_quick_ones_is_cut(clock):
    """Blocks differ where programs keep their neighbours: the slowest of them decides."""
    quick, slow = clock.run, 0

    def run(tapes, limit, ops):
        nonlocal slow
        heavy = int((tapes[:, 0] == 255).sum())
        slow += heavy
        clock.now += heavy * SLOW
        quick(tapes, limit, ops)

    clock.run = run
    soup = timed(clock, mutation=0)
    for _ in range(3):
        soup.soup[:, 0] = 0
        soup.soup[3000:3400, 0] = 255
        soup.step(clock.poll)
    assert slow > 300
    assert clock.longest < BETWEEN_POLLS


def test_an_interrupted_block_goes_on_where_it_was(clock):
    clock.pair = SLOW
    soup = timed(clock)
    stops = 0

    def poll():
        nonlocal stops
        stops += 1
        raise Cancelled

    while soup.epoch < 1:
        try:
            soup.step(poll)
        except Cancelled:
            continue
    assert stops > 64
    assert sum(clock.calls) == PROGRAMS // 2


def test_pieces_change_no_byte(monkeypatch):
    whole, cut = (Soup(language("bff_noheads"), 512, 3, tracers=True) for _ in range(2))
    for _ in range(2):
        whole.step()
    monkeypatch.setattr(cpu_executor, "_SLICE", 1e-9)
    for _ in range(2):
        cut.step()
    np.testing.assert_array_equal(whole.soup, cut.soup)
    np.testing.assert_array_equal(whole.tokens, cut.tokens)
    assert whole.ops == cut.ops
