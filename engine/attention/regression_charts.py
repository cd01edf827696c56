"""Regression as a plot: what learners answer along a line, and what becomes of repetitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention.comparison import repeated
from engine.attention.forward import forward, products
from engine.attention.pieces import few
from engine.attention.regression_prompt import line, problem_of
from engine.attention.tasks.regression import Prompts, squared_loss
from engine.attention.tasks.sine import SineRegression
from engine.attention.threads import one_thread
from engine.core.figures import ChartView, Cursor, Grip, Matrix, MatrixView

if TYPE_CHECKING:
    from torch import Tensor

    from engine.attention.comparison import Learner, Regression
    from engine.attention.descent import Steps
    from engine.attention.design import Design
    from engine.attention.shown import Shown

__all__ = [
    "GRID",
    "adds_up",
    "answers_along",
    "applications",
    "before",
    "is_plain",
    "plot",
    "running",
    "together",
]

Array = NDArray[Any]
Curve = tuple[str, Array, Array]

GRID = 81  # inputs that are asked about along the line, at most
COARSE = 17  # at least, where a model is large
TIMES = 50  # applications of one layer, as in the paper
MARGIN = 1.25


def running(shown: Shown) -> Learner:
    """Return the learner that is on display, edits included."""
    gates = None if shown.gates is None else torch.as_tensor(shown.gates).to(shown.tokens.device)

    def answer(task: Regression, prompts: Prompts) -> Tensor:
        tokens = task.tokens(prompts).to(shown.tokens.device)
        with torch.no_grad():
            return forward(shown.design, shown.weights, tokens, gates=gates)[:, -1, 0].cpu()

    return answer


def answers_along(
    task: Regression, problem: Prompts, at: Array, unit: Array, learners: Mapping[str, Learner]
) -> dict[str, Array]:
    """Let learners answer about inputs along a line through the query, the examples unchanged.

    Parameters
    ----------
    task : LinearRegression or SineRegression
    problem : Prompts
        A batch of one.
    at : ndarray (G,)
        Places along the line.
    unit : ndarray (D,)
        Its direction.
    """
    queries = _queries(problem, at, unit)
    count = len(at)
    asked = Prompts(
        problem.x.expand(count, -1, -1),
        problem.y.expand(count, -1),
        queries,
        problem.target.expand(count),
    )
    with one_thread():
        found = {name: learner(task, asked) for name, learner in learners.items()}
    return {name: answers.double().numpy().copy() for name, answers in found.items()}


def _queries(problem: Prompts, at: Array, unit: Array) -> Tensor:
    query = problem.query[0].double().numpy()
    across = query - (query @ unit) * unit
    return torch.from_numpy((across + at[:, None] * unit).astype(np.float32))


def plot(
    task: Regression,
    shown: Shown,
    learners: Mapping[str, Learner],
    *,
    direction: int,
    age: Mapping[str, Any],
) -> ChartView:
    """Draw a prompt: examples that can be dragged, answers of all learners, and the truth.

    Parameters
    ----------
    learners : mapping of str to learner
        The first one is what is learned; all others are drawn dashed.
    direction : int
        0 for a line through the origin and the query, k for one through it along x_k.
    """
    problem = problem_of(task, shown.prompt, shown.cursor)
    unit = line(problem, direction)
    places = problem.x[0].double().numpy() @ unit
    asked = float(problem.query[0].double().numpy() @ unit)
    widest = max(task.input_range / 2, abs(asked), float(np.abs(places).max(initial=0.0)))
    count = few(shown.design, len(shown.tokens[0]), GRID, COARSE)
    at = np.linspace(-MARGIN * widest, MARGIN * widest, count)
    law = torch.from_numpy(np.array(shown.prompt.more["law"], np.float32))

    def truth(task: Regression, prompts: Prompts) -> Tensor:
        return task.truth(law, prompts.query)

    found = answers_along(task, problem, at, unit, {**learners, "truth": truth})
    labels = problem.y[0].double().numpy()
    answer, right = float(shown.outputs[-1, 0]), float(problem.target[0])
    seen = [np.abs(labels).max(initial=0.0), abs(right), np.abs(found["truth"]).max()]
    high = MARGIN * max(1e-3, *(float(value) for value in seen))
    first = next(iter(learners))
    # A chart has no place for what overflowed; a gap in a curve is honest.
    curves = tuple((name, at, np.where(np.isfinite(y), y, np.nan)) for name, y in found.items())
    points: tuple[Curve, ...] = (("right answer", np.array([asked]), np.array([right])),)
    if np.isfinite(answer):
        points = (("answer", np.array([asked]), np.array([answer])), *points)
    return ChartView(
        **age,
        x=_axis(task, direction),
        y="y",
        curves=curves,
        dashed=tuple(name for name in found if name != first),
        points=points,
        grip=Grip("examples", np.stack((places, labels), -1), "move-point", "example"),
        cursors=(Cursor(asked, "query", "move-query"),),
        limits=((float(at[0]), float(at[-1])), (-high, high)),
    )


def _axis(task: Regression, direction: int) -> str:
    if task.dims == 1:
        return "x"
    if direction == 0:
        return "x along the direction of the query"
    return f"x{min(direction, task.dims)}"


def applications(
    task: Regression,
    tokens: Tensor,
    target: Tensor,
    shown: Shown,
    steps: Steps,
    damping: float,
    age: Mapping[str, Any],
) -> ChartView:
    """Draw the loss of one linear layer applied again and again, and of as many damped steps.

    Only y changes; the other channels stay, as in gradient descent (section 3 of the paper).
    """
    kq, pv = layer_products(shown.design, shown.weights, shown.gates)
    curves: list[Curve] = []
    for name, pair in ((shown.name, (kq, pv)), ("GD", _step_products(shown.design, steps))):
        first, second = (one.to(tokens) for one in pair)
        with one_thread():
            losses = [
                float(squared_loss(found, target))
                for found in repeated(tokens, first, second, TIMES, dampening=damping)
            ]
        times, values = np.arange(1.0, TIMES + 1), np.array(losses)
        sound = np.isfinite(values) & (values < 1e6)
        curves.append((name, times[sound], values[sound]))
    return ChartView(
        **age,
        x="applications",
        y="loss",
        curves=tuple(curves),
        dashed=("GD",),
        logarithmic=(False, True),
    )


def layer_products(
    design: Design, weights: Mapping[str, Tensor], gates: Array | None, layer: int = 0
) -> tuple[Tensor, Tensor]:
    """Return KQ and PV of all heads of a layer, (H, width, width) each."""
    pairs = [products(design, weights, layer, head) for head in range(design.layers[layer].heads)]
    kq, pv = (torch.stack(one) for one in zip(*pairs, strict=True))
    if gates is not None:
        pv = pv * torch.as_tensor(gates[layer, : len(pv), None, None]).to(pv)
    return kq, pv


def together(
    shown: Shown, layer: int, names: tuple[str, ...], age: Mapping[str, Any]
) -> MatrixView:
    """Draw each head's KQ times what it carries from y to y, and their sum.

    One softmax head always adds a mean; heads of both signs cancel it, and what is left is linear
    (appendix A.9 of the paper). All are divided by the mean of the sum's x diagonal.
    """
    layer = min(max(0, layer), shown.design.depth - 1)
    kq, pv = layer_products(shown.design, shown.weights, shown.gates, layer)
    scaled = (kq * pv[:, -1, -1, None, None]).cpu().double().numpy()
    whole = scaled.sum(0)
    mean = float(np.diagonal(whole)[:-1].mean())
    if abs(mean) > 1e-6 * float(np.abs(whole).max(initial=0.0)):
        scaled, whole = scaled / mean, whole / mean
    largest = float(np.abs(scaled).max(initial=0.0)) or 1.0
    titles = [f"KQ of head {layer + 1}.{head + 1}, times its y to y" for head in range(len(kq))]
    pairs = zip([*titles, "their sum"], [*scaled, whole], strict=True)
    matrices = tuple(
        Matrix(
            title=title,
            values=values.astype(np.float32),
            rows=names,
            columns=names,
            limits=(-largest, largest),
        )
        for title, values in pairs
    )
    facts = tuple((f"y to y of head {h + 1}", float(pv[h, -1, -1])) for h in range(len(pv)))
    return MatrixView(**age, matrices=matrices, across=min(3, len(matrices)), facts=facts)


def adds_up(task: Regression, design: Design) -> bool:
    """Tell whether heads of a layer can be added up: tokens hold x and y, and heads are several."""
    return (
        not isinstance(task, SineRegression)
        and design.positions == "none"
        and any(layer.heads > 1 for layer in design.layers)
    )


def _step_products(design: Design, steps: Steps) -> tuple[Tensor, Tensor]:
    kq, pv = torch.zeros(2, design.width, design.width)
    kq.diagonal()[:-1] = 1.0
    pv[-1, -1] = -steps.etas[0]
    return kq, pv


def before(shown: Shown) -> Learner:
    """Return the learner that answers without attention: what its embedding alone says."""
    design = replace(shown.design, layers=shown.design.layers[:1], shared=False)
    weights = {**shown.weights, "layers/0/wp": torch.zeros_like(shown.weights["layers/0/wp"])}

    def answer(task: Regression, prompts: Prompts) -> Tensor:
        tokens = task.tokens(prompts).to(shown.tokens.device)
        with torch.no_grad():
            return forward(design, weights, tokens)[:, -1, 0].cpu()

    return answer


def is_plain(task: Regression, design: Design) -> bool:
    """Tell whether one layer can be applied again and again, beside gradient descent."""
    return (
        not isinstance(task, SineRegression)
        and design.positions == "none"
        and all(layer.kind == "linear" for layer in design.layers)
        and (design.depth == 1 or design.shared)
    )
