"""Weights by hand that make a transformer solve the regression which a trajectory poses.

Proposition 1 of von Oswald et al., arXiv 2309.05858: one linear head on the tokens
(0, s_t, z_t, z_{t-1}) is one step of gradient descent; the same weights in a mesa layer are ridge
regression. Further linear layers of two heads are further steps, since the residual r of the query
can be kept in the place of z_t::

    out <- out + eta_l G_t r        (head 0)
    r   <- r   - eta_l H_t r        (head 1)

Raw tokens get their predecessor from a softmax layer in front, whose scores compare sinusoidal
positions that are turned back by one step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.attention.design import Design, Layer, shapes
from engine.attention.initial import lam_parameter, sinusoid
from engine.attention.tasks.dynamics import Dynamics
from engine.core.errors import BadInput

__all__ = ["construct", "why_not"]

Weights = dict[str, NDArray[np.float32]]
Matrix = NDArray[np.float64]

_SHARP = 40.0  # least distance of the right score from all others: the rest weigh under e^-40


def why_not(design: Design, task: Dynamics) -> str:
    """Say why a design has no construction, in words; "" where it has one."""
    layers, copies = design.layers, task.tokens == "raw"
    inner = layers[1:] if copies else layers
    room = 2 * task.size * (1 + task.stacked)
    if any(layer.norm or layer.mlp or layer.unit for layer in layers):
        return "normalised layers and perceptrons have none"
    if design.shared or design.dampening != 1.0 or not design.causal:
        return "layers must be separate, causal and undampened"
    if design.width < room:
        return f"the stream needs {room} channels"
    if copies and (task.stacked > 1 or design.embed != "linear" or design.readout != "linear"):
        return "raw tokens need a matrix that embeds them and one that reads them"
    if copies and (layers[0].kind != "softmax" or design.positions != "sinusoid-qk"):
        return "the first layer must copy: softmax, with positions in its queries and keys"
    if not inner:
        return "there is no layer that learns"
    if any(layer.key < task.size * task.stacked for layer in inner):
        return f"heads need {task.size * task.stacked} numbers"
    if copies and layers[0].key < task.size:
        return f"heads that copy need {task.size} numbers"
    if len(inner) == 1 and inner[0].kind == "mesa":
        return ""
    if any(layer.kind != "linear" for layer in inner):
        return "layers that learn must be linear, or one mesa layer"
    if len(inner) > 1 and any(layer.heads < 2 for layer in inner[:-1]):
        return "more than one step needs two heads in a layer"
    return ""


def construct(design: Design, task: Dynamics, *, etas: Sequence[float], lam: float) -> Weights:
    """Make the weights.

    Parameters
    ----------
    design : Design
    task : Dynamics
    etas : sequence of float
        Step size of every linear layer; not used by a mesa layer.
    lam : float
        Regulariser of a mesa layer, above 1e-4.

    Raises
    ------
    BadInput
        If the design has no construction (`why_not`), or there are not as many steps as layers.
    """
    if reason := why_not(design, task):
        raise BadInput(f"these layers have no construction: {reason}")
    made: Weights = {name: np.zeros(shape, np.float32) for name, shape in shapes(design).items()}
    copies = task.tokens == "raw"
    size, depth = task.size, task.size * task.stacked
    if copies:
        _copy(made, design, size)
    out, seen = slice(0, size), slice(size, 2 * size)
    query = slice(2 * size, 2 * size + depth)
    key = slice(2 * size + depth, 2 * size + 2 * depth)
    first = int(copies)
    learning = design.layers[first:]
    if learning[0].kind == "mesa":
        made[f"{design.prefix(first)}lam"][:] = lam_parameter(lam)
        etas = (1.0,)
    if len(etas) != len(learning):
        raise BadInput(f"{len(learning)} layers need as many step sizes, not {len(etas)}")
    for index, eta in enumerate(etas, first):
        _head(made, design, index, 0, (query, key, seen, out), eta)
        if index + 1 < design.depth:
            _head(made, design, index, 1, (query, key, key, query), -eta)
    if len(learning) == 1 and task.stacked == 1:
        _share(made, design.prefix(first), seen, query)
    return made


def _share(made: Weights, lead: str, seen: slice, query: slice) -> None:
    """Read s_t half from each of its two places: of all ways the smallest, as training finds it."""
    for name, one, other in (("wq", query, seen), ("wv", seen, query)):
        half = 0.5 * made[lead + name][one]
        made[lead + name][one] = half
        made[lead + name][other] = half


def _head(
    made: Weights,
    design: Design,
    layer: int,
    head: int,
    places: tuple[slice, slice, slice, slice],
    strength: float,
) -> None:
    """Let a head read query, key and value from places of the stream and write to another."""
    query, key, value, out = places
    lead = design.prefix(layer)
    begin = design.layers[layer].columns(head).start
    for name, place in (("wq", query), ("wk", key), ("wv", value)):
        count = place.stop - place.start
        made[lead + name][place, begin : begin + count] = np.eye(count)
    count = out.stop - out.start
    made[f"{lead}wp"][begin : begin + count, out] = strength * np.eye(count)


def _copy(made: Weights, design: Design, size: int) -> None:
    """Embed s_t twice, copy s_{t-1} beside it, read the prediction from the first channels."""
    eye = np.eye(size)
    made["embed"][:, size : 2 * size] = eye
    made["embed"][:, 2 * size : 3 * size] = eye
    made["readout"][:size] = eye
    layer, lead = design.layers[0], design.prefix(0)
    turn, strength = _turned(layer, design.extra)
    places = slice(design.width, design.width + design.extra)
    used = turn.shape[1]
    made[f"{lead}wq"][places, :used] = strength * turn
    made[f"{lead}wk"][places, :used] = strength * np.eye(design.extra, used)
    made[f"{lead}wv"][size : 2 * size, :size] = eye
    made[f"{lead}wp"][:size, 3 * size : 4 * size] = eye


def _turned(layer: Layer, channels: int) -> tuple[Matrix, float]:
    """Return the map of positions to those one step before, and how strongly to compare them.

    The score of t and t' is then strength^2 times sum over frequencies w of cos(w (t - 1 - t')),
    which is largest at t' = t - 1.
    """
    pairs = min(channels, layer.key) // 2
    table = sinusoid(2, channels).astype(np.float64)
    turn = np.zeros((channels, 2 * pairs))
    angles = np.arctan2(table[1, : 2 * pairs : 2], table[1, 1 : 2 * pairs : 2])
    for pair, angle in enumerate(angles):
        sine, cosine = 2 * pair, 2 * pair + 1
        turn[sine, sine] = turn[cosine, cosine] = math.cos(angle)
        turn[cosine, sine], turn[sine, cosine] = -math.sin(angle), math.sin(angle)
    offsets = np.arange(1, _LONGEST)[:, None]
    gap = float((1.0 - np.cos(offsets * angles)).sum(1).min())
    return turn, math.sqrt(_SHARP / (gap * layer.scale))


_LONGEST = 1024  # tokens up to which the copy is exact
