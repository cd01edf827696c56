"""Entropies of soups whose structure is known."""

import numpy as np
import pytest

from engine.soup.metrics import byte_counts, measure


def test_noise_has_no_structure():
    soup = np.random.default_rng(1).integers(0, 256, (512, 64), np.uint8)
    found = measure(soup)
    assert 7.98 < found.h0 < 8
    assert -0.05 < found.high_order < 0.01


def test_copies_are_structure():
    one = np.random.default_rng(1).permutation(256).astype(np.uint8)
    found = measure(np.tile(one, 128).reshape(-1, 64))
    assert found.h0 == pytest.approx(8)
    assert found.high_order > 7.9
    assert found.bits_per_byte == 8 * found.brotli_bytes / (512 * 64)
    assert found.high_order == found.h0 - found.bits_per_byte


def test_equal_bytes_hold_nothing():
    found = measure(np.zeros((64, 64), np.uint8))
    assert found.h0 == 0
    assert -0.1 < found.high_order < 0


def test_counts_of_a_part_of_a_soup():
    soup = np.arange(128, dtype=np.uint8).reshape(2, 64)
    counts = byte_counts(soup[:, :2])
    assert np.flatnonzero(counts).tolist() == [0, 1, 64, 65]
    assert counts.sum() == 4
