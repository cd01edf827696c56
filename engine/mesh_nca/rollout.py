"""Training rollouts on a mesh: forward T steps, then the gradient of weights and first state.

Only the state of every step is kept; the backward pass computes perception and hidden layer again,
for the vertices that fired (the reference keeps every message: 2.7 GB for 20 steps of 41,000
vertices). Gradients are those of autograd on the plain form within float error, and have the same
bits for any number of threads: the blocks whose sums are added depend on the mesh's size only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from engine.core.device import share, threads
from engine.mesh_nca import packed
from engine.mesh_nca.adjoint import collect, penalise, retreat
from engine.mesh_nca.kernels import advance
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.ring import spans
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.meshes.surface import Surface
from engine.nca.train import Overflow

__all__ = ["Gradients", "MeshRollout", "Rollout", "make_rollout"]

Poll = Callable[[], None] | None
_INF = np.float32(np.inf)


@dataclass(frozen=True, eq=False)
class Gradients:
    """What `MeshRollout.backward` found.

    Attributes
    ----------
    weights : Weights
        Gradient of each weight, in the weights' own shapes.
    x0 : (B, V, C) float32
        Gradient of the first state.
    overflow : float
        The overflow penalty's value; 0 without one.
    """

    weights: Weights
    x0: FloatArray
    overflow: float = 0.0


class Rollout(Protocol):
    """A forward run and its gradient; see `MeshRollout`."""

    @property
    def states(self) -> FloatArray:
        """Every state, (steps + 1, B, V, C)."""

    @property
    def final(self) -> FloatArray:
        """The last state, (B, V, C)."""

    def backward(
        self,
        grad: FloatArray,
        *,
        inject: Mapping[int, FloatArray] | None = None,
        overflow: Overflow | None = None,
        poll: Poll = None,
    ) -> Gradients:
        """The gradient, from that of the last state."""
        ...


class MeshRollout:
    """A fused forward run of `steps` steps that remembers its states.

    Parameters
    ----------
    surface, rule, weights : Surface, MeshRule, Weights
    x0 : (B, V, C) float32
        First states of B worlds on the mesh; copied. Each has a mask of its own, the first one's is
        that of `FusedStepper.step`.
    steps : int
    seed : int
        Step t draws the mask of (seed, step0 + t).
    controls : Controls
        Without `clamp`, which would stop gradients.
    poll : callable, optional
        Called every few milliseconds, on the calling thread only; may raise `Cancelled`.
    buffer : (steps + 1 or more, B, V, C) float32, optional
        Memory for the states, to be used again from one rollout to the next.
    step0 : int

    Attributes
    ----------
    states : (steps + 1, B, V, C) float32
        Every state, the first and the last included.
    """

    def __init__(
        self,
        surface: Surface,
        rule: MeshRule,
        weights: Weights,
        x0: FloatArray,
        steps: int,
        seed: int,
        controls: Controls | None = None,
        poll: Poll = None,
        buffer: FloatArray | None = None,
        *,
        step0: int = 0,
    ) -> None:
        controls = controls or Controls()
        check_rollout(surface, rule, x0, steps, controls)
        self.rule, self.steps = rule, steps
        self._keys = [packed.keys(seed, step0 + t) for t in range(steps)]
        self._net = packed.Net.of(rule, weights)
        self._near = Neighbourhood.of(surface, rule, controls, poll)
        self._terms = self._near.terms
        samples, vertices = x0.shape[:2]
        blocks = spans(vertices)
        self._blocks = [(s, i, *span) for s in range(samples) for i, span in enumerate(blocks)]
        self._stock = packed.Stock(partial(packed.forward_buffers, rule, vertices))
        if buffer is not None and buffer.shape[0] > steps and buffer.shape[1:] == x0.shape:
            self.states: FloatArray = buffer[: steps + 1]
        else:
            self.states = packed.aligned((steps + 1, *x0.shape))
        self.states[0] = x0
        for t in range(steps):
            self._share(partial(self._forward, t), poll)

    @property
    def final(self) -> FloatArray:
        """The last state, (B, V, C)."""
        last: FloatArray = self.states[-1]
        return last

    def _share(self, work: Callable[[int, int, int, int], None], poll: Poll) -> None:
        def job(block: tuple[int, int, int, int], _: Callable[[], None]) -> None:
            work(*block)

        jobs = (partial(job, block) for block in self._blocks)
        share(jobs, poll, min(threads(), len(self._blocks)))

    def _forward(self, t: int, sample: int, _: int, first: int, last: int) -> None:
        x, y = self.states[t, sample].ctypes.data, self.states[t + 1, sample].ctypes.data
        number = sample * self.states.shape[2]
        with self._stock.one() as scratch:
            advance(
                x, x, y, first, last, number, self._near.table, self._terms, self._net.forward,
                self._keys[t], _INF, scratch,
            )  # fmt: skip

    def backward(
        self,
        grad: FloatArray,
        *,
        inject: Mapping[int, FloatArray] | None = None,
        overflow: Overflow | None = None,
        poll: Poll = None,
    ) -> Gradients:
        """The gradient, from that of the last state.

        Parameters
        ----------
        grad : (B, V, C) float32
            dL/d(last state); not changed.
        inject : {t: (B, V, C)}, optional
            Further dL/d(state t), for losses on states 0..steps in between.
        overflow : Overflow, optional
            Its gradient is added at every state 1..steps.
        poll : callable, optional
            As in the constructor; when it raises, nothing has changed.
        """
        if grad.shape != self.final.shape:
            raise ValueError(f"the gradient must be {self.final.shape}, not {grad.shape}")
        run = _Backward(self, overflow)
        after = packed.aligned(grad.shape)
        after[:] = grad
        before = packed.aligned(grad.shape)
        inject = inject or {}
        for t in reversed(range(self.steps + 1)):
            if t < self.steps:
                self._share(partial(run.retreat, t, after), poll)
                self._share(partial(run.collect, after, before), poll)
                after, before = before, after
            if t in inject:
                after += inject[t]
            if overflow is not None and t > 0:
                self._share(partial(run.penalise, t, after), poll)
        weight = 0.0 if overflow is None else overflow.weight
        return Gradients(self._unpack(run.sums), after, float(run.over.sum() * weight))

    def _unpack(self, sums: Sequence[tuple[FloatArray, ...]]) -> Weights:
        # In the order of the blocks, in double: the same bits for any number of threads.
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


class _Backward:
    """The jobs of one backward pass and what they add up."""

    def __init__(self, made: MeshRollout, overflow: Overflow | None) -> None:
        self._made, self._overflow = made, overflow
        samples, vertices, _ = made.final.shape
        self._per_sample = len(made._blocks) // samples
        perceived = packed.padded_sizes(made.rule)[2]
        self.sums = [packed.sums(made.rule) for _ in made._blocks]
        self.over = np.zeros(len(made._blocks))
        self._slots = np.zeros((samples, vertices), np.int32)
        whole = -(-vertices // packed.WHOLE) * packed.WHOLE
        # Not zeroed but for the last row: pages that no vertex uses are never touched.
        self._rows = packed.untouched((samples, whole + 1, perceived))
        self._rows[:, -1] = 0
        self._work = packed.Stock(partial(packed.backward_buffers, made.rule))

    def retreat(
        self, t: int, after: FloatArray, sample: int, block: int, first: int, last: int
    ) -> None:
        made = self._made
        with made._stock.one() as scratch, self._work.one() as work:
            retreat(
                made.states[t, sample].ctypes.data, after[sample].ctypes.data, first, last,
                sample * after.shape[1], made._near.table, made._terms, made._net.forward,
                made._net.turned, made._keys[t], self._slots[sample], self._rows[sample],
                scratch, work, self.sums[sample * self._per_sample + block],
            )  # fmt: skip

    def collect(
        self, after: FloatArray, before: FloatArray, sample: int, _: int, first: int, last: int
    ) -> None:
        near = self._made._near
        collect(
            after[sample].ctypes.data, before[sample].ctypes.data, first, last, near.ring.order,
            near.perception.back, self._slots[sample], self._rows[sample], near.rule.channels,
        )  # fmt: skip

    def penalise(
        self, t: int, grad: FloatArray, sample: int, block: int, first: int, last: int
    ) -> None:
        asked: Any = self._overflow
        self.over[sample * self._per_sample + block] += penalise(
            self._made.states[t, sample], grad[sample], first, last, np.float32(asked.limit),
            np.float32(asked.weight), asked.kind == "square",
        )  # fmt: skip


def check_rollout(
    surface: Surface, rule: MeshRule, x0: FloatArray, steps: int, controls: Controls
) -> None:
    """Raise `ValueError` unless a rollout can be made of these."""
    if steps < 1:
        raise ValueError("a rollout needs at least one step")
    if x0.ndim != 3 or x0.shape[1:] != (len(surface.vertices), rule.channels):
        shape = f"(B, {len(surface.vertices)}, {rule.channels})"
        raise ValueError(f"the first state must be {shape}, not {x0.shape}")
    if x0.shape[0] == 0 or x0.dtype != np.float32:
        raise ValueError("the first state must be float32 and of at least one world")
    if controls.clamp > 0:
        raise ValueError("no clamp while learning: it stops the gradient")


def make_rollout(
    device: str,
    surface: Surface,
    rule: MeshRule,
    weights: Weights,
    x0: FloatArray,
    steps: int,
    seed: int,
    controls: Controls | None = None,
    poll: Poll = None,
    buffer: FloatArray | None = None,
    *,
    step0: int = 0,
) -> Rollout:
    """Run forward, on "cpu" by the fused kernels, elsewhere by torch; see `MeshRollout`."""
    if device == "cpu":
        return MeshRollout(
            surface, rule, weights, x0, steps, seed, controls, poll, buffer, step0=step0
        )
    from engine.mesh_nca.tensor import TensorRollout

    return TensorRollout(
        surface, rule, weights, x0, steps, seed, controls, poll, device=device, step0=step0
    )
