"""Results that take long and are looked at while what they depend on changes all the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["Lagging"]

T = TypeVar("T")

_REST = 4.0


class Lagging(Generic[T]):
    """Keeps the last result; a newer one is made when four times the time that it took is over.

    So a fifth of the time is spent on it at most. Whoever shows the result says of when it is.

    Parameters
    ----------
    clock : callable
        Seconds that only grow; tests put their own here.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: tuple[Any, T] | None = None
        self._due = 0.0
        self._behind = False

    @property
    def waiting(self) -> bool:
        """Whether the last answer was an old one, and it is too early for a newer one."""
        return self._behind and self._clock() < self._due

    def get(self, key: Any, make: Callable[[], T]) -> T:
        """Return the result for a key, or for the last one if that was made just now."""
        began = self._clock()
        if self._kept is not None and (self._kept[0] == key or began < self._due):
            self._behind = self._kept[0] != key
            return self._kept[1]
        made = make()
        ended = self._clock()
        self._behind = False
        self._kept, self._due = (key, made), ended + _REST * (ended - began)
        return made
