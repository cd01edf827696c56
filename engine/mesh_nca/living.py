"""A living surface: cells and fields on a mesh, the two models that drive them, and the hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engine.core.system import Poll
from engine.core.views import Stroke
from engine.mesh_nca import hand, starting
from engine.mesh_nca.brushes import Comb, paint
from engine.mesh_nca.fields import CELLS, FIELDS, PaintLog, check_fields, even_spacing
from engine.mesh_nca.future import Future, change_between
from engine.mesh_nca.look import mean_edges
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.outlook import Outlook
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.rule import Controls, Weights
from engine.mesh_nca.second import SecondModel
from engine.mesh_nca.stepper import Graft, make_stepper
from engine.meshes.surface import Surface

__all__ = ["Living"]

CLAMP = 1.0

_CHANGE = "change"
_SAMPLE = 4096  # vertices that the metrics look at
_RESTART = "restart"

FloatArray = NDArray[np.float32]
Arrays = dict[str, NDArray[Any]]


class Living:
    """The state of a world on a mesh, and its tick.

    Parameters
    ----------
    surface : Surface
    params : MeshNcaParams
    weights : Weights
        Of the first model.
    device : str

    Attributes
    ----------
    layers : dict of str to ndarray
        Cells (n, C) and fields (n,), as `engine.mesh_nca.fields` names them.
    second : SecondModel
        The graft model.
    spacing : ndarray
        float32 (n,): the local scale that evens out the mesh.
    log : PaintLog
    """

    def __init__(
        self, surface: Surface, params: MeshNcaParams, weights: Weights, device: str
    ) -> None:
        self.surface = surface
        self._stepper = make_stepper(surface, params.rule, weights, device)
        self._weights = weights
        self.second = SecondModel(params.rule)
        self.spacing = even_spacing(mean_edges(surface))
        cells = np.zeros((len(surface.vertices), params.channels), np.float32)
        self.layers = {CELLS: cells, **starting.fields(surface, params)}
        # Two more buffers: a step that is cancelled spoils only the one that is written.
        self._before, self._spare = cells.copy(), np.empty_like(cells)
        self._change: FloatArray | None = None
        self.log, self._comb = PaintLog(self.layers), Comb()
        self._controls: Controls | None = None
        # Seconds on large meshes, which the first tick would spend without asking who waits.
        Neighbourhood.of(surface, params.rule, self.controls(params))

    @property
    def cells(self) -> NDArray[np.float32]:
        """The live cells (n, C); writing to them writes the world."""
        return self.layers[CELLS]

    def change(self, every: int = 1) -> FloatArray:
        """Return by how much each vertex changed in the last step, the mean of its channels.

        Parameters
        ----------
        every : int
            Look at every so-manieth vertex.
        """
        if self._change is not None:
            return self._change[::every]
        return change_between(self._before[::every], self.cells[::every])

    def metrics(self) -> dict[str, float]:
        """Measure how colourful the surface is, how far it leaves its bounds and how it moves."""
        stride = max(1, len(self.cells) // _SAMPLE)
        cells = self.cells[::stride]
        return {
            "contrast": float(cells[:, :3].std()),
            "largest value": float(np.abs(cells).max()),
            "mean change": float(self.change(stride).mean()),
        }

    def start(self, params: MeshNcaParams) -> None:
        """Begin from zeros and the fields as they were given; the random mask breaks symmetry.

        What was painted is wiped; that can be undone.
        """
        fields = starting.fields(self.surface, params)
        wiped = {name: np.flatnonzero(self.layers[name] != fields[name]) for name in FIELDS}
        if any(len(places) for places in wiped.values()):
            self.log.clear()
            self.log.begin(_RESTART)
        else:
            self.log.clear(but=_RESTART)
        for name, places in wiped.items():
            self.log.write(name, places, fields[name][places])
        self._take({CELLS: np.zeros_like(self.cells)})

    def load(self, weights: Weights, blend: float) -> None:
        """Step on these weights from now on, `blend` of them those of the graft model."""
        second = self.second.weights
        mixed = second is not None and blend > 0
        self._weights = weights.blended(second, blend) if mixed and second else weights
        self._stepper.load(self._weights)

    def changed(self) -> None:
        """Note that a dial or a field has another value."""
        self._controls = None

    def controls(self, p: MeshNcaParams) -> Controls:
        """Return what the dials and the brushes say."""
        if self._controls is None:
            layers = self.layers
            scale = layers["scale"] * (self.spacing if p.even_spacing else np.float32(1.0))
            self._controls = Controls(
                fire_rate=p.fire_rate,
                rate=_unless(layers["rate"], 1.0),
                angle=math.radians(p.angle),
                turn=_unless(layers["turn"], 0.0),
                scale=p.scale,
                local_scale=_unless(scale, 1.0),
                step_size=p.step_size,
                axes=p.axes,
                clamp=CLAMP if p.clamp else 0.0,
            )
        return self._controls

    def step(self, seed: int, step: int, params: MeshNcaParams, poll: Poll) -> None:
        """Do one tick; where `poll` raises, nothing has changed."""
        out = self._stepper.step(
            self.cells, seed, step, self.controls(params), self._graft(), poll, out=self._spare
        )
        self._before, self._spare, self.layers[CELLS] = self.cells, self._before, out
        self._change = None
        self.log.pass_time(step + 1)

    def future(self, seed: int, step: int, params: MeshNcaParams) -> Future:
        """Copy what its future depends on: it may be looked at while time goes on here."""
        graft = self._graft()
        return Future(
            self.surface,
            params,
            self._weights,
            self._stepper.device,
            {name: rows.copy() for name, rows in self.layers.items()},
            self.change().copy(),
            self.controls(params),
            None if graft is None else Graft(graft.weights, graft.share.copy()),
            seed,
            step,
        )

    def _graft(self) -> Graft | None:
        share, second = self.layers["share"], self.second.weights
        return Graft(second, share) if second is not None and share.any() else None

    def outlook(self, vertex: int, params: MeshNcaParams) -> Outlook:
        """Tell what a vertex sees and would do next."""
        return Outlook.of(
            self.surface,
            params.rule,
            self.cells,
            vertex,
            self._weights,
            self.controls(params),
            self._graft(),
        )

    def replant(self) -> None:
        """Set all cells to zero; what was painted stays."""
        self.cells[...] = 0.0
        self._before[...] = 0.0
        self._change = None

    # The hand.

    def paint(self, stroke: Stroke) -> None:
        """Apply one piece of a stroke."""
        paint(self.surface, self.layers, self.log, stroke, self._comb)
        self.changed()

    def act(self, name: str, arguments: BaseModel | None) -> None:
        """Do something to the whole surface, as one gesture."""
        hand.act(name, arguments, self.surface, self.log)
        self.changed()

    def undo(self) -> None:
        """Take back the last gesture; `BadInput` where there is none."""
        self.log.undo()
        self.changed()

    def redo(self) -> None:
        """Do it again; `BadInput` where nothing was undone."""
        self.log.redo()
        self.changed()

    # What is kept.

    def arrays(self) -> Arrays:
        """Return cells, fields, the last change and the graft model, by name."""
        return {**self.layers, _CHANGE: self.change(), **self.second.arrays()}

    def finite(self) -> bool:
        """Tell whether everything still is a finite number."""
        arrays = (*self.layers.values(), *self.second.arrays().values())
        return all(bool(np.isfinite(array).all()) for array in arrays)

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what `arrays` returned; what the hand did before is forgotten, until `recall`.

        Raises
        ------
        BadInput
            If a field holds what none can. Nothing has changed then.
        """
        check_fields({name: arrays[name] for name in FIELDS})
        self.second.restore(arrays)
        self._take({name: arrays[name] for name in (CELLS, *FIELDS)})
        self._change = np.abs(arrays[_CHANGE])
        self.log.leave()

    def recall(self, step: int) -> None:
        """Say that what was restored is an own moment: what the hand could take back then."""
        self.log.recall(step)

    def _take(self, layers: Mapping[str, NDArray[np.float32]]) -> None:
        for name, rows in layers.items():
            self.layers[name][...] = rows
        self._before[...] = self.cells
        self._change = None
        self.changed()


def _unless(values: NDArray[np.float32], plain: float) -> NDArray[np.float32] | None:
    """Copy an array; None where it is `plain` everywhere."""
    return None if bool((values == plain).all()) else values.copy()
