"""What heads do with examples: copy a label to its input, or compare inputs as descent does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.regression_prompt import in_turns
from engine.attention.scores import shares

if TYPE_CHECKING:
    from engine.attention.comparison import Regression
    from engine.attention.shown import Shown
    from engine.attention.tasks.regression import Prompts

__all__ = ["COPY", "DESCENT", "copying", "likeness", "roles_of"]

Array = NDArray[Any]

COPY, DESCENT = 0.3, 0.9  # scores from which a head has the name


def copying(attention: Array, examples: int) -> Array:
    """Return what part of the attention of each x goes to its own y, (heads,).

    Parameters
    ----------
    attention : ndarray (heads, 2 N + 1, 2 N)
        Of tokens x1, y1, x2, y2, ..., query.
    """
    rows = 2 * np.arange(examples)
    own: Array = shares(attention)[:, rows, rows + 1].mean(axis=1)
    return own


def likeness(attention: Array, inputs: Array, query: Array) -> Array:
    """Return how like attention is to the products x_q . x_k of gradient descent, (heads,).

    The absolute cosine of both matrices, each without the mean of its rows: softmax adds one, and
    the sign is a gauge.

    Parameters
    ----------
    attention : ndarray (heads, N + 1, N)
    inputs : ndarray (N, D)
    query : ndarray (D,)
    """
    inputs = inputs.astype(np.float64)
    products = np.concatenate((inputs, query[None])) @ inputs.T
    products = products - products.mean(axis=1, keepdims=True)
    centred = attention - attention.mean(axis=2, keepdims=True)
    sizes = np.sqrt((centred**2).sum((1, 2)) * (products**2).sum())
    found = np.abs((centred * products).sum((1, 2)))
    return np.asarray(np.divide(found, sizes, out=np.zeros_like(found), where=sizes > 0.0))


def roles_of(
    task: Regression, shown: Shown, problem: Prompts
) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
    """Name the heads of a linear problem, with the scores behind it, (layers, heads) each."""
    depth = shown.design.depth
    most = max(layer.heads for layer in shown.design.layers)
    copied, alike = np.zeros((2, depth, most), np.float32)
    turns, count = in_turns(task), problem.x.shape[1]
    inputs, query = problem.x[0].numpy(), problem.query[0].numpy()
    for layer in range(depth):
        attention = np.nan_to_num(shown.attention(layer))
        heads = len(attention)
        if turns:
            copied[layer, :heads] = copying(attention, count)
            attention = attention[:, 0::2, 0::2]
        alike[layer, :heads] = likeness(attention, inputs, query)
    names = tuple(
        tuple(_name(copied[i, h], alike[i, h]) for h in range(part.heads))
        for i, part in enumerate(shown.design.layers)
    )
    scores = {"descent": alike}
    return names, scores | ({"copy": copied} if turns else {})


def _name(copied: float, alike: float) -> str:
    if copied >= COPY:
        return "copy"
    return "descent" if alike >= DESCENT else ""
