"""Replication scores in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.soup import scoring
from engine.soup.language import language
from engine.soup.scorer import Scorer

SPOKEN = language("bff_noheads")
REPLICATOR = SPOKEN.replicator.ljust(64, b"\0")
NOISE = np.random.default_rng(3).integers(0, 256, 64, np.uint8).tobytes()


@pytest.fixture
def scorer() -> Iterator[Scorer]:
    scorer = Scorer(SPOKEN)
    yield scorer
    scorer.close()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_texts_are_scored_once_as_the_inspector_does(scorer: Scorer) -> None:
    assert scorer.known([REPLICATOR, NOISE]) == {}
    assert scorer.pending
    _until(lambda: not scorer.pending)
    expected = {code: scoring.score(SPOKEN, code) for code in (REPLICATOR, NOISE)}
    assert expected[REPLICATOR] >= scoring.THRESHOLD > expected[NOISE]
    assert scorer.known([REPLICATOR, NOISE]) == expected
    assert not scorer.pending


def test_a_file_gets_all_scores_at_once(scorer: Scorer) -> None:
    assert scorer.now([REPLICATOR]) == {REPLICATOR: scoring.score(SPOKEN, REPLICATOR)}


def test_a_whole_soup_is_scored_as_the_reference_does(scorer: Scorer) -> None:
    soup = np.random.default_rng(1).integers(0, 256, (150, 64), np.uint8)
    soup[::7] = np.frombuffer(REPLICATOR, np.uint8)
    expected = scoring.scores(SPOKEN, soup, seed=5, epoch=8)
    scorer.follow(soup, 9, 5, "a")
    soup[:] = 0  # it has a copy
    scorer.follow(soup, 10, 5, "b")  # not before the first one is done
    _until(lambda: not scorer.pending)
    assert scorer.whole is not None
    assert (scorer.whole.epoch, scorer.whole.version) == (9, "a")
    np.testing.assert_array_equal(scorer.whole.scores, expected)
    scorer.follow(soup, 10, 5, "b")
    _until(lambda: not scorer.pending)
    assert scorer.whole.version == "b"
    assert not scorer.whole.scores.any()
    scorer.follow(soup, 10, 5, "b")
    assert not scorer.pending, "it is known"


def test_what_is_forgotten_does_not_come_back(scorer: Scorer) -> None:
    scorer.follow(np.zeros((4000, 64), np.uint8), 1, 0, "a")
    scorer.forget()
    _until(lambda: not scorer.pending)
    assert scorer.whole is None


def test_an_exception_surfaces_on_the_next_call(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("too little")

    monkeypatch.setattr(scoring, "scores", fail)
    scorer.known([NOISE])
    with pytest.raises(MemoryError, match="too little"):
        _until(lambda: not scorer.pending)
    assert not scorer.pending
