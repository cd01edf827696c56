"""Colour maps and the drawing of image views."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from engine.core.colour import colourise, lut, names
from engine.core.errors import BadInput
from engine.core.views import ImageView


def view(data: Any, **options: Any) -> ImageView:
    data = np.asarray(data)
    extent = data.shape[:2]
    return ImageView(step=0, data=data, extent=extent, region=(0, 0, *extent), **options)


@pytest.mark.parametrize("name", names())
def test_every_offered_map_is_a_table(name: str) -> None:
    table = lut(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert not table.flags.writeable
    assert len(np.unique(table, axis=0)) > 100


@pytest.mark.parametrize(
    ("ours", "published"), [("viridis", "viridis"), ("diverging", "vik"), ("cyclic", "romaO")]
)
def test_our_tables_are_the_published_ones(ours: str, published: str) -> None:
    cmap = pytest.importorskip("cmap")
    table = np.asarray(cmap.Colormap(published).lut(256))[:, :3] * 255
    assert np.abs(lut(ours) - table).max() <= 3.5


def test_the_diverging_map_is_pale_in_the_middle_and_the_cyclic_one_closes() -> None:
    ends = lut("diverging")[[0, 127, 255]].astype(int).sum(axis=1)
    assert ends[1] > 600 > 3 * ends[0]
    assert np.abs(lut("cyclic")[0].astype(int) - lut("cyclic")[255]).max() <= 2
    np.testing.assert_array_equal(lut("gray"), lut("grey"))
    np.testing.assert_array_equal(lut("grey")[:, 1], np.arange(256))


def test_unknown_maps_are_refused() -> None:
    with pytest.raises(BadInput, match="viridis"):
        lut("no such map")


def test_the_default_maps_need_no_cmap() -> None:
    code = (
        "import sys; sys.modules['cmap'] = None; from engine.core.colour import lut;"
        "[lut(n) for n in ('viridis', 'grey', 'diverging', 'cyclic')];"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=55)


def test_scalars_meet_the_ends_of_the_map_at_the_limits() -> None:
    table = lut("grey")
    shown = colourise(
        view(np.array([[-2, -1, 0, 1, 9]], np.float32), limits=(-1.0, 1.0), colormap="grey")
    )
    np.testing.assert_array_equal(shown[0, :, 0], table[[0, 0, 128, 255, 255], 0])
    assert shown.dtype == np.uint8
    assert shown.shape == (1, 5, 3)


@pytest.mark.parametrize("limits", [(0.0, 1.0), (0.0, 0.0), (-1e30, 1e30)])
def test_values_that_are_no_numbers_are_drawn_without_a_warning(limits: Any) -> None:
    odd = np.array([[np.nan, np.inf, -np.inf, 3e38, -3e38, 0]], np.float32)
    shown = colourise(view(odd, limits=limits, colormap="grey"))
    assert shown[0, 0].tolist() == [0, 0, 0]
    if limits == (0.0, 1.0):
        assert shown[0, :, 0].tolist() == [0, 255, 0, 255, 0, 0]


def test_transparent_worlds_lie_on_their_ground() -> None:
    half = np.array([[[100, 50, 0, 128], [0, 0, 0, 0], [9, 8, 7, 255]]], np.uint8)
    over = colourise(view(half), (255, 255, 0))
    np.testing.assert_array_equal(over[0], [[227, 177, 0], [255, 255, 0], [9, 8, 7]])


def test_alpha_is_straightened_where_it_is_kept() -> None:
    rng = np.random.default_rng(1)
    straight = rng.integers(0, 256, (40, 40, 4)).astype(np.uint8)
    straight[..., 3] = np.maximum(straight[..., 3], 100)
    premultiplied = straight.copy()
    alpha = straight[..., 3:].astype(float) / 255
    premultiplied[..., :3] = np.rint(straight[..., :3] * alpha)
    kept = premultiplied.copy()
    shown = colourise(view(premultiplied))
    assert np.abs(shown.astype(int) - straight).max() <= 2
    np.testing.assert_array_equal(premultiplied, kept)
    empty = colourise(view(np.zeros((1, 1, 4), np.uint8)))
    assert empty.tolist() == [[[0, 0, 0, 0]]]


def test_opaque_colours_are_taken_as_they_are() -> None:
    rgb = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    np.testing.assert_array_equal(colourise(view(rgb), (1, 2, 3)), rgb)
