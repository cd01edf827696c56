"""Orders that are worked out beside the run."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from engine.soup import sorter as module
from engine.soup.ordering import by_frequency, by_similarity
from engine.soup.sorter import Sorter


def _soup(seed: int) -> np.ndarray:
    soup = np.random.default_rng(seed).integers(0, 256, (64, 64), np.uint8)
    soup[40:] = soup[seed]
    return soup


def _wait(sorter: Sorter) -> None:
    deadline = time.monotonic() + 30
    while sorter.pending:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_small_soup_is_sorted_at_once_and_only_once() -> None:
    sorter, soup = Sorter(), _soup(1)
    order = sorter.order(soup, "frequency", 1)
    np.testing.assert_array_equal(order, by_frequency(soup))
    assert sorter.order(soup, "frequency", 1) is order
    np.testing.assert_array_equal(sorter.order(soup, "similarity", 1), by_similarity(soup))
    assert sorter.order(soup, "place", 1) is None
    assert not sorter.pending


def test_a_large_soup_is_sorted_beside_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 8)
    real, gate = module.sort, threading.Event()

    def slow(soup: np.ndarray, order: str) -> np.ndarray:
        assert gate.wait(30)
        return real(soup, order)

    monkeypatch.setattr(module, "sort", slow)
    sorter, first, second = Sorter(), _soup(1), _soup(2)
    before = first.copy()
    assert sorter.order(first, "frequency", 1) is None, "this would hang if it waited"
    assert sorter.pending
    first[:] = 0  # it has a copy
    gate.set()
    _wait(sorter)
    order = sorter.order(second, "frequency", 2)
    np.testing.assert_array_equal(order, by_frequency(before))
    _wait(sorter)
    np.testing.assert_array_equal(sorter.order(second, "frequency", 2), by_frequency(second))
    assert not sorter.pending
    assert sorter.order(second, "similarity", 2) is None, "that is another order"
    sorter.forget()
    assert not sorter.pending


def test_what_sorting_meets_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(soup: np.ndarray, order: str) -> np.ndarray:
        raise MemoryError("too little")

    monkeypatch.setattr(module, "AT_ONCE", 8)
    monkeypatch.setattr(module, "sort", full)
    sorter = Sorter()
    sorter.order(_soup(1), "frequency", 1)
    _wait(sorter)
    with pytest.raises(MemoryError, match="too little"):
        sorter.order(_soup(1), "frequency", 1)
