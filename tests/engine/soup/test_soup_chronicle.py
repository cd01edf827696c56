"""What was measured since a soup's birth, also when its world goes back in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.soup.chronicle import Chronicle
from engine.soup.epoch import Soup
from engine.soup.language import language
from engine.soup.metrics import Entropies
from engine.soup.survey import Survey


def _rising(soup: np.ndarray) -> Entropies:
    return Entropies(1.0, 1, 0.0, float(soup[0, 0]))


@pytest.fixture
def chronicle() -> Iterator[Chronicle]:
    chronicle = Chronicle(Survey(entropies=_rising))
    yield chronicle
    chronicle.close()


@pytest.fixture
def soup() -> Soup:
    return Soup(language("bff_noheads"), 64, 1)


def _log(chronicle: Chronicle, soup: Soup, epoch: int, value: int = 0) -> None:
    soup.epoch = epoch
    soup.soup[0, 0] = value
    chronicle.log(soup, float(epoch))
    chronicle.survey.wait()
    chronicle.collect()


def _epochs(chronicle: Chronicle, until: int = 1000) -> list[int]:
    return [row.epoch for row in chronicle.rows(until)]


def test_rows_are_handed_over_once_and_kept(chronicle: Chronicle, soup: Soup) -> None:
    _log(chronicle, soup, 1)
    _log(chronicle, soup, 5, value=3)
    log = chronicle.take_log()
    assert [epoch for epoch, _ in log] == [1, 5]
    assert log[1][1] == {
        "high-order entropy": 3.0,
        "Shannon entropy": 1.0,
        "brotli bits per byte": 0.0,
        "unique programs": 64.0,
    }
    assert chronicle.take_log() == []
    assert [row.operations for row in chronicle.rows(5)] == [1.0, 5.0]
    assert _epochs(chronicle, 4) == [1]
    assert [mark.step for mark in chronicle.take_transitions()] == [5]
    assert chronicle.take_transitions() == []


def test_going_back_forgets_nothing_and_living_on_replaces_what_comes_anew(
    chronicle: Chronicle, soup: Soup
) -> None:
    for epoch in (1, 5, 9, 13):
        _log(chronicle, soup, epoch)
    _log(chronicle, soup, 5, value=3)  # back in time
    assert _epochs(chronicle) == [1, 5, 9, 13]
    assert chronicle.rows(5)[-1].entropies.high_order == 3
    _log(chronicle, soup, 7)
    _log(chronicle, soup, 12)  # measured at other intervals now: 9 is of another time
    assert _epochs(chronicle) == [1, 5, 7, 12, 13]


def test_an_edit_forgets_what_came_later(chronicle: Chronicle, soup: Soup) -> None:
    for epoch in (1, 5, 9):
        _log(chronicle, soup, epoch)
    chronicle.edited(5)
    assert _epochs(chronicle) == [1, 5]
    _log(chronicle, soup, 9, value=1)
    report = chronicle.report(9)
    assert report is not None
    assert [moment.epoch for moment in report.moments] == [1, 5, 9]


def test_a_jump_forward_keeps_the_rows_that_it_leaps_over(chronicle: Chronicle, soup: Soup) -> None:
    for epoch in (1, 5, 9, 13):
        _log(chronicle, soup, epoch)
    chronicle.recall(1, ())
    _log(chronicle, soup, 5)
    chronicle.recall(14, ())
    _log(chronicle, soup, 17)
    assert _epochs(chronicle) == [1, 5, 9, 13, 17]
    chronicle.take_log()
    _log(chronicle, soup, 21)
    chronicle.recall(20, ())
    assert chronicle.take_log() == [], "no plot shows what may never come"


def test_the_population_of_the_past_is_that_of_then(chronicle: Chronicle, soup: Soup) -> None:
    assert chronicle.report(0) is None
    soup.soup[0, 0] = 0  # as `_log` writes it
    soup.soup[:9] = soup.soup[0]
    _log(chronicle, soup, 1)
    soup.soup[:30] = soup.soup[0]
    _log(chronicle, soup, 5)
    past, present = chronicle.report(4), chronicle.report(5)
    assert past is not None
    assert present is not None
    assert (past.epoch, past.strains[0].copies, past.strains[0].peak) == (1, 9, 9)
    assert (present.epoch, present.strains[0].copies) == (5, 30)
    assert chronicle.report(0) is None


def test_a_look_measures_only_where_nothing_is_known(chronicle: Chronicle, soup: Soup) -> None:
    def look(epoch: int) -> bool:
        soup.epoch = epoch
        chronicle.look(soup, 4)
        asked = chronicle.survey.busy or chronicle.pending
        chronicle.survey.wait()
        chronicle.collect()
        return asked

    assert look(2)
    assert not look(2)
    assert not look(5)
    assert look(6)
    assert not look(3), "the past is known"
    chronicle.edited(3)
    assert look(3)
    assert _epochs(chronicle) == [], "a look is no row of the log"


def test_forgetting_waits_for_nobody(soup: Soup) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow(data: np.ndarray) -> Entropies:
        begun.set()
        assert gate.wait(30)
        return _rising(data)

    chronicle = Chronicle(Survey(entropies=slow))
    soup.epoch = 5
    chronicle.log(soup, 0.0)
    assert begun.wait(30)
    chronicle.edited(3)  # would hang for ten seconds if it waited
    gate.set()
    chronicle.survey.wait()
    chronicle.collect()
    assert _epochs(chronicle) == []
    chronicle.close()
