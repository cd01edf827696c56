"""What a living surface would become: a copy of it that runs ahead while time goes on beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.core.system import Poll
from engine.mesh_nca.fields import CELLS
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.rule import Controls, FloatArray, Weights
from engine.mesh_nca.stepper import Graft, make_stepper
from engine.meshes.surface import Surface

__all__ = ["Future", "change_between"]


@dataclass(frozen=True, eq=False)
class Future:
    """Everything that the coming steps of a world depend on.

    Attributes
    ----------
    layers : mapping of str to ndarray
        Cells and fields of the present, as `engine.mesh_nca.fields` names them.
    change : (n,) float32
        What the last step changed at each vertex, the mean of its channels.
    weights : Weights
        With which it steps.
    """

    surface: Surface
    params: MeshNcaParams
    weights: Weights
    device: str
    layers: Mapping[str, FloatArray]
    change: FloatArray
    controls: Controls
    graft: Graft | None
    seed: int
    step: int

    def frames(
        self, count: int, every: int, poll: Poll
    ) -> Iterator[tuple[int, Mapping[str, FloatArray], FloatArray]]:
        """Yield step, layers and last change of `count` moments, `every` steps apart.

        The present comes first. What `poll` raises is raised.
        """
        stepper = make_stepper(self.surface, self.params.rule, self.weights, self.device)
        cells, change = self.layers[CELLS], self.change
        for frame in range(count):
            yield self.step + frame * every, {**self.layers, CELLS: cells}, change
            before = cells
            for done in range(every if frame < count - 1 else 0):
                step, before = self.step + frame * every + done, cells
                cells = stepper.step(before, self.seed, step, self.controls, self.graft, poll)
            change = change_between(before, cells)


def change_between(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return how far states (n, C) lie apart at each vertex (n,), the mean of the channels."""
    return np.asarray(np.abs(after - before).mean(axis=1), np.float32)
