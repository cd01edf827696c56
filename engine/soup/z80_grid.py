"""The Z80 soup: 200 x 200 programs of 16 bytes that run in pairs of neighbours.

A batch picks disjoint neighbours at random, joins each pair to a memory of 32 bytes, runs it on a
fresh processor, cuts it apart and then overwrites single bytes at random (Aguera y Arcas et al.,
"Computational Life", arXiv 2406.19108, section 2.4; random stream and order of `znah/zff`). The
stream is SplitMix64: the state grows by a constant with every draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.core.system import no_poll
from engine.soup.streams import split_mix
from engine.soup.z80.core import run

__all__ = ["BYTES", "PAIRS", "Z80Grid"]

BYTES, PAIRS = 16, 8192
COLLISIONS = 16
"""So many draws of a used program in a row end the choice of pairs."""
SLICE = 128

GROWTH = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True)
def _draw(state: Any) -> Any:
    """Return the next number of the stream whose state is uint64 (1,)."""
    drawn = split_mix(state[0])
    state[0] += GROWTH
    return drawn


@njit(nogil=True, cache=True)
def _fill(state: Any, soup: Any) -> None:
    for index in range(soup.size):
        soup[index] = np.uint8(_draw(state) & np.uint64(255))


@njit(nogil=True, cache=True)
def _choose(state: Any, used: Any, width: Any, pairs: Any) -> Any:
    """Choose disjoint neighbours int32 (PAIRS, 2), the left program first; returns how many.

    `used` is a scratch of one bool for each program, `width` the programs of a row.
    """
    height = len(used) // width
    used[:] = False
    count, collisions = 0, 0
    while count < PAIRS and collisions < COLLISIONS:
        r = _draw(state)
        way = 1 if r & np.uint64(1) else -1
        across = r & np.uint64(2) != np.uint64(0)
        i = np.int64((r >> np.uint64(2)) % np.uint64(len(used)))
        if used[i]:
            collisions += 1
            continue
        place, last = (i % width, width - 1) if across else (i // width, height - 1)
        if place == 0:
            way = 1
        elif place == last:
            way = -1
        j = i + way * (1 if across else width)
        if used[j]:
            collisions += 1
            continue
        used[i] = used[j] = True
        pairs[count, 0], pairs[count, 1] = i, j
        count += 1
        collisions = 0
    return count


@njit(nogil=True, cache=True)
def _run_pairs(soup: Any, memories: Any, pairs: Any, limit: Any, steps: Any) -> None:
    for k in range(len(pairs)):
        memories[k, :BYTES] = soup[pairs[k, 0]]
        memories[k, BYTES:] = soup[pairs[k, 1]]
    run(memories, limit, steps)


@njit(nogil=True, cache=True)
def _write_back(soup: Any, memories: Any, pairs: Any) -> None:
    for k in range(len(pairs)):
        soup[pairs[k, 0]] = memories[k, :BYTES]
        soup[pairs[k, 1]] = memories[k, BYTES:]


@njit(nogil=True, cache=True)
def _disturb(state: Any, soup: Any, count: Any) -> None:
    """Overwrite `count` bytes of the soup uint8 (n,) at random places with random values."""
    size = np.uint64(soup.size)
    for _ in range(count):
        r = _draw(state)
        soup[np.int64((r >> np.uint64(8)) % size)] = np.uint8(r & np.uint64(255))


class Z80Grid:
    """A soup and its random stream.

    Parameters
    ----------
    seed : int
        0 to 2^64 - 1, where the random stream begins.
    limit : int
        Instructions a pair at most.
    noise : int
        Bytes overwritten after a batch: floor(pairs / 2^noise).
    width, height : int
        Programs of a row and of a column, at least 2.

    Attributes
    ----------
    soup : ndarray
        uint8 (height * width, 16) after the last complete batch, row by row.
    batches, pairs, steps : int
        Complete batches, pairs that ran and instructions that were executed, in all.
    partners : ndarray
        int32 (height * width,): whom each program ran with in the last complete batch, -1
        for nobody.
    """

    def __init__(
        self, seed: int, *, limit: int = 128, noise: int = 4, width: int = 200, height: int = 200
    ) -> None:
        self.limit, self.noise = limit, noise
        self.width, self.height = width, height
        self.state = np.array([seed], np.uint64)
        cells = width * height
        self.soup = np.empty((cells, BYTES), np.uint8)
        _fill(self.state, self.soup.reshape(-1))
        self.batches = self.pairs = self.steps = 0
        self.partners = np.full(cells, -1, np.int32)
        self._used = np.empty(cells, np.bool_)
        self._pairs = np.empty((PAIRS, 2), np.int32)
        self._memories = np.empty((PAIRS, 2 * BYTES), np.uint8)
        self._steps = np.zeros(PAIRS, np.int64)
        self._done: NDArray[np.bool_] | None = None
        self._frozen = (limit, noise)

    def step(self, poll: Callable[[], None] = no_poll) -> None:
        """Do one batch, or go on with the one that `poll` ended by raising."""
        if self._done is None:
            self._begin()
        done = self._done
        assert done is not None
        share((self._slice(int(k)) for k in np.flatnonzero(~done)), poll)
        noise = self._frozen[1]
        count = self._count
        pairs = self._pairs[:count]
        _write_back(self.soup, self._memories[:count], pairs)
        self.partners[:] = -1
        self.partners[pairs[:, 0]], self.partners[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
        self.state[:] = self._stream
        _disturb(self.state, self.soup.reshape(-1), count >> noise)
        self.batches += 1
        self.pairs += count
        self.steps += int(self._steps[:count].sum())
        self._done = None

    @property
    def begun(self) -> bool:
        """Whether a batch is under way."""
        return self._done is not None

    def drop(self) -> None:
        """Forget an unfinished batch; the next step begins it again from the soup as it is."""
        self._done = None

    def _begin(self) -> None:
        # The stream is committed with the batch: an unfinished one must leave no trace.
        self._frozen = (self.limit, self.noise)
        self._stream = self.state.copy()
        self._count = int(_choose(self._stream, self._used, self.width, self._pairs))
        self._done = np.zeros(-(-self._count // SLICE), np.bool_)

    def _slice(self, index: int) -> Callable[[Callable[[], None]], None]:
        done, (limit, _) = self._done, self._frozen
        assert done is not None
        part = slice(index * SLICE, min((index + 1) * SLICE, self._count))

        def work(breathe: Callable[[], None]) -> None:
            del breathe
            _run_pairs(self.soup, self._memories[part], self._pairs[part], limit, self._steps[part])
            done[index] = True

        return work
