"""The bit-sliced kernels agree with a plain count of neighbours, on any shape, rule and edge."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.nca import bit_cells

FULL = 2**64 - 1


def plain_step(cells, born, survives, wraps):
    padded = np.pad(cells, 1, mode="wrap" if wraps else "constant").astype(int)
    h, w = cells.shape
    around = sum(padded[y : y + h, x : x + w] for y in range(3) for x in range(3)) - cells
    return np.where(cells == 1, np.isin(around, survives), np.isin(around, born)).astype(np.uint8)


def run(cells, born, survives, wraps, steps, blocks=1):
    """Return the cells and the ages after some steps, in blocks of rows."""
    height, width = cells.shape
    words = -(-width // 64)
    here = np.zeros((height + 2, words + 2), np.uint64)
    there = np.zeros_like(here)
    here[1:-1, 1:-1] = bit_cells.pack(cells)
    ages = np.zeros((4, height, words), np.uint64)
    rest = width % 64
    edge = np.uint64((1 << rest) - 1 if rest else FULL)
    rules = [np.array([FULL * (n in r) for n in range(9)], np.uint64) for r in (born, survives)]
    bounds = np.linspace(0, height, blocks + 1).astype(int)
    for _ in range(steps):
        bit_cells.fill_margin(here, width, wraps)
        for a, b in itertools.pairwise(bounds):
            bit_cells.step_rows(here, there, ages, a, b, *rules, True, edge)
        here, there = there, here
    age = sum(bit_cells.unpack(plane, width).astype(int) << i for i, plane in enumerate(ages))
    return here[1:-1, 1:-1], age


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 12),
    width=st.sampled_from([1, 2, 3, 63, 64, 65, 100, 128, 130]),
    born=st.sets(st.integers(0, 8)),
    survives=st.sets(st.integers(0, 8)),
    wraps=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_rule_agrees_with_a_plain_count(height, width, born, survives, wraps, seed):
    cells = np.random.default_rng(seed).integers(0, 2, (height, width)).astype(np.uint8)
    expected = cells
    for _ in range(3):
        expected = plain_step(expected, list(born), list(survives), wraps)
    words, _ = run(cells, born, survives, wraps, 3)
    assert np.array_equal(bit_cells.unpack(words, width), expected)
    assert bit_cells.count_bits(words, np.zeros_like(words)) == expected.sum()


def test_blocks_do_not_matter():
    cells = np.random.default_rng(1).integers(0, 2, (40, 90)).astype(np.uint8)
    one, age_one = run(cells, {3}, {2, 3}, True, 20)
    many, age_many = run(cells, {3}, {2, 3}, True, 20, blocks=7)
    assert np.array_equal(one, many)
    assert np.array_equal(age_one, age_many)


def test_the_age_counts_to_15_and_starts_anew_with_a_change():
    cells = np.zeros((8, 70), np.uint8)
    cells[2:4, 64:66] = 1  # a block, for ever the same
    cells[6, 10:13] = 1  # a blinker
    _, age = run(cells, {3}, {2, 3}, True, 20)
    assert age[2, 64] == 15
    assert age[0, 0] == 15
    assert age[6, 11] == 15
    assert age[6, 10] == 0
    _, age = run(cells, {3}, {2, 3}, True, 4)
    assert age[2, 64] == 4


@pytest.mark.parametrize("width", [1, 64, 77, 200])
def test_pack_and_unpack(width):
    cells = np.random.default_rng(0).integers(0, 2, (5, width)).astype(np.uint8)
    assert np.array_equal(bit_cells.unpack(bit_cells.pack(cells), width), cells)


@pytest.mark.parametrize(("region", "block"), [((0, 0, 20, 150), 1), ((3, 50, 17, 90), 4)])
def test_blocks_are_measured_as_a_plain_mean(region, block):
    rng = np.random.default_rng(2)
    cells = rng.integers(0, 2, (20, 150))
    age = rng.integers(0, 16, (20, 150))
    planes = np.stack([bit_cells.pack(age >> i & 1) for i in range(4)])
    row, column, rows, columns = region
    out = np.zeros((-(-rows // block), -(-columns // block), 3), np.float32)
    bit_cells.measure_blocks(bit_cells.pack(cells), planes, region, block, 0, len(out), out)
    part = (slice(row, row + rows), slice(column, column + columns))
    alive, years = cells[part], age[part]
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            where = (slice(y * block, (y + 1) * block), slice(x * block, (x + 1) * block))
            a, g = alive[where], years[where]
            expected = [a.mean(), (a * g).mean() / 15, ((1 - a) * (15 - g)).mean() / 15]
            np.testing.assert_allclose(out[y, x], expected, atol=1e-6)
