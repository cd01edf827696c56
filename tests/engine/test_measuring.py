"""Profiles, summaries and histograms: the numbers are those of the field, whatever is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import measuring
from engine.core.measuring import line_cells, measure
from engine.core.spec import Spec
from engine.core.system import System
from engine.core.views import ImageView, ViewRequest
from engine.soup import picture
from engine.systems.gray_scott import GrayScott
from engine.systems.life import Life

Cells = np.ndarray[Any, Any]


def measured(cells: Cells, request: ViewRequest) -> measuring.Measured:
    def take(down: Any, across: Any) -> Cells:
        return cells[down, across]

    return measure(request, cells.shape[:2], cells.shape[2], take, take)


@pytest.fixture
def cells() -> Cells:
    return np.random.default_rng(3).normal(size=(40, 30, 5)).astype(np.float32)


def test_a_profile_is_the_field_along_the_line(cells: Cells) -> None:
    found = measured(cells, ViewRequest(line=((2, 3), (35, 20)))).profile
    assert found is not None
    rows, columns = found.cells.T
    np.testing.assert_array_equal(found.values, cells[rows, columns])
    assert (rows[0], columns[0]) == (2, 3)
    assert (rows[-1], columns[-1]) == (35, 20)
    assert len(rows) == 34


@given(
    st.tuples(st.integers(-50, 90), st.integers(-50, 90)),
    st.tuples(st.integers(-50, 90), st.integers(-50, 90)),
)
@settings(max_examples=60, deadline=None)
def test_a_line_goes_from_cell_to_neighbouring_cell(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    rows, columns = line_cells((one, other), (40, 30))
    assert rows.min() >= 0
    assert rows.max() < 40
    assert columns.min() >= 0
    assert columns.max() < 30
    steps = np.abs(np.diff(np.stack([rows, columns])))
    assert (steps.max(axis=0) == 1).all()


def test_a_long_line_is_thinned_out() -> None:
    rows, columns = line_cells(((0, 0), (9, 99_999)), (10, 100_000))
    assert len(rows) == measuring.MOST_POINTS
    assert columns[-1] == 99_999


def test_a_summary_is_of_the_part_within_the_world(cells: Cells) -> None:
    found = measured(cells, ViewRequest(stats=(30, 25, 99, 99))).summary
    part = cells[30:, 25:].reshape(-1, 5).astype(np.float64)
    assert found is not None
    assert found.region == (30, 25, 10, 5)
    assert found.cells == found.sampled == 50
    np.testing.assert_allclose(found.mean, part.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.std, part.std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(found.least, part.min(axis=0))
    np.testing.assert_array_equal(found.greatest, part.max(axis=0))


def test_a_summary_of_many_cells_far_from_zero_is_as_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "_PART", 100)
    cells = np.random.default_rng(9).normal(1e4, 0.5, size=(37, 41, 3)).astype(np.float32)
    found = measured(cells, ViewRequest(stats=(0, 0, 37, 41))).summary
    part = cells.reshape(-1, 3).astype(np.float64)
    assert found is not None
    np.testing.assert_allclose(found.mean, part.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.std, part.std(axis=0), rtol=1e-9)


def test_what_is_not_finite_counts_for_nothing(cells: Cells) -> None:
    cells[0, 0, 1], cells[0, 1, 1], cells[..., 2] = np.nan, np.inf, np.nan
    found = measured(cells, ViewRequest(stats=(0, 0, 40, 30), bins=16))
    assert found.summary is not None
    assert found.histogram is not None
    np.testing.assert_array_equal(found.summary.counted, [1200, 1198, 0, 1200, 1200])
    np.testing.assert_array_equal(found.histogram.counts.sum(axis=1), [1200, 1198, 0, 1200, 1200])
    rest = cells[..., 1].ravel()[2:].astype(np.float64)
    assert found.summary.mean[1] == pytest.approx(rest.mean())
    assert found.summary.std[1] == pytest.approx(rest.std())
    assert np.isnan(found.summary.mean[2])


def test_a_histogram_counts_every_cell_once(cells: Cells) -> None:
    found = measured(cells, ViewRequest(bins=64)).histogram
    assert found is not None
    assert found.channels == (0, 1, 2, 3, 4)
    np.testing.assert_array_equal(found.counts.sum(axis=1), [1200] * 5)
    for channel, counts in enumerate(found.counts):
        low, high = found.edges[channel]
        assert (low, high) == (cells[..., channel].min(), cells[..., channel].max())
        known, _ = np.histogram(cells[..., channel], 64, (low, high))
        # float32 and float64 may disagree about a value that lies on an edge.
        assert np.abs(known - counts).sum() <= 4


def test_a_histogram_within_limits_counts_what_lies_outside_at_its_ends(cells: Cells) -> None:
    request = ViewRequest(channels=(3,), bins=8, limits=(-0.5, 0.5), stats=(0, 0, 40, 30))
    found = measured(cells, request).histogram
    assert found is not None
    assert found.channels == (3,)
    assert found.counts.sum() == 1200
    assert found.counts[0, 0] >= (cells[..., 3] < -0.5).sum()
    assert found.counts[0, -1] >= (cells[..., 3] > 0.5).sum()


def test_equal_values_have_a_bin() -> None:
    found = measured(np.full((6, 7, 1), 3.0, np.float32), ViewRequest(bins=10)).histogram
    assert found is not None
    assert found.counts.sum() == found.counts.max() == 42
    assert found.edges[0, 0] < 3.0 < found.edges[0, 1]


def test_of_many_cells_some_are_looked_at_and_it_says_so(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "MOST_CELLS", 300)
    found = measured(cells, ViewRequest(bins=8, stats=(0, 0, 40, 30)))
    assert found.histogram is not None
    assert found.summary is not None
    assert found.histogram.cells == found.summary.cells == 1200
    assert found.histogram.sampled == found.summary.sampled == 300
    assert (found.histogram.counts.sum(axis=1) == 300).all()


def look(world: System, request: ViewRequest) -> ImageView:
    view = world.views({"world": request})["world"]
    assert isinstance(view, ImageView)
    return view


def test_a_grid_measures_what_is_asked_for_and_nothing_else() -> None:
    world = GrayScott(Spec("gray-scott", params={"size": 64}))
    plain = look(world, ViewRequest())
    assert plain.profile is plain.summary is plain.histogram is None
    view = look(world, ViewRequest(line=((0, 0), (3, 3)), stats=(0, 0, 2, 2), bins=4))
    field = world.field()
    assert view.profile is not None
    assert view.summary is not None
    assert view.histogram is not None
    np.testing.assert_array_equal(view.profile.values, field[range(4), range(4)])
    assert view.summary.cells == 4
    assert view.histogram.counts.sum() == 4 * field.shape[2]


def test_life_measures_its_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(Spec("life", params={"width": 192, "height": 64}))
    for _ in range(3):
        life.step()
    alive = life.field()[..., 0]
    request = ViewRequest(line=((5, 7), (60, 180)), stats=(4, 6, 50, 100), bins=2, channels=(0,))
    view = look(life, request)
    assert view.profile is not None
    assert view.summary is not None
    assert view.histogram is not None
    rows, columns = view.profile.cells.T
    np.testing.assert_array_equal(
        view.profile.values[:, 0],
        alive[rows, columns],
    )
    part = alive[4:54, 6:106]
    assert view.summary.mean[0] == pytest.approx(part.mean())
    assert view.histogram.counts[0, 1] == part.sum()
    monkeypatch.setattr(measuring, "MOST_CELLS", 1300)
    view = look(life, request)
    assert view.summary is not None
    assert view.histogram is not None
    thin = part[::2, ::2]
    assert view.summary.sampled == thin.size
    assert view.histogram.counts[0, 1] == thin.sum()


def test_bytes_of_programs_are_counted_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = np.random.default_rng(1).integers(0, 256, (300, 64), np.uint8)
    found = picture.byte_counts(programs, 256)
    np.testing.assert_array_equal(found.counts[0], np.bincount(programs.ravel(), minlength=256))
    few = picture.byte_counts(programs, 65)
    assert few.counts.shape == (1, 64)
    np.testing.assert_array_equal(few.counts[0], found.counts.reshape(64, 4).sum(axis=1))
    monkeypatch.setattr(picture, "MOST_CELLS", 6400)
    thin = picture.byte_counts(programs, 16)
    assert (thin.cells, thin.sampled) == (300 * 64, 100 * 64)
    assert thin.counts.sum() == thin.sampled
