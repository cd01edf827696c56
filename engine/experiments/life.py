"""Figures of Life: Gosper's glider gun."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement
from engine.core.spec import Spec
from engine.experiments.components import count_components
from engine.media import life_files
from engine.systems.life import PATTERNS, Life

__all__ = ["EXPERIMENTS"]

WARM_UP = 300  # generations, by then the stream has reached the eater
GUN_ROWS = 9  # of the pattern; below stands the eater
RUN = 300


def _period(life: Life, longest: int, activity: Activity) -> int:
    """Find after how many generations all cells are as now; 0 if not within `longest`."""
    now = life.words.copy()
    for generation in range(1, longest + 1):
        activity.check()
        life.step()
        if np.array_equal(life.words, now):
            return generation
    return 0


def _free_gun() -> Life:
    """Make the gun without an eater in a world that its gliders do not leave within the run."""
    life = Life(Spec("life", {"width": 512, "height": 512, "density": 0.0, "edges": "dead"}))
    gun = life_files.parse_rle(PATTERNS["gosper-gun"]).cells[:GUN_ROWS]
    life.stamp(gun, 8, 8)
    return life


def _gliders(life: Life) -> int:
    """Count separate pieces below the gun; a glider's cells touch by corners, so they are grown."""
    cells = life.field()[8 + GUN_ROWS + 12 :, :, 0].astype(bool)
    grown = np.zeros_like(cells)
    for shift in (-1, 0, 1):
        grown |= np.roll(cells, shift, 0) | np.roll(cells, shift, 1)
    return count_components(grown, wraps=False)


def _gosper_gun(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    del files
    caught = Life(
        Spec("life", {"width": 128, "height": 96, "pattern": "gosper-gun", "edges": "dead"})
    )
    for _ in activity.track(range(WARM_UP), note="gun and eater"):
        caught.step()
    period = _period(caught, 4 * 30, activity)
    free = _free_gun()
    populations, gliders = [], []
    for generation in activity.track(range(WARM_UP + RUN + 1), note="free gun"):
        if generation:
            free.step()
        populations.append(int(free.metrics()["population"]))
        if generation >= WARM_UP and (generation - WARM_UP) % 30 == 0:
            gliders.append(_gliders(free))
    growth = np.array(populations[30:]) - np.array(populations[:-30])
    steady = growth[WARM_UP - 30 :]
    emitted = np.diff(gliders)
    passed = period == 30 and set(steady.tolist()) == {5} and set(emitted.tolist()) == {1}
    return Measurement(
        float(period),
        passed,
        {
            "gliders in 300 generations": int(emitted.sum()),
            "cells more after every 30 generations": sorted(set(steady.tolist())),
        },
    )


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="life.gosper-gun",
        claim="Gosper's gun is the same again after 30 generations, one glider of 5 cells richer",
        paper="R. W. Gosper 1970, in M. Gardner, Scientific American 224(2):112-117, 1971",
        expected="period 30; 10 gliders in 300 generations",
        tolerance="none: exactly 30, exactly one glider in each period",
        minutes=0.1,
        run=_gosper_gun,
    ),
)
