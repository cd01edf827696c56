"""What a head computes, as two matrices: KQ says who attends to whom, PV what is carried over.

Tokens are rows: e attends to f by e KQ f^T, and takes f PV from it. They are brought to one gauge
before they are compared: `engine.attention.gauges`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.edits import patchable
from engine.attention.gauges import Pair, of_both, pair_of
from engine.attention.portraits import focused_head
from engine.core.figures import Matrix, MatrixView
from engine.core.views import ViewRequest

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.hooks import Basis

__all__ = ["alike", "weights_view"]

Array = NDArray[Any]

_NOTES = {"KQ": "rows look, columns are looked at", "PV": "rows are read, columns written"}
_APART = 8.0  # times the other one: three bits of colour are left of the smaller one


def alike(own: Array, other: Array) -> tuple[float, float]:
    """Return the Frobenius distance relative to the other matrix, and the cosine of both."""
    size, theirs = float(np.linalg.norm(own)), float(np.linalg.norm(other))
    distance = float(np.linalg.norm(own - other)) / theirs if theirs else float(size > 0)
    cosine = float(np.vdot(own, other)) / (size * theirs) if size and theirs else 0.0
    return distance, cosine


def weights_view(system: AttentionSystem, request: ViewRequest) -> MatrixView:
    """Show KQ and PV of the head in focus: learned, compared, difference, on one scale."""
    shown = system.shown()
    layer, head = focused_head(system, shown, request)
    own = pair_of(system, shown.arrays, (layer, head))
    name, beside = _beside(system, (layer, head))
    facts: list[tuple[str, float | str]] = [("head", f"{layer + 1}.{head + 1}")]
    kind = system.design.layers[layer].kind
    if system.params.normalise and kind != "softmax":
        (c, e), (d, f) = of_both(system, layer, own, beside)
        own = own[0] / c, own[1] / e
        beside = None if beside is None else (beside[0] / d, beside[1] / f)
        facts.append(("gauge of KQ", c))
    elif system.params.normalise:
        facts.append(("gauge", "as learned"))
    seen = system.basis(layer, query=True), system.basis(layer)
    matrices: list[Matrix] = []
    for place, title in enumerate(("KQ", "PV")):
        other = None if beside is None else beside[place]
        matrices += _row(title, own[place], other, (shown.name, name), seen[place])
        if other is not None:
            distance, cosine = alike(own[place], other)
            facts += [(f"{title} relative distance", distance), (f"{title} cosine", cosine)]
    facts += _lam(system, shown.arrays, (layer, head))
    across = 3 if beside is not None else 2
    return MatrixView(**system.age(), matrices=tuple(matrices), across=across, facts=tuple(facts))


def _beside(system: AttentionSystem, head: tuple[int, int]) -> tuple[str, Pair | None]:
    """Return the name and the matrices of the model to compare with; the construction if none."""
    other = system.other()
    if other is not None:
        return other.name, pair_of(system, other.arrays, head)
    if head in patchable(system.design, system.construction):
        arrays = {**system.weights(), **system.construction}
        return "constructed", pair_of(system, arrays, head)
    return "", None


def _row(
    title: str, own: Array, other: Array | None, names: tuple[str, str], basis: Basis
) -> list[Matrix]:
    """Make one matrix, or three on one symmetric scale.

    Each has a scale of its own where they differ so much in size that one would look empty, as the
    scores of a learned softmax head beside constructed ones, which only have to be large enough.
    """
    made = [(names[0], own)]
    if other is not None:
        made += [(names[1], other), ("difference", own - other)]
    sizes = [_size(values) for _, values in made]
    apart = other is not None and max(sizes[:2]) > _APART * min(sizes[:2])
    note = _NOTES[title] + ("; each on a scale of its own" if apart else "")
    if not apart:
        sizes = [max(sizes)] * len(sizes)
    return [
        Matrix(
            title=f"{title} {name}",
            values=values.astype(np.float32),
            rows=basis.names,
            columns=basis.names,
            row_blocks=basis.blocks,
            column_blocks=basis.blocks,
            limits=(-(size or 1.0), size or 1.0),
            note=note,
        )
        for (name, values), size in zip(made, sizes, strict=True)
    ]


def _size(values: Array) -> float:
    """Return the greatest magnitude of what is finite."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _lam(
    system: AttentionSystem, arrays: Mapping[str, Array], head: tuple[int, int]
) -> list[tuple[str, float | str]]:
    """Return the regulariser of a mesa head."""
    name = system.design.prefix(head[0]) + "lam"
    if name not in arrays:
        return []
    import torch

    from engine.attention.mesa_layer import regularisation

    return [("lam", float(regularisation(torch.as_tensor(arrays[name]))[head[1]]))]
