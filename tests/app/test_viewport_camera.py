"""The camera and the spacing of strokes: pure arithmetic."""

from __future__ import annotations

import itertools
import math

import pytest

from app.viewports.camera import FIT_MARGIN, MAX_SCALE, Camera, texel_budget
from app.viewports.strokes import CELLS, MAX_RADIUS, MIN_RADIUS, along, inside

SIZE = (768.0, 576.0)


@pytest.mark.parametrize("extent", [(72, 72), (512, 512), (4096, 4096), (3, 900), (1, 1)])
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_fit_shows_the_whole_world(extent: tuple[int, int], ratio: float) -> None:
    camera = Camera.fit(extent, SIZE, ratio)
    place = camera.placed(SIZE, ratio)
    left, top = place.point_of(0, 0)
    right, bottom = place.point_of(*extent)
    assert min(left, top) >= FIT_MARGIN - 1
    assert right <= SIZE[0] - FIT_MARGIN + 1
    assert bottom <= SIZE[1] - FIT_MARGIN + 1
    used = max((right - left) / SIZE[0], (bottom - top) / SIZE[1])
    assert used >= 0.8 or camera.scale == MAX_SCALE
    assert camera.visible(extent, SIZE) is None


def test_fit_gives_whole_pixels_to_cells_where_that_is_cheap() -> None:
    assert Camera.fit((72, 72), SIZE).scale == 7
    assert Camera.fit((512, 512), SIZE).scale == 1
    assert Camera.fit((300, 300), SIZE).scale == pytest.approx(552 / 300)


@pytest.mark.parametrize(("extent", "cells"), [((2160, 3888), 6), ((1100, 1000), 2)])
def test_fit_gives_whole_cells_to_pixels_where_that_is_cheap(
    extent: tuple[int, int], cells: int
) -> None:
    scale = Camera.fit(extent, SIZE).scale
    assert scale == 1 / cells
    longest = max(extent)
    assert texel_budget(longest, scale) == math.ceil(longest / cells)  # a texel is a pixel


@pytest.mark.parametrize("factor", [1.25, 0.8, 3.0])
def test_zoom_holds_the_cell_under_the_cursor(factor: float) -> None:
    extent = (200, 300)
    camera = Camera.fit(extent, SIZE)
    at = (500.0, 250.0)
    before = camera.placed(SIZE).cell_at(*at)
    after = camera.zoomed(factor, at, SIZE, extent).placed(SIZE).cell_at(*at)
    # Placement rounds to whole pixels, at most half of one to either side.
    assert math.dist(before, after) <= 1.5 / min(camera.scale, camera.scale * factor)


def test_pan_moves_the_picture_by_as_many_pixels() -> None:
    camera = Camera(50, 50, 4.0)
    place, moved = camera.placed(SIZE), camera.panned(30, -20, (100, 100)).placed(SIZE)
    assert (moved.left - place.left, moved.top - place.top) == (30, -20)


def test_the_world_cannot_be_lost() -> None:
    extent = (100, 100)
    camera = Camera(50, 50, 4.0).panned(1e6, -1e6, extent)
    assert (camera.row, camera.column) == (100, 0)
    tiny = camera.zoomed(1e-9, (0, 0), SIZE, extent)
    assert tiny.scale * 100 >= 32
    assert camera.zoomed(1e9, (0, 0), SIZE, extent).scale == MAX_SCALE


def test_only_what_is_in_sight_is_asked_for() -> None:
    camera = Camera(2048, 1024, 8.0)
    region = camera.visible((4096, 4096), SIZE, margin=0.25)
    assert region is not None
    row, column, rows, columns = region
    assert rows == pytest.approx(1.5 * SIZE[1] / 8, abs=2)
    assert columns == pytest.approx(1.5 * SIZE[0] / 8, abs=2)
    assert row + rows / 2 == pytest.approx(2048, abs=2)
    assert column + columns / 2 == pytest.approx(1024, abs=2)


def test_texels_suffice_for_the_pixels_and_are_not_many_more() -> None:
    assert texel_budget(72, 7.0) == 72
    assert texel_budget(512, 0.9) == 512
    scale = 552 / 4096
    assert 552 <= texel_budget(4096, scale) <= 2 * 552


@pytest.mark.parametrize("radius", [0.5, 3.0, 20.0])
def test_strokes_have_no_gaps(radius: float) -> None:
    points = ((10.0, 10.0), *along((10.0, 10.0), (90.0, 47.0), radius))
    assert points[-1] == (90.0, 47.0)
    gaps = [math.dist(a, b) for a, b in itertools.pairwise(points)]
    assert max(gaps) <= radius / 2 + 1e-9
    assert len(points) < 1000


def test_strokes_stay_on_the_world() -> None:
    points = ((-3.0, 5.0), (5.0, 5.0), (12.0, 5.0))
    assert inside(points, 4.0, (10, 10), False) == points
    assert inside(points, 1.0, (10, 10), False) == points[1:2]
    assert inside(points, 4.0, (10, 10), True) == points[1:2]


def test_brush_sizes_go_up_and_down_within_bounds() -> None:
    sizes = [0.5]
    while CELLS.next(sizes[-1], 1) != sizes[-1]:
        sizes.append(CELLS.next(sizes[-1], 1))
    assert sizes[-1] == MAX_RADIUS
    assert 20 <= len(sizes) <= 60
    assert CELLS.next(MIN_RADIUS, -1) == MIN_RADIUS
    assert CELLS.next(6.0, -1) < 6.0 < CELLS.next(6.0, 1)
