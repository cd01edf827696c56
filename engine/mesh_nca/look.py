"""The view of a living surface: which colours its vertices get, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.core.measuring import measure
from engine.core.reducing import principal_components
from engine.core.system import Poll
from engine.core.views import ImageView, Legend, MeshView, Shading, ViewRequest
from engine.mesh_nca.appearance import (
    HEAT,
    albedo,
    channel_heat,
    channel_names,
    heat_map,
    map_colours,
    material_of,
    reading,
)
from engine.mesh_nca.fields import CELLS
from engine.mesh_nca.future import Future
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.rule import Controls
from engine.meshes.ambience import shade_of
from engine.meshes.surface import Surface

if TYPE_CHECKING:
    from engine.meshes.drawing import MeshPainter

__all__ = ["Look", "mean_edges", "picture", "views_of"]

FloatArray = NDArray[np.float32]

_MAPS = frozenset(("normal", "height", "roughness", "occlusion"))


@dataclass(frozen=True, eq=False)
class Look:
    """What a view is made from.

    Attributes
    ----------
    surface : Surface
    layers : mapping of str to ndarray
        Cells and fields, as `engine.mesh_nca.fields` names them.
    change : callable
        Makes what the last step changed at each vertex (n,), the mean of its channels.
    controls : Controls
    params : MeshNcaParams
    maps : bool
        Whether the model makes a material.
    """

    surface: Surface
    layers: Mapping[str, FloatArray]
    change: Callable[[], FloatArray]
    controls: Controls
    params: MeshNcaParams
    maps: bool

    def mesh(self, request: ViewRequest, step: int, seconds: float) -> MeshView:
        """Make the view: the mesh and its colours."""
        surface, cells, params = self.surface, self.layers[CELLS], self.params
        names = channel_names(cells.shape[1], self.maps)
        chosen = [c for c in request.channels if 0 <= c < cells.shape[1]]
        shown, shading = str(params.shown), "plain"
        legend: Legend | None = None
        numbers: NDArray[Any] | None = None
        axes: FloatArray | None = None
        if request.reduce == "pca":
            colours, axes = principal_components(cells)
            shown = "principal components"
        elif len(chosen) == 1:
            shown = names[chosen[0]]
            colours, legend = channel_heat(cells[:, chosen[0]], shown, request.limits)
        elif shown == "shaded":
            colours, shading, shown = albedo(cells), str(params.shading), "colour"
        elif shown == "albedo":
            colours = albedo(cells)
        elif shown in _MAPS:
            colours, legend = map_colours(cells, shown, self.maps)
        else:
            numbers = self._numbers(shown)
            colours, legend = heat_map(numbers, HEAT[shown], request.limits)
        lit = shading != "plain"
        # A mesh has no rows and columns: its vertices are one column, and parts are the whole.
        whole = None if request.stats is None else (0, 0, len(cells), 1)
        sheet = cells[:, None, :]
        measured = measure(
            replace(request, line=None, stats=whole),
            (len(cells), 1),
            len(names),
            lambda down, across: sheet[down, across],
            lambda down, across: sheet[down, across],
        )
        probed = tuple(p[0] for p in request.probes if len(p) == 1 and 0 <= p[0] < len(cells))
        return MeshView(
            step=step,
            seconds=seconds,
            topology=surface.topology,
            vertices=surface.vertices,
            normals=surface.normals,
            faces=surface.faces,
            spacing=surface.spacing,
            colours=colours,
            material=material_of(cells, self._angles()) if lit and self.maps else None,
            shade=shade_of(surface),
            shading=_shading(shading),
            bumpiness=params.bumpiness if self.maps else 0.0,
            light=params.light,
            channels=names,
            shown=shown,
            probes=cells[list(probed)].copy() if probed else np.zeros((0, len(names)), np.float32),
            probed=probed,
            legend=legend,
            axes=axes,
            summary=measured.summary,
            histogram=measured.histogram,
            lacking=frozenset() if self.maps else _MAPS,
            readings=()
            if numbers is None
            else tuple(reading(shown, float(numbers[vertex])) for vertex in probed),
        )

    def _angles(self) -> FloatArray | float:
        """How far the pattern is turned, in radians."""
        turn = self.controls.turn
        return self.controls.angle if turn is None else turn + np.float32(self.controls.angle)

    def _numbers(self, shown: str) -> NDArray[Any]:
        """Return the number at every vertex that is to be shown."""
        layers, surface = self.layers, self.surface
        if shown == "change":
            return self.change()
        if shown == "comb":
            turned = np.degrees(self._angles() + np.zeros(len(surface.vertices), np.float32))
            return np.asarray(np.remainder(turned + 180.0, 360.0) - 180.0)
        if shown == "scale":
            local = self.controls.local_scale
            scale = self.controls.scale * (1.0 if local is None else local)
            return np.log2(scale + np.zeros(len(surface.vertices)))
        if shown == "valence":
            return surface.valence
        if shown == "spacing":
            return np.log2(mean_edges(surface) / surface.spacing)
        return layers["share" if shown == "graft" else "rate"]


def views_of(future: Future, maps: bool, count: int, every: int, poll: Poll) -> Iterator[MeshView]:
    """View what a surface would become, in moments `every` steps apart; see `Future.frames`."""
    surface, controls, params = future.surface, future.controls, future.params
    for step, layers, change in future.frames(count, every, poll):
        look = Look(surface, layers, partial(_given, change), controls, params, maps)
        yield look.mesh(ViewRequest(), step, 0.0)


def picture(painter: MeshPainter, mesh: MeshView, request: ViewRequest) -> ImageView:
    """Draw a mesh from the eye that is asked for, for stills and films."""
    assert request.eye is not None
    side = max(1, request.max_size)
    width, height = request.size or (side, side)
    return ImageView(
        step=mesh.step,
        seconds=mesh.seconds,
        data=painter.picture(mesh, request.eye, (width, height), samples=2),
        extent=(height, width),
        region=(0, 0, height, width),
        channels=mesh.channels,
        shown=mesh.shown,
        legend=mesh.legend,
    )


def mean_edges(surface: Surface) -> NDArray[np.float64]:
    """Return the mean edge length (n,) at every vertex; the mesh's own where it has no edge."""
    origins = np.repeat(np.arange(len(surface.vertices)), surface.valence)
    sums = np.bincount(origins, surface.edge_lengths, len(surface.vertices))
    return np.where(surface.valence > 0, sums / np.maximum(surface.valence, 1), surface.spacing)


def _given(change: FloatArray) -> FloatArray:
    return change


def _shading(name: str) -> Shading:
    found: dict[str, Shading] = {"pbr": "pbr", "phong": "phong", "flat": "flat"}
    return found.get(name, "plain")
