"""Programs by number and by content."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup import places
from engine.soup.layout import Layout
from engine.soup.ordering import Arrangement

PROGRAMS = np.arange(6 * 16, dtype=np.uint8).reshape(6, 16)
SORTED = Arrangement(Layout(6, (4, 4), 3), np.array([5, 0, 1, 2, 3, 4], np.int32))


def test_a_program_lies_where_the_order_puts_it() -> None:
    one = places.numbered(PROGRAMS, SORTED, 5)
    assert (one.program, one.byte, one.code) == (5, 0, bytes(range(80, 96)))
    assert one.region == (0, 0, 4, 4)
    assert places.place(PROGRAMS, SORTED, 2, 7).region == (4, 0, 4, 4)


@pytest.mark.parametrize("index", [-1, 6])
def test_a_number_that_is_none_is_refused(index: int) -> None:
    with pytest.raises(BadInput, match=f"no piece {index}"):
        places.numbered(PROGRAMS, SORTED, index, "piece")


def test_all_are_counted_and_some_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST_FOUND", 2)
    answer = places.found(PROGRAMS, SORTED, np.array([-1, 4, -1, 0, -1, 2]))
    assert answer.total == 3
    assert [(one.program, one.byte) for one in answer.places] == [(1, 4), (3, 0)]
