"""Does a program copy itself? The replication test of the reference, for one program or all.

A program runs on 13 different halves of noise for five generations: what it made of the noise runs
on the same noise again. A byte counts that comes through in at least 4 of the 13 runs
(arXiv 2406.19108; `paradigms-of-intelligence/cubff`, `common_language.h`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core import device
from engine.soup.language import HALF, LIMIT, TAPE, Language
from engine.soup.streams import split_mix, stream

__all__ = ["GENERATIONS", "RUNS", "THRESHOLD", "generations", "score", "scores"]

Array = NDArray[Any]
Job = Callable[[Callable[[], None]], None]

RUNS: Final = 13
GENERATIONS: Final = 5
THRESHOLD: Final = 5  # from this score on the reference calls a program a replicator
SHARED = 4  # of the runs
BLOCK = 16  # programs
FIRST: Final = 32  # tapes before the clock is looked at: 10 ms of the slowest that there are
MOST: Final = 4 * FIRST
SLICE: Final = 0.01  # seconds between two polls


@njit(nogil=True, cache=True)
def _begin(programs: Array, keys: Array, tapes: Array, noise: Array) -> None:
    """Lay every program beside its 13 halves of noise; keys uint64, one for each program."""
    for k in range(len(programs)):
        for a in range(RUNS):
            row = k * RUNS + a
            for j in range(HALF):
                drawn = split_mix(keys[k] ^ split_mix(np.uint64((a + 1) * HALF + j)))
                noise[row, j] = drawn & np.uint64(255)
            tapes[row, :HALF] = programs[k]
            tapes[row, HALF:] = noise[row]


@njit(nogil=True, cache=True)
def _count(programs: Array, tapes: Array, found: Array) -> None:
    """Count the bytes that came through; the smaller number of the two halves is the score."""
    for k in range(len(programs)):
        rows = tapes[k * RUNS : (k + 1) * RUNS]
        left = right = 0
        for j in range(HALF):
            same = 0
            for a in range(RUNS):
                same += rows[a, j] == programs[k, j]
            left += same >= SHARED
            for a in range(RUNS - SHARED + 1):
                same = 0
                for b in range(a, RUNS):
                    same += rows[b, HALF + j] == rows[a, HALF + j]
                if same >= SHARED:
                    right += 1
                    break
        found[k] = min(left, right)


def _keys(numbers: Array, total: int, seed: int, epoch: int) -> Array:
    base = stream(seed, epoch, total)
    return np.array(
        [split_mix(np.uint64((base + int(i)) & 0xFFFFFFFFFFFFFFFF)) for i in numbers], np.uint64
    )


def _run(
    language: Language, tapes: Array, ops: Array, piece: int, breathe: Callable[[], None]
) -> int:
    """Run tapes, the first `piece` of them before anything else; returns how many next time."""
    ran = 0
    while ran < len(tapes):
        now = slice(ran, ran + piece)
        began = time.perf_counter()
        language.run(tapes[now], LIMIT, ops[now])
        each = (time.perf_counter() - began) / len(ops[now])
        ran += piece
        piece = min(max(int(SLICE / max(each, 1e-9)), 1), 4 * piece, MOST)
        breathe()
    return piece


def _next(tapes: Array, noise: Array) -> None:
    tapes[:, :HALF] = tapes[:, HALF:]
    tapes[:, HALF:] = noise


def scores(
    language: Language,
    programs: Array,
    *,
    seed: int = 0,
    epoch: int = 0,
    numbers: Array | None = None,
    total: int = 0,
    poll: Callable[[], None] | None = None,
    workers: int = 0,
) -> Array:
    """Score many programs, on all threads.

    Parameters
    ----------
    language : Language
        How they run.
    programs : ndarray
        uint8 (k, 64).
    seed, epoch : int
        The user's seed, and the index of the epoch just run: completed epochs less 1.
    numbers : ndarray, optional
        Their numbers in the soup, (k,); 0, 1, ... if not given. The noise depends on them.
    total : int
        Programs of the soup; k if not given.
    poll : callable, optional
        Called about every 10 ms; what it raises ends the work.
    workers : int
        Threads at most, the caller included; 0 for all.

    Returns
    -------
    ndarray
        uint16 (k,): 0 to 64.
    """
    programs = np.ascontiguousarray(programs, np.uint8)
    numbers = np.arange(len(programs)) if numbers is None else np.asarray(numbers)
    total = total or len(programs)
    found = np.zeros(len(programs), np.uint16)

    def block(first: int) -> Job:
        def job(breathe: Callable[[], None]) -> None:
            part = programs[first : first + BLOCK]
            keys = _keys(numbers[first : first + BLOCK], total, seed, epoch)
            tapes = np.empty((len(part) * RUNS, TAPE), np.uint8)
            noise = np.empty((len(tapes), HALF), np.uint8)
            ops = np.empty(len(tapes), np.int64)
            _begin(part, keys, tapes, noise)
            piece = FIRST
            for generation in range(GENERATIONS):
                if generation:
                    _next(tapes, noise)
                piece = _run(language, tapes, ops, piece, breathe)
            _count(part, tapes, found[first : first + BLOCK])

        return job

    def blocks() -> Iterator[Job]:
        for first in range(0, len(programs), BLOCK):
            yield block(first)

    device.share(blocks(), poll, workers)
    return found


def score(language: Language, program: bytes, *, seed: int = 0, epoch: int = 0) -> int:
    """Return the score, 0 to 64, of one program by itself; a short one is filled up with zeros."""
    code = np.frombuffer(program.ljust(HALF, b"\0"), np.uint8)[None]
    return int(scores(language, code, seed=seed, epoch=epoch)[0])


def generations(language: Language, program: bytes, *, seed: int = 0, epoch: int = 0) -> Array:
    """Return the tape of the run in which the program came through best.

    Returns
    -------
    ndarray
        uint8 (6, 128): the program and its noise, and the tape after each of the 5 generations.
    """
    code = np.frombuffer(program.ljust(HALF, b"\0"), np.uint8)[None].copy()
    tapes, noise = np.empty((RUNS, TAPE), np.uint8), np.empty((RUNS, HALF), np.uint8)
    _begin(code, _keys(np.zeros(1, np.int64), 1, seed, epoch), tapes, noise)
    rows = [tapes.copy()]
    for generation in range(GENERATIONS):
        if generation:
            _next(tapes, noise)
        language.run(tapes, LIMIT, np.empty(RUNS, np.int64))
        rows.append(tapes.copy())
    copied = (tapes.reshape(RUNS, 2, HALF) == code[0]).sum(axis=(1, 2))
    return np.stack(rows)[:, int(copied.argmax())]
