"""The largest mesh that keeps 60 steps a second on a GPU."""

from __future__ import annotations

import statistics
import time

from engine.bench.harness import Row
from engine.bench.mesh import tensor_forward
from engine.core.activity import Activity
from engine.core.device import pick_device

__all__ = ["bench", "largest"]

WANTED, MOST = 60.0, 724  # steps a second; nu of a sphere of 5.2 million vertices
_TURNS, _BURST = 10, 5


def _rate(nu: int, device: str) -> float:
    work, spans = tensor_forward(nu, device), []
    for _ in range(_TURNS):
        start = time.perf_counter()
        for _ in range(_BURST):
            work()
        spans.append(time.perf_counter() - start)
    return _BURST / statistics.median(spans)


def largest(device: str, activity: Activity, wanted: float = WANTED, most: int = MOST) -> int:
    """Vertices of the largest icosphere, in sizes twice as large each, with so many steps/s; or 0.

    nu goes up by the square root of 2 from 16 to `most`, or to what the device's memory holds.
    """
    import torch

    nu, best = 16.0, 0
    while round(nu) <= most:
        activity.check()
        try:
            rate = _rate(round(nu), device)
        except torch.cuda.OutOfMemoryError:
            break
        if rate < wanted:
            break
        best = 10 * round(nu) ** 2 + 2
        nu *= 2**0.5
    return best


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `mesh.cuda.largest`; there is no row without a GPU."""
    if pick_device(device) != "cuda":
        return []
    found = largest("cuda", activity)
    note = "no larger mesh was tried" if 2 * found > 10 * MOST**2 else ""
    return [Row(name, float(found), f"vertices at {WANTED:.0f} steps/s", note=note)]
