"""The fused forward step on the CPU: runs a world without torch.

The state is cell-major, (B, H, W, C) float32, and is updated in place: a step reads every cell once
and writes the updated ones only. It gathers the perception of the updated cells, keeps the hidden
layer in the first-level cache and adds the result where it belongs. The rows are split into blocks
whose borders depend on the shape only; each block keeps copies of its first and last line for its
neighbours. Together with the counter-based mask (`engine.nca.fire`) the same seed gives the same
bits for any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.device import share, threads
from engine.nca import packed
from engine.nca.kernels import advance, living, settle
from engine.nca.rule import FloatArray, Rule, Weights

__all__ = ["FusedStepper", "block_rows"]

_BLOCK_CELLS = (
    8192  # a block takes about a millisecond: short enough to share, long enough to hand over
)
_BLOCK_ROWS = 8  # at least, because two lines of each are copied


def block_rows(height: int, width: int) -> int:
    """Rows per block of work; depends on the shape only."""
    return min(height, max(_BLOCK_ROWS, min(-(-height // 4), _BLOCK_CELLS // width)))


class _Buffers:
    """What a stepper keeps from call to call for one shape of the state."""

    def __init__(self, rule: Rule, shape: tuple[int, ...]) -> None:
        self.rule, self.shape = rule, shape
        samples, height, width, channels = shape
        rows = block_rows(height, width)
        self.spans = [(y, min(y + rows, height)) for y in range(0, height, rows)]
        # Four planes of a byte per cell where there is a life mask: see `advance` and `settle`.
        cells = shape[:3] if rule.alive else (samples, 1, 1)
        self.planes: npt.NDArray[np.uint8] = np.zeros((4, *cells), np.uint8)
        self.edges = packed.aligned((2, samples, len(self.spans), 2, width * channels))
        self.beyond = packed.aligned((width * channels,))
        self._stock: list[tuple[Any, ...]] = []
        self._lock = threading.Lock()

    @contextmanager
    def scratch(self) -> Iterator[tuple[Any, ...]]:
        """The buffers of one worker, for the length of a block."""
        with self._lock:
            own = self._stock.pop() if self._stock else None
        if own is None:
            width, channels = self.shape[2:]
            lines = packed.aligned((2, width * channels))
            own = (lines, packed.scratch(self.rule, width))
        try:
            yield own
        finally:
            with self._lock:
                self._stock.append(own)


class FusedStepper:
    """Steps worlds of one rule on the CPU. One call at a time; several steppers may run at once.

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
        self._buffers: _Buffers | None = None

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
            Called after each step; may raise, `state` is then that of the last whole step. It must
            not change `state`: use a call per step (`n=1`) for that.

        Returns
        -------
        state, the same array.
        """
        self._check(state)
        if self._buffers is None or self._buffers.shape != state.shape:
            self._buffers = _Buffers(self.rule, state.shape)
        run = _Run(self.rule, self._net, self._buffers, state, angle, threshold, step_size)
        for i in range(n):
            run.step(packed.fire_terms(seed, step0 + i, fire_rate))
            if poll is not None:
                poll()
        return state

    def _check(self, state: FloatArray) -> None:
        if state.ndim != 4 or state.shape[3] != self.rule.channels or 0 in state.shape:
            raise ValueError(f"state must be (B, H, W, {self.rule.channels}), not {state.shape}")
        if state.dtype != np.float32 or not state.flags.c_contiguous:
            raise ValueError("state must be contiguous float32")


class _Run:
    """One call of `step`: the state's lines and life are looked at once, then kept up to date."""

    def __init__(
        self,
        rule: Rule,
        net: packed.Net,
        buffers: _Buffers,
        state: FloatArray,
        angle: float,
        threshold: float,
        step_size: float,
    ) -> None:
        self.state, self.buffers, self.alive, self.net = state, buffers, rule.alive, net.forward
        self.grid = packed.grid_terms(rule, *state.shape[1:3])
        self.filters = packed.filter_terms(rule, angle)
        self.dial = packed.dial(rule, threshold, step_size)
        self.live, self.fresh, self.after, self.dirty = buffers.planes
        self.edges, self.next_edges = buffers.edges
        blocks = [(s, k) for s in range(state.shape[0]) for k in range(len(buffers.spans))]
        self._blocks, self._workers = blocks, min(threads(), len(blocks))
        self.dirty[:] = 1
        self._share(self._look)
        self._turn()

    def step(self, fire: tuple[int, int, int]) -> None:
        """Advance by one step."""
        self._share(partial(self._advance, fire))
        if self.alive:
            self._share(self._settle)
            self.live, self.after = self.after, self.live
        self._turn()

    def _share(self, work: Callable[[int, int], None]) -> None:
        share(
            (partial(_without_breath, work, *block) for block in self._blocks), None, self._workers
        )

    def _turn(self) -> None:
        self.edges, self.next_edges = self.next_edges, self.edges

    def _look(self, sample: int, block: int) -> None:
        y0, y1 = self.buffers.spans[block]
        if self.alive:
            living(self.state[sample], y0, y1, self.dial[0], self.live[sample])
        self._keep_edges(sample, block)

    def _keep_edges(self, sample: int, block: int) -> None:
        y0, y1 = self.buffers.spans[block]
        own = self.next_edges[sample, block]
        own[0] = self.state[sample, y0].reshape(-1)
        own[1] = self.state[sample, y1 - 1].reshape(-1)

    def _advance(self, fire: tuple[int, int, int], sample: int, block: int) -> None:
        y0, y1 = self.buffers.spans[block]
        height, width, _, wrap = self.grid
        edges = self.edges[sample]
        top = edges[block - 1, 1] if wrap or block else self.buffers.beyond
        last = block + 1 == len(edges)
        bottom = edges[0 if last else block + 1, 0] if wrap or not last else self.buffers.beyond
        state = self.state[sample]
        with self.buffers.scratch() as (lines, own):
            advance(
                state, state, top, bottom, lines, sample * height * width, y0, y1,
                self.live[sample], self.fresh[sample], self.dirty[sample], self.grid, self.alive,
                self.filters, self.net, fire, self.dial, own,
            )  # fmt: skip
        if not self.alive:
            self._keep_edges(sample, block)

    def _settle(self, sample: int, block: int) -> None:
        y0, y1 = self.buffers.spans[block]
        dirty = self.dirty[sample]
        with self.buffers.scratch() as (_, own):
            settle(
                self.state[sample], y0, y1, self.live[sample], self.fresh[sample], dirty, dirty,
                self.after[sample], self.grid[3], own,
            )  # fmt: skip
        self._keep_edges(sample, block)


def _without_breath(
    work: Callable[[int, int], None], sample: int, block: int, _: Callable[[], None]
) -> None:
    work(sample, block)
