"""The fused forward step on the CPU: runs a world without torch.

The state is cell-major, (B, H, W, C) float32. A step gathers the perception of the updated cells only,
keeps the hidden layer in the first-level cache and writes into a second buffer. The rows are split into
blocks whose borders depend on the shape only; together with the counter-based mask (`engine.nca.fire`)
the same seed gives the same bits for any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.device import share, threads
from engine.nca import packed
from engine.nca.kernels import advance, living, settle
from engine.nca.rule import FloatArray, Rule, Weights

__all__ = ["FusedStepper"]

_BLOCK_CELLS = 8192  # a block takes about a millisecond: short enough to poll, long enough to hand over


def block_rows(height: int, width: int) -> int:
    """Rows per block of work; depends on the shape only."""
    return max(1, min(-(-height // 4), _BLOCK_CELLS // width))


class FusedStepper:
    """Steps worlds of one rule on the CPU.

    Parameters
    ----------
    rule : Rule
    weights : Weights
        May be replaced between steps by `load`.
    """

    device = "cpu"

    def __init__(self, rule: Rule, weights: Weights) -> None:
        self.rule = rule
        self._net = packed.Net.of(rule, weights)
        self._spare: FloatArray | None = None
        self._planes: npt.NDArray[np.uint8] | None = None
        self._scratch: list[tuple[Any, ...]] = []
        self._width = 0
        self._lock = threading.Lock()

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""
        self._net = packed.Net.of(self.rule, weights)

    def step(
        self,
        state: FloatArray,
        n: int = 1,
        *,
        seed: int,
        step0: int = 0,
        fire_rate: float = 0.5,
        angle: float = 0.0,
        threshold: float = 0.1,
        step_size: float = 1.0,
        poll: Callable[[], None] | None = None,
    ) -> FloatArray:
        """Advance `state` by `n` steps in place.

        Parameters
        ----------
        state : (B, H, W, C) float32, C-contiguous
        n : int
            Steps.
        seed, step0 : int
            The mask of step i is that of (seed, step0 + i).
        fire_rate : float, 0..1
            Probability that a cell updates.
        angle : float, radians
            Turns the Sobel pair.
        threshold : float
            Alpha above which a cell counts as alive.
        step_size : float
            Factor of the update.
        poll : callable, optional
            Called between steps and every few milliseconds within. If it raises, `state` is that of the
            last whole step.

        Returns
        -------
        state, the same array.
        """
        self._check(state)
        a, b = state, self._buffers(state)
        live, after = self._planes[0], self._planes[2]  # type: ignore[index]
        if self.rule.alive:
            for sample in range(state.shape[0]):
                living(a[sample], 0, state.shape[1], np.float32(threshold), live[sample])
        grid = packed.grid_terms(self.rule, *state.shape[1:3])
        filters = packed.filter_terms(self.rule, angle)
        dial = packed.dial(self.rule, threshold, step_size)
        try:
            for i in range(n):
                fire = packed.fire_terms(seed, step0 + i, fire_rate)
                self._one(a, b, live, after, (grid, filters, fire, dial), poll)
                a, b, live, after = b, a, after, live
                if poll is not None:
                    poll()
        finally:
            if a is not state:
                state[:] = a
        return state

    def _one(
        self, a: FloatArray, b: FloatArray, live: Any, after: Any, terms: tuple[Any, ...], poll: Any
    ) -> None:
        grid, filters, fire, dial = terms
        height, width = grid[:2]
        net, alive = self._net.forward, self.rule.alive
        fresh, keep = self._planes[1], self._planes[3]  # type: ignore[index]
        rows = block_rows(height, width)
        blocks = [
            (s, y, min(y + rows, height)) for s in range(a.shape[0]) for y in range(0, height, rows)
        ]
        workers = min(threads(), len(blocks))

        def first_half(s: int, y0: int, y1: int, _: Callable[[], None]) -> None:
            with self._borrow() as own:
                advance(
                    a[s], b[s], s * height * width, y0, y1, live[s], fresh[s], grid, alive, filters,
                    net, fire, dial, own,
                )

        def second_half(s: int, y0: int, y1: int, _: Callable[[], None]) -> None:
            with self._borrow() as own:
                settle(
                    a[s], b[s], s * height * width, y0, y1, live[s], fresh[s], keep[s], after[s], grid,
                    filters, net, fire, dial, own,
                )

        for half in (first_half, second_half) if alive else (first_half,):
            share((partial(half, *block) for block in blocks), poll, workers)

    def _borrow(self) -> Any:
        return _Borrowed(self)

    def _buffers(self, state: FloatArray) -> FloatArray:
        if self._spare is None or self._spare.shape != state.shape:
            self._spare = np.empty_like(state)
            self._planes = np.zeros((4, *state.shape[:3]), np.uint8)
        if self._width != state.shape[2]:
            self._width = state.shape[2]
            self._scratch = []
        return self._spare

    def _check(self, state: FloatArray) -> None:
        if state.ndim != 4 or state.shape[3] != self.rule.channels or 0 in state.shape:
            raise ValueError(f"state must be (B, H, W, {self.rule.channels}), not {state.shape}")
        if state.dtype != np.float32 or not state.flags.c_contiguous:
            raise ValueError("state must be contiguous float32")


class _Borrowed:
    """A set of scratch buffers, taken from the stepper's stock for the length of a block."""

    def __init__(self, owner: FusedStepper) -> None:
        self._owner = owner

    def __enter__(self) -> tuple[Any, ...]:
        with self._owner._lock:
            if self._owner._scratch:
                self._own = self._owner._scratch.pop()
                return self._own
        self._own = packed.scratch(self._owner.rule, self._owner._width)
        return self._own

    def __exit__(self, *_: object) -> None:
        with self._owner._lock:
            self._owner._scratch.append(self._own)
