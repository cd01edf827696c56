"""Rows of a grid, shared among threads in blocks whose borders depend on the grid alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from engine.core import device

__all__ = ["over_rows"]


def over_rows(rows: int, size: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(first, last)`` for blocks of `size` rows, on all threads where there are several.

    Each call must release the GIL and last a few milliseconds; they may run in any order.
    """
    size = max(1, size)
    if size >= rows:
        work(0, rows)
        return
    device.share(_jobs(rows, size, work))


def _jobs(
    rows: int, size: int, work: Callable[[int, int], None]
) -> Iterator[Callable[[Callable[[], None]], None]]:
    for first in range(0, rows, size):
        yield partial(_run, work, first, min(first + size, rows))


def _run(
    work: Callable[[int, int], None], first: int, last: int, breathe: Callable[[], None]
) -> None:
    del breathe  # a block is over before anybody would wait for it
    work(first, last)
