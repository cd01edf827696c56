"""The brushes of a mesh automaton: discs along the surface, and what they write.

Soft brushes weigh a vertex at distance d from the stroke by (1 - (d / r)^2)^2.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.core.system import BrushTool, BrushValue, Need
from engine.core.views import Stroke
from engine.mesh_nca.fields import CELLS, PaintLog
from engine.meshes.geodesic import reached_from
from engine.meshes.surface import Surface, frame

__all__ = ["BRUSHES", "Comb", "comb_angles", "paint", "place"]

ERASE = BrushTool(
    "erase",
    "Erase",
    "eraser",
    "Set every channel under the brush to zero and watch the texture grow back",
    radius=0.2,
)
GRAFT = BrushTool(
    "graft",
    "Graft",
    "git-merge",
    "Let the graft model live here; a value of 0 gives the place back to the first model",
    radius=0.2,
    value=BrushValue("Share of the graft model", 0.0, 1.0, 1.0),
    needs=Need("graft_model", "none", "Choose a second model first: the graft brush plants it"),
)
COMB = BrushTool(
    "comb",
    "Comb",
    "wind",
    "Turn the pattern: what runs from left to right in the target runs along the stroke",
    radius=0.25,
)
DENSITY = BrushTool(
    "density",
    "Density",
    "grid-3x3",
    "Make the texture finer (below 1) or coarser (above 1) here",
    radius=0.25,
    value=BrushValue("Local scale", 0.5, 2.0, 1.5),
)
FREEZE = BrushTool(
    "freeze",
    "Freeze",
    "snowflake",
    "Stop the vertices here; a value of 1 thaws them",
    radius=0.2,
    value=BrushValue("Rate", 0.0, 1.0, 0.0),
)
BRUSHES: Final = (ERASE, GRAFT, COMB, DENSITY, FREEZE)

_TRAIL = 256  # points of a stroke that its direction looks back over

_THIN = 0.15  # radii between two places that a comb's direction is taken from
_WIDEST = 4.0  # a way around everything
_WIDER = 1.01  # so that places count even at the rim
_LEAST = 1e-6  # length of a mean direction that is one

_LAYER = {"graft": "share", "density": "scale", "freeze": "rate"}

Points = NDArray[np.float32]
FloatArray = NDArray[np.float32]
Indices = NDArray[np.int32]
Corner = tuple[int, float, float]


def place(surface: Surface, at: tuple[float, ...]) -> Corner | None:
    """Read a pick or a stroke's point as (face, u, v); None where it is not on the mesh."""
    if len(at) != 3 or not all(math.isfinite(number) for number in at):
        return None
    face, u, v = at
    if not 0 <= face < len(surface.faces) or min(u, v) < -1e-3 or u + v > 1 + 1e-3:
        return None
    u, v = max(u, 0.0), max(v, 0.0)
    over = max(u + v, 1.0)
    return int(face), u / over, v / over


def position(surface: Surface, at: Corner) -> Points:
    """Return the point (3,) of a place on the mesh."""
    face, u, v = at
    a, b, c = surface.vertices[surface.faces[face]]
    return np.asarray((1.0 - u - v) * a + u * b + v * c, np.float32)


def disc(surface: Surface, places: list[Corner], radius: float) -> tuple[Indices, FloatArray]:
    """Find the vertices within `radius` of any place along the surface, and how far they are.

    Returns
    -------
    vertices, distances : ndarray
        (k,), every vertex once with its smallest distance; at least the nearest corner of each.
    """
    vertices, distances = reached_from(surface, places, radius)
    lone = [at for at in places if _out_of_reach(surface, at, radius)]
    if not lone:
        return vertices, distances
    corners = [surface.faces[face][int(np.argmax((1.0 - u - v, u, v)))] for face, u, v in lone]
    more = np.setdiff1d(np.asarray(corners, np.int32), vertices)
    return np.concatenate([vertices, more]), np.pad(distances, (0, len(more)))


def _out_of_reach(surface: Surface, at: Corner, radius: float) -> bool:
    """Whether no corner of the face lies within the radius."""
    corners = surface.vertices[surface.faces[at[0]]]
    return bool(np.linalg.norm(corners - position(surface, at), axis=1).min() > radius)


def comb_angles(surface: Surface, vertices: Indices, directions: Points) -> FloatArray:
    """Return the angle (k,) of directions (k, 3) from the tangent t1 at each vertex, in radians.

    It is what the pattern has to turn by: at angle 0 what runs from left to right in the target
    runs along t1 of `engine.meshes.surface.frame`.
    """
    first, second = frame(surface.normals[vertices])
    along = np.einsum("ij,ij->i", directions, first)
    across = np.einsum("ij,ij->i", directions, second)
    return np.asarray(np.arctan2(across, along), np.float32)


class Comb:
    """Remembers where a combing stroke came from, so that its pieces join.

    A direction is that of the way over a third of the radius: single movements of a mouse are as
    coarse as pixels.
    """

    def __init__(self) -> None:
        self._number = 0
        self._trail: list[Points] = []

    def directions(self, surface: Surface, stroke: Stroke, places: list[Corner]) -> Points:
        """Return the direction (n, 3) of the stroke at each of its places; 0 where unknown."""
        if not stroke.number or stroke.number != self._number:
            self._number, self._trail = stroke.number, []
        reach = stroke.radius / 3.0
        found = np.zeros((len(places), 3), np.float32)
        for row, at in zip(found, places, strict=True):
            point = position(surface, at)
            for earlier in reversed(self._trail):
                row[:] = point - earlier
                if float(np.linalg.norm(row)) >= reach:
                    break
            row /= max(float(np.linalg.norm(row)), 1e-12)
            self._trail = [*self._trail[-_TRAIL:], point]
        return found


def paint(surface: Surface, layers: dict[str, FloatArray], log: PaintLog, stroke: Stroke,
          comb: Comb) -> None:  # fmt: skip
    """Apply one piece of a stroke to the layers; what is not on the mesh is left out."""
    places = [at for point in stroke.points if (at := place(surface, point)) is not None]
    radius = min(max(stroke.radius, 0.0), _WIDEST)
    tool = next(tool for tool in BRUSHES if tool.name == stroke.tool)
    log.begin(f"{tool.title.lower()} stroke", stroke.number)
    if stroke.tool == "comb":
        directions = comb.directions(surface, stroke, places)
        kept = [k for k in _thinned(surface, places, radius * _THIN) if directions[k].any()]
        _comb(surface, layers, log, [places[k] for k in kept], directions[kept], radius)
        return
    vertices, distances = disc(surface, places, radius)
    if stroke.tool == "erase":
        log.write(CELLS, vertices, 0.0)
        return
    assert tool.value is not None
    value = min(max(stroke.value, tool.value.low), tool.value.high)
    layer = _LAYER[stroke.tool]
    if stroke.tool == "freeze":
        log.write(layer, vertices, value)
        return
    before = layers[layer][vertices]
    log.write(layer, vertices, before + falloff(distances, radius) * (value - before))


def _thinned(surface: Surface, places: list[Corner], gap: float) -> list[int]:
    """Choose places of a stroke that lie at least `gap` apart, and its last one."""
    kept: list[int] = []
    last = np.zeros(3, np.float32)
    for number, at in enumerate(places):
        point = position(surface, at)
        if not kept or number == len(places) - 1 or np.linalg.norm(point - last) >= gap:
            kept.append(number)
            last = point
    return kept


def falloff(distances: FloatArray, radius: float) -> FloatArray:
    """Weigh distances from the middle of a soft brush: 1 there, 0 at its rim."""
    far = np.minimum(distances / max(radius, 1e-12), 1.0)
    return np.asarray((1.0 - far**2) ** 2, np.float32)


def _comb(
    surface: Surface,
    layers: dict[str, FloatArray],
    log: PaintLog,
    places: list[Corner],
    directions: Points,
    radius: float,
) -> None:
    """Turn the pattern along the stroke, the shorter way round.

    A vertex takes the mean direction of the places around it, weighed as a soft brush does by their
    straight distances; where they cancel out it stays as it is.
    """
    vertices, distances = disc(surface, places, radius)
    points, along = surface.vertices[vertices], np.zeros((len(vertices), 3), np.float32)
    for at, direction in zip(places, directions, strict=True):
        straight = np.linalg.norm(points - position(surface, at), axis=1)
        along += falloff(straight, radius * _WIDER)[:, None] * direction
    sure = np.linalg.norm(along, axis=1) > _LEAST
    vertices, distances, along = vertices[sure], distances[sure], along[sure]
    wanted = comb_angles(surface, vertices, along)
    before = layers["turn"][vertices]
    away = np.remainder(wanted - before + math.pi, 2.0 * math.pi) - math.pi
    turned = before + falloff(distances, radius) * away
    log.write("turn", vertices, np.remainder(turned + math.pi, 2.0 * math.pi) - math.pi)
