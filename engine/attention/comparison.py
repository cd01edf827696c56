"""How alike two learners are: their answers, their sensitivities, their losses far from home.

von Oswald et al., arXiv 2212.07677, section 3: *prediction difference* |f(q) - g(q)|; *model
difference*, the L2 norm of the difference of the gradients by the query's x; *model cosine*, the
cosine of these gradients. All are means over prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.attention.descent import Steps, answers, descend
from engine.attention.tasks import Draws
from engine.attention.tasks.regression import LinearRegression, Prompts, squared_loss
from engine.attention.tasks.sine import SineRegression
from engine.core.system import Poll, no_poll

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.design import Design

__all__ = [
    "Alignment",
    "Axis",
    "Learner",
    "align",
    "loss_of",
    "moved",
    "of_descent",
    "of_model",
    "repeated",
    "respond",
    "sweep",
]

Regression = LinearRegression | SineRegression
Learner = Callable[[Regression, Prompts], "Tensor"]
"""Answers prompts: (B,) predictions."""

Axis = Literal["input range", "weight scale", "examples", "noisy labels", "other law"]


@dataclass(frozen=True)
class Alignment:
    """How far a learner is from another: means over prompts."""

    prediction: float
    model: float
    cosine: float


def of_model(design: Design, weights: Mapping[str, Tensor]) -> Learner:
    """Return the learner that a transformer is."""
    from engine.attention.forward import forward

    def answer(task: Regression, prompts: Prompts) -> Tensor:
        return forward(design, weights, task.tokens(prompts))[:, -1, 0]

    return answer


def of_descent(steps: Steps) -> Learner:
    """Return the learner that takes steps of gradient descent, or of GD++."""

    def answer(task: Regression, prompts: Prompts) -> Tensor:
        return answers(prompts, descend(prompts, steps))

    return answer


def loss_of(
    learner: Learner,
    task: Regression,
    prompts: Prompts,
    cuts: Sequence[slice] = (),
    poll: Poll = no_poll,
) -> float:
    """Return a learner's loss; infinity where it overflowed. `cuts`, `poll`: as of `respond`."""
    import torch

    parts = []
    with torch.no_grad():
        for cut in cuts or (slice(None),):
            poll()
            parts.append(learner(task, prompts.part(cut)))
        loss = float(squared_loss(torch.cat(parts), prompts.target))
    return loss if np.isfinite(loss) else np.inf


def respond(
    learner: Learner,
    task: Regression,
    prompts: Prompts,
    cuts: Sequence[slice] = (),
    poll: Poll = no_poll,
) -> tuple[Tensor, Tensor]:
    """Return a learner's answers (B,) and their gradients by the query's x (B, D).

    Parameters
    ----------
    cuts : sequence of slice
        Pieces in which the prompts are taken; empty for all at once.
    poll : callable
        Called before every piece; it may raise.
    """
    import torch

    if cuts:
        parts = []
        for cut in cuts:
            poll()
            parts.append(respond(learner, task, prompts.part(cut)))
        every, slopes = zip(*parts, strict=True)
        return torch.cat(every), torch.cat(slopes)
    with torch.enable_grad():
        query = prompts.query.detach().clone().requires_grad_()
        found = learner(task, replace(prompts, query=query))
        (slope,) = torch.autograd.grad(found.sum(), query)
    return found.detach(), slope


def align(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]) -> Alignment:
    """Compare two learners' answers (B,) and gradients (B, D), as `respond` returns them."""
    import torch

    (answer, slope), (other, its) = first, second
    return Alignment(
        float((answer - other).abs().mean()),
        float((slope - its).norm(dim=-1).mean()),
        float(torch.cosine_similarity(slope, its, dim=-1, eps=1e-12).mean()),
    )


def moved(task: Regression, axis: Axis, value: float) -> Regression:
    """Return the task with one of its features changed; the learners are those of the old one."""
    if axis == "input range":
        return replace(task, input_range=float(value))
    if axis == "weight scale":
        return replace(task, weight_scale=float(value))
    if axis == "examples":
        return replace(task, points=round(value))
    if isinstance(task, SineRegression):
        raise ValueError(f"sine waves have no {axis}")
    if axis == "noisy labels":
        return replace(task, noisy=round(value))
    return replace(task, law="mixed", input_range=float(value))


def sweep(
    task: Regression,
    axis: Axis,
    values: Sequence[float],
    learners: Mapping[str, Learner],
    *,
    count: int,
    seed: int,
    device: str = "cpu",
) -> Iterator[tuple[float, dict[str, float]]]:
    """Measure learners out of distribution, one value after the other, without teaching them.

    Every value has the same random numbers, so that curves are smooth. Yields (value, loss by
    learner); a loss that overflowed is infinite.
    """
    import torch

    for value in values:
        there = moved(task, axis, value)
        draws = Draws(np.random.Generator(np.random.Philox(seed)), device)
        with torch.no_grad():
            prompts = there.problems(draws, count)
            losses = {name: loss_of(learner, there, prompts) for name, learner in learners.items()}
        yield value, losses


def repeated(
    tokens: Tensor,
    kq: Tensor,
    pv: Tensor,
    times: int,
    *,
    dampening: float = 1.0,
    label: int = -1,
) -> Iterator[Tensor]:
    """Apply one linear layer again and again, changing the labels only, and yield the answers.

    e_j[y] <- e_j[y] + dampening (e_j KQ sum_i e_i' e_i PV)[y], the examples as keys (section 3 of
    the paper: x stays what it was, as in gradient descent).

    Parameters
    ----------
    tokens : Tensor
        ``(B, N + 1, width)``, the query last.
    kq, pv : Tensor
        ``(width, width)``: products of the layer (of its heads together if there are several: then
        (H, width, width)).
    """
    import torch

    kq, pv = (w if w.ndim == 3 else w[None] for w in (kq, pv))
    tokens = tokens.clone()
    context = tokens[:, :-1]
    moment = context.mT @ context
    for _ in range(times):
        # Of all second moments only those with a label change from one time to the next.
        along = (context[..., label, None].mT @ context)[:, 0]
        moment[:, label], moment[:, :, label] = along, along
        carried = torch.einsum("hij,bjk,hk->bi", kq, moment, pv[..., label])
        tokens[..., label] += dampening * (tokens @ carried[..., None])[..., 0]
        yield -tokens[:, -1, label]
