"""What this machine can do at most, and how near the fused step comes to it.

The products of a step take `2 * (P * hidden + hidden * C)` operations per updated cell; beside them
a step reads every cell once and writes the updated ones. `machine.gemm` gives the rate of the
step's products next to that of a large product (torch, MKL or OpenBLAS), `machine.memory` its
traffic next to a copy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.device import pool, threads
from engine.nca.rule import GROWING

__all__ = ["bench"]

_SIZE = 512
_GEMM = 1536
Work = Callable[[], float]


def step_products() -> Work:
    """Giga-operations of the products in steps of a 512 x 512 world of which every cell lives."""
    from engine.bench.cells import fused_forward

    steps = fused_forward("growing", _SIZE)
    rule = GROWING
    per_step = (
        _SIZE * _SIZE * (rule.perceived + rule.channels) * rule.hidden
    )  # half the cells, times 2
    return lambda: steps() * per_step / 1e9


def large_product() -> Work:
    """Giga-operations of a square product in torch."""
    import torch

    torch.set_num_threads(threads())
    a = torch.rand(_GEMM, _GEMM)
    out = torch.empty_like(a)

    def work() -> float:
        torch.mm(a, a, out=out)
        return 2 * _GEMM**3 / 1e9

    return work


def step_traffic() -> Work:
    """Gigabytes that steps of a 512 x 512 world read and write at least."""
    from engine.bench.cells import fused_forward

    steps = fused_forward("growing", _SIZE)
    per_step = _SIZE * _SIZE * GROWING.channels * 4 * 1.5
    return lambda: steps() * per_step / 1e9


def copying(megabytes: int = 128) -> Work:
    """Gigabytes read and written by copies, each thread its own part of that size."""
    count = threads()
    parts = [np.ones(megabytes << 18, np.float32) for _ in range(count)]
    targets = [np.empty_like(part) for part in parts]

    def work() -> float:
        list(pool().map(np.copyto, targets, parts))
        return 2 * count * parts[0].nbytes / 1e9

    return work


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `machine.gemm` or `machine.memory`; both are about the CPU, whatever the device."""
    if name == "machine.gemm":
        sides, unit, limit = ("step_products", "large_product"), "GFLOP/s", "torch.mm 1536"
    else:
        sides, unit, limit = ("step_traffic", "copying"), "GB/s", "memory copy"
    ours, theirs = (Side(__name__, function) for function in sides)
    return [compare(name, unit, ours, theirs, limit, activity)]
