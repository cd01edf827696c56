"""Reduction of attention by greatest magnitude, and the comparison of weights."""

import numpy as np
import pytest

from engine.attention.gauges import gauges
from engine.attention.matrices import alike
from engine.attention.portraits import reduced


def plain(tile, size, causal):
    """The same by slices, block by block."""
    rows, columns = (min(size, side) for side in tile.shape)
    out = np.full((rows, columns), np.nan, np.float32)
    for i in range(rows):
        for j in range(columns):
            top, bottom = i * tile.shape[0] // rows, (i + 1) * tile.shape[0] // rows
            left, right = j * tile.shape[1] // columns, (j + 1) * tile.shape[1] // columns
            block = tile[top:bottom, left:right].ravel()
            if causal:
                looks = np.tri(*tile.shape, dtype=bool)[top:bottom, left:right].ravel()
                block = block[looks]
            if block.size:
                out[i, j] = block[np.argmax(np.abs(block))]
    return out


@pytest.mark.parametrize("shape", [(2, 50, 50), (1, 11, 10), (3, 7, 64)])
@pytest.mark.parametrize("size", [1, 8, 10])
@pytest.mark.parametrize("causal", [False, True])
def test_blocks_keep_the_weight_of_greatest_magnitude(shape, size, causal):
    tiles = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    found = reduced(tiles, size, causal=causal)
    for tile, small in zip(tiles, found, strict=True):
        np.testing.assert_array_equal(small, plain(tile, size, causal))


def test_a_thin_diagonal_stays_visible():
    tile = np.zeros((1, 96, 96), np.float32)
    tile[0, np.arange(1, 96), np.arange(95)] = -0.7
    small = reduced(tile, 12)[0]
    assert (np.diagonal(small) == np.float32(-0.7)).all()


def test_small_matrices_stay_as_they_are_but_for_the_future():
    tiles = np.random.default_rng(2).standard_normal((2, 5, 5)).astype(np.float32)
    np.testing.assert_array_equal(reduced(tiles, 64), tiles)
    future = np.isnan(reduced(tiles, 64, causal=True))
    assert (future == ~np.tri(5, dtype=bool)).all()


@pytest.mark.parametrize("size", [4, 64])
def test_what_overflowed_is_nothing_rather_than_a_number(size):
    tiles = np.zeros((1, 16, 16), np.float32)
    tiles[0, 0, 0], tiles[0, 15, 15] = np.inf, np.nan
    small = reduced(tiles, size)[0]
    assert np.isnan(small[0, 0])
    assert np.isnan(small[-1, -1])
    assert np.isfinite(small).sum() == small.size - 2


def test_a_gauge_by_slots_brings_the_diagonal_to_one_signs_included():
    kq = np.diag([-2.0, -4.0, 7.0])
    c, d = gauges(kq, np.eye(3), slice(0, 2))
    assert (c, d) == (-3.0, 1.0)
    assert gauges(np.zeros((3, 3)), None, slice(0, 2)) == (1.0, 1.0)


def test_a_gauge_without_slots_meets_the_other_matrix():
    kq = np.random.default_rng(3).standard_normal((4, 4))
    c, d = gauges(-5.0 * kq, kq, None)
    np.testing.assert_allclose(-5.0 * kq / c, kq / d)
    other = np.zeros((4, 4))
    size = np.sqrt(np.mean(kq**2))
    assert gauges(kq, other, None) == (pytest.approx(size), 1.0)


def test_distance_and_cosine():
    kq = np.random.default_rng(4).standard_normal((3, 3))
    assert alike(2 * kq, kq) == (pytest.approx(1.0), pytest.approx(1.0))
    assert alike(-kq, kq) == (pytest.approx(2.0), pytest.approx(-1.0))
    assert alike(kq, np.zeros((3, 3))) == (1.0, 0.0)
