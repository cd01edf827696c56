"""Which weights are drawn as lines between tokens: the strongest of each query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST", "Flow", "of_key", "of_query", "strongest"]

MOST = 320
"""So many lines are drawn at most, the strongest: more are no longer told apart."""

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Flow:
    """Lines from tokens that look to tokens that are looked at.

    Attributes
    ----------
    queries, keys : ndarray (n,) int
        Tokens at their ends.
    weights : ndarray (n,) float32
        With their signs, the weakest first, so that the strongest are drawn last.
    """

    queries: Ints
    keys: Ints
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.queries)


def strongest(
    weights: NDArray[Any],
    counts: tuple[int, int],
    *,
    top: int = 5,
    least: float = 0.0,
    most: int = MOST,
) -> Flow:
    """Choose the lines of one head.

    Parameters
    ----------
    weights : ndarray (rows, columns)
        NaN where a query may not look. May be reduced: each texel then stands for its middle.
    counts : (queries, keys)
        Tokens that the rows and the columns stand for.
    top : int
        Lines of each row; 0 for all.
    least : float
        The least magnitude.
    most : int
        Lines in all.
    """
    size = np.abs(np.asarray(weights, np.float32))
    size = np.where(np.isnan(size), np.float32(-1.0), size)
    rows, columns = size.shape
    if 0 < top < columns:
        # What is below the weight of a row's last place is left out.
        last = np.partition(size, columns - top, axis=1)[:, columns - top]
        size = np.where(size < last[:, None], np.float32(-1.0), size)
    at = np.flatnonzero((size >= max(least, 0.0)) & (size > 0))
    if len(at) > most:
        at = at[np.argpartition(size.ravel()[at], len(at) - most)[len(at) - most :]]
    at = at[np.argsort(size.ravel()[at], kind="stable")]
    row, column = np.divmod(at, columns)
    chosen = np.asarray(weights, np.float32).ravel()[at]
    return Flow(_tokens(row, rows, counts[0]), _tokens(column, columns, counts[1]), chosen)


def of_query(weights: NDArray[Any], counts: tuple[int, int], query: int, least: float) -> Flow:
    """Return where one token looks; the rest is as of `strongest`."""
    row = query * weights.shape[0] // max(counts[0], 1)
    flow = strongest(weights[row : row + 1], (1, counts[1]), top=0, least=least)
    return Flow(np.full_like(flow.queries, query), flow.keys, flow.weights)


def of_key(weights: NDArray[Any], counts: tuple[int, int], key: int, least: float) -> Flow:
    """Return who looks at one token; the rest is as of `strongest`."""
    column = key * weights.shape[1] // max(counts[1], 1)
    flow = strongest(weights[:, column : column + 1], (counts[0], 1), top=0, least=least)
    return Flow(flow.queries, np.full_like(flow.keys, key), flow.weights)


def _tokens(texels: Ints, size: int, count: int) -> Ints:
    """Return the tokens in the middle of what texels stand for."""
    if size >= count:
        return texels
    return np.asarray(((texels + 0.5) * count / size).astype(np.intp))
