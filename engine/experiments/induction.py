"""The figure of induction heads: they form all at once, and what repeats is known because of them.

Olsson et al., "In-context Learning and Induction Heads", 2022, arXiv 2209.11895: a narrow window of
training in which prefix-matching heads and in-context learning appear together; no such thing in
models of one layer; without those heads the ability is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.attention.ablation import Ablation, ablations
from engine.attention.forward import forward
from engine.attention.history import crossing
from engine.attention.induction import SCHEME, Probe, induction_design, induction_plan
from engine.attention.initial import initial
from engine.attention.recall import in_context_score, recall
from engine.attention.tasks import Batch, Draws
from engine.attention.tasks.repeats import Repeats
from engine.attention.threads import one_thread
from engine.attention.training import Trainer
from engine.core import rng as streams
from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement
from engine.core.system import Poll

__all__ = ["EXPERIMENTS", "Run", "learn", "rise"]

UPDATES = 400
EVERY = 20
JUDGED = 256  # sequences
SEEDS = (0, 1, 2)
WINDOW = (150.0, 230.0)


@dataclass(frozen=True, eq=False)
class Run:
    """A training, as it was seen on the way.

    Attributes
    ----------
    updates : list of int
    curves : dict of str to list of float
        At each of `updates`: "repeat loss", "new loss", "accuracy" on sequences like those that are
        learned; "induction" and "previous", the greatest score of a head of the last and of the
        first layer, and "in context" on the probe.
    ablations : tuple of Ablation
        After the last update.
    previous : (layer, head)
        The head of the first layer that looks most at the token before.
    induction : tuple of (layer, head)
        Heads of the last layer that are called induction heads.
    """

    updates: list[int]
    curves: dict[str, list[float]]
    ablations: tuple[Ablation, ...]
    previous: tuple[int, int]
    induction: tuple[tuple[int, int], ...]

    def last(self, name: str) -> float:
        """Return a figure after the last update."""
        return self.curves[name][-1]

    def without(self, *off: tuple[int, int]) -> dict[str, float]:
        """Return what was measured with just these heads off."""
        return next(one.measured for one in self.ablations if one.off == off)


def learn(layers: int, seed: int, poll: Poll, updates: int = UPDATES) -> Run:
    """Train the model with the settings of the sheet, and look at it every `EVERY` updates."""
    design, task = induction_design(layers=layers), Repeats()
    weights = initial(design, streams.stream(seed, "weights"), SCHEME)
    rng = streams.stream(seed, "training")
    trainer = Trainer(design, task, induction_plan(updates=updates), weights, rng)
    judged = task.draw(Draws(streams.stream(seed, "judged")), JUDGED)
    probe = Probe(task.vocabulary, task.length)
    found: dict[str, list[float]] = {}
    seen = probe.look(design, trainer.tensors, poll)
    for update in range(updates + 1):
        if update % EVERY == 0:
            seen = probe.look(design, trainer.tensors, poll)
            figures = _judge(design, trainer, judged)
            figures["induction"] = float(seen.scores["induction"][-1].max())
            figures["previous"] = float(seen.scores["previous"][0].max())
            figures["in context"] = in_context_score(seen.curve)
            for name, value in figures.items():
                found.setdefault(name, []).append(value)
        if update < updates:
            trainer.update(poll=poll)
    measure = partial(recall, batch=judged)
    last = design.depth - 1
    return Run(
        list(range(0, updates + 1, EVERY)),
        found,
        ablations(design, trainer.tensors, judged.tokens, measure, poll),
        (0, int(np.argmax(seen.scores["previous"][0]))),
        tuple((last, h) for h, role in enumerate(seen.roles[last]) if role == "induction"),
    )


def _judge(design: Any, trainer: Trainer, judged: Batch) -> dict[str, float]:
    with one_thread(), torch.no_grad():
        return recall(forward(design, trainer.tensors, judged.tokens), judged)


def rise(run: Run, level: float) -> float:
    """Return the update at which the accuracy of repeats passes a level; infinity if never."""
    points = np.array(run.updates, np.float64), np.array(run.curves["accuracy"])
    found = crossing(points, level)
    return float("inf") if found is None else found


def _phase_change(activity: Activity, files: Mapping[str, Path]) -> Measurement:
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
        "one layer stays behind": control.last("accuracy") < 0.25
        and control.last("repeat loss") > 2.5
        and control.last("induction") < 0.15,
    }
    details: dict[str, Any] = {f"seed {s}": _told(r) for s, r in zip(SEEDS, runs, strict=True)}
    details |= {"one layer": _told(control), "holds": holds}
    inside = all(WINDOW[0] <= half <= WINDOW[1] for half in halves)
    return Measurement(float(np.median(halves)), inside and all(holds.values()), details)


def _told(run: Run) -> dict[str, Any]:
    """Write a run as figures: the table over the updates, and what was lost without heads."""
    told: dict[str, Any] = {"updates": run.updates}
    told |= {name: [round(value, 4) for value in values] for name, values in run.curves.items()}
    told["strongest previous-token head"] = run.previous
    told["induction heads"] = run.induction
    told["switched off"] = {one.title: one.measured for one in run.ablations}
    return told


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="induction.phase-change",
        claim="Two layers learn to know what repeats all at once, when induction heads form; one "
        "layer does not, and without those heads the ability is gone",
        paper="Olsson et al., In-context Learning and Induction Heads, 2022, arXiv 2209.11895",
        expected="half of the repeats right at update 175 to 190 of 400, from 10 to 90 % in about "
        "100; prefix-matching 0.99, accuracy 1.00 in the end; 0.135 with one layer; 0.02 without "
        "layer 2",
        tolerance=f"half right at update {WINDOW[0]:.0f} to {WINDOW[1]:.0f} with each of three "
        "seeds, and all that is listed under 'holds'",
        minutes=1.0,
        run=_phase_change,
    ),
)
