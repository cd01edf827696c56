"""Results that take long and are looked at while what they depend on changes all the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

__all__ = ["Growing", "Lagging"]

T = TypeVar("T")

_REST = 4.0
_MOMENT = 0.02


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


class Growing(Generic[T]):
    """A list whose items are made one by one, so that nobody waits for all of them.

    The last complete list stays until a newer one is complete; that is begun when four times the
    time that the last one took is over.

    Parameters
    ----------
    least : float
        Seconds that a list is kept at least.
    clock : callable
        Seconds that only grow; tests put their own here.
    """

    def __init__(self, least: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._least, self._clock = least, clock
        self._key: Any = None
        self._making: Iterator[T] | None = None
        self._made: list[T] = []
        self._whole: tuple[T, ...] | None = None
        self._spent = self._due = 0.0
        self._behind = False

    @property
    def waiting(self) -> bool:
        """Whether there are items to come, or it is too early for a newer list."""
        return self._making is not None or (self._behind and self._clock() < self._due)

    def get(
        self, key: Any, begin: Callable[[], Iterator[T]], *, wait: bool = True
    ) -> tuple[T, ...]:
        """Return the list for a key as far as it is made, or the one before it.

        With `wait` a list that is being made, or was just now, is not given up for a newer one.
        """
        busy = self._making is not None or self._clock() < self._due
        if key != self._key and not (wait and busy):
            self._key, self._making, self._made, self._spent = key, begin(), [], 0.0
            self.advance()
        self._behind = key != self._key
        return tuple(self._made) if self._whole is None else self._whole

    def advance(self) -> None:
        """Make items for about 20 ms, one at least."""
        if self._making is None:
            return
        began = now = self._clock()
        making, self._making = self._making, None  # what fails is not gone on with
        more = True
        while more and now - began < _MOMENT:
            item = next(making, None)
            more = item is not None
            if item is not None:
                self._made.append(item)
            now = self._clock()
        self._spent += now - began
        if more:
            self._making = making
            return
        self._whole = tuple(self._made)
        self._due = now + max(self._least, _REST * self._spent)
