"""Curves of a laboratory of attention: the training, its scores, and the loss by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.portraits import focused_head
from engine.attention.stand import key_of, moment_of, opposite
from engine.core.figures import ChartView, Cursor
from engine.core.views import ViewRequest

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.shown import Variant

__all__ = ["cell_view", "positions_view", "scores_view", "training_view"]

Array = NDArray[Any]
Curves = tuple[tuple[str, Array, Array], ...]


def training_view(system: AttentionSystem) -> ChartView:
    """Draw losses against updates, with baselines, what happened, and the moment that is shown."""
    curves = system.past.curves()
    own = tuple((n, *curves[n]) for n in system.loss_curves if n in curves)
    ends = np.array([0.0, float(_end(system))])
    flat = tuple((n, ends, np.full(2, value)) for n, value in system.references().items())
    return ChartView(
        **system.age(),
        x="update",
        y="loss",
        curves=(*own, *flat),
        dashed=tuple(name for name, _, _ in flat),
        cursors=_cursors(system, curves),
        logarithmic=(False, system.logarithmic_loss),
    )


def scores_view(system: AttentionSystem) -> ChartView:
    """Draw what was measured of the model while it learnt, against updates."""
    curves = system.past.curves()
    own = tuple((n, *points) for n, points in curves.items() if n not in system.loss_curves)
    return ChartView(
        **system.age(), x="update", y="score", curves=own, cursors=_cursors(system, curves)
    )


def _end(system: AttentionSystem) -> int:
    """Return where the axis of updates ends: at the last one, or at those that are planned."""
    return max(system.updates_done, system.past.last, 0) or system.params.updates


def _cursors(
    system: AttentionSystem, curves: Mapping[str, tuple[Array, Array]]
) -> tuple[Cursor, ...]:
    phases = tuple(Cursor(float(at), words) for at, words in system.phases(curves))
    if not system.past.updates:
        return phases
    moment = moment_of(system, system.params.moment)
    at = max(system.updates_done, system.past.last) if moment is None else moment
    words = f"update {at:,}" + (" (newest)" if moment is None else "")
    newest = float(max(system.updates_done, system.past.last))
    stops = (*(float(update) for update in system.past.updates if update < newest), newest)
    return (*phases, Cursor(float(at), words, "moment", stops))


def positions_view(system: AttentionSystem) -> ChartView:
    """Draw the loss at every position, on the fixed sequences, beside the baselines'."""
    curves: list[tuple[str, Array, Array]] = []
    shown = system.variant()
    other = opposite(system)
    curves.append(_by_position(system, shown, key_of(system)))
    if other is not None:
        curves.append(_by_position(system, other, key_of(system, other=True)))
    dashed = []
    for name, values in system.remembered(("references",), system.position_references).items():
        curves.append((name, 1.0 + np.arange(len(values)), np.asarray(values, np.float64)))
        dashed.append(name)
    return ChartView(
        **system.age(),
        x="tokens read",
        y="loss",
        curves=tuple(curves),
        dashed=tuple(dashed),
        cursors=(Cursor(float(system.cursor), "being read"),),
        logarithmic=(False, system.logarithmic_loss),
    )


def _by_position(system: AttentionSystem, which: Variant, key: Any) -> tuple[str, Array, Array]:
    def made() -> Array:
        losses = system.position_losses(system.on_probe(which), system.probe())
        return np.asarray(losses.cpu().numpy(), np.float64)

    losses = system.remembered(("positions", key), made)
    return which.name, 1.0 + np.arange(len(losses)), losses


def cell_view(system: AttentionSystem, request: ViewRequest) -> ChartView:
    """Draw query, key and their products, number by number, of one place among the heads.

    The place is the first of `ViewRequest.probes`, (layer, head, query, key), else the head in
    focus at the token that is being read and the key that it looks at most.
    """
    from engine.attention.inspection import place_of

    shown = system.shown()
    given = request.probes[0] if request.probes and len(request.probes[0]) == 4 else None
    layer, head, query, key = place_of(system, given, focused_head(system, shown, request))
    q, k = shown.q(layer)[head, query], shown.k(layer)[head, key]
    x = 1.0 + np.arange(len(q))
    named = (("query", q), ("key", k), ("query x key", q * k))
    curves: Curves = tuple((name, x, values.astype(np.float64)) for name, values in named)
    return ChartView(
        **system.age(),
        x=f"number of a key, head {layer + 1}.{head + 1}",
        y="value",
        curves=curves,
    )
