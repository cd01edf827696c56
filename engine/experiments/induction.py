"""The figure of induction heads: they form all at once, and what repeats is known because of them.

Olsson et al., "In-context Learning and Induction Heads", 2022, arXiv 2209.11895: a narrow window of
training in which prefix-matching heads and in-context learning appear together; no such thing in
models of one layer; without those heads the ability is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement

if TYPE_CHECKING:
    from engine.experiments.induction_runs import Run

__all__ = ["EXPERIMENTS"]

SEEDS = (0, 1, 2)
WINDOW = (150.0, 230.0)
TOGETHER = 60.0  # updates between half of the repeats known and half of the attention on them


def _phase_change(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    from engine.experiments.induction_runs import UPDATES, learn, rise

    trained = [
        learn(layers, seed, activity.check)
        for layers, seed in activity.track(
            [(1, SEEDS[0]), *((2, seed) for seed in SEEDS)], note=f"{UPDATES} updates of each model"
        )
    ]
    control, runs = trained[0], trained[1:]
    halves = [rise(run, 0.5) for run in runs]
    # What must hold beside the place of the change, each for every seed.
    holds = {
        "all repeats known in the end": all(run.last("accuracy") > 0.98 for run in runs),
        "from 10 to 90 % within 150 updates": all(
            rise(run, 0.9) - rise(run, 0.1) <= 150.0 for run in runs
        ),
        "heads form when repeats come to be known": all(
            abs(rise(run, 0.5, "induction") - half) <= TOGETHER
            for run, half in zip(runs, halves, strict=True)
        ),
        "heads of layer 2 match prefixes": all(run.last("induction") > 0.9 for run in runs),
        "context helps by over 2 nats": all(run.last("in context") < -2.0 for run in runs),
        "lost without layer 1 or layer 2": all(
            run.without((layer, 0), (layer, 1))["accuracy"] < 0.15
            for run in runs
            for layer in (0, 1)
        ),
        "either induction head will do": all(
            run.without(head)["accuracy"] > 0.9 for run in runs for head in ((1, 0), (1, 1))
        ),
        "segments of 4, never trained, are known": all(run.lengths[4] > 0.98 for run in runs),
        "one layer stays behind": control.last("accuracy") < 0.25
        and control.last("repeat loss") > 2.5
        and control.last("induction") < 0.15,
    }
    details: dict[str, Any] = {f"seed {s}": _told(r) for s, r in zip(SEEDS, runs, strict=True)}
    details |= {"one layer": _told(control), "holds": holds}
    details["prefix-matching score of 0.5 at update"] = [
        rise(run, 0.5, "induction") for run in runs
    ]
    inside = all(WINDOW[0] <= half <= WINDOW[1] for half in halves)
    return Measurement(float(np.median(halves)), inside and all(holds.values()), details)


def _told(run: Run) -> dict[str, Any]:
    """Write a run as figures: the table over the updates, and what was lost without heads."""
    told: dict[str, Any] = {"updates": run.updates}
    told |= {name: [round(value, 4) for value in values] for name, values in run.curves.items()}
    told["strongest previous-token head"] = run.previous
    told["induction heads"] = run.induction
    told["accuracy by segment"] = run.lengths
    told["switched off"] = {one.title: one.measured for one in run.ablations}
    return told


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="induction.phase-change",
        claim="Two layers learn to know what repeats all at once, when induction heads form; one "
        "layer does not, and without those heads the ability is gone",
        paper="Olsson et al., In-context Learning and Induction Heads, 2022, arXiv 2209.11895",
        expected="half of the repeats right at update 175 to 190 of 400, from 10 to 90 % in about "
        "100, and prefix-matching 0.5 within 60 updates of it; prefix-matching 0.96 to 0.99, "
        "accuracy 1.00 in the end; 0.135 with one layer; 0.02 without layer 2. No single head of "
        "layer 1 has to carry it: 0.07 to 0.8 is right without the strongest",
        tolerance=f"half right at update {WINDOW[0]:.0f} to {WINDOW[1]:.0f} with each of three "
        "seeds, and all that is listed under 'holds'",
        minutes=1.5,
        run=_phase_change,
    ),
)
