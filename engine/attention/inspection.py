"""What there is to say of one place among the heads: who looks, at whom, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core.system import Row
from engine.core.views import Pick

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.shown import Shown

__all__ = ["place_of", "place_rows"]

Place = tuple[int, int, int, int]

_TELLING = 3  # products of single numbers that are named; all are in "Query and key"


def place_of(
    system: AttentionSystem, given: Sequence[float] | None, focused: tuple[int, int]
) -> Place:
    """Return a place that there is, the nearest to what is given; (layer, head, query, key).

    With none it is the head in focus, at the token that is read, and the key it looks at most.
    """
    shown = system.shown()
    layer, head = focused if given is None else (int(given[0]), int(given[1]))
    layer = min(max(0, layer), shown.design.depth - 1)
    head = min(max(0, head), shown.design.layers[layer].heads - 1)
    weights = shown.attention(layer)[head]
    if given is not None:
        query, key = int(given[2]), int(given[3])
    else:
        query = system.query(shown.prompt, shown.cursor)
        key = -1
    query = min(max(0, query), weights.shape[0] - 1)
    if key < 0:
        key = int(np.argmax(np.abs(np.nan_to_num(weights[query]))))
    return layer, head, query, min(key, weights.shape[1] - 1)


def place_rows(system: AttentionSystem, pick: Pick) -> tuple[Row, ...]:
    """Describe a picked place line by line; none where a causal query may not look."""
    shown = system.shown()
    if len(pick.at) != 4 or not _inside(shown, pick.at):
        return ()
    layer, head, query, key = (int(number) for number in pick.at)
    if shown.design.causal and key > query:
        return ()
    labels = system.labels(shown.prompt, shown.cursor)
    kind = shown.design.layers[layer].kind
    weights = shown.attention(layer)[head]
    q, k = shown.q(layer)[head, query], shown.k(layer)[head, key]
    rows = [
        Row("head", f"{layer + 1}.{head + 1} ({kind})"),
        Row("looks", _named(labels.queries or labels.keys, query)),
        Row("is looked at", _named(labels.keys, key)),
        Row("weight", float(weights[query, key])),
        Row("query x key", float(q @ k), "summed"),
    ]
    if kind == "softmax":
        score = float(q @ k) * shown.design.layers[layer].scale
        rows.append(Row("score", score, "before softmax"))
    elif kind == "linear":
        rows.append(Row("whole row", float(weights[query].sum()), "summed"))
    rows += _contribution(shown, (layer, head, query, key), float(weights[query, key]))
    rows += system.contributions(shown, (layer, head, query, key))
    products = q * k
    largest = np.argsort(-np.abs(products), kind="stable")[:_TELLING]
    words = ", ".join(f"no. {i + 1} ({products[i]:.3g})" for i in largest)
    return (*rows, Row("largest products", words))


def _inside(shown: Shown, at: Sequence[float]) -> bool:
    layer, head, query, key = (int(number) for number in at)
    if not 0 <= layer < shown.design.depth or not 0 <= head < shown.design.layers[layer].heads:
        return False
    queries, keys = shown.attention(layer)[head].shape
    return bool(0 <= query < queries and 0 <= key < keys)


def _named(labels: tuple[str, ...], place: int) -> str:
    return f"{labels[place]} ({place + 1})" if place < len(labels) else str(place + 1)


def _contribution(shown: Shown, at: Place, weight: float) -> list[Row]:
    """Tell what the looking token takes over from the other one: weight v P, before clips."""
    layer, head, query, key = at
    design = shown.design
    part, name = design.layers[layer].columns(head), design.prefix(layer) + "wp"
    gate = 1.0 if shown.gates is None else float(shown.gates[layer, head])
    taken = shown.v(layer)[head, key] @ np.asarray(shown.arrays[name][part])
    taken = taken * (weight * gate * design.dampening)
    rows = [Row("carries over", float(np.linalg.norm(taken)), "long")]
    if design.readout == "channels":
        out = design.sign * taken[design.channel : design.channel + design.outputs]
        if design.outputs == 1:
            rows.append(Row("to the output", float(out[0])))
    whole = float(np.linalg.norm(shown.head_outputs(layer)[head, query]))
    rows.append(Row("all keys do", whole, "long"))
    return rows
