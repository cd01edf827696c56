"""What one vertex sees and what its next update would be, without a step of all the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.mesh_nca.stepper import Graft
from engine.meshes.surface import Surface

__all__ = ["Outlook"]


@dataclass(frozen=True, eq=False)
class Outlook:
    """The near future of a vertex.

    Attributes
    ----------
    perceived : (P - C,) float32
        What it perceives of its neighbours.
    change : (C,) float32
        By how much an update would change it: both models, pace and bounds taken in.
    chance : float
        That it updates in the next step, 0 to 1.
    """

    perceived: FloatArray
    change: FloatArray
    chance: float

    @classmethod
    def of(
        cls,
        surface: Surface,
        rule: MeshRule,
        cells: FloatArray,
        vertex: int,
        weights: Weights,
        controls: Controls,
        graft: Graft | None,
    ) -> Outlook:
        """Look ahead from the cells (V, C) with what a step would be given."""
        near = Neighbourhood.of(surface, rule, controls)
        seen, place = near.perceive_at(cells, vertex), near.place(vertex)
        change = _update(weights, seen)
        if graft is not None:
            part = np.clip(graft.share[vertex], 0.0, 1.0)
            change += part * (_update(graft.weights, seen) - change)
        change *= near.pace[place]
        if controls.clamp > 0:
            own = cells[vertex]
            change = np.clip(own + change, -controls.clamp, controls.clamp) - own
        chance = float(near.limits[place]) / 2.0**32
        return cls(seen[: -rule.channels], np.asarray(change, np.float32), chance)


def _update(weights: Weights, seen: FloatArray) -> FloatArray:
    hidden = np.maximum(seen @ weights.w1 + weights.b1, 0.0)
    made = hidden @ weights.w2
    return np.asarray(made if weights.b2 is None else made + weights.b2, np.float32)
