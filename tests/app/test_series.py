"""Time series stay small however long the run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.series import Series


def filled(count: int, capacity: int = 64) -> Series:
    series = Series(capacity)
    for x in range(count):
        series.append(x, 2.0 * x)
    return series


@given(st.integers(1, 2000))
def test_it_never_grows_beyond_its_capacity_and_keeps_the_shape(count: int) -> None:
    series = filled(count)
    x, y = series.points()
    assert 0 < x.size <= 64
    assert (np.diff(x) > 0).all()
    np.testing.assert_allclose(y, 2.0 * x)
    assert series.last == 2.0 * (count - 1)
    assert x[-1] >= count - 1 - 2 * count / 32


def test_short_series_are_exact() -> None:
    x, y = filled(50).points()
    np.testing.assert_array_equal(x, np.arange(50))
    np.testing.assert_array_equal(y, 2.0 * np.arange(50))


@pytest.mark.parametrize("count", [10, 1000, 1001, 1003])
def test_going_back_in_time_forgets_what_came_after(count: int) -> None:
    series = filled(count)
    series.append(5, -1.0)
    series.append(6, -1.0)
    assert series.last == -1.0
    x, _ = series.points()
    assert (x <= 6).all()
    for later in range(7, 400):
        series.append(later, -1.0)
    x, y = series.points()
    assert (np.diff(x) > 0).all()
    assert (y[x > 10] == -1.0).all()


def test_cleared_and_empty() -> None:
    series = filled(300)
    series.clear()
    assert len(series) == 0
    assert series.last is None
    assert series.points()[0].size == 0
    series.append(0, 1.0)
    assert series.last == 1.0
    assert len(series) == 1


def test_what_a_session_keeps_comes_back() -> None:
    series, again = filled(500), Series(64)
    again.append(3.0, 3.0)
    again.fill(series.state())
    assert np.array_equal(again.state(), series.state())
    again.append(600.0, 1.0)
    assert again.points()[0][-1] == 600.0
