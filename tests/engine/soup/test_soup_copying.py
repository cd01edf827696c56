"""Copies that are made by a thread of their own."""

from __future__ import annotations

import numpy as np
import pytest

from engine.soup import copying
from engine.soup.copying import Copy


@pytest.mark.parametrize("size", [10, copying._SMALL + 1])
def test_the_copy_is_another_array(size: int) -> None:
    array = np.arange(size, dtype=np.uint8)
    made = Copy(array, None)
    copied, nothing = made.take()
    assert made.done
    assert nothing is None
    assert copied is not None
    array[:] = 0
    assert copied[9] == 9


def test_a_copy_that_finds_no_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(array: object) -> None:
        raise MemoryError("too little")

    array = np.zeros(copying._SMALL + 1, np.uint8)
    monkeypatch.setattr(copying.np, "array", full)
    with pytest.raises(MemoryError, match="too little"):
        Copy(array).take()
