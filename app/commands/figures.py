"""The figures that a world's views hold, for the JSON of verbs: what one would read off them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from engine.core.figures import ChartView, HeadsView, MatrixView, TableView
from engine.core.system import System
from engine.core.views import View, ViewRequest

__all__ = ["figures"]

KINDS = ("heads", "matrices", "chart", "table")
SMALL = 8
"""Texels of a tile of attention: its weights are not asked for here."""


def figures(world: System) -> dict[str, dict[str, Any]]:
    """Read what can be said in numbers off the views of this moment.

    Of matrices their facts; of a chart where each curve ends, and its marked places; of heads their
    roles and scores, layer by layer; of a table its columns and rows. Pictures have no figures.
    """
    wanted = {
        offer.name: ViewRequest(max_size=SMALL)
        for offer in world.view_offers()
        if offer.kind in KINDS
    }
    views = world.views(wanted) if wanted else {}
    read = {name: _read(view) for name, view in views.items()}
    return {name: found for name, found in read.items() if found}


def _read(view: View) -> dict[str, Any]:
    if isinstance(view, MatrixView):
        return dict(view.facts)
    if isinstance(view, ChartView):
        return _chart(view)
    if isinstance(view, HeadsView):
        return _heads(view)
    if isinstance(view, TableView):
        return {"columns": view.columns, "rows": view.rows}
    return {}


def _chart(view: ChartView) -> dict[str, Any]:
    found: dict[str, Any] = {}
    last = _ends((*view.curves, *view.points))
    if last:
        found = {"x": view.x, "y": view.y, "last": last}
    if view.cursors:
        found["at"] = {cursor.words: cursor.at for cursor in view.cursors}
    return found


def _ends(curves: Iterable[tuple[str, Any, Any]]) -> dict[str, tuple[float, float]]:
    return {name: (float(x[-1]), float(y[-1])) for name, x, y in curves if len(x)}


def _heads(view: HeadsView) -> dict[str, Any]:
    """Say what each head does; layers are rows."""
    found: dict[str, Any] = {}
    if any(role for layer in view.roles for role in layer):
        found["roles"] = view.roles
    scores: Mapping[str, Any] = {
        name: np.asarray(values, np.float64).tolist() for name, values in view.scores
    }
    if scores:
        found["scores"] = scores
    if view.off:
        found["off"] = view.off
    if view.patched:
        found["patched"] = view.patched
    return found
