"""Texture NCA: forward of a torus, and training."""

from __future__ import annotations

from engine.bench.cells import bench_forward, bench_training
from engine.bench.harness import Row
from engine.core.activity import Activity

__all__ = ["bench"]


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `texture.forward.SIZE` or `texture.train`."""
    if name == "texture.train":
        return bench_training(name, "texture", "alive", device, activity)
    return bench_forward("texture", int(name.rpartition(".")[2]), device, activity)
