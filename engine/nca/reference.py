"""The plain torch formulation: depthwise convolution, two 1x1 convolutions, eager.

The oracle of the tests, the baseline of the benchmarks and the path used on CUDA. It draws the same
update mask as the fused kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.nca.fire import fire_limit, step_keys
from engine.nca.rule import ALPHA, FloatArray, Rule, Weights

__all__ = ["Layers", "ReferenceStepper", "cell_step", "fire_tensor", "kernels"]

_SOBEL = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
_LAPLACIAN = torch.tensor([[1.0, 2.0, 1.0], [2.0, -12.0, 2.0], [1.0, 2.0, 1.0]])
_IDENTITY = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])


def kernels(rule: Rule, angle: float = 0.0) -> torch.Tensor:
    """The filters of a rule, (F, 3, 3)."""
    c, s = math.cos(angle), math.sin(angle)
    known = {
        "identity": _IDENTITY,
        "sobel_x": (c * _SOBEL - s * _SOBEL.T) * rule.filter_scale,
        "sobel_y": (s * _SOBEL + c * _SOBEL.T) * rule.filter_scale,
        "laplacian": _LAPLACIAN * rule.filter_scale,
    }
    return torch.stack([known[name] for name in rule.filters])


def fire_tensor(
    seed: int, step: int, shape: tuple[int, int, int], rate: float, device: Any = "cpu"
) -> torch.Tensor:
    """`engine.nca.fire.fire_mask` computed on a torch device, (B, H, W) bool."""
    low, high = step_keys(seed, step)
    draw = torch.arange(math.prod(shape), dtype=torch.int64, device=device) & 0xFFFFFFFF
    for key in (low, high):
        draw = draw ^ key
        for multiplier, shift in ((0x7FEB352D, 16), (0x846CA68B, 15)):
            draw = ((draw ^ (draw >> shift)) * multiplier) & 0xFFFFFFFF
        draw = draw ^ (draw >> 16)
    return (draw < fire_limit(rate)).reshape(shape)


@dataclass(frozen=True, eq=False)
class Layers:
    """Filters and weights in the shapes that `conv2d` takes, for any number of steps."""

    bank: torch.Tensor
    w1: torch.Tensor
    b1: torch.Tensor
    w2: torch.Tensor
    b2: torch.Tensor | None

    @classmethod
    def of(cls, rule: Rule, weights: Mapping[str, torch.Tensor], angle: float = 0.0) -> Layers:
        """From `{"w1": (P, hidden), "b1", "w2": (hidden, C)[, "b2"]}`; differentiable."""
        w1 = weights["w1"]
        filters = kernels(rule, angle).to(w1)
        count, channels = len(rule.filters), rule.channels
        # A grouped convolution gives its values channel-major, `w1` is filter-major.
        order = torch.arange(count * channels, device=w1.device).reshape(count, channels).T
        return cls(
            filters[:, None].repeat(channels, 1, 1, 1),
            w1.T[:, order.reshape(-1), None, None].contiguous(),
            weights["b1"],
            weights["w2"].T[:, :, None, None].contiguous(),
            weights.get("b2"),
        )


def cell_step(
    rule: Rule,
    layers: Layers,
    x: torch.Tensor,
    mask: torch.Tensor,
    *,
    threshold: float = 0.1,
    step_size: float = 1.0,
) -> torch.Tensor:
    """One step.

    Parameters
    ----------
    x : (B, C, H, W)
    mask : (B, H, W) bool, the cells that update.

    Returns
    -------
    (B, C, H, W), differentiable in `layers` and `x`; the masks are constants.
    """
    mode = "circular" if rule.border == "wrap" else "constant"
    padded = functional.pad(x, (1, 1, 1, 1), mode=mode)
    perceived = functional.conv2d(padded, layers.bank, groups=rule.channels)
    clip = rule.clip
    if clip is not None:
        perceived = perceived.clamp(-clip, clip)
    hidden = functional.relu(functional.conv2d(perceived, layers.w1, layers.b1))
    if clip is not None:
        hidden = hidden.clamp(max=clip)
    update = functional.conv2d(hidden, layers.w2, layers.b2)
    if clip is not None:
        update = update.clamp(-clip, clip)
    new = x + update * (mask[:, None].to(x) * step_size)
    if clip is not None:
        new = new.clamp(-clip, clip)
    if rule.alive:
        new = new * (_alive(rule, x, threshold) & _alive(rule, new, threshold)).to(x)
    return new


def _alive(rule: Rule, x: torch.Tensor, threshold: float) -> torch.Tensor:
    alpha = x[:, ALPHA : ALPHA + 1].detach()
    if rule.border == "wrap":
        alpha = functional.pad(alpha, (1, 1, 1, 1), mode="circular")
        return functional.max_pool2d(alpha, 3, 1) > threshold
    return functional.max_pool2d(alpha, 3, 1, 1) > threshold


class ReferenceStepper:
    """`FusedStepper`'s counterpart on a torch device; the state stays a numpy array at the border.

    Use `step_tensor` to keep the state on the device.
    """

    def __init__(self, rule: Rule, weights: Weights, device: str = "cpu") -> None:
        self.rule, self.device = rule, device
        self.load(weights)

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""
        self._weights = {
            name: torch.from_numpy(array.copy()).to(self.device)
            for name, array in weights.arrays().items()
        }

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
        """Advance a (B, H, W, C) float32 array by `n` steps in place; see `FusedStepper.step`."""
        x = torch.from_numpy(state).permute(0, 3, 1, 2).contiguous().to(self.device)
        done = x
        try:
            done = self.step_tensor(
                x,
                n,
                seed=seed,
                step0=step0,
                fire_rate=fire_rate,
                angle=angle,
                threshold=threshold,
                step_size=step_size,
                poll=poll,
            )
        finally:
            np.copyto(state, done.permute(0, 2, 3, 1).cpu().numpy())
        return state

    @torch.no_grad()
    def step_tensor(
        self,
        x: torch.Tensor,
        n: int = 1,
        *,
        seed: int,
        step0: int = 0,
        fire_rate: float = 0.5,
        angle: float = 0.0,
        threshold: float = 0.1,
        step_size: float = 1.0,
        poll: Callable[[], None] | None = None,
    ) -> torch.Tensor:
        """The same on a (B, C, H, W) tensor of the stepper's device; returns the new tensor."""
        shape = (x.shape[0], x.shape[2], x.shape[3])
        layers = Layers.of(self.rule, self._weights, angle)
        for i in range(n):
            mask = fire_tensor(seed, step0 + i, shape, fire_rate, x.device)
            x = cell_step(self.rule, layers, x, mask, threshold=threshold, step_size=step_size)
            if poll is not None:
                poll()
        return x
