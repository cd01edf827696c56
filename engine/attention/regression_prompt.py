"""A prompt of regression as one sees it: its problem, its words, and points that the hand moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention.hooks import Basis, Labels
from engine.attention.prompt_state import Prompt
from engine.attention.tasks import Draws
from engine.attention.tasks.regression import LinearRegression, Prompts
from engine.attention.tasks.sine import SineRegression
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from engine.attention.comparison import Regression
    from engine.attention.design import Design

__all__ = [
    "basis_of",
    "drawn",
    "in_turns",
    "labels_of",
    "line",
    "moved_point",
    "moved_query",
    "problem_of",
    "reading_of",
]

Array = NDArray[Any]


def in_turns(task: Regression) -> bool:
    """Tell whether x and y are tokens of their own."""
    return isinstance(task, LinearRegression) and task.layout == "turns"


def drawn(task: Regression, draw: np.random.Generator) -> Prompt:
    """Draw a prompt and keep the law behind it."""
    problem, laws = task.taught(Draws(draw), 1)
    return _prompt(task, problem, laws[0].numpy())


def _prompt(task: Regression, problem: Prompts, law: Array) -> Prompt:
    tokens = task.tokens(problem)[0].numpy()
    return Prompt(tokens, problem.target[0].numpy(), more={"law": law})


def problem_of(task: Regression, prompt: Prompt, examples: int | None = None) -> Prompts:
    """Return the problem (a batch of one) of a prompt, or of its first examples only."""
    tokens = torch.from_numpy(np.array(prompt.tokens, np.float32))[None]
    whole = task.prompts(tokens, torch.from_numpy(np.array(prompt.targets, np.float32))[None])
    return whole if examples is None else whole.first(examples)


def reading_of(task: Regression, prompt: Prompt, examples: int) -> Array:
    """Return the tokens of the first examples and the query."""
    count = 2 * examples if in_turns(task) else examples
    return np.concatenate((prompt.tokens[:count], prompt.tokens[-1:]))


def line(problem: Prompts, direction: int) -> Array:
    """Return the unit vector (D,) of a plot: of the query (0), or of one of x's numbers (from 1).

    The query's own is the first axis where the query is 0.
    """
    query = problem.query[0].double().numpy()
    unit = np.zeros(len(query))
    length = float(np.linalg.norm(query))
    if direction == 0 and length > 0 and len(query) > 1:
        unit[:] = query / length
    else:
        unit[min(max(direction, 1), len(query)) - 1] = 1.0
    return unit


def moved_point(
    task: Regression, prompt: Prompt, index: int, x: float, y: float, unit: Array
) -> Prompt:
    """Put an example elsewhere: `x` along a direction, everything across it stays.

    Raises
    ------
    BadInput
        If there is no such example.
    """
    problem = problem_of(task, prompt)
    count = problem.x.shape[1]
    if not 0 <= index < count:
        raise BadInput(f"there is no example {index}", remedy=f"Use 0 to {count - 1}")
    inputs, labels = problem.x.clone(), problem.y.clone()
    inputs[0, index] = _along(inputs[0, index], x, unit)
    labels[0, index] = y
    return _prompt(task, replace(problem, x=inputs, y=labels), prompt.more["law"])


def moved_query(task: Regression, prompt: Prompt, x: float, unit: Array) -> Prompt:
    """Ask about another input; the right answer follows the law behind the prompt."""
    problem, law = problem_of(task, prompt), prompt.more["law"]
    query = _along(problem.query[0], x, unit)[None]
    target = task.truth(torch.from_numpy(np.array(law)), query)
    return _prompt(task, replace(problem, query=query, target=target), law)


def _along(point: torch.Tensor, x: float, unit: Array) -> torch.Tensor:
    there = point.double().numpy()
    return torch.from_numpy((there + (x - there @ unit) * unit).astype(np.float32))


def labels_of(task: Regression, examples: int) -> Labels:
    """Name tokens: x1, x2, ... or x1, y1, ..., then the query, which only looks.

    Where x and y come in turn, theory names the label of each x.
    """
    if in_turns(task):
        keys = tuple(f"{name}{i + 1}" for i in range(examples) for name in "xy")
        guide = tuple((2 * i, 2 * i + 1) for i in range(examples))
        return Labels(keys, (*keys, "query"), guide=guide)
    keys = tuple(f"x{i + 1}" for i in range(examples))
    return Labels(keys, (*keys, "query"))


def basis_of(task: Regression, design: Design) -> Basis:
    """Name the channels of the stream: x's numbers and y, positions behind them."""
    if isinstance(task, SineRegression):
        return Basis(("features", "y"), (0, design.width - 1))
    xs = tuple(f"x{i + 1}" for i in range(task.dims))
    if not in_turns(task):
        return Basis((*xs, "y"))
    last = (*xs[:-1], f"{xs[-1]}, y")
    return Basis((*last, *(f"p{i + 1}" for i in range(design.position_width))))
