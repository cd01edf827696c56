"""Life and Gray-Scott beside numpy."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.bench import Bench, Row
from engine.bench.repeat import rate
from engine.core import registry
from engine.core.activity import Activity
from engine.core.device import threads
from engine.core.spec import Spec

__all__ = ["BENCHES"]


def _life(side: int, device: str, activity: Activity) -> Iterable[Row]:
    del device
    world = registry.system_class("life")(Spec("life", {"width": side, "height": side}))
    cells = np.random.default_rng(0).random((side, side)) < 0.3

    def plain() -> None:
        """Count the neighbours by shifting, as every textbook does."""
        padded = np.pad(cells, 1, mode="wrap").astype(np.uint8)
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] - cells
        cells[...] = (around == 3) | (cells & (around == 2))

    own = rate(world.step, activity.check)
    other = rate(plain, activity.check, repeats=3)
    unit = f"steps/s, {threads()} threads"
    yield Row(f"life.step.{side}", own, unit, "numpy, 8 shifts, 1 thread", other)


def _gray_scott(side: int, device: str, activity: Activity) -> Iterable[Row]:
    del device
    params = {"width": side, "height": side, "substeps": 8, "pattern": "spots"}
    world = registry.system_class("gray-scott")(Spec("gray-scott", params))
    u, v = np.ones((side, side), np.float32), np.zeros((side, side), np.float32)
    v[::7, ::5] = 0.3

    def blur(a: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = np.roll(a, 1, 0) + 2 * a + np.roll(a, -1, 0)
        blurred: NDArray[np.float32] = np.roll(rows, 1, 1) + 2 * rows + np.roll(rows, -1, 1)
        return blurred / np.float32(16)

    def plain() -> None:
        a, b = blur(u), v + np.float32(0.5) * (blur(v) - v)
        rate_of = a * b * b
        u[...] = a - rate_of + np.float32(0.0367) * (1 - a)
        v[...] = b + rate_of - np.float32(0.1016) * b

    own = 8 * rate(world.step, activity.check)
    other = rate(plain, activity.check, repeats=3)
    unit = f"steps/s, {threads()} threads"
    yield Row(f"gray-scott.step.{side}", own, unit, "numpy, 1 thread", other)


BENCHES: tuple[Bench, ...] = (
    *(Bench(f"life.step.{side}", partial(_life, side)) for side in (512, 4096)),
    *(Bench(f"gray-scott.step.{side}", partial(_gray_scott, side)) for side in (256, 1024)),
)
