"""Counters of saved worlds that cannot be, by what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.soup.counters import check_counters

NAMES = ("epochs", "operations", "former operations")


def check(
    epoch: int, ops: int, before: int, *, clock: int | None = None, traced: bool = False
) -> None:
    arrays = {
        "world/counters": np.array([epoch, ops, before], np.int64),
        "clock/step": np.array([epoch if clock is None else clock], np.int64),
    }
    if traced:
        arrays["world/tokens"] = np.zeros(1, np.uint32)
    check_counters(arrays, NAMES, not_above={"former operations": "operations"})


def test_true_counters_pass() -> None:
    check(0, 0, 0)
    check(2**40, 2**50, 2**49)
    check(2**31, 5, 5, traced=True)


@pytest.mark.parametrize(
    ("counters", "message"),
    [
        ((-1, 0, 0), "epochs is -1"),
        ((2**54, 0, 0), "epochs is 18,014"),
        ((1, -(2**63), 0), "operations is -9"),
        ((1, 2**63 - 1, 0), "operations is 9,223"),
        ((1, 4, 5), "exceed"),
    ],
)
def test_impossible_counters_are_refused(counters: tuple[int, int, int], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check(*counters)


def test_a_clock_that_shows_another_time_is_refused() -> None:
    with pytest.raises(BadInput, match="clock shows 4, not its 3 epochs"):
        check(3, 0, 0, clock=4)


def test_tokens_limit_the_epochs() -> None:
    with pytest.raises(BadInput, match="epochs is 4,294"):
        check(2**32, 0, 0, traced=True)
