"""Stepping and training rollouts by torch, for CUDA; the same code runs on the CPU in tests.

Masks are those of the fused kernels. The products of the perception are sparse
(`engine.mesh_nca.sparse`); a rollout keeps its states only and runs every step again in the
backward pass, as the fused one does. Arrays are numpy at the border.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import torch

from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rollout import Gradients, check_rollout
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.mesh_nca.sparse import SparsePerception
from engine.mesh_nca.stepper import Graft
from engine.meshes.surface import Surface
from engine.nca.fire import step_keys
from engine.nca.train import Overflow

__all__ = ["TensorRollout", "TensorStepper", "draws"]

Poll = Callable[[], None] | None
Tensors = Mapping[str, torch.Tensor]


def draws(seed: int, step: int, count: int, device: torch.device | str) -> torch.Tensor:
    """The 32-bit draws of a step as `engine.nca.fire` makes them, (count,) int64."""
    drawn = torch.arange(count, dtype=torch.int64, device=device) & 0xFFFFFFFF
    for key in step_keys(seed, step):
        drawn = drawn ^ key
        for multiplier, shift in ((0x7FEB352D, 16), (0x846CA68B, 15)):
            drawn = ((drawn ^ (drawn >> shift)) * multiplier) & 0xFFFFFFFF
        drawn = drawn ^ (drawn >> 16)
    return drawn


class _World:
    """A neighbourhood on a device."""

    def __init__(self, near: Neighbourhood, device: str) -> None:
        self.near = near
        self.perceive = SparsePerception.of(near.perception, device)
        by_vertex = np.argsort(near.ring.order)
        self.limits = torch.from_numpy(near.limits[by_vertex]).to(device)
        self.pace = torch.from_numpy(near.pace[by_vertex]).to(device)[:, None]

    def fires(self, seed: int, step: int, samples: int) -> torch.Tensor:
        """Factor of the update of every vertex, (B, V, 1)."""
        count = len(self.limits)
        drawn = draws(seed, step, samples * count, self.limits.device).reshape(samples, count)
        return (drawn < self.limits)[..., None] * self.pace

    def renewed(self, near: Neighbourhood) -> _World:
        """The same, or that of another neighbourhood."""
        return self if near is self.near else _World(near, str(self.limits.device))


def _tensors(weights: Weights, device: str) -> dict[str, torch.Tensor]:
    return {k: torch.from_numpy(v.copy()).to(device) for k, v in weights.arrays().items()}


def _update(weights: Tensors, z: torch.Tensor) -> torch.Tensor:
    made = torch.relu(z @ weights["w1"] + weights["b1"]) @ weights["w2"]
    return made + weights["b2"] if "b2" in weights else made


class TensorStepper:
    """`engine.mesh_nca.stepper.FusedStepper` on a torch device.

    Use `step_tensor` to keep the state on the device.
    """

    def __init__(self, surface: Surface, rule: MeshRule, weights: Weights, device: str) -> None:
        self.surface, self.rule, self.device = surface, rule, device
        self._world: _World | None = None
        self._graft: tuple[Weights, Tensors] | None = None
        self.load(weights)

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""
        self._weights = _tensors(weights, self.device)

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
        """Advance a state (V, C) by one step; see `FusedStepper.step`."""
        shape = (len(self.surface.vertices), self.rule.channels)
        if x.shape != shape or (out is not None and out.shape != shape):
            raise ValueError(f"a state must be {shape}, not {x.shape}")
        Neighbourhood.of(self.surface, self.rule, controls, poll)  # `step_tensor` finds it
        if poll is not None:
            poll()
        state = torch.from_numpy(np.array(x, np.float32)).to(self.device)
        found: FloatArray = self.step_tensor(state, seed, step, controls, graft).cpu().numpy()
        if out is None:
            return found
        np.copyto(out, found)
        return out

    @torch.no_grad()
    def step_tensor(
        self,
        x: torch.Tensor,
        seed: int,
        step: int,
        controls: Controls,
        graft: Graft | None = None,
    ) -> torch.Tensor:
        """The same of a tensor (V, C) on the stepper's device; returns a new one."""
        near = Neighbourhood.of(self.surface, self.rule, controls)
        world = self._world = (
            _World(near, self.device) if self._world is None else self._world.renewed(near)
        )
        z = world.perceive(x[None])
        update = _update(self._weights, z)
        if graft is not None:
            share = torch.from_numpy(np.array(graft.share, np.float32)).to(self.device)[:, None]
            if self._graft is None or self._graft[0] is not graft.weights:
                self._graft = graft.weights, _tensors(graft.weights, self.device)
            theirs = _update(self._graft[1], z)
            # Where one model has no share, not even its infinities count.
            mixed = (1 - share) * update + share * theirs
            update = torch.where(share <= 0, update, torch.where(share >= 1, theirs, mixed))
        fires = world.fires(seed, step, 1)
        new = torch.where(fires > 0, x[None] + update * fires, x[None])[0]
        return new.clamp(-controls.clamp, controls.clamp) if controls.clamp > 0 else new


class TensorRollout:
    """`engine.mesh_nca.rollout.MeshRollout` on a torch device."""

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
        *,
        device: str = "cuda",
        step0: int = 0,
    ) -> None:
        controls = controls or Controls()
        check_rollout(surface, rule, x0, steps, controls)
        self._rule, self._seed, self._step0 = rule, seed, step0
        self._world = _World(Neighbourhood.of(surface, rule, controls, poll), device)
        self._weights = _tensors(weights, device)
        states = [torch.from_numpy(np.array(x0)).to(device)]
        with torch.no_grad():
            for t in range(steps):
                states.append(self._step(t, states[t], self._weights))
                if poll is not None:
                    poll()
        self._states = states

    def _step(self, t: int, x: torch.Tensor, weights: Tensors) -> torch.Tensor:
        fires = self._world.fires(self._seed, self._step0 + t, len(x))
        return x + _update(weights, self._world.perceive(x)) * fires

    @cached_property
    def states(self) -> FloatArray:
        """Every state, (steps + 1, B, V, C); copied from the device."""
        found: FloatArray = torch.stack(self._states).cpu().numpy()
        return found

    @cached_property
    def final(self) -> FloatArray:
        """The last state, (B, V, C); copied from the device."""
        found: FloatArray = self._states[-1].cpu().numpy()
        return found

    def backward(
        self,
        grad: FloatArray,
        *,
        inject: Mapping[int, FloatArray] | None = None,
        overflow: Overflow | None = None,
        poll: Poll = None,
    ) -> Gradients:
        """The gradient, from that of the last state; see `MeshRollout.backward`."""
        last = self._states[-1]
        if grad.shape != tuple(last.shape):
            raise ValueError(f"the gradient must be {tuple(last.shape)}, not {grad.shape}")
        inject = inject or {}
        at = torch.from_numpy(np.array(grad, np.float32)).to(last.device)
        sums = {name: torch.zeros_like(w) for name, w in self._weights.items()}
        penalty = 0.0
        for t in reversed(range(len(self._states))):
            if t + 1 < len(self._states):
                at, found = self._back(t, at)
                for name, part in found.items():
                    sums[name] += part
            if t in inject:
                at = at + torch.from_numpy(np.array(inject[t], np.float32)).to(last.device)
            if overflow is not None and t > 0:
                x = self._states[t]
                over = x - x.clamp(-overflow.limit, overflow.limit)
                squared = overflow.kind == "square"
                penalty += overflow.weight * float((over * over if squared else over.abs()).sum())
                at = at + overflow.weight * (2 * over if squared else torch.sign(over))
            if poll is not None:
                poll()
        arrays = {name: total.cpu().numpy() for name, total in sums.items()}
        return Gradients(Weights.from_arrays(self._rule, arrays), at.cpu().numpy(), penalty)

    def _back(self, t: int, grad: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        x = self._states[t].clone().requires_grad_()
        weights = {name: w.clone().requires_grad_() for name, w in self._weights.items()}
        with torch.enable_grad():
            after = self._step(t, x, weights)
            first, *rest = torch.autograd.grad(after, [x, *weights.values()], grad)
        return first, dict(zip(weights, rest, strict=True))
