"""Growing NCA: forward where every cell lives, and training from living states and from seeds."""

from __future__ import annotations

from engine.bench.cells import bench_forward, bench_training
from engine.bench.harness import Row
from engine.core.activity import Activity

__all__ = ["bench"]


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `growing.forward.SIZE`, `growing.train.alive` or `growing.train.seed`."""
    _, work, what = name.split(".")
    if work == "forward":
        return bench_forward("growing", int(what), device, activity)
    return bench_training(name, "growing", what, device, activity)
