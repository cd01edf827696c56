"""Models of in-context regression that are trained for a figure, and how they are judged.

von Oswald et al., arXiv 2212.07677: with smaller batches and a decaying learning rate on a CPU, and
with the published ones where there is a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.core import rng
from engine.core.activity import Activity

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.comparison import Learner
    from engine.attention.descent import Steps
    from engine.attention.design import Design
    from engine.attention.tasks.regression import Prompts
    from engine.attention.training import Plan

__all__ = [
    "TASKS",
    "Trained",
    "first_met",
    "judge",
    "plan_for",
    "problems",
    "train",
    "weights_apart",
]

TASKS = 10_000  # that losses are measured on, as in the paper
ALIGNED = 2_000  # of them are used for gradients


@dataclass(frozen=True, eq=False)
class Trained:
    """A model that was trained for a figure.

    Attributes
    ----------
    design : Design
    weights : dict of str to Tensor
    path : tuple of (update, loss)
        Loss on the fixed problems on the way.
    cosines : dict of str to tuple of float
        To every learner that was looked at, at the same updates.
    """

    design: Design
    weights: Mapping[str, Tensor]
    path: tuple[tuple[int, float], ...]
    cosines: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def problems(name: str, device: str = "cpu", count: int = 0) -> Prompts:
    """Draw the fixed problems of a name ("judging", "tuning"), `TASKS` of them, all the same."""
    from engine.attention.tasks import Draws
    from engine.attention.tasks.regression import LinearRegression, Prompts

    drawn = LinearRegression().problems(Draws(rng.stream(0, name)), count or TASKS)
    return Prompts(*(one.to(device) for one in vars(drawn).values()))


def plan_for(device: str, updates: int, rate: float, depth: int) -> Plan:
    """Return the settings of a CPU, or the published batch of 2048 with as many updates more."""
    from engine.attention.learners import paper_clip
    from engine.attention.training import Plan

    batch, times = (2048, 3) if device == "cuda" else (512, 1)
    return Plan(updates * times, batch, rate, schedule="cosine", clip=paper_clip(depth))


def train(
    design: Design,
    plan: Plan,
    device: str,
    activity: Activity,
    *,
    seed: int = 0,
    marks: int = 20,
    beside: Mapping[str, Learner] | None = None,
) -> Trained:
    """Train a model on linear problems, measuring it `marks` times on the fixed ones.

    What it is looked at `beside` tells how like their slopes are on the way.
    """
    from engine.attention.comparison import align, of_model, respond
    from engine.attention.initial import initial
    from engine.attention.learners import paper_scheme
    from engine.attention.tasks.regression import LinearRegression
    from engine.attention.training import Trainer

    weights = initial(design, rng.stream(seed, "weights"), paper_scheme(design.depth))
    draws = rng.stream(seed, "training")
    trainer = Trainer(design, LinearRegression(), plan, weights, draws, device)
    fixed = problems("judging", device)
    few, task = fixed.few(ALIGNED), LinearRegression()
    others = {name: respond(learner, task, few) for name, learner in (beside or {}).items()}
    cosines: dict[str, list[float]] = {name: [] for name in others}
    path = []
    every = max(1, plan.updates // marks)
    for update in range(1, plan.updates + 1):
        trainer.update(poll=activity.check)
        if update % every == 0 or update == plan.updates:
            learner = of_model(design, trainer.tensors)
            path.append((update, _loss(learner, fixed)))
            for name, other in others.items():
                cosines[name].append(align(respond(learner, task, few), other).cosine)
            activity.progress(update, plan.updates, f"loss {path[-1][1]:.5f}")
    return Trained(design, trainer.tensors, tuple(path), {n: tuple(c) for n, c in cosines.items()})


def first_met(trained: Trained) -> tuple[int, float, float] | None:
    """Return where a model was most like GD while it was less like GD++; None for nowhere.

    Update, and both cosines, in the first half of the training.
    """
    rows = zip(trained.path, trained.cosines["GD"], trained.cosines["GD++"], strict=True)
    half = trained.path[-1][0] / 2
    met = [
        (plain, update, curved)
        for (update, _), plain, curved in rows
        if update <= half and curved < plain
    ]
    if not met:
        return None
    plain, update, curved = max(met)
    return update, plain, curved


def judge(learner: Learner, other: Learner, prompts: Prompts) -> dict[str, float]:
    """Measure loss, gap and alignment of a learner beside another one."""
    from engine.attention.comparison import align, respond
    from engine.attention.tasks.regression import LinearRegression

    few = prompts.few(ALIGNED)
    task = LinearRegression()
    found = align(respond(learner, task, few), respond(other, task, few))
    loss, its = _loss(learner, prompts), _loss(other, prompts)
    return {
        "loss": loss,
        "loss of the other": its,
        "gap": loss / its - 1.0,
        "prediction difference": found.prediction,
        "model difference": found.model,
        "cosine": found.cosine,
    }


def weights_apart(trained: Trained, steps: Steps) -> dict[str, float]:
    """Compare normalised KQ and PV of a layer with the constructed ones, and blend the two.

    The loss of the even mixture of both models is measured on the fixed problems.
    """
    import torch

    from engine.attention.comparison import of_model
    from engine.attention.constructions import blend, gauge, of_steps
    from engine.attention.forward import products

    design = trained.design
    learned = {name: w.cpu().numpy() for name, w in trained.weights.items()}
    made = of_steps(design, steps)
    x = slice(0, design.width - 1)
    kq, pv = products(design, learned, 0, 0)
    size = gauge(kq, x)
    kq, pv = kq / size, pv * size
    diagonal = np.diagonal(kq)[x]
    off = kq - np.diag(np.diagonal(kq))
    others = pv.copy()
    others[-1, -1] = 0.0
    mixed = {
        n: torch.tensor(w, dtype=torch.float32)
        for n, w in blend(design, learned, made, 0.5).items()
    }
    return {
        "smallest of KQ's x diagonal": float(diagonal.min()),
        "largest of KQ's x diagonal": float(diagonal.max()),
        "y entry of KQ": float(kq[-1, -1]),
        "rms off KQ's diagonal": float(np.sqrt((off**2).sum() / (off.size - len(off)))),
        "y entry of PV": float(pv[-1, -1]),
        "its constructed value": -steps.etas[0],
        "rms of PV's other entries": float(np.sqrt((others**2).sum() / (others.size - 1))),
        "loss of the mixture": _loss(of_model(design, mixed), problems("judging")),
    }


def _loss(learner: Learner, prompts: Prompts) -> float:
    from engine.attention.comparison import loss_of
    from engine.attention.tasks.regression import LinearRegression

    return loss_of(learner, LinearRegression(), prompts)
