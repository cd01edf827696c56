"""Figures of Gray-Scott: Pearson's regimes by numbers that tell them apart, and the scale law."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement
from engine.core.spec import Spec
from engine.experiments.components import count_components
from engine.systems.gray_scott import GrayScott

__all__ = ["EXPERIMENTS", "REGIMES", "Pattern", "grow", "steady_v", "wavelength"]

PAPER = "J. E. Pearson, Complex patterns in a simple system, Science 261:189-192, 1993"
SIDE = 128
STEPS = 6000
SUBSTEPS = 50


@dataclass(frozen=True)
class Pattern:
    """What can be counted of a grown pattern.

    Attributes
    ----------
    mean, deviation : float
        Of v over the grid.
    covered : float
        Share of cells above the middle between the least and the largest v.
    pieces, holes : int
        Connected regions above that level and below it; 0 of both in a uniform field.
    earlier : int
        Pieces after a quarter of the time.
    change : float
        Root mean square change of v over the last 500 steps, relative to its deviation.
    """

    mean: float
    deviation: float
    covered: float
    pieces: int
    holes: int
    earlier: int
    change: float


def grow(
    feed: float, kill: float, seed: int, check: Callable[[], None], **params: object
) -> tuple[Pattern, NDArray[np.float32]]:
    """Run from a square in the middle of a torus; returns the figures and the last v."""
    world = GrayScott(
        Spec(
            "gray-scott",
            {"width": SIDE, "height": SIDE, "pattern": "square", "substeps": SUBSTEPS}
            | {"feed": feed, "kill": kill, **params},
            seed=seed,
        )
    )
    ticks = STEPS // SUBSTEPS
    earlier, before = 0, world.field()[..., 1].copy()
    for tick in range(1, ticks + 1):
        check()
        world.step()
        if tick == ticks // 4:
            earlier = _pieces(world.field()[..., 1])[0]
        if tick == ticks - 500 // SUBSTEPS:
            before = world.field()[..., 1].copy()
    v = world.field()[..., 1].copy()
    pieces, holes, covered = _pieces(v)
    deviation = float(v.std())
    change = float(np.sqrt(np.mean((v - before) ** 2))) / max(deviation, 1e-6)
    return Pattern(float(v.mean()), deviation, covered, pieces, holes, earlier, change), v


def _pieces(v: NDArray[np.float32]) -> tuple[int, int, float]:
    low, high = float(v.min()), float(v.max())
    if high - low < 0.01:
        return 0, 0, 0.0
    mask = v > (low + high) / 2
    return count_components(mask), count_components(~mask), float(mask.mean())


def steady_v(feed: float, kill: float) -> float:
    """Concentration v of the uniform state that reacts (Pearson's "blue"); 0 where there is none.

    From u v = F + k and F (1 - u) = (F + k) v.
    """
    root = 1 - 4 * (feed + kill) ** 2 / feed
    return feed / (2 * (feed + kill)) * (1 + math.sqrt(root)) if root >= 0 else 0.0


def wavelength(v: NDArray[np.float32]) -> float:
    """Mean wavelength of a pattern in cells, from the centre of its power spectrum."""
    power = np.abs(np.fft.fft2(v - v.mean())) ** 2
    fy, fx = np.fft.fftfreq(v.shape[0])[:, None], np.fft.fftfreq(v.shape[1])[None, :]
    frequency = np.hypot(fy, fx)
    return float(power.sum() / (power * frequency).sum())


@dataclass(frozen=True)
class Regime:
    """A point of the (F, k) plane, what is seen there, and the numbers that say so."""

    feed: float
    kill: float
    seen: str
    holds: Callable[[Pattern], bool]


REGIMES: dict[str, Regime] = {
    "red": Regime(
        0.04, 0.07, "v dies out everywhere", lambda p: p.mean < 1e-4 and p.deviation < 1e-4
    ),
    "blue": Regime(
        0.06,
        0.05,
        "a uniform state with v at its fixed point",
        lambda p: p.deviation < 0.005 and abs(p.mean - steady_v(0.06, 0.05)) < 0.005,
    ),
    "lambda": Regime(
        0.0367,
        0.0649,
        "spots that divide until they fill the plane, then rest",
        lambda p: (
            p.pieces >= 2 * max(p.earlier, 1)
            and 35 <= p.pieces <= 75
            and p.holes <= 3
            and 0.12 <= p.covered <= 0.28
        ),
    ),
    "epsilon": Regime(
        0.014,
        0.054,
        "spots that divide and die without end",
        lambda p: 15 <= p.pieces <= 45 and p.covered <= 0.2 and p.change > 0.5,
    ),
    "theta": Regime(
        0.029,
        0.057,
        "a labyrinth of stripes at rest",
        lambda p: p.pieces <= 15 and 0.38 <= p.covered <= 0.58 and p.change < 0.3,
    ),
    "delta": Regime(
        0.039,
        0.058,
        "a sheet with holes: spots in the negative",
        lambda p: p.pieces <= 3 and p.holes >= 25 and p.covered >= 0.65 and p.change < 0.3,
    ),
}

SCALE = 2.0  # D over four: half the size


def _regimes(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    del files
    seeds = (0, 1, 2)
    jobs = [(name, seed) for name in REGIMES for seed in seeds]
    found: dict[str, list[Pattern]] = {name: [] for name in REGIMES}
    for name, seed in activity.track(jobs, note="points of the (F, k) plane"):
        regime = REGIMES[name]
        found[name].append(grow(regime.feed, regime.kill, seed, activity.check)[0])
    # Each pattern must be accepted by its own regime and refused by all others.
    right = sum(
        all(other.holds(pattern) == (other is REGIMES[name]) for other in REGIMES.values())
        for name, patterns in found.items()
        for pattern in patterns
    )
    maze = REGIMES["theta"]
    sizes = {
        part: wavelength(
            grow(maze.feed, maze.kill, 0, activity.check, du=1.0 / part, dv=0.5 / part)[1]
        )
        for part in (1, 4)
    }
    ratio = sizes[1] / sizes[4]
    passed = right == len(jobs) and abs(ratio - SCALE) <= 0.1 * SCALE
    details: dict[str, object] = {
        f"{name} (F {REGIMES[name].feed}, k {REGIMES[name].kill}): {REGIMES[name].seen}": [
            {
                "mean v": round(p.mean, 4),
                "covered": round(p.covered, 3),
                "pieces": p.pieces,
                "pieces at a quarter": p.earlier,
                "holes": p.holes,
                "change": round(p.change, 3),
            }
            for p in patterns
        ]
        for name, patterns in found.items()
    }
    details["wavelength over that with a quarter of the diffusion"] = round(ratio, 3)
    return Measurement(right / len(jobs), passed, details)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="gray-scott.regimes",
        claim="Six points of the (F, k) plane show the patterns that Pearson names, and size goes "
        "with the root of the diffusion",
        paper=f"{PAPER}, figures 2 and 3",
        expected="every run, of three seeds each, fits its own regime and none of the others; a "
        "quarter of the diffusion halves the wavelength",
        tolerance="all of 18 runs; ratio of wavelengths 2 within 10 %",
        minutes=0.3,
        run=_regimes,
    ),
)
