"""Timing by repetition."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

__all__ = ["rate"]


def rate(
    work: Callable[[], object],
    check: Callable[[], None],
    *,
    repeats: int = 7,
    seconds: float = 0.15,
) -> float:
    """How often per second `work` can be done: the median of several runs of `seconds` each.

    The first call, which may compile, is not counted.
    """
    work()
    found: list[float] = []
    for _ in range(repeats):
        check()
        count, passed, began = 0, 0.0, time.perf_counter()
        while passed < seconds:
            work()
            count += 1
            passed = time.perf_counter() - began
        found.append(count / passed)
    return statistics.median(found)
