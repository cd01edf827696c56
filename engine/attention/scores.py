"""What a head was seen to do: scores of its attention on a fixed probe, and a name for its role.

Olsson et al., "In-context Learning and Induction Heads", arXiv 2209.11895. Attention is that of a
batch of sequences in which a segment of half their length is repeated once, so that every token of
the second half has exactly one earlier match. Rows of few keys are large by construction and stay
out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["BADGE", "ROLES", "head_roles", "head_scores", "shares"]

Array = NDArray[np.floating]
Scores = dict[str, NDArray[np.float32]]

ROLES = ("previous", "induction", "first", "self")
"""Roles that are places to look at, each a score of its own name."""

BADGE = 0.15
"""Score from which a head is called by its role: four times that of even attention to 64 tokens."""

_EVEN = 0.9  # part of the greatest entropy from which attention is called diffuse
_ENTROPY_ROWS = 32
_ROUNDING = 1e-3
_TINY = 1e-30  # has a logarithm, and counts for nothing
_FIRST_ROWS = 8  # rows that stay out; fewer of a short sequence


def shares(attention: Array) -> Array:
    """Return what part of a row's attention each key has; for softmax heads the weights as such.

    Signed weights, those of linear and mesa heads, count by their size. NaN is no attention.
    """
    if float(attention.min(initial=0.0)) >= 0.0 and not np.isnan(attention).any():
        total = attention.sum(axis=-1, keepdims=True)
        if float(np.abs(total - 1.0).max(initial=0.0)) < _ROUNDING:
            return attention
    size = np.abs(np.nan_to_num(attention))
    total = size.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(size, total, out=np.zeros_like(size), where=total > 0.0))


def head_scores(attention: Array, segment: int) -> Scores:
    """Score every head on sequences that repeat a segment.

    Parameters
    ----------
    attention : ndarray, shape (sequences, layers, heads, T, T)
        Causal; rows are queries. Of any sign and size.
    segment : int
        Length s of the segment, at most T - 1.

    Returns
    -------
    dict of str to ndarray, shape (layers, heads), float32
        "previous", "first", "self": mean weight of the token before, the first, the token itself.
        "induction": mean weight of token t - s + 1, which followed the latest match, over t >= s
        (the prefix-matching score). "entropy": mean of the entropy of up to 32 rows over its
        greatest possible value. All 0 to 1; NaN where a layer lacks the head.
    """
    tokens = attention.shape[-1]
    weights = shares(attention)
    rows = np.arange(min(_FIRST_ROWS, max(tokens // 4, 1)), tokens)
    some = rows[:: -(-len(rows) // _ENTROPY_ROWS)]
    later = np.arange(segment, tokens)
    picked = {
        "previous": weights[..., rows, rows - 1],
        "induction": weights[..., later, later - segment + 1],
        "first": weights[..., rows, 0],
        "self": weights[..., rows, rows],
        "entropy": _entropy(weights[..., some, :]) / np.log(some + 1.0),
    }
    absent = np.isnan(attention).all(axis=(0, -2, -1))
    found = {name: np.asarray(part.mean(axis=(0, -1)), np.float32) for name, part in picked.items()}
    for scores in found.values():
        scores[absent] = np.nan
    return found


def _entropy(weights: Array) -> Array:
    """Entropy of every row in nats."""
    logs = np.log(np.maximum(weights, _TINY))
    return np.asarray(-np.einsum("...k,...k->...", weights, logs))


def head_roles(scores: Mapping[str, NDArray[np.float32]]) -> tuple[tuple[str, ...], ...]:
    """Name what each head (layers, heads) does most: one of `ROLES`, "diffuse", or "" for nothing.

    Parameters
    ----------
    scores : mapping
        As of `head_scores`.
    """
    table = np.nan_to_num(np.stack([scores[name] for name in ROLES]))
    best, most = table.argmax(axis=0), table.max(axis=0)
    even = np.nan_to_num(scores["entropy"]) >= _EVEN

    def name(layer: int, head: int) -> str:
        if most[layer, head] >= BADGE:
            return ROLES[best[layer, head]]
        return "diffuse" if even[layer, head] else ""

    layers, heads = most.shape
    return tuple(tuple(name(layer, head) for head in range(heads)) for layer in range(layers))
