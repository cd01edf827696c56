"""The order of the next epoch, drawn on another thread while a GPU runs this one.

A shuffle goes from swap to swap and cannot be spread over the threads of a GPU; for millions of
programs it takes longer than the epoch itself.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future, TimeoutError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import device
from engine.soup.pairing import Pairing

__all__ = ["Ahead"]

Array = NDArray[Any]
_PATIENCE = 0.005  # s between two polls


class Ahead:
    """Draws at most one order in advance."""

    def __init__(self) -> None:
        self._wanted: tuple[Pairing, int, int] | None = None
        self._drawn: Future[tuple[Array, int]] | None = None

    def request(self, pairing: Pairing, programs: int, epoch: int, seed: int) -> None:
        """Begin to draw, unless that was begun already."""
        if self._fits(pairing, epoch, seed):
            return
        self._wanted = (pairing, epoch, seed)
        self._drawn = device.pool().submit(_draw, pairing, programs, epoch, seed)

    def take(
        self, pairing: Pairing, epoch: int, seed: int
    ) -> Generator[None, None, tuple[Array, int] | None]:
        """Return the order and its pairs; None if another one was drawn. Yields while it waits."""
        if not self._fits(pairing, epoch, seed):
            return None
        assert self._drawn is not None
        while True:
            try:
                drawn = self._drawn.result(_PATIENCE)
            except TimeoutError:
                yield
            else:
                self._wanted = self._drawn = None
                return drawn

    def _fits(self, pairing: Pairing, epoch: int, seed: int) -> bool:
        if self._wanted is None:
            return False
        other, at, of = self._wanted
        return other is pairing and (at, of) == (epoch, seed)


def _draw(pairing: Pairing, programs: int, epoch: int, seed: int) -> tuple[Array, int]:
    order = np.empty(programs, np.int32)
    arranging = pairing.arrange(order, epoch, seed)
    while True:
        try:
            next(arranging)
        except StopIteration as end:
            return order, end.value
