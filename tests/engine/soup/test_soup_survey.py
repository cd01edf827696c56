from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.core.system import Mark
from engine.soup.metrics import Entropies
from engine.soup.survey import Survey

SOUP = np.zeros((8, 64), np.uint8)


class Gate:
    """Measures only when it is let, and remembers what."""

    def __init__(self) -> None:
        self.open = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.error: Exception | None = None

    def __call__(self, soup: np.ndarray) -> Entropies:
        self.begun.release()
        assert self.open.acquire(timeout=30)
        if self.error is not None:
            raise self.error
        return Entropies(1.0, 1, 0.0, float(soup[0, 0]))


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def survey(gate: Gate) -> Iterator[Survey]:
    survey = Survey(entropies=gate)
    yield survey
    gate.open.release(100)
    survey.close()


def test_real_figures_come_back_with_their_epoch() -> None:
    survey = Survey()
    soup = np.repeat(np.arange(64, dtype=np.uint8)[None], 256, axis=0)
    assert survey.request(65, soup, due=True, extra="ops")
    soup[:] = 0  # the worker has a copy
    survey.wait()
    assert survey.pending
    (finding,) = survey.take()
    assert (finding.epoch, finding.extra, finding.due) == (65, "ops", True)
    assert finding.entropies.h0 == pytest.approx(6.0)
    assert finding.entropies.high_order > 5
    assert finding.transition
    assert (finding.population.unique, finding.population.strains[0].copies) == (1, 256)
    assert survey.take() == []
    assert not survey.pending
    survey.close()
    survey.close()


def test_a_large_soup_is_copied_beside_the_run(survey: Survey, gate: Gate) -> None:
    """Its arrays may be written to after `rest`, which is over long before it is measured."""
    large, tokens = np.zeros((2**15, 64), np.uint8), np.zeros((2, 2**15, 64), np.uint32)
    polled: list[int] = []
    for epoch in (1, 2):
        large[0, 0] = epoch
        assert survey.request(epoch, large, tokens, due=True)
        survey.rest(lambda: polled.append(1))
        large[:] = 9
        if epoch == 1:
            assert gate.begun.acquire(timeout=30)
    gate.open.release(2)
    survey.wait()
    assert [one.entropies.high_order for one in survey.take()] == [1, 2]


def test_the_newest_request_wins(survey: Survey, gate: Gate) -> None:
    survey.request(1, SOUP)
    assert gate.begun.acquire(timeout=30)
    assert survey.request(2, SOUP)
    assert survey.request(3, SOUP)
    gate.open.release(2)
    survey.wait()
    assert [one.epoch for one in survey.take()] == [1, 3]


def test_due_requests_are_never_lost(survey: Survey, gate: Gate) -> None:
    survey.request(1, SOUP, due=True)
    assert gate.begun.acquire(timeout=30)
    assert survey.free
    assert survey.request(2, SOUP, due=True)
    assert not survey.free
    assert not survey.request(3, SOUP)

    with pytest.raises(RuntimeError, match="not free"):
        survey.request(4, SOUP, due=True)
    gate.open.release()
    assert gate.begun.acquire(timeout=30)
    assert survey.free
    assert survey.request(4, SOUP, due=True)
    gate.open.release(2)
    survey.wait()
    assert [one.epoch for one in survey.take()] == [1, 2, 4]


def test_only_the_log_tells_of_transitions(survey: Survey, gate: Gate) -> None:
    gate.open.release(10)
    high = np.full_like(SOUP, 3)
    for epoch, due in ((1, False), (2, True), (3, True)):
        survey.request(epoch, high, due=due)
        survey.wait()
    assert [one.transition for one in survey.take()] == [False, True, False]


def test_an_exception_surfaces_on_the_next_call(survey: Survey, gate: Gate) -> None:
    gate.error = MemoryError("too little")
    gate.open.release()
    survey.request(1, SOUP)
    with pytest.raises(MemoryError, match="too little"):
        survey.wait()
    gate.error = None
    gate.open.release()
    survey.request(2, SOUP)
    survey.wait()
    assert [one.epoch for one in survey.take()] == [2]


def test_a_new_world_hears_nothing_of_the_old_one(survey: Survey, gate: Gate) -> None:
    survey.request(500, SOUP, due=True)
    assert gate.begun.acquire(timeout=30)
    survey.restart()
    assert survey.request(1, SOUP, due=True)
    gate.open.release(2)
    survey.wait()
    (finding,) = survey.take()
    assert finding.epoch == 1
    assert [one.seen for one in finding.population.strains] == [1]


def test_a_world_that_goes_back_forgets(survey: Survey, gate: Gate) -> None:
    gate.open.release(10)
    high = np.full_like(SOUP, 3)
    survey.request(1, SOUP, due=True)
    survey.wait()
    survey.request(2, high, due=True)
    survey.wait()
    survey.forget(2)
    assert [one.epoch for one in survey.take()] == [1]
    survey.request(2, high, due=True)
    survey.wait()
    (finding,) = survey.take()
    assert finding.transition
    assert [one.epoch for one in finding.population.moments] == [1, 2]


def test_what_is_measured_of_a_time_that_was_left_is_dropped(survey: Survey, gate: Gate) -> None:
    high = np.full_like(SOUP, 3)
    survey.request(9, high, due=True)
    assert gate.begun.acquire(timeout=30)
    survey.request(17, high, due=True)
    survey.recall(5, ())
    gate.open.release(10)
    survey.wait()
    assert survey.take() == []
    survey.request(9, high, due=True)
    survey.wait()
    (finding,) = survey.take()
    assert finding.transition, "the one that was dropped did not count"
    survey.recall(20, (Mark(9, "transition"),))
    survey.request(25, high, due=True)
    survey.wait()
    assert [(one.epoch, one.transition) for one in survey.take()] == [(25, False)]


def test_order_of_an_unknown_past_is_no_news(survey: Survey, gate: Gate) -> None:
    gate.open.release(10)
    values = {4: 3, 8: 3, 12: 0, 16: 3}
    survey.prime(4, np.full_like(SOUP, values[4]))
    survey.wait()
    assert survey.take() == [], "it is no measurement of the log"
    for epoch in (8, 12, 16):
        survey.request(epoch, np.full_like(SOUP, values[epoch]), due=True)
        survey.wait()
    assert [one.epoch for one in survey.take() if one.transition] == [16]


def test_a_closed_survey_says_so(survey: Survey, gate: Gate) -> None:
    gate.open.release(1)
    survey.request(1, SOUP)
    survey.close()
    with pytest.raises(RuntimeError, match="closed"):
        survey.request(2, SOUP)
