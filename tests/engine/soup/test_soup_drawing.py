"""The picture of a soup: every byte in its place, means where a texel covers several."""

from __future__ import annotations

import numpy as np
import pytest

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
    assert arrange(32400, 64, "blocks", across=240).extent == (135 * 8, 240 * 8)
