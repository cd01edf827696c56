"""The workloads that the grid benches share: forward and training, fused and plain torch.

The plain side is the formulation of the papers' own code: depthwise convolution, two 1x1
convolutions, a random mask per step, eager, with torch's own threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.device import pick_device, threads
from engine.nca.rule import GROWING, TEXTURE, FloatArray, Rule, Weights

__all__ = ["bench_forward", "bench_training"]

RULES = {"growing": GROWING, "texture": TEXTURE}
BATCH, SIDE, STEPS = 8, 72, 64
Work = Callable[[], float]


def _made(rule: Rule, shape: tuple[int, int, int], kind: str) -> tuple[Weights, FloatArray]:
    """Weights that change little in many steps, and a state: every cell alive, or seeds."""
    rng = np.random.default_rng(0)
    weights = Weights.initial(rule, rng)
    weights.w2[:] = rng.normal(0, 1e-4, weights.w2.shape)
    state = np.zeros((*shape, rule.channels), np.float32)
    if kind == "seed":
        state[:, shape[1] // 2, shape[2] // 2, 3:] = 1
    else:
        state[:] = rng.normal(0, 0.1, state.shape)
        if rule.alive:
            state[..., 3] = 1
    return weights, state


def _steps(size: int) -> int:
    return max(1, (1 << 20) // (size * size))


def fused_forward(system: str, size: int) -> Work:
    """Steps of one world by the fused kernels."""
    from engine.nca.fused import FusedStepper

    rule = RULES[system]
    weights, state = _made(rule, (1, size, size), "alive")
    stepper, n, done = FusedStepper(rule, weights), _steps(size), 0

    def work() -> float:
        nonlocal done
        stepper.step(state, n, seed=0, step0=done)
        done += n
        return float(n)

    return work


def plain_forward(system: str, size: int, device: str = "cpu") -> Work:
    """Steps of one world by eager torch."""
    import torch

    from engine.nca.reference import Layers, cell_step

    torch.set_num_threads(threads())
    rule = RULES[system]
    weights, state = _made(rule, (1, size, size), "alive")
    tensors = {k: torch.from_numpy(v).to(device) for k, v in weights.arrays().items()}
    layers, n = Layers.of(rule, tensors), _steps(size) if device != "cpu" else 1
    x = torch.from_numpy(state).permute(0, 3, 1, 2).contiguous().to(device)

    @torch.no_grad()
    def work() -> float:
        nonlocal x
        for _ in range(n):
            x = cell_step(rule, layers, x, torch.rand(1, size, size, device=device) <= 0.5)
        if device != "cpu":
            torch.cuda.synchronize()
        return float(n)

    return work


def fused_training(system: str, kind: str) -> Work:
    """Updates: rollout, mean square, gradients of the weights."""
    from engine.nca.train import Rollout, Settings

    rule = RULES[system]
    weights, state = _made(rule, (BATCH, SIDE, SIDE), kind)
    done, buffer = 0, None

    def work() -> float:
        nonlocal done, buffer
        made = Rollout(rule, weights, state, STEPS, Settings(seed=done), buffer=buffer)
        buffer = made.states
        made.backward(made.final * np.float32(2 / made.final.size))
        done += 1
        return 1.0

    return work


def plain_training(system: str, kind: str, device: str = "cpu") -> Work:
    """The same by eager torch and autograd."""
    import torch

    from engine.nca.reference import Layers, cell_step

    torch.set_num_threads(threads())
    rule = RULES[system]
    weights, state = _made(rule, (BATCH, SIDE, SIDE), kind)
    tensors = {
        k: torch.from_numpy(v).to(device).requires_grad_() for k, v in weights.arrays().items()
    }
    start = torch.from_numpy(state).permute(0, 3, 1, 2).contiguous().to(device)

    def work() -> float:
        layers, x = Layers.of(rule, tensors), start
        for _ in range(STEPS):
            x = cell_step(rule, layers, x, torch.rand(BATCH, SIDE, SIDE, device=device) <= 0.5)
        torch.autograd.grad((x * x).mean(), list(tensors.values()))
        if device != "cpu":
            torch.cuda.synchronize()
        return 1.0

    return work


def _sides(device: str, work: str, arguments: dict[str, Any]) -> tuple[Side, Side | None]:
    if pick_device(device) == "cpu":
        return (Side(__name__, f"{side}_{work}", arguments) for side in ("fused", "plain"))  # type: ignore[return-value]
    return Side(__name__, f"plain_{work}", {**arguments, "device": "cuda"}), None


def bench_forward(system: str, size: int, device: str, activity: Activity) -> list[Row]:
    """Steps per second of a world of size x size of which every cell lives."""
    ours, theirs = _sides(device, "forward", {"system": system, "size": size})
    name = f"{system}.forward.{size}"
    return [compare(name, "steps/s", ours, theirs, "eager torch", activity)]


def bench_training(name: str, system: str, kind: str, device: str, activity: Activity) -> list[Row]:
    """Seconds per gradient of a batch of 8, 72 x 72, 64 steps."""
    ours, theirs = _sides(device, "training", {"system": system, "kind": kind})
    row = compare(name, "s/update", ours, theirs, "eager torch", activity, seconds_per=True)
    return [row]
