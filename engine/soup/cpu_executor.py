"""Epochs on the CPU: blocks of pairs, shared among the threads of the pool.

A pair takes a microsecond or a thousand times as long, and only running it tells. So a block runs
in pieces that the clock cuts, and one that was interrupted goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from engine.core import device
from engine.core.system import Poll
from engine.soup import streams
from engine.soup.executor import Task
from engine.soup.language import LIMIT, TAPE, Language

__all__ = ["CpuExecutor"]

Array = NDArray[Any]

BLOCK: Final = 2048  # pairs between two polls at most: 0.5 ms of noise; it is Python that cuts
_SHARES: Final = 8  # blocks for each thread at least, where they are not small already
_LEAST: Final = 4
_SMALL: Final = 64
_SLICE: Final = 0.005  # seconds between two polls, as the pairs of the last epoch needed them
_GROWTH: Final = 8  # a piece may grow so far where pairs are quick: to 40 ms if none of them were
_WORST: Final = 3e-4  # seconds for the slowest pairs that run `LIMIT` steps, and with tokens
_WORST_TRACED: Final = 1e-3
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
    slowest: Array  # float64 (blocks,): seconds for a pair in the slowest piece
    piece: int  # pairs to run at first before the clock is looked at
    target: Array
    moved: Array | None
    begun: dict[int, _Block] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Known:
    """How long the last epoch took: seconds for a pair, and for one in the slowest piece."""

    language: Language
    limit: int
    pair: float
    slowest: float


@dataclass(eq=False)
class _Block:
    """A block under way: its tapes, of which the first `ran` have run."""

    tapes: Array
    origins: Array | None
    ops: Array
    ran: int = 0
    seconds: float = 0.0
    slowest: float = 0.0


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
        self._known: _Known | None = None  # nothing is known of the first epoch

    def edited(self) -> None:
        """Forget the task under way, and how much there was to do."""
        self._progress = None
        self._known = None

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
        self._known = _Known(
            language=task.language,
            limit=task.limit,
            pair=float(progress.seconds.sum()) / (len(self.soup) // 2),
            slowest=float(progress.slowest.max()),
        )
        return int(progress.ops.sum())

    def _begin(self, task: Task) -> _Progress:
        pairs = len(self.soup) // 2
        even = max(pairs // (_SHARES * device.threads()), _SMALL)
        block = min(even, BLOCK)
        slowest = (_WORST if self.tokens is None else _WORST_TRACED) * task.limit / LIMIT
        known = self._known
        # With more steps any pair may be slow: only what is slow early was seen to be.
        if known is not None and known.language is task.language and known.limit >= task.limit:
            block = min(max(int(_SLICE / known.pair), _LEAST), block)
            slowest = min(known.slowest, slowest)
        piece = max(int(_SLICE / slowest), 1) if slowest * BLOCK > _SLICE else BLOCK
        blocks = -(-pairs // block)
        if self._spare is None:
            self._spare = np.empty_like(self.soup)
        if self.tokens is not None and self._spare_tokens is None:
            self._spare_tokens = np.empty_like(self.tokens)
        done, ops = np.zeros(blocks, np.bool_), np.zeros(blocks, np.int64)
        return _Progress(
            task=task,
            block=block,
            done=done,
            ops=ops,
            seconds=np.zeros(blocks),
            slowest=np.zeros(blocks),
            piece=piece,
            target=self._spare,
            moved=self._spare_tokens,
        )

    def _live(self, progress: _Progress, number: int, breathe: Callable[[], None]) -> None:
        """Mutate and run one block of pairs, or the rest of it."""
        began = time.perf_counter()
        task = progress.task
        first = number * progress.block
        base = np.uint64((task.base + first * TAPE) & _WRAP)
        block = progress.begun.get(number)
        if block is None:
            block = progress.begun[number] = self._open(progress, first, base)
        block.seconds += time.perf_counter() - began
        self._run(task, block, min(max(task.pairs - first, 0), len(block.tapes)), progress, breathe)
        began = time.perf_counter()
        tokens = self.tokens if task.tokens is None else task.tokens
        if block.origins is not None:
            drawn = np.zeros(block.tapes.shape, np.uint8)
            if task.mutation:
                streams.token_draws(drawn, base, np.uint64(task.mutation))
            birth = np.uint32(task.birth)
            _move_tokens(tokens, task.order, first, drawn, block.origins, birth, progress.moved)
        _scatter(block.tapes.view(np.uint64), task.order, first, progress.target.view(np.uint64))
        progress.ops[number] = block.ops.sum()
        progress.seconds[number] = block.seconds + time.perf_counter() - began
        progress.slowest[number] = block.slowest
        del progress.begun[number]
        progress.done[number] = True

    def _open(self, progress: _Progress, first: int, base: np.uint64) -> _Block:
        """Lay out and mutate the tapes of a block that begins with pair `first`."""
        task = progress.task
        soup = self.soup if task.refilled is None else task.refilled
        count = min(progress.block, len(soup) // 2 - first)
        tapes = np.empty((count, TAPE), np.uint8)
        _gather(soup.view(np.uint64), task.order, first, tapes.view(np.uint64))
        if task.mutation:
            streams.mutate(tapes, base, np.uint64(task.mutation))
        origins = None
        if self.tokens is not None:
            origins = np.empty((count, TAPE), np.int16)
            origins[:] = np.arange(TAPE)
        return _Block(tapes, origins, np.zeros(count, np.int64))

    def _run(
        self, task: Task, block: _Block, end: int, progress: _Progress, breathe: Callable[[], None]
    ) -> None:
        """Run the tapes up to `end` that have not run yet, in pieces."""
        piece, most = progress.piece, _GROWTH * progress.piece
        while block.ran < end:
            now = slice(block.ran, min(block.ran + piece, end))
            began = time.perf_counter()
            if block.origins is None:
                task.language.run(block.tapes[now], task.limit, block.ops[now])
            else:
                task.language.run_traced(
                    block.tapes[now], block.origins[now], task.limit, block.ops[now]
                )
            took = time.perf_counter() - began
            block.ran = now.stop
            block.seconds += took
            each = took / (now.stop - now.start)
            block.slowest = max(block.slowest, each)
            if block.ran < end:
                piece = min(max(int(_SLICE / each), 1), 2 * piece, most)
                breathe()
