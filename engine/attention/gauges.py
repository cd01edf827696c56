"""The size of a head's matrices is free: what two models are brought to before they are compared.

KQ -> c KQ, PV -> PV / c is the same linear or mesa head for every c, negative ones too. In a mesa
head the two are free of each other, since keys may have any size if lam goes with its square. A
softmax head is not free in this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.forward import products
from engine.attention.stand import key_of

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.shown import Shown

__all__ = ["Pair", "gauges", "of_both", "pair_of", "score_factors"]

Array = NDArray[Any]
Pair = tuple[Array, Array]
"""KQ and PV of a head, or their gauges."""

_NOTHING = 1e-6  # of a matrix: a gauge as small as this would blow up noise


def gauges(own: Array, other: Array | None, slots: slice | None) -> tuple[float, float]:
    """Return c and d by which KQ / c, and another model's KQ / d, are comparable.

    Parameters
    ----------
    own, other : ndarray
        KQ of two heads.
    slots : slice or None
        Channels whose mean diagonal becomes 1, where it is not nothing. With None the other one
        gets the mean square 1 and the own one becomes as near to it as a factor can bring it.
    """
    if slots is not None:
        return _mean_diagonal(own, slots), 1.0 if other is None else _mean_diagonal(other, slots)
    size = float(np.sqrt(np.mean(np.square(own)))) or 1.0
    if other is None:
        return size, 1.0
    theirs = float(np.sqrt(np.mean(np.square(other)))) or 1.0
    shared = float(np.vdot(own, other)) / float(np.vdot(other, other) or 1.0)
    return (shared * theirs if abs(shared) * theirs > _NOTHING * size else size), theirs


def _mean_diagonal(kq: Array, slots: slice) -> float:
    mean = float(np.diagonal(kq)[slots].mean())
    largest = float(np.abs(kq).max(initial=0.0))
    return mean if abs(mean) > _NOTHING * largest else 1.0


def pair_of(system: AttentionSystem, arrays: Mapping[str, Array], head: tuple[int, int]) -> Pair:
    """Return KQ and PV of a head of a model, float64."""
    kq, pv = products(system.design, arrays, *head)
    return np.asarray(kq, np.float64), np.asarray(pv, np.float64)


def of_both(
    system: AttentionSystem, layer: int, own: Pair, other: Pair | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the gauges of KQ and PV of a head, and those of another model's head.

    Each matrix divided by its gauge is comparable with the other model's.
    """
    c, d = gauges(own[0], None if other is None else other[0], system.gauge_slots(layer))
    e, f = 1 / c, 1 / d
    if system.design.layers[layer].kind == "mesa":
        e, f = gauges(own[1], None if other is None else other[1], None)
    return (c, e), (d, f)


def score_factors(system: AttentionSystem, shown: Shown, other: Shown) -> Array:
    """Return by what the scores of another model are multiplied to be comparable with the shown's.

    What a head carries over is its scores times PV: scores go with one over the size of PV.

    Returns
    -------
    ndarray
        ``(layers, heads)`` float32; 1 for softmax heads, and where the user compares as learned.
    """
    design = system.design
    factors = np.ones((design.depth, max(layer.heads for layer in design.layers)), np.float32)
    if not system.params.normalise:
        return factors

    def made() -> Array:
        for index, layer in enumerate(design.layers):
            for head in range(layer.heads if layer.kind != "softmax" else 0):
                place = index, head
                pairs = (pair_of(system, one.arrays, place) for one in (shown, other))
                (_, e), (_, f) = of_both(system, index, *pairs)
                if np.isfinite(f / e):  # a mixed or patched model may overflow
                    factors[place] = f / e
        return factors

    key = key_of(system), key_of(system, other=True), shown.edited
    found: Array = system.remembered(("scores", *key), made)
    return found
