"""The figures of the soups: how they are measured, on small soups; whole with ``-m slow``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.core.activity import Activity, null_activity
from engine.core.errors import Cancelled
from engine.core.experiment import reproduce
from engine.experiments import soup as figures
from engine.soup.epoch import Soup
from engine.soup.language import language

BY_NAME = {experiment.name: experiment for experiment in figures.EXPERIMENTS}
SMALL_ONES = ("SMALL_CROSSINGS", "TRIVIAL_CROSSINGS", "COPY_CROSSINGS")
NO_SMALL_SOUPS: dict[str, dict[int, int]] = {name: {} for name in SMALL_ONES}
ORDERED = np.tile(np.random.default_rng(1).permutation(256).astype(np.uint8), 16).tobytes()


def small(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """Shrink the runs: nothing of the reference is known of such soups."""
    for name, value in {"SMALL": 64, **values}.items():
        monkeypatch.setattr(figures, name, value)


def still(initial: bytes) -> Soup:
    """Return a soup in which nothing happens."""
    return Soup(language("bff_noheads"), 64, 1, mutation=0, limit=0, initial=initial)


def test_a_crossing_is_found_where_order_is() -> None:
    assert figures._crossing(still(ORDERED), 9, 4, null_activity()) == 1
    assert figures._crossing(still(b""), 9, 4, null_activity()) is None


def test_logged_are_first_and_every_kth_epoch() -> None:
    found = figures._entropies(still(b""), 10, 4, null_activity())
    assert [epoch for epoch, _ in found] == [1, 5, 9]


def test_a_takeover_of_tokens_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything was copied ten of 4,096 tokens own next to nothing."""
    small(monkeypatch, OWNED={1: 10 / 4096, 12: 1.0}, FRUITFUL={1: 0.0, 12: 1.0}, OWNED_BAND=0.05)
    outcome = reproduce(BY_NAME["soup.tracer-takeover"], null_activity())
    shares = outcome.details["share of the 10 most common tokens by epoch"]
    assert list(shares) == [1, 12]
    assert shares[1] == pytest.approx(10 / 4096, abs=0.05)
    assert shares[1] < shares[12] < 0.95
    assert outcome.measured == shares[12]
    assert outcome.status == "missed"
    fruitful = outcome.details["program in which most bytes were born, and their share"]
    assert fruitful[1][1] < fruitful[12][1] <= 1
    most = {epoch: share for epoch, (_, share) in fruitful.items()}
    for owned, of_one, status in (
        (dict(shares), most, "passed"),
        (dict(shares), {**most, 12: 0.0}, "missed"),
        ({**shares, 1: 0.5}, most, "missed"),
    ):
        small(monkeypatch, OWNED=owned, FRUITFUL=of_one, OWNED_BAND=1e-9)
        assert reproduce(BY_NAME["soup.tracer-takeover"], null_activity()).status == status


def test_a_soup_with_order_is_not_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, SUBLEQ_END=9)
    outcome = reproduce(BY_NAME["soup.subleq-quiet"], null_activity())
    assert outcome.status == "passed"
    assert set(outcome.details["highest by seed"]) == {0, 1, 2}
    small(monkeypatch, SUBLEQ_BOUND=outcome.measured - 1e-9)
    assert reproduce(BY_NAME["soup.subleq-quiet"], null_activity()).status == "missed"


def test_winners_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among 64 programs a replicator meets few others: it wins or is lost within epochs."""
    small(monkeypatch)
    outcome = reproduce(BY_NAME["soup.seeded"], null_activity())
    winners = outcome.details["first epoch above 1"]
    assert 0 < len(winners) == outcome.measured < 20
    assert set(winners) != figures.WINNERS
    assert outcome.status == "missed"
    small(monkeypatch, WINNERS=set(winners))
    assert reproduce(BY_NAME["soup.seeded"], null_activity()).status == "passed"


def test_shares_of_replicators_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    outcome = reproduce(BY_NAME["soup.wins-over-noise"], null_activity())
    assert outcome.status == "missed"
    shares = outcome.details["share by epoch"]
    small(monkeypatch, SHARES=dict(shares))
    assert reproduce(BY_NAME["soup.wins-over-noise"], null_activity()).status == "passed"


def test_every_seed_must_cross_when_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, QUIET_CROSSINGS={0: 1}, NOISELESS_END=33)
    outcome = reproduce(BY_NAME["soup.no-mutation"], null_activity())
    found = outcome.details["first epoch above 1"]
    assert outcome.status == "missed"
    small(monkeypatch, QUIET_CROSSINGS=dict(found), NOISELESS_END=33)
    assert reproduce(BY_NAME["soup.no-mutation"], null_activity()).status == "passed"


def test_the_large_soup_must_cross_within_the_band(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, LARGE=64, LARGE_BAND=(1, 129), **NO_SMALL_SOUPS)
    outcome = reproduce(BY_NAME["soup.transition"], null_activity())
    assert (outcome.measured, outcome.status) == (0.0, "missed")


def test_every_small_soup_must_cross_when_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    """The large soup is one that is in order from its first epoch on."""
    monkeypatch.setattr(figures, "_entropies", lambda *rest: iter([(3, 2.0)]))
    small(monkeypatch, LARGE=64, LARGE_BAND=(1, 9), **NO_SMALL_SOUPS)
    for name in SMALL_ONES:
        for epoch, status in ((3, "passed"), (None, "missed"), (35, "missed")):
            with monkeypatch.context() as patch:
                patch.setattr(figures, name, {0: epoch})
                outcome = reproduce(BY_NAME["soup.transition"], null_activity())
                assert (outcome.measured, outcome.status) == (3.0, status)


@pytest.fixture
def stopped() -> Activity:
    activity = null_activity()
    activity.cancel()
    return activity


@pytest.mark.parametrize("name", BY_NAME)
def test_all_can_be_stopped(name: str, stopped: Activity) -> None:
    with pytest.raises(Cancelled):
        reproduce(BY_NAME[name], stopped)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_figure_holds(name: str) -> None:
    assert reproduce(BY_NAME[name], null_activity()).status == "passed"
