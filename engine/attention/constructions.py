"""Weights made by hand: one layer of linear attention is one step of gradient descent.

von Oswald et al., arXiv 2212.07677, proposition 1. With tokens e_j = (x_j, y_j) as rows and the
examples as keys,

    Wq = Wk = [[I, 0], [0, 0]],   v = (x, W0 x - y),   P = diag(-gamma, .., -gamma, eta)

adds -eta sum_i (y_i - W0 x_i)(x_i . x_j) to y_j (and, for GD++, -gamma sum_i x_i (x_i . x_j) to
x_j). The query's y begins as -W0 x and ends as *minus* the answer. The same layer again is the next
step, since the examples' y have become residuals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

if TYPE_CHECKING:
    from engine.attention.descent import Steps
    from engine.attention.design import Design

__all__ = ["blend", "can_construct", "descent_layer", "factors", "gauge", "of_steps"]

Array = NDArray[Any]
Weights = dict[str, Array]


def can_construct(design: Design) -> bool:
    """Tell whether steps of gradient descent can be written into a design exactly.

    Its layers are linear and as wide as x; tokens hold x and y together, y in the last channel, and
    only the examples are read.
    """
    return (
        design.lookup == "context"
        and design.positions == "none"
        and design.channel == design.width - 1
        and all(
            layer.kind == "linear"
            and layer.key >= design.width - 1
            and not (layer.norm or layer.mlp or layer.unit)
            for layer in design.layers
        )
    )


def descent_layer(
    width: int,
    key: int,
    heads: int,
    eta: float,
    gamma: float = 0.0,
    start: Array | None = None,
) -> Weights:
    """Write one step into the four matrices of a layer.

    Parameters
    ----------
    width : int
        Channels of the stream; the last one is y, all others are x.
    key : int
        Numbers of a key: `width` - 1 at least, `width` for GD++.
    heads : int
        The step is divided evenly among them.
    eta, gamma : float
        Step on the sum over the examples; contraction of the inputs.
    start : ndarray (width - 1,), optional
        W0: then the query's y must begin as -W0 x.

    Returns
    -------
    dict of str to ndarray
        ``wq, wk, wv`` (width, heads * key) and ``wp`` (heads * key, width), float64.

    Raises
    ------
    BadInput
        If keys are too short.
    """
    x, y = width - 1, width - 1
    if key < x + bool(gamma):
        raise BadInput(
            f"a step of gradient descent on {x} inputs does not fit into keys of {key}",
            remedy=f"Use keys of {x + bool(gamma)} at least",
        )
    wq, wv, wp = np.zeros((width, key)), np.zeros((width, key)), np.zeros((key, width))
    wq[:x, :x] = np.eye(x)
    last = key - 1
    wv[y, last] = -1.0
    wp[last, y] = eta / heads
    if start is not None:
        wv[:x, last] = start
    if gamma:
        wv[:x, :x] = np.eye(x)
        wp[:x, :x] = -gamma / heads * np.eye(x)
    wide = np.tile(wq, (1, heads))
    return {
        "wq": wide,
        "wk": wide.copy(),
        "wv": np.tile(wv, (1, heads)),
        "wp": np.tile(wp, (heads, 1)),
    }


def of_steps(design: Design, steps: Steps, start: Array | None = None) -> Weights:
    """Write steps of gradient descent, or of GD++, into all layers of a design.

    A dampening of the design is made up for. Names and shapes are those of the design's attention
    weights; an embedding before it is none of these.

    Raises
    ------
    BadInput
        If the design cannot take them (`can_construct`), or the number of steps is not its depth.
    """
    if not can_construct(design):
        raise BadInput(
            "gradient descent cannot be written into this model",
            remedy="Use linear heads on tokens that hold x and y together",
        )
    pairs = steps.pairs()
    if len(pairs) != design.depth or (design.shared and len(set(pairs)) > 1):
        raise BadInput(
            f"{len(pairs)} steps do not fit into {design.depth} layers",
            remedy="Make as many steps as there are layers, all alike where they share weights",
        )
    made: Weights = {}
    for index, (layer, (eta, gamma)) in enumerate(zip(design.layers, pairs, strict=True)):
        sizes = eta / design.dampening, gamma / design.dampening
        step = descent_layer(design.width, layer.key, layer.heads, *sizes, start)
        made |= {design.prefix(index) + name: values for name, values in step.items()}
    return made


def gauge(kq: Array, slots: slice) -> float:
    """Return the c by which KQ / c and PV c are comparable between models.

    It is the mean of KQ's diagonal over the channels `slots` (x): KQ -> c KQ, PV -> PV / c is the
    same map for every c, negative ones too. 1 where that mean is nothing beside the matrix.
    """
    mean = float(np.diagonal(kq)[slots].mean())
    largest = float(np.abs(kq).max(initial=0.0))
    return mean if abs(mean) > 1e-6 * largest else 1.0


def factors(kq: Array, pv: Array, key: int) -> Weights:
    """Factor the two products of a head into matrices of `key` columns: the closest there are.

    With keys as long as the stream is wide that is exact; shorter ones keep the largest singular
    values. Returns ``wq, wk, wv`` (width, key) and ``wp`` (key, width).
    """
    left, right = _halves(kq, key)
    value, back = _halves(pv, key)
    return {"wq": left, "wk": right.T.copy(), "wv": value, "wp": back}


def _halves(product: Array, key: int) -> tuple[Array, Array]:
    u, sizes, v = np.linalg.svd(product)
    keep = min(key, len(sizes))
    root = np.sqrt(sizes[:keep])
    left = np.zeros((len(product), key))
    right = np.zeros((key, product.shape[1]))
    left[:, :keep], right[:keep] = u[:, :keep] * root, root[:, None] * v[:keep]
    return left, right


def blend(
    design: Design,
    learned: Mapping[str, Array],
    made: Mapping[str, Array],
    part: float,
) -> Weights:
    """Average two models as maps: each head's KQ and PV, both normalised, then factored again.

    Averaging the four factors would mean nothing, since each product has many. `part` 0 gives the
    learned model, 1 the other one; weights that `made` lacks stay.

    Returns
    -------
    dict of str to ndarray
        All names of `learned`, of their types.
    """
    result = {name: np.array(values) for name, values in learned.items()}
    slots = slice(0, design.width - 1)
    for index in range(1 if design.shared else design.depth):
        layer, lead = design.layers[index], design.prefix(index)
        if lead + "wq" not in made:
            continue
        for head in range(layer.heads):
            own = layer.columns(head)
            ours, theirs = (
                [_product(w, lead, own, pair) for pair in _PAIRS] for w in (learned, made)
            )
            c, d = gauge(ours[0], slots), gauge(theirs[0], slots)
            # In a gauge between both, so that each end is that very model, attention and all.
            size = (
                abs(c) ** (1 - part) * abs(d) ** part * math.copysign(1.0, c if part < 0.5 else d)
            )
            kq = ((1 - part) * ours[0] / c + part * theirs[0] / d) * size
            pv = ((1 - part) * ours[1] * c + part * theirs[1] * d) / size
            for name, values in factors(kq, pv, layer.key).items():
                if name == "wp":
                    result[lead + name][own] = values
                else:
                    result[lead + name][:, own] = values
    return result


_PAIRS = (("wq", "wk"), ("wv", "wp"))


def _product(weights: Mapping[str, Array], lead: str, own: slice, pair: tuple[str, str]) -> Array:
    first = np.asarray(weights[lead + pair[0]], np.float64)[:, own]
    second = np.asarray(weights[lead + pair[1]], np.float64)
    return first @ (second[own] if pair[1] == "wp" else second[:, own].T)
