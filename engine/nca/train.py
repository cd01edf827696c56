"""Training rollouts: forward T steps, then the gradient of weights and of the first state.

On the CPU the fused kernels keep only the state of every step and compute perception and hidden
layer again in the backward pass, for the cells that fired and lived. A sample is one unit of work:
its state fits the second-level cache and no barrier is needed between steps. Gradients are those of
autograd on the eager form (`engine.nca.reference`) within float error.

`Rollout` speaks numpy and needs no torch; `rollout` is the differentiable torch function on any
device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from engine.core.device import share
from engine.nca import packed
from engine.nca.adjoint import add_overflow, normalise, retreat
from engine.nca.kernels import advance, living, settle
from engine.nca.rule import FloatArray, Rule, Weights

if TYPE_CHECKING:
    import torch

__all__ = ["Gradients", "Overflow", "Rollout", "Settings", "rollout"]

_SLICE_CELLS = 20_000  # cells times steps between two polls of a forward run: a few milliseconds


@dataclass(frozen=True)
class Settings:
    """Run-time parameters of a rollout; see `FusedStepper.step`."""

    seed: int
    step0: int = 0
    fire_rate: float = 0.5
    angle: float = 0.0
    threshold: float = 0.1
    step_size: float = 1.0


@dataclass(frozen=True)
class Overflow:
    """A penalty on every state after a step: weight * sum |x - clip(x, +-limit)| (or its square).

    The sum runs over steps and all elements; divide `weight` by the number of elements for a mean.
    """

    limit: float = 1.0
    weight: float = 1.0
    kind: Literal["abs", "square"] = "abs"


@dataclass(frozen=True, eq=False)
class Gradients:
    """What `Rollout.backward` found.

    Attributes
    ----------
    weights : Weights
        Gradient of each weight, in the weights' own shapes.
    x0 : (B, H, W, C) float32
        Gradient of the first state.
    overflow : float
        The overflow penalty's value; 0 without one.
    """

    weights: Weights
    x0: FloatArray
    overflow: float = 0.0


class Rollout:
    """A fused forward run of `steps` steps that remembers its states.

    Parameters
    ----------
    rule, weights : Rule, Weights
    x0 : (B, H, W, C) float32
        First state; copied.
    steps : int
    settings : Settings
    poll : callable, optional
        Called at least every 50 ms, on the calling thread only; may raise `Cancelled`.
    buffer : (steps + 1 or more, B, H, W, C) float32, optional
        Memory for the states, to be used again from one rollout to the next.

    Attributes
    ----------
    states : (steps + 1, B, H, W, C) float32
        Every state, the first and the last included.
    """

    def __init__(
        self,
        rule: Rule,
        weights: Weights,
        x0: FloatArray,
        steps: int,
        settings: Settings,
        poll: Callable[[], None] | None = None,
        buffer: FloatArray | None = None,
    ) -> None:
        if steps < 1:
            raise ValueError("a rollout needs at least one step")
        if x0.ndim != 4 or x0.shape[3] != rule.channels or x0.dtype != np.float32:
            raise ValueError(f"x0 must be (B, H, W, {rule.channels}) float32, not {x0.shape}")
        self.rule, self.steps, self.settings = rule, steps, settings
        self._net = packed.Net.of(rule, weights)
        self._dial = packed.dial(rule, settings.threshold, settings.step_size)
        self._filters = packed.filter_terms(rule, settings.angle)
        self._grid = packed.grid_terms(rule, *x0.shape[1:3])
        shape = (steps + 1, *x0.shape)
        if buffer is not None and buffer.shape[0] > steps and buffer.shape[1:] == x0.shape:
            self.states: FloatArray = buffer[: steps + 1]
        else:
            self.states = packed.aligned(shape)
        self.states[0] = x0
        self._keep = np.zeros((steps, *x0.shape[:3]) if rule.alive else (1, 1, 1, 1), np.uint8)
        share((partial(self._forward, s) for s in range(x0.shape[0])), poll)

    @property
    def final(self) -> FloatArray:
        """The last state, (B, H, W, C)."""
        last: FloatArray = self.states[-1]
        return last

    def _fire(self, step: int) -> tuple[int, int, int]:
        return packed.fire_terms(
            self.settings.seed, self.settings.step0 + step, self.settings.fire_rate
        )

    def _forward(self, sample: int, breathe: Callable[[], None]) -> None:
        height, width, _, wrap = self._grid
        alive, first = self.rule.alive, sample * height * width
        scratch = packed.scratch(self.rule, width)
        live, fresh, after, dirty = np.zeros((4, height, width), np.uint8)
        dirty[:] = 1
        if alive:
            living(self.states[0, sample], 0, height, self._dial[0], live)
        nothing = np.zeros((0, 0), np.float32)
        beyond = np.zeros(width * self.rule.channels, np.float32)
        pause = max(1, _SLICE_CELLS // (height * width))
        for t in range(self.steps):
            x, y = self.states[t, sample], self.states[t + 1, sample]
            top, bottom = (x[-1].reshape(-1), x[0].reshape(-1)) if wrap else (beyond, beyond)
            advance(
                x, y, top, bottom, nothing, first, 0, height, live, fresh, dirty, self._grid, alive,
                self._filters, self._net.forward, self._fire(t), self._dial, scratch,
            )  # fmt: skip
            if alive:
                keep = self._keep[t, sample]
                settle(y, 0, height, live, fresh, dirty, keep, after, wrap, scratch)
                live, after = after, live
            if t % pause == 0:
                breathe()

    def backward(
        self,
        grad: FloatArray,
        *,
        inject: Mapping[int, FloatArray] | None = None,
        overflow: Overflow | None = None,
        normalise_state: bool = False,
        poll: Callable[[], None] | None = None,
    ) -> Gradients:
        """The gradient, from that of the last state.

        Parameters
        ----------
        grad : (B, H, W, C) float32
            dL/d(last state); not changed.
        inject : {t: (B, H, W, C)}, optional
            Further dL/d(state t), for losses on states 0..steps in between.
        overflow : Overflow, optional
            Its gradient is added at every state 1..steps.
        normalise_state : bool
            Divide the gradient of each state 1..steps by its norm + 1e-8, sample by sample, before
            it is passed on (texture training of muNCA).
        poll : callable, optional
            As in the constructor; when it raises, nothing has changed.
        """
        if grad.shape != self.final.shape:
            raise ValueError(f"the gradient must be {self.final.shape}, not {grad.shape}")
        samples = grad.shape[0]
        x0: FloatArray = np.empty(grad.shape, np.float32)
        sums = [packed.sums(self.rule) for _ in range(samples)]
        over = np.zeros(samples)
        terms = grad, dict(inject or {}), overflow, normalise_state
        share((partial(self._backward, s, *terms, sums[s], x0, over) for s in range(samples)), poll)
        return Gradients(self._unpack(sums), x0, float(over.sum()))

    def _backward(
        self,
        sample: int,
        grad: FloatArray,
        inject: dict[int, FloatArray],
        overflow: Overflow | None,
        normalise_state: bool,
        sums: tuple[FloatArray, ...],
        x0: FloatArray,
        over: npt.NDArray[np.float64],
        breathe: Callable[[], None],
    ) -> None:
        height, width, _, _ = self._grid
        rule, first = self.rule, sample * height * width
        scratch, work = packed.scratch(rule, width), packed.work(rule, width)
        after = packed.aligned(grad.shape[1:])
        after[:] = grad[sample]
        before = packed.aligned(after.shape)
        pause = max(1, _SLICE_CELLS // 4 // (height * width))
        for t in reversed(range(self.steps)):
            if t + 1 in inject:
                after += inject[t + 1][sample]
            if overflow is not None:
                limit, weight = np.float32(overflow.limit), np.float32(overflow.weight)
                squared = overflow.kind == "square"
                total = add_overflow(self.states[t + 1, sample], after, limit, weight, squared)
                over[sample] += overflow.weight * total
            if normalise_state:
                normalise(after)
            keep = self._keep[t, sample] if rule.alive else self._keep[0, 0]
            retreat(
                self.states[t, sample], after, before, keep, first, self._grid, rule.alive,
                self._filters, self._net.forward, self._net.turned, self._fire(t), self._dial,
                scratch, work, sums,
            )  # fmt: skip
            after, before = before, after
            if t % pause == 0:
                breathe()
        x0[sample] = after
        if 0 in inject:
            x0[sample] += inject[0][sample]

    def _unpack(self, sums: Sequence[tuple[FloatArray, ...]]) -> Weights:
        # In the order of the samples, in double: the same bits for any number of threads.
        w1, b1, w2, b2 = (
            np.stack([own[i] for own in sums]).sum(axis=0, dtype=np.float64).astype(np.float32)
            for i in range(4)
        )
        rule = self.rule
        return Weights(
            np.ascontiguousarray(w1[: rule.perceived, : rule.hidden]),
            b1[: rule.hidden].copy(),
            np.ascontiguousarray(w2[: rule.channels, : rule.hidden].T),
            b2[: rule.channels].copy() if rule.output_bias else None,
        )


def rollout(
    rule: Rule,
    weights: Mapping[str, torch.Tensor],
    x0: torch.Tensor,
    steps: int,
    settings: Settings,
    *,
    overflow: Overflow | None = None,
    normalise_state: bool = False,
    poll: Callable[[], None] | None = None,
) -> torch.Tensor:
    """The last state as a differentiable function of weights and first state, on any device.

    Parameters
    ----------
    weights : {"w1": (P, hidden), "b1": (hidden,), "w2": (hidden, C)[, "b2": (C,)]} float32 tensors
    x0 : (B, H, W, C) float32 tensor
    overflow, normalise_state :
        As in `Rollout.backward`; they shape the gradient, not the value.
    poll : callable, optional
        Called at least every 50 ms on the CPU and once per step elsewhere, forward and backward.

    Returns
    -------
    (B, H, W, C) tensor on the device of `x0`: by the fused kernels on the CPU, by eager torch with
    autograd elsewhere.
    """
    from engine.nca import autograd

    chosen = autograd.fused if x0.device.type == "cpu" else autograd.eager
    return chosen(rule, weights, x0, steps, settings, overflow, normalise_state, poll)
