from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.soup.census import _tally, census, members


def _soup(programs: int, kinds: int, length: int = 64, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (kinds, length), np.uint8)[rng.integers(0, kinds, programs)]


@pytest.mark.parametrize("length", [8, 16, 64])
@pytest.mark.parametrize(("programs", "kinds"), [(1, 1), (2, 1), (500, 40), (512, 5000)])
def test_census_agrees_with_counting_in_python(programs: int, kinds: int, length: int) -> None:
    soup = _soup(programs, kinds, length)
    rows = [row.tobytes() for row in soup]
    expected = sorted(Counter(rows).items(), key=lambda item: (-item[1], rows.index(item[0])))
    found = census(soup, 7)
    assert (found.programs, found.unique) == (programs, len(expected))
    assert [code.tobytes() for code in found.codes] == [code for code, _ in expected[:7]]
    assert found.copies.tolist() == [count for _, count in expected[:7]]
    assert found.first.tolist() == [rows.index(code) for code, _ in expected[:7]]
    assert found.kinds.tolist() == [rows.index(row) for row in rows]


def test_programs_that_differ_in_one_byte_are_different() -> None:
    soup = np.zeros((65, 64), np.uint8)
    soup[np.arange(64), np.arange(64)] = 1
    assert census(soup).unique == 65


def test_copies_of_known_programs_are_counted_too() -> None:
    soup = _soup(300, 50, seed=3)
    rows = [row.tobytes() for row in soup]
    known = np.concatenate([soup[::40], np.zeros((1, 64), np.uint8)])
    found = census(soup, 2, known)
    assert found.known.tolist() == [rows.count(row.tobytes()) for row in known]
    assert found.rows.tolist() == [rows.index(row.tobytes()) for row in known[:-1]] + [-1]


def test_programs_that_share_slots_are_told_apart() -> None:
    # A table with hardly a free slot: nearly every row meets another one in its place.
    soup = np.arange(4096, dtype=np.uint64)[:, None]
    kinds, copies = np.empty(4096, np.int32), np.zeros(4096, np.int64)
    assert _tally(soup, np.full(4096, -1, np.int32), kinds, copies) == 4096
    assert kinds.tolist() == list(range(4096))
    assert copies.tolist() == [1] * 4096


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        census(np.zeros((4, 12), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        census(np.zeros((4, 16), np.int32))


def test_members_are_thinned_evenly() -> None:
    soup = np.zeros((1000, 8), np.uint8)
    soup[1::2] = 1
    soup[1] = 2
    found = census(soup)
    assert members(found, 0, most=5).tolist() == [0, 200, 400, 600, 800]
    assert members(found, 2).tolist() == [1]
