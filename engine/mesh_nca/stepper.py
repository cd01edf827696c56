"""Stepping a world on a mesh: fused on the CPU, torch on CUDA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from engine.core.device import share, threads
from engine.mesh_nca import packed
from engine.mesh_nca.kernels import advance, bound
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.ring import spans
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.meshes.surface import Surface

__all__ = ["FusedStepper", "Graft", "Stepper", "make_stepper"]

Poll = Callable[[], None] | None
_INF = np.float32(np.inf)


@dataclass(frozen=True, eq=False)
class Graft:
    """A second model that lives on the same mesh.

    Attributes
    ----------
    weights : Weights
        Of the same rule; both models perceive the same and fire together.
    share : (V,) float32, 0..1
        Part g of the second model: the update is (1 - g) times the first one's plus g times its.
    """

    weights: Weights
    share: FloatArray


class Stepper(Protocol):
    """Steps a world; see `FusedStepper`."""

    surface: Surface
    rule: MeshRule
    device: str

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""

    def step(
        self,
        x: FloatArray,
        seed: int,
        step: int,
        controls: Controls,
        graft: Graft | None = None,
        poll: Poll = None,
        out: FloatArray | None = None,
    ) -> FloatArray:
        """Return the state after one step."""
        ...


class _Grafted:
    """A graft as two passes: each model where it has a share, its pace multiplied by it."""

    def __init__(self, near: Neighbourhood, graft: Graft, before: _Grafted | None) -> None:
        if graft.share.shape != near.pace.shape:
            raise ValueError(f"a graft needs a share for each of {len(near.pace)} vertices")
        self._near, self._weights, self._share = near, graft.weights, graft.share.copy()
        if before is not None and before._weights is graft.weights:
            self.net: packed.Net = before.net
        else:
            self.net = packed.Net.of(near.rule, graft.weights)
        share = np.clip(graft.share[near.ring.order], 0.0, 1.0).astype(np.float32)
        factors, limits, pace = near.terms
        self.ours, self.theirs = (
            (factors, np.where(part > 0, limits, 0), pace * part) for part in (1 - share, share)
        )

    def serves(self, near: Neighbourhood, graft: Graft) -> bool:
        """Whether nothing changed; a share may have been painted on in place."""
        same = near is self._near and graft.weights is self._weights
        return same and np.array_equal(graft.share, self._share)


class FusedStepper:
    """Steps a world on the CPU, with the same bits for any number of threads.

    Only the vertices that fire are computed. One call at a time; several steppers may run at once.

    Parameters
    ----------
    surface : Surface
    rule : MeshRule
    weights : Weights
        May be replaced between steps by `load`.
    """

    device = "cpu"

    def __init__(self, surface: Surface, rule: MeshRule, weights: Weights) -> None:
        self.surface, self.rule = surface, rule
        self._spans = spans(len(surface.vertices))
        self._stock = packed.Stock(partial(packed.forward_buffers, rule, len(surface.vertices)))
        self._graft: _Grafted | None = None
        self.load(weights)

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""
        self._net = packed.Net.of(self.rule, weights)

    def step(
        self,
        x: FloatArray,
        seed: int,
        step: int,
        controls: Controls,
        graft: Graft | None = None,
        poll: Poll = None,
        out: FloatArray | None = None,
    ) -> FloatArray:
        """Advance a state by one step.

        Parameters
        ----------
        x : (V, C) float32, C-contiguous
            Not changed, unless it is `out`.
        seed, step : int
            Vertices fire where a hash of seed, step and vertex says so.
        controls : Controls
        graft : Graft, optional
        poll : callable, optional
            Called every few milliseconds; may raise, then nothing has changed but a separate `out`.
        out : (V, C) float32, C-contiguous, optional
            Where the result goes; may be `x`.

        Returns
        -------
        The new state: a new array, or `out`.
        """
        shape = (len(self.surface.vertices), self.rule.channels)
        for array in (x,) if out is None else (x, out):
            if array.shape != shape or array.dtype != np.float32 or not array.flags.c_contiguous:
                raise ValueError(f"a state must be contiguous float32 {shape}, not {array.shape}")
        apart = out is not None and not np.may_share_memory(out, x)
        new = out if out is not None and apart else packed.aligned(shape)
        near = Neighbourhood.of(self.surface, self.rule, controls, poll)
        clip = np.float32(controls.clamp) if controls.clamp > 0 else _INF
        passes = [(self._net.forward, near.terms)]
        if graft is not None:
            if self._graft is None or not self._graft.serves(near, graft):
                self._graft = _Grafted(near, graft, self._graft)
            second = self._graft
            passes = [(self._net.forward, second.ours), (second.net.forward, second.theirs)]
        job = partial(self._block, near.table, passes, x, new, packed.keys(seed, step), clip)
        work = (partial(job, *span) for span in self._spans)
        share(work, poll, min(threads(), len(self._spans)))
        if out is None or apart:
            return new
        np.copyto(out, new)
        return out

    def _block(
        self,
        table: Any,
        passes: Any,
        x: FloatArray,
        new: FloatArray,
        fire: tuple[int, int],
        clip: Any,
        first: int,
        last: int,
        _: Callable[[], None],
    ) -> None:
        source, target = x.ctypes.data, new.ctypes.data
        alone = len(passes) == 1
        with self._stock.one() as scratch:
            base = source
            for net, terms in passes:
                advance(
                    source, base, target, first, last, 0, table, terms, net, fire,
                    clip if alone else _INF, scratch,
                )  # fmt: skip
                base = target
        if not alone and clip < _INF:
            bound(target, first, last, table[0], table[3], clip)


def make_stepper(surface: Surface, rule: MeshRule, weights: Weights, device: str) -> Stepper:
    """Make a stepper for "cpu" (no torch needed) or "cuda", as `pick_device` named it."""
    if device == "cpu":
        return FusedStepper(surface, rule, weights)
    from engine.mesh_nca.tensor import TensorStepper

    return TensorStepper(surface, rule, weights, device)
