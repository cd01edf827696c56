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

    So a fifth of the time is spent on it at most.

    Parameters
    ----------
    least : float
        Seconds that a result is kept at least.
    clock : callable
        Seconds that only grow; tests put their own here.
    """

    def __init__(self, least: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._least, self._clock = least, clock
        self._kept: tuple[Any, T] | None = None
        self._due = 0.0
        self._behind = False

    @property
    def waiting(self) -> bool:
        """Whether the last answer was an old one, and it is too early for a newer one."""
        return self._behind and self._clock() < self._due

    def get(self, key: Any, make: Callable[[], T], *, wait: bool = True) -> T:
        """Return the result for a key; with `wait` the last one, if that was made just now."""
        began = self._clock()
        if self._kept is not None and (self._kept[0] == key or (wait and began < self._due)):
            self._behind = self._kept[0] != key
            return self._kept[1]
        made = make()
        ended = self._clock()
        self._behind = False
        self._kept, self._due = (key, made), ended + max(self._least, _REST * (ended - began))
        return made
