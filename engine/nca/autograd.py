"""`engine.nca.train.rollout` for torch: the fused rollout with its gradients, and the eager one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from engine.nca.reference import Layers, cell_step, fire_tensor
from engine.nca.rule import Rule, Weights
from engine.nca.train import Overflow, Rollout, Settings

__all__ = ["eager", "fused"]

Poll = Callable[[], None] | None


class _FusedRollout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, run: Any, options: Any, names: Any, x0: Any, *tensors: Any) -> Any:
        made = run(x0, dict(zip(names, tensors, strict=True)))
        ctx.made, ctx.options, ctx.names = made, options, names
        return torch.from_numpy(made.final.copy())

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Any) -> Any:
        found = ctx.made.backward(np.ascontiguousarray(grad.numpy()), **ctx.options)
        arrays = found.weights.arrays()
        weights = (torch.from_numpy(arrays[name]) for name in ctx.names)
        return None, None, None, torch.from_numpy(found.x0), *weights


def fused(
    rule: Rule,
    weights: Mapping[str, torch.Tensor],
    x0: torch.Tensor,
    steps: int,
    settings: Settings,
    overflow: Overflow | None = None,
    normalise_state: bool = False,
    poll: Poll = None,
) -> torch.Tensor:
    """`rollout` by the fused kernels (CPU tensors)."""

    def run(first: torch.Tensor, tensors: dict[str, torch.Tensor]) -> Rollout:
        arrays = {name: tensor.detach().numpy() for name, tensor in tensors.items()}
        start = np.ascontiguousarray(first.detach().numpy())
        return Rollout(rule, Weights.from_arrays(rule, arrays), start, steps, settings, poll)

    options = {"overflow": overflow, "normalise_state": normalise_state, "poll": poll}
    names = tuple(weights)
    result: torch.Tensor = _FusedRollout.apply(  # type: ignore[no-untyped-call]
        run, options, names, x0, *weights.values()
    )
    return result


class _StateGradient(torch.autograd.Function):
    """Identity whose backward pass adds the overflow gradient, normalises and polls."""

    @staticmethod
    def forward(ctx: Any, x: Any, overflow: Any, normalise_state: Any, poll: Any) -> Any:
        ctx.save_for_backward(x)
        ctx.options = overflow, normalise_state, poll
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        overflow, normalise_state, poll = ctx.options
        if poll is not None:
            poll()
        if overflow is not None:
            over = x - x.clamp(-overflow.limit, overflow.limit)
            grad = grad + overflow.weight * (
                2 * over if overflow.kind == "square" else torch.sign(over)
            )
        if normalise_state:
            grad = grad / (grad.flatten(1).norm(dim=1)[:, None, None, None] + 1e-8)
        return grad, None, None, None


def eager(
    rule: Rule,
    weights: Mapping[str, torch.Tensor],
    x0: torch.Tensor,
    steps: int,
    settings: Settings,
    overflow: Overflow | None = None,
    normalise_state: bool = False,
    poll: Poll = None,
) -> torch.Tensor:
    """`rollout` by eager torch and autograd (any device)."""
    x = x0.permute(0, 3, 1, 2)
    shape = (x.shape[0], x.shape[2], x.shape[3])
    layers = Layers.of(rule, weights, settings.angle)
    for t in range(steps):
        mask = fire_tensor(settings.seed, settings.step0 + t, shape, settings.fire_rate, x.device)
        x = cell_step(
            rule, layers, x, mask, threshold=settings.threshold, step_size=settings.step_size
        )
        x = _StateGradient.apply(  # type: ignore[no-untyped-call]
            x, overflow, normalise_state, poll
        )
        if poll is not None:
            poll()
    return x.permute(0, 2, 3, 1)
