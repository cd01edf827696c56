"""Life and Gray-Scott beside the same in numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.bench.harness import Row, Side, compare
from engine.core import registry
from engine.core.activity import Activity
from engine.core.spec import Spec

__all__ = ["bench", "react"]

Work = Callable[[], float]
SUBSTEPS = 8
SIDES = {
    "life": ("packed_life", "plain_life"),
    "gray-scott": ("fused_reaction", "plain_reaction"),
}


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `life.step.SIDE` or `gray-scott.step.SIDE`; both always compute on the CPU."""
    del device
    system, _, side = name.split(".")
    own, plain = SIDES[system]
    ours, theirs = (Side(__name__, one, {"side": int(side)}) for one in (own, plain))
    return [compare(name, "steps/s", ours, theirs, "numpy, which uses one", activity, repeats=5)]


def packed_life(side: int) -> Work:
    """Generations of Life as the system computes them, with ages."""
    world = registry.system_class("life")(Spec("life", {"width": side, "height": side}))

    def work() -> float:
        world.step()
        return 1.0

    return work


def plain_life(side: int) -> Work:
    """Count the neighbours by shifting, as every textbook does; without ages."""
    cells = np.random.default_rng(0).random((side, side)) < 0.3

    def work() -> float:
        padded = np.pad(cells, 1, mode="wrap").astype(np.uint8)
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] - cells
        cells[...] = (around == 3) | (cells & (around == 2))
        return 1.0

    return work


def fused_reaction(side: int) -> Work:
    """Time steps of Gray-Scott as the system computes them."""
    params = {"width": side, "height": side, "substeps": SUBSTEPS}
    world = registry.system_class("gray-scott")(Spec("gray-scott", params))

    def work() -> float:
        world.step()
        return float(SUBSTEPS)

    return work


def plain_reaction(side: int) -> Work:
    """The same equations by shifted arrays."""
    world = registry.system_class("gray-scott")(Spec("gray-scott", {"width": side, "height": side}))
    u, v = world.state("world")["world/field"]

    def work() -> float:
        react(u, v)
        return 1.0

    return work


def react(u: NDArray[np.float32], v: NDArray[np.float32]) -> None:
    """Do one time step of Gray-Scott on a torus in numpy, with the defaults of the system."""
    a, b = _blur(u), v + np.float32(0.5) * (_blur(v) - v)
    reaction = a * b * b
    u[...] = a - reaction + np.float32(0.0367) * (1 - a)
    v[...] = b + reaction - np.float32(0.1016) * b


def _blur(a: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = np.roll(a, 1, 0) + 2 * a + np.roll(a, -1, 0)
    blurred: NDArray[np.float32] = np.roll(rows, 1, 1) + 2 * rows + np.roll(rows, -1, 1)
    return blurred / np.float32(16)
