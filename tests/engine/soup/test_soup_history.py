"""Saved epochs: within the budget, evenly spread, the first one kept."""

from __future__ import annotations

import numpy as np

from engine.soup.history import History, Moment


def moment(epoch: int, size: int = 100) -> Moment:
    return Moment(epoch, np.full((1, size), epoch % 256, np.uint8), epoch * 10, 1)


def test_it_thins_out_by_doubling_the_distance() -> None:
    history = History(budget=450, every=2)
    for epoch in range(101):
        if history.due(epoch):
            history.keep(moment(epoch))
    assert history.epochs[0] == 0
    assert len(history.epochs) <= 4
    gaps = np.diff(history.epochs)
    assert set(gaps) <= {history.every}
    assert history.every == 32


def test_the_moment_before_an_epoch_is_found_and_futures_are_forgotten() -> None:
    history = History(budget=10_000, every=4)
    for epoch in (0, 4, 8):
        history.keep(moment(epoch))
    found = history.before(7)
    assert found is not None
    assert (found.epoch, found.ops) == (4, 40)
    history.forget_after(5)
    assert history.epochs == (0, 4)
    assert history.before(-1) is None
    history.clear()
    assert history.epochs == ()


def test_two_moments_stay_however_large_they_are() -> None:
    history = History(budget=10, every=1)
    for epoch in range(8):
        if history.due(epoch):
            history.keep(moment(epoch))
    assert len(history.epochs) == 2
    assert history.epochs[0] == 0
