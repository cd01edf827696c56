"""Epochs on a GPU: the programs stay there, slices of pairs are launched, polls come between.

Programs and tokens are copied to the host only when they are read.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, wait
from typing import Any, Final

import numpy as np
from numba import cuda
from numpy.typing import NDArray

from engine.core import device
from engine.core.system import Poll
from engine.soup.cuda import translated
from engine.soup.cuda_kernels import plain_kernel, traced_kernel
from engine.soup.executor import Task

__all__ = ["CudaExecutor"]

Array = NDArray[Any]

THREADS: Final = 64  # a block: tapes lie in local memory, so few threads share a cache
SLICE: Final = 8192  # pairs of the first launch
LEAST: Final = 1024
SECONDS: Final = 0.008  # that a launch shall last
_PATIENCE: Final = 0.02  # s between two polls


class CudaExecutor:
    """Lives epochs on the GPU that is current in numba.

    Parameters
    ----------
    soup : ndarray
        uint8 (n, 64), kept and written to.
    tokens : ndarray or None
        uint32 (2, n, 64), likewise.

    Raises
    ------
    DeviceError
        When there is no GPU or its memory does not suffice.
    """

    def __init__(self, soup: Array, tokens: Array | None) -> None:
        self._soup = _Mirror(soup, soup.view(np.uint64))
        self._tokens = None if tokens is None else _Mirror(tokens, tokens)
        with translated():
            self._order = cuda.device_array(len(soup), np.int32)
            self._ops = cuda.to_device(np.zeros(1, np.uint64))
        self._task: Task | None = None
        self._next = 0  # pair
        self._slice = SLICE
        self._warming: tuple[Any, Future[None]] | None = None

    @property
    def soup(self) -> Array:
        """uint8 (n, 64): the completed epoch."""
        return self._soup.read()

    @property
    def tokens(self) -> Array | None:
        """uint32 (2, n, 64), where they are kept."""
        return None if self._tokens is None else self._tokens.read()

    def edited(self) -> None:
        """Take over what was written into `soup` and `tokens`; forget the task under way."""
        self._task = None
        for mirror in self._mirrors():
            mirror.edited = True

    def load(self, soup: Array, tokens: Array | None) -> None:
        """Replace everything by what was saved."""
        self._soup.load(soup)
        if self._tokens is not None and tokens is not None:
            self._tokens.load(tokens)
        self._task = None

    def live(self, task: Task, poll: Poll) -> None:
        """Launch the slices that are left."""
        with translated():
            if task is not self._task:
                self._begin(task)
        self._warm_up(task, poll)
        end = len(task.order) // 2
        while self._next < end:
            count = min(self._slice, end - self._next)
            began = time.perf_counter()
            with translated():
                self._launch(task, count)
                cuda.synchronize()
            self._next += count
            self._adapt(count, time.perf_counter() - began)
            poll()

    def finish(self, task: Task) -> int:
        """Let the second soup take the place of the first; returns the operations."""
        with translated():
            ops = int(self._ops.copy_to_host()[0])
        for mirror in self._mirrors():
            mirror.swap()
        self._task = None
        return ops

    def _mirrors(self) -> list[_Mirror]:
        return [self._soup] if self._tokens is None else [self._soup, self._tokens]

    def _begin(self, task: Task) -> None:
        self._soup.send(task.refilled)
        if self._tokens is not None:
            self._tokens.send(task.tokens)
        self._order.copy_to_device(task.order)
        self._ops.copy_to_device(np.zeros(1, np.uint64))
        self._task, self._next = task, 0

    def _kernel(self, task: Task) -> Any:
        make = plain_kernel if self._tokens is None else traced_kernel
        return make(task.language)

    def _warm_up(self, task: Task, poll: Poll) -> None:
        """Compile the kernel on another thread, which takes seconds, by a launch for no pair."""
        with translated():
            kernel = self._kernel(task)
            if self._warming is None or self._warming[0] is not kernel:
                self._warming = kernel, device.pool().submit(self._launch, task, 0)
            while not wait([self._warming[1]], _PATIENCE).done:
                poll()
            try:
                self._warming[1].result()
            except Exception:
                self._warming = None  # once more, when that was mended
                raise

    def _launch(self, task: Task, count: int) -> None:
        programs = self._soup
        arguments: tuple[Any, ...] = (
            programs.source,
            self._order,
            self._next,
            self._next + count,
            task.pairs,
            np.uint64(task.base),
            np.uint64(task.mutation),
            task.limit,
            programs.target,
            self._ops,
        )
        if self._tokens is not None:
            birth = np.uint32(task.birth)
            arguments += (self._tokens.source, birth, self._tokens.target)
        self._kernel(task)[max(-(-count // THREADS), 1), THREADS](*arguments)

    def _adapt(self, count: int, seconds: float) -> None:
        """Launch twice as much, or half, next time, so that polls come in time."""
        if seconds > 1.5 * SECONDS:
            self._slice = max(self._slice // 2, LEAST)
        elif seconds < SECONDS / 2 and count == self._slice:
            self._slice *= 2


class _Mirror:
    """An array on the GPU twice, the completed one and the next, and on the host when it is read.

    Parameters
    ----------
    host : ndarray
        What it is at first.
    words : ndarray
        A view of the same memory, as the kernels see it.
    """

    def __init__(self, host: Array, words: Array) -> None:
        self._host = host
        self._spare: Array | None = None
        self._dtype = words.dtype
        self._stale = False  # the GPU is ahead of the host
        self._foreign = False  # the GPU has a refill, which is no completed epoch
        self.edited = False
        with translated():
            self.source = cuda.to_device(words)
            self.target = cuda.device_array_like(words)

    def read(self) -> Array:
        """Return the completed array, copied from the GPU if need be."""
        if self._stale:
            into = np.empty_like(self._host) if self._spare is None else self._spare
            with translated():
                self.source.copy_to_host(into.view(self._dtype))
            self._spare, self._host = self._host, into
            self._stale = False
        return self._host

    def load(self, array: Array) -> None:
        """Replace the completed array."""
        self._host[:] = array
        self._stale = False
        self.edited = True

    def send(self, refill: Array | None) -> None:
        """Let `source` be the completed array as it was edited, or what replaces it."""
        if refill is not None:
            self.read()  # it is lost on the GPU now, and the epoch may be dropped
            self.source.copy_to_device(refill.view(self._dtype))
            self._foreign = True
        elif self._foreign or (self.edited and not self._stale):
            self.source.copy_to_device(self._host.view(self._dtype))
            self._foreign = False
        self.edited = False

    def swap(self) -> None:
        """Let the next array be the completed one."""
        self.source, self.target = self.target, self.source
        self._stale = True
        self._foreign = False
