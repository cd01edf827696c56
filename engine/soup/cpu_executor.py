"""Epochs on the CPU: blocks of pairs, shared among the threads of the pool."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from engine.core import device
from engine.core.system import Poll
from engine.soup import streams
from engine.soup.executor import Task
from engine.soup.language import TAPE

__all__ = ["CpuExecutor"]

Array = NDArray[Any]

BLOCK: Final = 2048  # pairs between two polls at most: 0.5 ms of noise; it is Python that cuts
_SHARES: Final = 8  # blocks for each thread at least, where they are not small already
_LEAST: Final = 4
_SMALL: Final = 64
_SLICE: Final = 0.005  # seconds between two polls, as the pairs of the last epoch needed them
_WORST: Final = 3e-5  # seconds for a pair that runs all its steps, and with tokens
_WORST_TRACED: Final = 1e-4
_WRAP: Final = 2**64 - 1


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _gather(soup: Any, order: Any, first: int, tapes: Any) -> None:
    """Copy programs, uint64 (n, 8), to tapes, uint64 (pairs, 16)."""
    for pair in range(tapes.shape[0]):
        left = order[2 * (first + pair)]
        right = order[2 * (first + pair) + 1]
        for word in range(8):
            tapes[pair, word] = soup[left, word]
            tapes[pair, 8 + word] = soup[right, word]


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _scatter(tapes: Any, order: Any, first: int, soup: Any) -> None:
    """Copy tapes back to their programs."""
    for pair in range(tapes.shape[0]):
        left = order[2 * (first + pair)]
        right = order[2 * (first + pair) + 1]
        for word in range(8):
            soup[left, word] = tapes[pair, word]
            soup[right, word] = tapes[pair, 8 + word]


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _move_tokens(
    tokens: Any, order: Any, first: int, drawn: Any, origins: Any, birth: Any, moved: Any
) -> None:
    """Let tokens, uint32 (2, n, 64), follow their bytes; those made in this epoch get new ones."""
    for pair in range(origins.shape[0]):
        for byte in range(128):
            program = order[2 * (first + pair) + byte // 64]
            here = byte % 64
            origin = np.int64(origins[pair, byte])
            if origin < 0:
                moved[0, program, here] = birth
                moved[1, program, here] = np.uint32(program * 64 + here)
                continue
            source = order[2 * (first + pair) + origin // 64]
            there = origin % 64
            if drawn[pair, origin]:
                moved[0, program, here] = birth
                moved[1, program, here] = np.uint32(source * 64 + there)
            else:
                moved[0, program, here] = tokens[0, source, there]
                moved[1, program, here] = tokens[1, source, there]


@dataclass(eq=False)
class _Progress:
    """How far the task under way is."""

    task: Task
    block: int  # pairs
    done: Array  # bool (blocks,)
    ops: Array  # int64 (blocks,)
    seconds: Array  # float64 (blocks,)
    target: Array
    moved: Array | None


class CpuExecutor:
    """Lives epochs on the threads of `engine.core.device`.

    Parameters
    ----------
    soup : ndarray
        uint8 (n, 64), kept and written to.
    tokens : ndarray or None
        uint32 (2, n, 64), likewise.
    """

    def __init__(self, soup: Array, tokens: Array | None) -> None:
        self.soup = soup
        self.tokens = tokens
        self._spare: Array | None = None
        self._spare_tokens: Array | None = None
        self._progress: _Progress | None = None
        self._pair_seconds = self._worst  # of the last epoch; nothing is known of the first

    def edited(self) -> None:
        """Forget the task under way, and how much there was to do."""
        self._progress = None
        self._pair_seconds = self._worst

    @property
    def _worst(self) -> float:
        return _WORST if self.tokens is None else _WORST_TRACED

    def load(self, soup: Array, tokens: Array | None) -> None:
        """Replace everything by what was saved."""
        self.soup[:] = soup
        if self.tokens is not None and tokens is not None:
            self.tokens[:] = tokens
        self.edited()

    def live(self, task: Task, poll: Poll) -> None:
        """Mutate and run those blocks that are not done yet."""
        progress = self._progress
        if progress is None or progress.task is not task:
            progress = self._progress = self._begin(task)
        blocks = np.flatnonzero(~progress.done).tolist()
        device.share((partial(self._live, progress, block) for block in blocks), poll)

    def finish(self, task: Task) -> int:
        """Let the second soup take the place of the first; returns the operations."""
        progress, self._progress = self._progress, None
        assert progress is not None
        self._spare, self.soup = self.soup, progress.target
        if progress.moved is not None:
            self._spare_tokens, self.tokens = self.tokens, progress.moved
        ops = int(progress.ops.sum())
        pair = float(progress.seconds.sum()) / (len(self.soup) // 2)
        self._pair_seconds = min(pair, self._worst)
        return ops

    def _begin(self, task: Task) -> _Progress:
        pairs = len(self.soup) // 2
        even = max(pairs // (_SHARES * device.threads()), _SMALL)
        block = min(max(int(_SLICE / self._pair_seconds), _LEAST), even, BLOCK)
        blocks = -(-pairs // block)
        if self._spare is None:
            self._spare = np.empty_like(self.soup)
        if self.tokens is not None and self._spare_tokens is None:
            self._spare_tokens = np.empty_like(self.tokens)
        done, ops = np.zeros(blocks, np.bool_), np.zeros(blocks, np.int64)
        seconds = np.zeros(blocks)
        return _Progress(task, block, done, ops, seconds, self._spare, self._spare_tokens)

    def _live(self, progress: _Progress, block: int, breathe: Callable[[], None]) -> None:
        """Mutate and run one block of pairs."""
        del breathe  # a block is shorter than the time between two polls
        began = time.perf_counter()
        task = progress.task
        soup = self.soup if task.refilled is None else task.refilled
        tokens = self.tokens if task.tokens is None else task.tokens
        first = block * progress.block
        count = min(progress.block, len(soup) // 2 - first)
        tapes = np.empty((count, TAPE), np.uint8)
        _gather(soup.view(np.uint64), task.order, first, tapes.view(np.uint64))
        base = np.uint64((task.base + first * TAPE) & _WRAP)
        if task.mutation:
            streams.mutate(tapes, base, np.uint64(task.mutation))
        running = min(max(task.pairs - first, 0), count)
        ops = np.zeros(count, np.int64)
        if tokens is None:
            if running:
                task.language.run(tapes[:running], task.limit, ops[:running])
        else:
            origins = np.empty((count, TAPE), np.int16)
            origins[:] = np.arange(TAPE)
            if running:
                task.language.run_traced(
                    tapes[:running], origins[:running], task.limit, ops[:running]
                )
            drawn = np.zeros((count, TAPE), np.uint8)
            if task.mutation:
                streams.token_draws(drawn, base, np.uint64(task.mutation))
            birth = np.uint32(task.birth)
            _move_tokens(tokens, task.order, first, drawn, origins, birth, progress.moved)
        _scatter(tapes.view(np.uint64), task.order, first, progress.target.view(np.uint64))
        progress.ops[block] = ops.sum()
        progress.seconds[block] = time.perf_counter() - began
        progress.done[block] = True
