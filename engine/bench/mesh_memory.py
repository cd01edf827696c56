"""How much memory training a mesh automaton takes, each side in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from engine.bench.harness import Row
from engine.core import child
from engine.core.activity import Activity
from engine.core.device import threads

__all__ = ["bench", "fused", "plain", "rise"]

NU, STEPS = 64, 20


def peak() -> int:
    """Bytes that this process held at most."""
    if sys.platform == "win32":
        import psutil

        most: int = psutil.Process().memory_info().peak_wset
        return most
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def fused(nu: int, steps: int) -> None:
    """A rollout and its gradient by the fused kernels."""
    from engine.bench.mesh import RULE, made
    from engine.mesh_nca.rollout import MeshRollout

    surface, weights, x = made(nu)
    run = MeshRollout(surface, RULE, weights, x[None], steps, 0)
    run.backward(run.final * np.float32(2 / run.final.size))


def plain(nu: int, steps: int) -> None:
    """The same by message passing and autograd."""
    import torch

    from engine.bench.mesh import RULE, made
    from engine.mesh_nca.plain import Messages, plain_step

    torch.set_num_threads(threads())
    surface, weights, state = made(nu)
    messages = Messages(surface)
    tensors = {n: torch.from_numpy(w).requires_grad_() for n, w in weights.arrays().items()}
    x = first = torch.from_numpy(state).requires_grad_()
    for _ in range(steps):
        x = plain_step(RULE, messages, tensors, x, torch.rand(len(x)) < 0.5)
    torch.autograd.grad((x * x).mean(), [first, *tensors.values()])


def rise(side: str, nu: int = NU, steps: int = STEPS) -> float:
    """Megabytes by which the peak rises, mesh and operator included, modules and compilers not."""
    work = {"fused": fused, "plain": plain}[side]
    work(2, 1)
    before = peak()
    work(nu, steps)
    return (peak() - before) / 1e6


def _measured(side: str, activity: Activity) -> float:
    activity.check()
    done = subprocess.run(
        child.command("engine.bench.mesh_memory", side, str(threads())),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads())},
    )
    return float(done.stdout)


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `mesh.memory`: the rise of peak memory by 20 training steps; about the CPU only."""
    del device
    ours, theirs = (_measured(side, activity) for side in ("fused", "plain"))
    baseline = "message passing in torch, 20 steps of 40,962 vertices"
    return [Row(name, ours, "MB", baseline, theirs, theirs / ours)]


if __name__ == "__main__":
    from engine.core.device import set_threads

    set_threads(int(sys.argv[2]))
    sys.stdout.write(f"{rise(sys.argv[1])!r}\n")
