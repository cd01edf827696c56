"""Sorting the picture: permutations that put the same and the alike side by side."""

from __future__ import annotations

import numpy as np
import pytest

from engine.soup.layout import arrange
from engine.soup.ordering import Arrangement, by_frequency, by_similarity, sort


def _soup() -> np.ndarray:
    """Return noise in which program 5 has four copies and program 2 has two."""
    soup = np.random.default_rng(1).integers(0, 256, (40, 64), np.uint8)
    soup[[9, 17, 33]] = soup[5]
    soup[30] = soup[2]
    return soup


def test_the_most_frequent_come_first_and_equal_ones_together() -> None:
    order = by_frequency(_soup())
    assert sorted(order) == list(range(40))
    assert order.dtype == np.int32
    assert order[:6].tolist() == [5, 9, 17, 33, 2, 30]
    assert order[6:9].tolist() == [0, 1, 3]


def test_alike_programs_lie_beside_the_one_that_they_are_like() -> None:
    soup = _soup()
    soup[20], soup[21], soup[22] = soup[5], soup[5], soup[2]
    soup[20, :30] += 1
    soup[21, :3] += 1
    soup[22, :7] += 1
    order = by_similarity(soup)
    assert sorted(order) == list(range(40))
    assert order[:9].tolist() == [5, 9, 17, 33, 21, 20, 2, 30, 22]
    strangers = [soup[number].tobytes() for number in order[9:]]
    assert [one[:4] for one in strangers] == sorted(one[:4] for one in strangers)


def test_noise_and_a_soup_of_one_program_can_be_sorted() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (8, 64), np.uint8)
    for soup in (noise, np.zeros((8, 64), np.uint8)):
        for order in (by_frequency(soup), by_similarity(soup)):
            assert sorted(order) == list(range(8))
    assert sort(noise, "place") is None


@pytest.mark.parametrize("style", ["blocks", "rows"])
def test_cells_and_programs_find_each_other_in_any_order(style: str) -> None:
    layout = arrange(40, 64, style)  # type: ignore[arg-type]
    order = by_frequency(_soup())
    for where in (Arrangement(layout, order), Arrangement(layout)):
        for program in range(40):
            row, column, rows, columns = where.region_of(program)
            assert where.program_at(row, column) == (program, 0)
            assert where.program_at(row + rows - 1, column + columns - 1) == (program, 63)
        assert where.program_at(-1, 0) is None
        row, column, _, _ = where.region_of(17)
        assert where.touched(((row + 0.5, column + 0.5),), 0.1).tolist() == [17]
    assert Arrangement(layout).span((0, 0, 1, 1)) == range(layout.across)
    assert Arrangement(layout, order).span((0, 0, 1, 1)) is None
