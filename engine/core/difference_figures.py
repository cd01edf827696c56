"""How two figures differ: the weights of every head, and matrices beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.figures import HeadsView, Matrix, MatrixView

__all__ = ["Apart", "of_heads", "of_matrices", "subtract"]

Floats = NDArray[np.float32]


class Apart(NamedTuple):
    """What differs between arrays: see `engine.core.difference.Difference`."""

    largest: float
    mean: float
    differing: int
    places: int


def subtract(one: NDArray[Any], other: NDArray[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return second minus first as float32, and where they differ at all.

    Values that are not numbers in both count as equal, and stay what they are.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        signed = np.asarray(np.subtract(other, one, dtype=np.float64), np.float32)
    equal = one == other
    signed[equal] = 0.0
    return signed, ~(equal | (np.isnan(one) & np.isnan(other)))


def _apart(parts: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> Apart:
    signed = np.concatenate([part.ravel() for part, _ in parts]) if parts else np.zeros(0)
    differing = sum(int(differs.sum()) for _, differs in parts)
    size = np.abs(signed[np.isfinite(signed)])
    mean = float(size.mean(dtype=np.float64)) if size.size else 0.0
    return Apart(float(size.max(initial=0.0)), mean, differing, size.size)


def of_heads(first: HeadsView, second: HeadsView) -> tuple[HeadsView, Apart]:
    """Return the differences of all weights as weights of both signs."""
    if first.weights.shape != second.weights.shape or first.focus.shape != second.focus.shape:
        raise BadInput("the models have other heads or prompts", remedy="Make them equal")
    if first.focused != second.focused:
        raise BadInput("the two show different heads", remedy="Choose a head again")
    weights, differs = subtract(first.weights, second.weights)
    focus, _ = subtract(first.focus, second.focus)
    view = replace(
        first,
        weights=weights,
        focus=focus,
        signed=True,
        roles=(),
        scores=(),
        guide=(),
        other=None,
        other_focus=None,
        names=("", ""),
    )
    return view, _apart([(weights, differs)])


def of_matrices(first: MatrixView, second: MatrixView) -> tuple[MatrixView, Apart]:
    """Return a matrix of differences for each pair of matrices, over limits that all share."""
    shapes = [[m.values.shape for m in view.matrices] for view in (first, second)]
    if shapes[0] != shapes[1]:
        raise BadInput("the worlds show matrices of other sizes", remedy="Make them equal")
    pairs = zip(first.matrices, second.matrices, strict=True)
    parts = [subtract(one.values, other.values) for one, other in pairs]
    apart = _apart(parts)
    reach = apart.largest if apart.largest > 0 else 1.0
    matrices = tuple(
        _matrix(like, signed, reach)
        for like, (signed, _) in zip(first.matrices, parts, strict=True)
    )
    return replace(first, matrices=matrices, facts=()), apart


def _matrix(like: Matrix, signed: Floats, reach: float) -> Matrix:
    return replace(like, values=signed, limits=(-reach, reach), colormap="diverging", note="")
