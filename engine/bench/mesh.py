"""Mesh automata on icospheres: the fused step beside message passing, and beside the machine.

The plain side (`engine.mesh_nca.plain`) is the published formulation in torch with the same number
of threads: gather on all directed edges, harmonics in the step, `index_add_`, the network on all
vertices, then the mask, plain autograd. Medians of 10 turns after 3 warm-ups.

`mesh.products` and `mesh.traffic` say how far the step is from the machine's limits: the products
take ``2 (P hidden + hidden C)`` operations per vertex that fires; every state is read and written
once, and the rings of those that fire are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.device import pick_device, threads
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

__all__ = ["RULE", "bench", "made"]

RULE = MeshRule()
BASELINE = "message passing in torch"
_REPEATS, _WARM = 10, 3
_LIMITS = {
    "mesh.products": ("step_products", "large_product", "GFLOP/s", "torch.mm 1536"),
    "mesh.traffic": ("step_traffic", "copying", "GB/s", "memory copy"),
}
Work = Callable[[], float]


def made(nu: int) -> tuple[Surface, Weights, FloatArray]:
    """An icosphere, weights that change little in many steps, and a state."""
    surface = Surface.of(*icosphere(nu))
    rng = np.random.default_rng(0)
    weights = Weights.initial(RULE, rng)
    weights.w2[:] = rng.normal(0, 1e-4, weights.w2.shape)
    x = rng.normal(0, 0.1, (len(surface.vertices), RULE.channels)).astype(np.float32)
    return surface, weights, x


def _warmed(work: Work) -> Work:
    for _ in range(_WARM):
        work()
    return work


def fused_forward(nu: int) -> Work:
    """Steps of one world by the fused kernels."""
    from engine.mesh_nca.stepper import FusedStepper

    surface, weights, x = made(nu)
    stepper, controls, states, done = FusedStepper(surface, RULE, weights), Controls(), [x, x], 0
    states[1] = x.copy()

    def work() -> float:
        nonlocal done
        stepper.step(states[0], 0, done, controls, out=states[1])
        states.reverse()
        done += 1
        return 1.0

    return _warmed(work)


def fused_training(nu: int) -> Work:
    """Training steps: one step forward, a mean square, the gradients of weights and state."""
    from engine.mesh_nca.rollout import MeshRollout

    surface, weights, x = made(nu)
    done, buffer = 0, None

    def work() -> float:
        nonlocal done, buffer
        run = MeshRollout(surface, RULE, weights, x[None], 1, 0, buffer=buffer, step0=done)
        buffer = run.states
        run.backward(run.final * np.float32(2 / run.final.size))
        done += 1
        return 1.0

    return _warmed(work)


def tensor_forward(nu: int, device: str) -> Work:
    """Steps of one world by torch with sparse products, the state staying on the device."""
    from engine.mesh_nca.tensor import TensorStepper

    surface, weights, state = made(nu)
    stepper, controls, done = TensorStepper(surface, RULE, weights, device), Controls(), 0
    x, wait = _placed(state, device)

    def work() -> float:
        nonlocal x, done
        x = stepper.step_tensor(x, 0, done, controls)
        done += 1
        wait()
        return 1.0

    return _warmed(work)


def tensor_training(nu: int, device: str) -> Work:
    """`fused_training` by torch with sparse products."""
    from engine.mesh_nca.tensor import TensorRollout

    surface, weights, x = made(nu)

    def work() -> float:
        run = TensorRollout(surface, RULE, weights, x[None], 1, 0, device=device)
        run.backward(run.final * np.float32(2 / run.final.size))
        return 1.0

    return _warmed(work)


def plain_forward(nu: int, device: str = "cpu") -> Work:
    """Steps of one world by message passing."""
    import torch

    from engine.mesh_nca.plain import Messages, plain_step

    torch.set_num_threads(threads())
    surface, weights, state = made(nu)
    messages, tensors = Messages(surface, device), _tensors(weights, device)
    x, wait = _placed(state, device)

    @torch.no_grad()
    def work() -> float:
        nonlocal x
        x = plain_step(RULE, messages, tensors, x, torch.rand(len(x), device=device) < 0.5)
        wait()
        return 1.0

    return _warmed(work)


def plain_training(nu: int, device: str = "cpu") -> Work:
    """`fused_training` by message passing and autograd."""
    import torch

    from engine.mesh_nca.plain import Messages, plain_step

    torch.set_num_threads(threads())
    surface, weights, state = made(nu)
    messages, tensors = Messages(surface, device), _tensors(weights, device)
    x, wait = _placed(state, device)
    x.requires_grad_()
    wanted = [x, *(w.requires_grad_() for w in tensors.values())]

    def work() -> float:
        mask = torch.rand(len(x), device=device) < 0.5
        after = plain_step(RULE, messages, tensors, x, mask)
        torch.autograd.grad((after * after).mean(), wanted)
        wait()
        return 1.0

    return _warmed(work)


def step_products(nu: int) -> Work:
    """Giga-operations of the products in steps."""
    steps, count = fused_forward(nu), 10 * nu * nu + 2
    per_step = count * (RULE.perceived + RULE.channels) * RULE.hidden  # half of them, times 2
    return lambda: steps() * per_step / 1e9


def step_traffic(nu: int) -> Work:
    """Gigabytes that steps read and write at least: states, and six edges of every other vertex."""
    steps, count = fused_forward(nu), 10 * nu * nu + 2
    edge = 4 + 4 * RULE.harmonics
    per_step = count * (2 * 4 * RULE.channels + 6 * edge / 2)
    return lambda: steps() * per_step / 1e9


def _placed(state: FloatArray, device: str) -> tuple[Any, Callable[[], None]]:
    """A state on a device, and how to wait for the device."""
    import torch

    x = torch.from_numpy(state).to(device)
    return x, torch.cuda.synchronize if x.is_cuda else lambda: None


def _tensors(weights: Weights, device: str) -> dict[str, Any]:
    import torch

    return {name: torch.from_numpy(w).to(device) for name, w in weights.arrays().items()}


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `mesh.forward.VERTICES`, `mesh.train.VERTICES`, `mesh.products` or `mesh.traffic`."""
    if name in _LIMITS:
        own, other, unit, limit = _LIMITS[name]
        sides = Side(__name__, own, {"nu": 64}), Side("engine.bench.machine", other)
        return [compare(name, unit, *sides, limit, activity, repeats=_REPEATS)]
    _, work, vertices = name.split(".")
    nu, where = round(((int(vertices) - 2) / 10) ** 0.5), pick_device(device)
    kind, there = {"forward": "forward", "train": "training"}[work], {"nu": nu}
    ours = "fused"
    if where != "cpu":
        ours, there = "tensor", {"nu": nu, "device": where}
    return [
        compare(
            name,
            "steps/s" if work == "forward" else "s/update",
            Side(__name__, f"{ours}_{kind}", there),
            Side(__name__, f"plain_{kind}", there),
            BASELINE,
            activity,
            repeats=_REPEATS,
            seconds_per=work == "train",
        )
    ]
