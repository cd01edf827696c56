"""The base of grid systems: views, brush and inspector of a toy world."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.capabilities import capabilities
from engine.core.errors import BadInput
from engine.core.grid import GridSystem, disc_cells
from engine.core.params import Params, rebuild
from engine.core.reducing import mosaic, principal_components, reduce_cells
from engine.core.spec import Spec
from engine.core.system import SystemInfo
from engine.core.views import ImageView, Pick, Stroke, ViewRequest


class Sheet(GridSystem):
    """Numbered cells that count up by one each tick."""

    info = SystemInfo("sheet", "Sheet", "Numbers", "none", "Toys")

    class Params(Params):
        rows: int = rebuild(6, "Rows", ge=1, le=100)
        columns: int = rebuild(10, "Columns", ge=1, le=100)

    torus: ClassVar[bool] = True

    def build(self) -> None:
        self.cells = np.zeros((self.params.rows, self.params.columns, 3), np.float32)

    def start(self) -> None:
        self.cells[...] = np.arange(self.cells.size, dtype=np.float32).reshape(self.cells.shape)

    def advance(self, poll: Any) -> None:
        self.cells += 1

    def field(self) -> Any:
        return self.cells

    def channels(self) -> tuple[str, ...]:
        return ("red", "green", "blue")


@pytest.fixture
def sheet() -> Sheet:
    return Sheet(Spec("sheet"))


def shown(world: Sheet, **request: Any) -> ImageView:
    view = world.views({"world": ViewRequest(**request)})["world"]
    assert isinstance(view, ImageView)
    return view


def test_the_plain_view_is_channel_0_of_all_cells(sheet: Sheet) -> None:
    sheet.step()
    view = shown(sheet)
    np.testing.assert_array_equal(view.data, sheet.cells[..., 0])
    assert (view.step, view.extent, view.region) == (1, (6, 10), (0, 0, 6, 10))
    assert (view.shown, view.tiles, view.wraps) == ("colour", (1, 1), True)
    assert view.channels == ("red", "green", "blue")
    assert view.seconds >= 0


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"channels": (1,)},
        {"reduce": "mosaic"},
        {"reduce": "pca"},
        {"region": (1, 1, 2, 2)},
        {"probes": ((0, 0),)},
    ],
)
def test_views_own_what_they_show(sheet: Sheet, request_: Any) -> None:
    view = shown(sheet, **request_)
    before = view.data.copy(), view.probes.copy()
    sheet.cells[...] = -5
    np.testing.assert_array_equal(view.data, before[0])
    np.testing.assert_array_equal(view.probes, before[1])


def test_a_region_is_cut_out_and_clipped(sheet: Sheet) -> None:
    view = shown(sheet, region=(4, 7, 100, 100))
    assert view.region == (4, 7, 2, 3)
    np.testing.assert_array_equal(view.data, sheet.cells[4:, 7:, 0])
    assert shown(sheet, region=(-9, 99, 0, 0)).region == (0, 9, 1, 1)


def test_a_single_channel_brings_its_name_and_limits(sheet: Sheet) -> None:
    view = shown(sheet, channels=(2,))
    np.testing.assert_array_equal(view.data, sheet.cells[..., 2])
    assert (view.shown, view.limits, view.colormap) == ("blue", (0.0, 179.0), "viridis")
    sheet.cells[0, 0, 2] = -300
    view = shown(sheet, channels=(2,))
    assert (view.limits, view.colormap) == ((-300.0, 300.0), "diverging")
    assert shown(sheet, channels=(2,), limits=(0.0, 7.0)).limits == (0.0, 7.0)
    assert shown(sheet, channels=(99,)).shown == "colour"


def test_a_channel_full_of_nan_can_still_be_shown(sheet: Sheet) -> None:
    sheet.cells[...] = np.nan
    assert shown(sheet, channels=(0,)).limits == (0.0, 1.0)
    assert not sheet.finite()


def test_views_have_no_more_texels_than_wanted(sheet: Sheet) -> None:
    for size in (1, 2, 3, 5, 9, 10):
        view = shown(sheet, max_size=size)
        assert max(view.data.shape) <= size
        assert view.region == (0, 0, 6, 10)


@pytest.mark.parametrize("reduce", ["mosaic", "pca"])
def test_reduced_pictures_keep_to_the_size_too(sheet: Sheet, reduce: Any) -> None:
    assert max(shown(sheet, reduce=reduce, max_size=8).data.shape[:2]) <= 8


def test_reduced_cells_are_means_of_their_blocks() -> None:
    cells = np.arange(5 * 7, dtype=np.float32).reshape(5, 7, 1)
    small = reduce_cells(cells, 3)
    assert small.shape == (2, 3, 1)
    assert small[0, 0, 0] == cells[:3, :3].mean()
    assert small[1, 2, 0] == cells[3:, 6:].mean()
    copied = reduce_cells(cells, 7)
    assert not np.shares_memory(copied, cells)


def test_reducing_bytes_does_not_overflow() -> None:
    assert (reduce_cells(np.full((64, 64, 2), 255, np.uint8), 4) == 255).all()


def test_a_mosaic_lays_channels_out_row_by_row() -> None:
    cells = np.stack([np.full((2, 3), k, np.float32) for k in range(5)], axis=-1)
    sheet, layout = mosaic(cells)
    assert layout == (2, 3)
    assert sheet.shape == (4, 9)
    tiles = sheet.reshape(2, 2, 3, 3).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(tiles[:, :, 0, 0], [[0, 1, 2], [3, 4, 0]])


def test_principal_components_are_colours_that_do_not_flip() -> None:
    rng = np.random.default_rng(2)
    cells = rng.normal(size=(9, 9, 6)).astype(np.float32) * np.arange(1, 7)
    picture, _ = principal_components(cells)
    assert picture.shape == (9, 9, 3)
    assert picture.dtype == np.uint8
    assert picture.std(axis=(0, 1)).min() > 10
    nearly, _ = principal_components(cells + rng.normal(size=cells.shape) * 1e-6)
    assert np.abs(picture.astype(int) - nearly).max() <= 1
    assert principal_components(cells[..., :2])[0][..., 2].max() == 0


def test_probes_name_their_cells_and_leave_out_what_lies_outside(sheet: Sheet) -> None:
    view = shown(sheet, probes=((1, 2), (77, 0), (5, 9)))
    assert view.probed == ((1, 2), (5, 9))
    np.testing.assert_array_equal(view.probes, sheet.cells[[1, 5], [2, 9]])
    assert shown(sheet).probes.shape == (0, 3)


def test_unknown_views_are_ignored(sheet: Sheet) -> None:
    assert sheet.views({"nothing": ViewRequest()}) == {}


def stroke(tool: str = "erase", **options: Any) -> Stroke:
    options.setdefault("points", ((2.5, 4.5),))
    return Stroke("world", tool, **options)


def test_erasing_clears_every_channel_of_the_disc_only(sheet: Sheet) -> None:
    sheet.cells[...] = 3
    sheet.brush(stroke(radius=1.0))
    hit = (sheet.cells == 0).all(axis=-1)
    assert sorted(zip(*np.nonzero(hit), strict=True)) == [(1, 4), (2, 3), (2, 4), (2, 5), (3, 4)]
    assert (sheet.cells[~hit] == 3).all()


def test_painting_sets_one_channel(sheet: Sheet) -> None:
    before = sheet.cells.copy()
    sheet.brush(stroke("paint", radius=0.5, channel=1, value=-8.0))
    before[2, 4, 1] = -8
    np.testing.assert_array_equal(sheet.cells, before)


def test_strokes_wrap_on_a_torus_and_end_at_an_edge(sheet: Sheet) -> None:
    sheet.cells[...] = 1
    sheet.brush(stroke(points=((0.5, 0.5),), radius=1.0))
    assert (sheet.cells[..., 0] == 0).sum() == 5
    sheet.wraps = False
    sheet.cells[...] = 1
    sheet.brush(stroke(points=((0.5, 0.5), (-50.0, 3.0)), radius=1.0))
    assert (sheet.cells[..., 0] == 0).sum() == 3


def test_a_brush_larger_than_the_world_takes_all_of_it(sheet: Sheet) -> None:
    for sheet.wraps in (True, False):
        for radius in (20.0, 1e9, 1e300):
            sheet.cells[...] = 1
            sheet.brush(stroke(radius=radius))
            assert (sheet.cells == 0).all()


@settings(deadline=None, max_examples=60)
@given(st.floats(0, 6), st.floats(0, 10), st.floats(0.5, 12))
def test_a_disc_on_a_torus_is_round_across_the_edges(row: float, column: float, r: float) -> None:
    found = np.zeros((6, 10), bool)
    found[disc_cells(((row, column),), r, (6, 10), True)] = True
    down = np.abs(np.arange(6) + 0.5 - row)
    along = np.abs(np.arange(10) + 0.5 - column)
    near = np.hypot(np.minimum(down, 6 - down)[:, None], np.minimum(along, 10 - along))
    assert found[near < r - 1e-9].all()
    found[int(row) % 6, int(column) % 10] = False
    assert not found[near > r + 1e-9].any()


def test_unknown_brushes_are_refused(sheet: Sheet) -> None:
    with pytest.raises(BadInput, match="hammer"):
        sheet.brush(stroke("hammer"))


@settings(deadline=None, max_examples=60)
@given(
    points=st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=3),
    radius=st.floats(0, 40),
    wraps=st.booleans(),
)
def test_a_disc_is_found_wherever_the_mouse_was(points: Any, radius: float, wraps: bool) -> None:
    rows, columns = disc_cells(tuple(points), radius, (6, 10), wraps)
    assert len({*zip(rows.tolist(), columns.tolist(), strict=True)}) == rows.size
    assert ((rows >= 0) & (rows < 6) & (columns >= 0) & (columns < 10)).all()
    for row, column in points:
        inside = 0 <= row < 6 and 0 <= column < 10
        if inside:
            assert (int(row), int(column)) in zip(rows.tolist(), columns.tolist(), strict=True)


def test_the_inspector_lists_the_channels(sheet: Sheet) -> None:
    rows = sheet.inspect(Pick("world", (1.9, 2.2)))
    assert [(row.label, row.value) for row in rows] == [
        (name, float(value))
        for name, value in zip(sheet.channels(), sheet.cells[1, 2], strict=True)
    ]
    assert sheet.inspect(Pick("world", (-1.0, 2.0))) == ()
    assert sheet.inspect(Pick("world", (0.0, 10.0))) == ()


def test_a_grid_says_what_it_can_do(sheet: Sheet) -> None:
    can = capabilities(sheet)
    assert [offer.kind for offer in can.views] == ["image"]
    assert [tool.name for tool in can.brushes] == ["erase", "paint"]
    assert can.inspectable
    assert (can.trainable, can.measured) == (False, False)
    assert (can.actions, can.targets, can.exports) == ((), (), ())
