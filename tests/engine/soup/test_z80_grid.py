"""The Z80 grid against the reference, and its unfinished batches."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from engine.core import device
from engine.core.system import no_poll
from engine.soup.z80_grid import PAIRS, Z80Grid

LOG = json.loads((Path(__file__).parents[2] / "data/soup/z80_grid_seed6.json").read_text())["log"]


def digest(grid: Z80Grid) -> str:
    return hashlib.sha256(grid.soup.tobytes()).hexdigest()


def follow(last: int) -> None:
    grid = Z80Grid(6)
    for row in LOG:
        if row["batches"] > last:
            break
        while grid.batches < row["batches"]:
            grid.step()
        assert (grid.pairs, grid.steps) == (row["pairs"], row["steps"])
        assert digest(grid) == row["sha256"]
        counts = np.bincount(grid.soup.reshape(-1), minlength=256)
        assert [int(counts[byte]) for byte, _ in row["top"]] == [count for _, count in row["top"]]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_first_batches_equal_the_reference(threads: int) -> None:
    device.set_threads(threads)
    try:
        follow(10)
    finally:
        device.set_threads(0)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_thousand_batches_equal_the_reference() -> None:
    follow(3000)


def test_an_interrupted_batch_shows_nothing_and_ends_the_same() -> None:
    whole, halting = Z80Grid(3), Z80Grid(3)
    before = halting.soup.copy()
    calls = 0

    def poll() -> None:
        nonlocal calls
        calls += 1
        raise InterruptedError

    halting.limit = 64
    whole.limit = 64
    whole.step()
    while not halting.batches:
        try:
            halting.step(poll if calls < 1000 else no_poll)
        except InterruptedError:
            assert np.array_equal(halting.soup, before)
            halting.limit = 128  # counts from the next batch only
    assert 3 < calls < 1000
    assert np.array_equal(halting.soup, whole.soup)
    assert halting.steps == whole.steps


def test_a_dropped_batch_begins_again() -> None:
    whole, halting = Z80Grid(3), Z80Grid(3)

    def poll() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        halting.step(poll)
    halting.drop()
    halting.step()
    whole.step()
    assert np.array_equal(halting.soup, whole.soup)


@pytest.mark.parametrize(("width", "height"), [(200, 200), (7, 31), (2, 2)])
def test_partners_are_mutual_neighbours(width: int, height: int) -> None:
    grid = Z80Grid(1, width=width, height=height)
    grid.step()
    paired = np.flatnonzero(grid.partners >= 0)
    other = grid.partners[paired]
    assert len(paired) == 2 * grid.pairs
    assert np.array_equal(grid.partners[other], paired)
    rows = np.abs(paired // width - other // width)
    columns = np.abs(paired % width - other % width)
    assert (rows + columns == 1).all()


def test_without_noise_only_paired_programs_change() -> None:
    grid = Z80Grid(2, noise=40)
    before = grid.soup.copy()
    grid.step()
    changed = np.flatnonzero((grid.soup != before).any(axis=1))
    assert 0 < len(changed) <= 2 * PAIRS < len(before)
    assert (grid.partners[changed] >= 0).all()
