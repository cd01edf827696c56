"""Trainings of the model of repeats, looked at on the way, and what is lost without its heads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from engine.attention.ablation import Ablation, ablations
from engine.attention.design import Design
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
from engine.core.system import Poll

__all__ = ["UPDATES", "Run", "learn", "rise"]

UPDATES = 400
EVERY = 20
JUDGED = 256  # sequences
LENGTHS = (4, 8, 16, 24, 32)  # of segments; 4 is never trained


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
    lengths : dict of int to float
        Accuracy of repeats after the last update, by the length of the segment.
    """

    updates: list[int]
    curves: dict[str, list[float]]
    ablations: tuple[Ablation, ...]
    previous: tuple[int, int]
    induction: tuple[tuple[int, int], ...]
    lengths: dict[int, float]

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
        tuple(ablations(design, trainer.tensors, judged.tokens, measure, poll)),
        (0, int(np.argmax(seen.scores["previous"][0]))),
        tuple((last, h) for h, role in enumerate(seen.roles[last]) if role == "induction"),
        {size: _judge(design, trainer, _of_length(size))["accuracy"] for size in LENGTHS},
    )


def _of_length(segment: int) -> Batch:
    """Draw sequences whose segments are so long, also such as were never trained."""
    task = Repeats(shortest=segment, longest=segment)
    return task.draw(Draws(streams.stream(segment, "lengths")), JUDGED)


def _judge(design: Design, trainer: Trainer, judged: Batch) -> dict[str, float]:
    with one_thread(), torch.no_grad():
        return recall(forward(design, trainer.tensors, judged.tokens), judged)


def rise(run: Run, level: float, name: str = "accuracy") -> float:
    """Return the update at which a curve passes a level; infinity if never."""
    points = np.array(run.updates, np.float64), np.array(run.curves[name])
    found = crossing(points, level)
    return float("inf") if found is None else found
