"""Where the parts of a heads viewport lie."""

from __future__ import annotations

import itertools

import pytest

from app.viewports.heads_layout import Rect, lay_out, plan_grid, plan_maps, snapped, stride

SIZES = [(656, 360), (724, 596), (1576, 760), (360, 600), (280, 220)]
MODELS = [(1, 1), (2, 2), (4, 4), (8, 8), (8, 1), (1, 8)]


def apart(one: Rect, other: Rect) -> bool:
    return (
        one[0] + one[2] <= other[0]
        or other[0] + other[2] <= one[0]
        or one[1] + one[3] <= other[1]
        or other[1] + other[3] <= one[1]
    )


@pytest.mark.parametrize("maps", [1, 2, 3])
@pytest.mark.parametrize("mode", ["all", "focus", "arcs", "grid"])
def test_parts_lie_within_the_room_and_not_upon_each_other(mode: str, maps: int) -> None:
    for (width, height), (layers, heads) in itertools.product(SIZES, MODELS):
        places = lay_out(width, height, layers, heads, mode, maps)  # type: ignore[arg-type]
        seen = [place for place in (places.grid, places.focus, places.arcs) if place is not None]
        assert seen
        for left, top, wide, high in seen:
            assert left >= 0
            assert top >= 0
            assert wide > 0
            assert high > 0
            assert left + wide <= width
            assert top + high <= height
        assert all(apart(one, other) for one, other in itertools.combinations(seen, 2))


def test_the_map_has_most_of_the_room() -> None:
    places = lay_out(1000, 580, 2, 2, "all")
    assert places.focus is not None
    assert places.arcs is not None
    assert places.focus[3] > 2.7 * places.arcs[3]


def test_arcs_take_the_height_that_maps_cannot_use() -> None:
    two = lay_out(708, 580, 1, 1, "all", maps=2)
    assert two.focus is not None
    assert two.arcs is not None
    assert two.arcs[3] > 0.35 * 580
    assert two.focus[3] + two.arcs[3] <= 580


def test_what_is_too_small_to_be_read_is_left_out() -> None:
    whole = lay_out(724, 596, 4, 4, "all")
    assert None not in (whole.grid, whole.focus, whole.arcs)
    assert lay_out(280, 600, 4, 4, "all").grid is None
    assert lay_out(656, 220, 4, 4, "all").arcs is None


@pytest.mark.parametrize(("layers", "heads"), MODELS)
def test_tiles_fit_and_are_found_where_they_lie(layers: int, heads: int) -> None:
    plan = plan_grid(340.0, 360.0, layers, heads)
    for layer, head in itertools.product(range(layers), range(heads)):
        left, top, side, _ = plan.rect(layer, head)
        assert left + side <= 340.0
        assert top + side <= 360.0
        assert plan.at(left + side / 2, top + side / 2) == (layer, head)
    assert plan.at(plan.left - 2, plan.top + 2) is None
    assert plan.at(plan.left + plan.tile + plan.gap / 2, plan.top + 2) is None


def test_cells_are_square_but_a_single_row_can_be_read() -> None:
    ((_, _, wide, high),) = plan_maps(400.0, 300.0, 24, 24, 1, (20.0, 20.0))
    assert wide == pytest.approx(high)
    ((_, _, wide, high),) = plan_maps(400.0, 300.0, 1, 40, 1, (20.0, 20.0))
    assert 0.88 * 380.0 <= wide <= 380.0
    assert high >= 20.0


def test_maps_stand_beside_each_other_or_below_as_there_is_room() -> None:
    wide = plan_maps(900.0, 300.0, 24, 24, 2, (20.0, 20.0))
    assert wide[0][1] == wide[1][1]
    tall = plan_maps(300.0, 900.0, 24, 24, 2, (20.0, 20.0))
    assert tall[0][0] == tall[1][0]
    assert plan_maps(300.0, 900.0, 0, 24, 2, (20.0, 20.0)) == ()


@pytest.mark.parametrize(("pixels", "every"), [(12.0, 1), (9.0, 1), (5.0, 2), (2.5, 4)])
def test_labels_stand_so_far_apart(pixels: float, every: int) -> None:
    assert stride(pixels, 9.0) == every


@pytest.mark.parametrize(("cell", "whole"), [(5.3, 5.0), (2.1, 2.0), (1.9, 1.9), (0.7, 0.7)])
def test_cells_have_whole_pixels_where_little_is_lost(cell: float, whole: float) -> None:
    assert snapped(cell) == pytest.approx(whole)
