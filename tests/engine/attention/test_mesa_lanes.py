"""Vectors in numba kernels, and how sequences are dealt out to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from engine.attention.mesa_fused import chunks_for
from engine.attention.mesa_lanes import load, splat, store, width


@njit
def _combine(a: Any, b: Any, out: Any) -> None:
    two = splat(a, 2.0)
    for i in range(a.shape[0] * a.shape[1]):
        x, y = load(a, i), load(b, i)
        store(out, i, (x * y - x) / y + two)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_vectors_calculate_lane_by_lane(kind: type) -> None:
    lanes = width(kind)
    assert lanes * np.dtype(kind).itemsize == 64
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(1, 2, (3, 2, lanes)).astype(kind) for _ in range(2))
    out = np.zeros_like(a)
    _combine(a, b, out)
    np.testing.assert_allclose(out, (a * b - a) / b + 2, rtol=20 * np.finfo(kind).eps)


@pytest.mark.parametrize(
    ("count", "length", "chunks"), [(256, 256, 1), (16, 256, 1), (4, 256, 4), (1, 256, 16)]
)
def test_a_few_sequences_are_cut_so_that_no_lane_idles(
    count: int, length: int, chunks: int
) -> None:
    assert chunks_for(count, length, 16) == chunks


@pytest.mark.parametrize("length", [1, 7, 15])
def test_short_sequences_stay_whole(length: int) -> None:
    assert chunks_for(1, length, 16) == 1
