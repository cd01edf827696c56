"""What is measured of a model of regression while it learns: how near it is to gradient descent.

von Oswald et al., arXiv 2212.07677, figures 2 and 3: loss, prediction difference, model difference
and model cosine to the steps, and the loss of the even mixture of learned and constructed weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention.comparison import align, loss_of, of_descent, of_model, respond
from engine.attention.constructions import blend, can_construct
from engine.attention.forward import Capture, forward, tensors
from engine.attention.history import crossing
from engine.attention.pieces import pieces
from engine.attention.regression_prompt import in_turns
from engine.attention.regression_roles import COPY, copying
from engine.attention.tasks.regression import Prompts

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.comparison import Regression
    from engine.attention.design import Design
    from engine.attention.yardsticks import Yardsticks

__all__ = ["LOOKS", "MEETS", "MIXTURE", "MIXTURE_CURVED", "Study", "phases_of", "references_of"]

Array = NDArray[Any]

MEETS = 0.97  # cosine to gradient descent from which a model has met it
MIXTURE, MIXTURE_CURVED = "mixture loss", "mixture loss, GD++"  # half constructed as GD, or GD++
LOOKS = "attention of x to its y"
WATCHED = 64  # prompts in which that is measured


class Study:
    """Compares a model with steps of gradient descent; what the steps answer is kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Tensor, Tensor]] = {}

    def forget(self) -> None:
        """Let go of the steps' answers: their sizes, or the prompts, have changed."""
        self._kept.clear()

    def measure(
        self,
        design: Design,
        weights: Mapping[str, Tensor],
        construction: tuple[str, Mapping[str, Array]],
        task: Regression,
        fixed: Prompts,
        yardsticks: Yardsticks | None,
        poll: Callable[[], None],
    ) -> dict[str, float]:
        """Measure a model on fixed prompts; what is not finite is left out.

        Parameters
        ----------
        construction : (str, mapping of str to ndarray)
            Name of the curve of its even mixture with constructed weights, and these; {} for none.
        yardsticks : Yardsticks, optional
            Of a linear task.
        """
        model = of_model(design, weights)
        cuts = _cuts(design, task, fixed)
        found = {"fixed loss": loss_of(model, task, fixed, cuts, poll)}
        if yardsticks is not None:
            own = respond(model, task, fixed, cuts, poll)
            steps = {"GD": yardsticks.plain}
            if len(yardsticks.plain.etas) > 1:
                steps["GD++"] = yardsticks.curved
            for name, sizes in steps.items():
                if name not in self._kept:
                    self._kept[name] = respond(of_descent(sizes), task, fixed, cuts, poll)
                poll()
                alike = align(own, self._kept[name])
                found[f"cosine to {name}"] = alike.cosine
                found[f"model difference to {name}"] = alike.model
                found[f"prediction difference to {name}"] = alike.prediction
        if in_turns(task):
            found[LOOKS] = _copied(design, weights, task, fixed.few(WATCHED), poll)
        curve, made = construction
        if made and can_construct(design):
            poll()
            arrays = {name: w.detach().cpu().numpy() for name, w in weights.items()}
            device = next(iter(weights.values())).device
            mixed = tensors(blend(design, arrays, made, 0.5), device)
            loss = loss_of(of_model(design, mixed), task, fixed, cuts, poll)
            if loss < task.naive:  # before it has learned, its gauge means nothing
                found[curve] = loss
        return {name: value for name, value in found.items() if np.isfinite(value)}


def references_of(
    task: Regression, fixed: Prompts, yardsticks: Yardsticks | None
) -> dict[str, float]:
    """Return the losses of answering 0 and of the yardsticks, on fixed prompts."""
    losses = {"answering 0": loss_of(_zero, task, fixed)}
    for name, learner in ({} if yardsticks is None else yardsticks.learners()).items():
        if name != "least squares":  # it answers right: its loss is no line of this chart
            losses[name] = loss_of(learner, task, fixed)
    return losses


def _zero(task: Regression, prompts: Prompts) -> Tensor:
    return torch.zeros_like(prompts.target)


def _copied(
    design: Design,
    weights: Mapping[str, Tensor],
    task: Regression,
    prompts: Prompts,
    poll: Callable[[], None],
) -> float:
    """Return how much of the attention of each x goes to its own y, in the head that copies most.

    A mean over prompts, of the first layer.
    """
    examples, found = prompts.x.shape[1], []
    first = replace(design, layers=design.layers[:1])
    for cut in _cuts(first, task, prompts):
        poll()
        capture = Capture()
        with torch.no_grad():
            forward(first, weights, task.tokens(prompts.part(cut)), capture=capture)
        found += [copying(one, examples) for one in capture.attention[0].cpu().numpy()]
    return float(np.mean(found, axis=0).max())


def _cuts(design: Design, task: Regression, prompts: Prompts) -> list[slice]:
    """Cut prompts so that nobody waits long for one of them."""
    return pieces(design, task.length, len(prompts.x), prompts.x.device.type)


def phases_of(
    task: Regression, curves: Mapping[str, tuple[Array, Array]]
) -> tuple[tuple[float, str], ...]:
    """Mark where a model meets gradient descent, comes nearer to GD++, or learnt to copy."""
    found: list[tuple[float | None, str]] = []
    if in_turns(task):
        if LOOKS in curves:
            found.append((crossing(curves[LOOKS], COPY), "copies labels"))
    elif "cosine to GD" in curves:
        updates, plain = curves["cosine to GD"]
        met = crossing((updates, plain), MEETS)
        found.append((met, "meets gradient descent"))
        if "cosine to GD++" in curves and met is not None:
            # Before it has learned anything both cosines are noise.
            later = updates >= met
            ahead = (np.interp(updates, *curves["cosine to GD++"]) - plain)[later]
            found.append((crossing((updates[later], ahead), 0.0), "nearer to GD++"))
    return tuple((at, words) for at, words in found if at is not None)
