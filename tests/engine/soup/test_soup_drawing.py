"""The picture of a soup: every byte in its place, means where a texel covers several."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.grid import disc_cells
from engine.soup import drawing
from engine.soup.layout import Layout, arrange

GREYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


@pytest.fixture
def soup() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (10, 64), np.uint8)


@pytest.mark.parametrize("layout", [Layout(10, (8, 8), 4), Layout(10, (1, 64), 3)])
def test_every_byte_lies_where_the_layout_says(soup: np.ndarray, layout: Layout) -> None:
    rows, columns = layout.extent
    image = drawing.paint(layout, (0, 0, rows, columns), 4096, soup, GREYS)
    letters = drawing.codes(layout, (0, 0, rows, columns), soup)
    assert image.shape == (rows, columns, 3)
    seen = 0
    for row in range(rows):
        for column in range(columns):
            spot = layout.place_at(row, column)
            expected = soup[spot] if spot is not None else 0
            assert image[row, column, 0] == letters[row, column] == expected
            seen += spot is not None
    assert seen == 640
    assert layout.place_at(rows, 0) is None
    assert layout.place_at(-0.5, 0) is None


def test_a_texel_of_several_cells_is_their_mean(soup: np.ndarray) -> None:
    layout = Layout(8, (8, 8), 4)
    image = drawing.paint(layout, (0, 0, 16, 32), 8, soup[:8], GREYS)
    cells = drawing.codes(layout, (0, 0, 16, 32), soup[:8])
    means = cells.reshape(4, 4, 8, 4).mean(axis=(1, 3))
    np.testing.assert_array_equal(image[..., 1], np.floor(means))


def test_order_and_search_change_place_and_brightness_only(soup: np.ndarray) -> None:
    layout = Layout(10, (8, 8), 5)
    order = np.arange(10, dtype=np.int32)[::-1].copy()
    bright = np.zeros(10, bool)
    bright[9] = True
    region = layout.region_of(0)
    first = drawing.paint(layout, region, 64, soup, GREYS, order, bright)
    np.testing.assert_array_equal(first[..., 2].ravel(), soup[9])
    second = drawing.paint(layout, layout.region_of(1), 64, soup, GREYS, order, bright)
    np.testing.assert_array_equal(second[..., 0].ravel(), soup[8] // 3)


@pytest.mark.parametrize("layout", [Layout(4096, (8, 8), 64), Layout(4096, (1, 64), 8)])
def test_a_huge_picture_takes_some_rows_of_each_texel(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    soup = np.random.default_rng(2).integers(0, 256, (4096, 64), np.uint8)
    soup[:, ::2] = 0  # a rhythm that sampled rows must not fall in with
    whole = (0, 0, *layout.extent)
    exact = drawing.paint(layout, whole, 32, soup, GREYS)
    monkeypatch.setattr(drawing, "MOST_CELLS", soup.size // 4)
    some = drawing.paint(layout, whole, 32, soup, GREYS)
    assert some.shape == exact.shape
    assert (some != exact).any()
    error = some.astype(float) - exact
    assert abs(error.mean()) < 1.0
    assert error.std() < 12.0  # of 64 cells instead of 256: 83 / sqrt(64) = 10
    np.testing.assert_array_equal(some, drawing.paint(layout, whole, 32, soup, GREYS))


def test_very_wide_texels_do_not_overflow() -> None:
    layout = Layout(2048, (1, 64), 2048)
    image = drawing.paint(
        layout, (0, 0, *layout.extent), 1, np.full((2048, 64), 9, np.uint8), GREYS
    )
    assert image.tolist() == [[[9, 9, 9]]]


def test_keys_are_worked_out_for_the_programs_in_sight_only() -> None:
    soup = np.repeat(np.arange(40, dtype=np.uint8)[:, None], 64, axis=1)
    soup[1] = soup[0]
    keys = drawing.species(soup)
    assert keys.shape == (40, 1)
    assert keys[0] == keys[1]
    assert len(np.unique(keys)) > 30
    layout = Layout(40, (8, 8), 8)
    span = layout.span((12, 0, 8, 10))  # rows 12 to 19: the second and third row of tiles
    assert span == range(8, 24)
    np.testing.assert_array_equal(drawing.species(soup, span)[8:24], keys[8:24])
    assert layout.span((32, 0, 8, 64)) == range(32, 40)


def test_ages_are_logarithmic_and_lineages_tell_births_apart() -> None:
    births = np.array([[100, 99, 97, 85, 0, 101]], np.uint32)
    steps = np.array([0, 1, 2, 4, np.log2(101), 0]) * 255 / 16
    np.testing.assert_array_equal(drawing.ages(births, 100)[0], np.floor(steps))
    assert drawing.ages(np.zeros((1, 1), np.uint32), 10**6)[0, 0] == 255
    tokens = np.zeros((2, 1, 64), np.uint32)
    tokens[0, 0, :32] = 5
    tokens[1, 0] = np.arange(64)
    assert len(np.unique(drawing.lineages(tokens))) > 40
    np.testing.assert_array_equal(
        drawing.lineages(np.repeat(tokens, 2, axis=1))[1], drawing.lineages(tokens)[0]
    )


def test_whole_programs_can_have_one_colour() -> None:
    keys = np.array([[7], [9]], np.uint8)
    image = drawing.paint(Layout(2, (8, 8), 2), (0, 0, 8, 16), 64, keys, GREYS)
    assert (image[:, :8] == 7).all()
    assert (image[:, 8:] == 9).all()


def test_regions_are_cut_down_and_layouts_wider_than_high() -> None:
    assert drawing.clip((-5, 3, 100, 0), (10, 10)) == (0, 3, 10, 1)
    assert drawing.clip(None, (4, 5)) == (0, 0, 4, 5)
    rows, columns = arrange(131072, 64, "blocks").extent
    assert 1.5 < columns / rows < 2.2
    rows, columns = arrange(131072, 64, "rows").extent
    assert 1.3 < columns / rows < 2.6
    for programs in (8192, 16384, 131072, 2**20, 30000):
        layout = arrange(programs, 64, "blocks")
        assert layout.across * layout.down == programs  # no gap at the end
    assert arrange(10007, 64, "blocks").across == 134  # a prime has one
    assert arrange(32400, 64, "blocks", across=240).extent == (135 * 8, 240 * 8)


@pytest.mark.parametrize("layout", [Layout(61, (8, 8), 10), Layout(61, (1, 64), 3)])
@pytest.mark.parametrize("radius", [0.0, 0.5, 3.0, 11.5])
def test_a_brush_touches_the_programs_of_its_cells(layout: Layout, radius: float) -> None:
    points = ((9.3, 21.9), (0.0, 0.0), (-3.0, 70.0), (float("nan"), 1.0), (1e9, 5.0))
    cells = disc_cells(points, radius, layout.extent, False)
    spots = [layout.place_at(row, column) for row, column in zip(*cells, strict=True)]
    expected = sorted({spot[0] for spot in spots if spot is not None})
    assert layout.touched(points, radius).tolist() == expected
    assert expected
