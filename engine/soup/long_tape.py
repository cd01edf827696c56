"""One long tape on which many threads run, one after another: no programs, no pairs.

The paper has such a world ("Computational Life", arXiv 2406.19108, section 2.3) but gives no
details; these are ours. The tape has 65,536 bytes and is a ring. In an epoch every byte is replaced
with probability mutation / 2^30, then 1,024 threads run: thread k of epoch e begins, program
counter and both heads, at SM(seed(1024 e + k)) mod 65,536 and does a number of steps of
`bff_noheads`; brackets are searched at most 1,024 bytes far. First tape and mutations are drawn as
those of a soup of 1,024 programs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.system import no_poll
from engine.soup.streams import fill, mutate, split_mix, stream, sub_seed

__all__ = ["REACH", "SIZE", "THREADS", "LongTape", "run_thread", "start_of", "step"]

SIZE, THREADS, REACH = 65_536, 1024, 1024
PC, HEAD0, HEAD1, HALT, READ, WRITE = range(6)
"""Slots of a thread's state, int64 (6,). READ and WRITE are the last step's accesses, -1 for none;
HALT is 1 after a bracket without its partner."""

_WRAP = 2**64 - 1
_BATCH_STEPS = 8192


@njit(nogil=True, cache=True)
def _partner(tape: Any, at: Any, way: Any) -> Any:
    """Return the place of the bracket that matches the one at `at`, -1 if it is too far away."""
    size = len(tape)
    depth = 0
    for distance in range(1, REACH + 1):
        place = (at + way * distance) % size
        byte = tape[place]
        if byte == 0x5B:
            depth += way
        elif byte == 0x5D:
            depth -= way
        if depth < 0:
            return place
    return -1


@njit(nogil=True, cache=True)
def step(tape: Any, s: Any) -> Any:
    """Do one step on a ring of bytes, uint8 (n,); returns 1, or 0 for a byte that does nothing."""
    size = len(tape)
    pc, head0, head1 = s[PC], s[HEAD0], s[HEAD1]
    op = tape[pc]
    s[READ] = s[WRITE] = -1
    counted = 1
    if op == 0x3C:
        s[HEAD0] = (head0 - 1) % size
    elif op == 0x3E:
        s[HEAD0] = (head0 + 1) % size
    elif op == 0x7B:
        s[HEAD1] = (head1 - 1) % size
    elif op == 0x7D:
        s[HEAD1] = (head1 + 1) % size
    elif op == 0x2B or op == 0x2D:
        s[READ] = s[WRITE] = head0
        tape[head0] = (tape[head0] + (1 if op == 0x2B else 255)) & 255
    elif op == 0x2E:
        s[READ], s[WRITE] = head0, head1
        tape[head1] = tape[head0]
    elif op == 0x2C:
        s[READ], s[WRITE] = head1, head0
        tape[head0] = tape[head1]
    elif op == 0x5B or op == 0x5D:
        s[READ] = head0
        if (tape[head0] == 0) == (op == 0x5B):
            found = _partner(tape, pc, 1 if op == 0x5B else -1)
            if found < 0:
                s[HALT] = 1
                return counted
            pc = found
    else:
        counted = 0
    s[PC] = (pc + 1) % size
    return counted


@njit(nogil=True, cache=True)
def run_thread(tape: Any, start: Any, limit: Any) -> Any:
    """Run one thread from `start` for at most `limit` steps; returns the operations that count."""
    s = np.zeros(6, np.int64)
    s[PC] = s[HEAD0] = s[HEAD1] = start
    ops = 0
    for _ in range(limit):
        ops += step(tape, s)
        if s[HALT]:
            break
    return ops


@njit(nogil=True, cache=True)
def start_of(root: Any, number: Any) -> Any:
    """Return where thread `number` = 1024 e + k begins; `root` is SM of the seed, uint64 both."""
    return np.int64(split_mix(sub_seed(root, number)) & np.uint64(SIZE - 1))


@njit(nogil=True, cache=True)
def _run_threads(tape: Any, root: Any, first: Any, count: Any, limit: Any) -> Any:
    ops = 0
    for k in range(count):
        ops += run_thread(tape, start_of(root, first + np.uint64(k)), limit)
    return ops


class LongTape:
    """The tape and its clock.

    Parameters
    ----------
    seed : int
        0 to 2^64 - 1.
    mutation : int
        Probability that a byte is replaced in an epoch, in parts of 2^30.
    limit : int
        Steps of a thread at most.

    Attributes
    ----------
    tape : ndarray
        uint8 (65536,) after the last complete epoch.
    epoch, ops : int
        Complete epochs and counted operations, in all.
    """

    def __init__(self, seed: int, *, mutation: int = 2**18, limit: int = 1024) -> None:
        self.seed, self.mutation, self.limit = seed, mutation, limit
        self.tape = np.empty(SIZE, np.uint8)
        fill(self.tape, np.uint64(0), np.uint64(stream(seed, 0, SIZE)))
        self.epoch = self.ops = 0
        self._work: NDArray[np.uint8] | None = None
        self._next = self._new_ops = 0
        self._frozen = limit

    def step(self, poll: Callable[[], None] = no_poll) -> None:
        """Do one epoch, or go on with the one that `poll` ended by raising."""
        if self._work is None:
            self._work = self._mutated()
            self._next = self._new_ops = 0
            self._frozen = self.limit
        root = np.uint64(split_mix(np.uint64(self.seed & _WRAP)))
        while self._next < THREADS:
            # A bracket may search 1,024 bytes: so few steps at once last 10 ms at the very most.
            count = min(THREADS - self._next, max(1, _BATCH_STEPS // self._frozen))
            first = np.uint64(THREADS * self.epoch + self._next)
            self._new_ops += int(_run_threads(self._work, root, first, count, self._frozen))
            self._next += count
            poll()
        self.tape, self._work = self._work, None
        self.epoch += 1
        self.ops += self._new_ops

    def drop(self) -> None:
        """Forget an unfinished epoch; the next step begins it again from the tape as it is."""
        self._work = None

    def _mutated(self) -> NDArray[np.uint8]:
        work = self.tape.copy()
        base = np.uint64(stream(self.seed, self.epoch, 2 * SIZE))
        mutate(work.reshape(-1, 128), base, np.uint64(self.mutation))
        return work
