"""Brushes on a surface: where they reach, what they write, and which way a comb turns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.core.views import Stroke
from engine.mesh_nca import brushes
from engine.mesh_nca.brushes import BRUSHES, Comb, comb_angles, paint, place
from engine.mesh_nca.fields import CELLS, PaintLog, fresh_fields
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.rule import Controls, MeshRule
from engine.meshes import geodesic
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface, frame

Layers = dict[str, NDArray[np.float32]]
SPHERE = Surface.of(*icosphere(16))


def ground() -> tuple[Layers, PaintLog]:
    count = len(SPHERE.vertices)
    layers = {CELLS: np.ones((count, 4), np.float32), **fresh_fields(count)}
    return layers, PaintLog(layers)


def corner(vertex: int) -> tuple[float, float, float]:
    """A point (face, u, v) at a vertex."""
    face = int(np.flatnonzero((SPHERE.faces == vertex).any(axis=1))[0])
    at = int(np.flatnonzero(SPHERE.faces[face] == vertex)[0])
    return (float(face), float(at == 1), float(at == 2))


def stroke(tool: str, *vertices: int, radius: float = 0.3, value: float = 1.0) -> Stroke:
    points = tuple(corner(vertex) for vertex in vertices)
    return Stroke("world", tool, points, radius=radius, value=value, number=1)


def pierced(direction: NDArray[np.float64]) -> tuple[float, float, float]:
    """The point (face, u, v) under a ray from the centre."""
    corners = SPHERE.vertices[SPHERE.faces].astype(np.float64).transpose(0, 2, 1)
    weights = np.linalg.solve(corners, np.broadcast_to(direction, (len(corners), 3))[..., None])
    face = int(weights[..., 0].min(axis=1).argmax())
    _, b, c = weights[face, :, 0] / weights[face].sum()
    return (float(face), float(b), float(c))


def nearest(direction: tuple[float, float, float]) -> int:
    return int((SPHERE.vertices @ np.array(direction)).argmax())


def away(vertex: int) -> NDArray[np.float64]:
    """Distance of all vertices along the great circle."""
    return np.arccos(np.clip(SPHERE.vertices @ SPHERE.vertices[vertex], -1.0, 1.0))


def test_erasing_hits_the_disc_and_nothing_else() -> None:
    layers, log = ground()
    middle = nearest((0.3, 0.5, 0.8))
    paint(SPHERE, layers, log, stroke("erase", middle), Comb())
    erased = ~layers[CELLS].any(axis=1)
    assert erased[away(middle) < 0.28].all()
    assert not erased[away(middle) > 0.32].any()
    assert layers["share"].max() == 0.0


def test_soft_brushes_fall_off_and_freezing_does_not() -> None:
    layers, log = ground()
    middle = nearest((0.0, 0.0, 1.0))
    paint(SPHERE, layers, log, stroke("graft", middle), Comb())
    paint(SPHERE, layers, log, stroke("freeze", middle, value=0.0), Comb())
    far = away(middle)
    inside = far < 0.29
    expected = (1 - (far[inside] / 0.3) ** 2) ** 2
    np.testing.assert_allclose(layers["share"][inside], expected, atol=0.02)
    assert layers["share"][middle] == 1.0
    assert not layers["share"][far > 0.32].any()
    assert set(np.unique(layers["rate"])) == {0.0, 1.0}
    assert (layers["rate"][far < 0.28] == 0.0).all()
    paint(SPHERE, layers, log, stroke("graft", middle, value=0.0), Comb())
    assert layers["share"][middle] == 0.0
    paint(SPHERE, layers, log, stroke("freeze", middle, value=1.0, radius=0.5), Comb())
    assert (layers["rate"] == 1.0).all()


def test_values_stay_within_the_tool() -> None:
    layers, log = ground()
    middle = nearest((1.0, 0.0, 0.0))
    paint(SPHERE, layers, log, stroke("density", middle, value=99.0), Comb())
    assert layers["scale"].max() == 2.0
    paint(SPHERE, layers, log, stroke("density", middle, value=-1.0), Comb())
    assert layers["scale"].min() == 0.5


def test_even_the_smallest_brush_hits_a_vertex() -> None:
    layers, log = ground()
    face = 37
    point = Stroke("world", "erase", ((face, 0.7, 0.2),), radius=0.0, number=1)
    paint(SPHERE, layers, log, point, Comb())
    assert list(np.flatnonzero(~layers[CELLS].any(axis=1))) == [SPHERE.faces[face][1]]


def test_what_is_not_on_the_mesh_is_left_out() -> None:
    nonsense = ((), (1.0, 2.0), (1e9, 0.1, 0.1), (-1.0, 0.1, 0.1), (3.0, 0.9, 0.9))
    nonsense += ((3.0, -0.5, 0.1), (math.nan, 0.0, 0.0), (3.0, math.inf, 0.0))
    assert all(place(SPHERE, at) is None for at in nonsense)
    assert place(SPHERE, (3.0, 0.25, 0.5)) == (3, 0.25, 0.5)
    face, u, v = place(SPHERE, (3.0, -1e-6, 1.0 + 1e-6)) or (0, 9.0, 9.0)
    assert (face, u, v) == (3, 0.0, 1.0)
    for tool in BRUSHES:
        layers, log = ground()
        paint(SPHERE, layers, log, Stroke("world", tool.name, nonsense, number=1), Comb())
        assert log.words() == ("", "")


@pytest.mark.parametrize("ends", [((-0.5, 0.2, 1), (0.5, 0.2, 1)), ((0.1, 0.5, 1), (0.2, -0.5, 1))])
def test_a_comb_turns_towards_the_stroke(
    ends: tuple[tuple[float, float, float], tuple[float, float, float]],
) -> None:
    layers, log = ground()
    start, end = (np.array(each) for each in ends)
    way = [pierced(start + (end - start) * t) for t in np.linspace(0, 1, 24)]
    comb = Comb()
    for first in range(0, 24, 4):  # pieces, as they come from the mouse
        piece = Stroke("world", "comb", tuple(way[first : first + 4]), radius=0.2, number=1)
        paint(SPHERE, layers, log, piece, comb)
    middle = nearest(tuple((start + end) / 2))
    t1, t2 = frame(SPHERE.normals)
    angle = layers["turn"][middle]
    direction = np.cos(angle) * t1[middle] + np.sin(angle) * t2[middle]
    wanted = end - start
    assert direction @ wanted / np.linalg.norm(wanted) > 0.98
    log.undo()
    assert not layers["turn"].any()


@pytest.mark.parametrize("degrees", [0.0, 40.0, 130.0, -100.0])
def test_what_ran_along_t1_runs_along_the_comb(degrees: float) -> None:
    """The comb's angle is that of the pattern: a slope along it is seen as one along t1."""
    vertex = nearest((0.4, 0.3, 0.8))
    t1, t2 = (tangents[vertex] for tangents in frame(SPHERE.normals))
    along = np.cos(np.radians(degrees)) * t1 + np.sin(np.radians(degrees)) * t2
    every = np.arange(len(SPHERE.vertices), dtype=np.int32)
    turn = comb_angles(SPHERE, every, np.broadcast_to(along, (len(every), 3)))
    assert turn[vertex] == pytest.approx(np.radians(degrees), abs=1e-5)
    slope = np.repeat((SPHERE.vertices @ along)[:, None], 4, axis=1).astype(np.float32)
    rule = MeshRule(channels=4)
    seen = Neighbourhood.of(SPHERE, rule, Controls(turn=turn)).perceive(slope)[vertex]
    y, z, x = seen[4], seen[8], seen[12]
    sight = np.array([x, y, z])
    assert sight @ t1 / np.linalg.norm(sight) > 0.99


@pytest.mark.parametrize("tool", [tool.name for tool in BRUSHES])
def test_a_piece_of_a_stroke_is_one_wide_march(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marches: list[float] = []
    real = geodesic._march

    def counted(*given: Any) -> object:
        marches.append(given[6])  # its radius
        return real(*given)

    monkeypatch.setattr(geodesic, "_march", counted)
    layers, log = ground()
    before = {name: rows.copy() for name, rows in layers.items()}
    ends = [nearest((x / 10, 0.3, 0.9)) for x in range(-5, 5)]
    paint(SPHERE, layers, log, stroke(tool, *ends, value=0.6), Comb())
    assert sum(radius >= 0.3 for radius in marches) == 1
    changed = [name for name, rows in layers.items() if not np.array_equal(rows, before[name])]
    assert len(changed) == 1


def test_a_dense_stroke_writes_what_its_discs_write() -> None:
    start, end = np.array([-0.4, 0.2, 1.0]), np.array([0.5, 0.1, 1.0])
    points = tuple(pierced(start + (end - start) * t) for t in np.linspace(0, 1, 40))
    layers, log = ground()
    paint(SPHERE, layers, log, Stroke("world", "graft", points, radius=0.25, number=1), Comb())
    apart = np.zeros(len(SPHERE.vertices), np.float32)
    for face, u, v in points:
        vertices, distances = geodesic.reached(SPHERE, int(face), u, v, 0.25)
        apart[vertices] = np.maximum(apart[vertices], brushes.falloff(distances, 0.25))
    assert np.abs(apart - layers["share"]).max() < 0.02


def test_a_comb_round_a_corner_follows_both_ways() -> None:
    """Near each leg of a stroke the pattern runs along it, although both came in one piece."""
    corner_at = np.array([0.0, 0.0, 1.0])
    legs = [np.array([-0.5, 0.0, 1.0]), np.array([0.0, 0.5, 1.0])]
    way = [pierced(legs[0] + (corner_at - legs[0]) * t) for t in np.linspace(0, 1, 12)]
    way += [pierced(corner_at + (legs[1] - corner_at) * t) for t in np.linspace(0.1, 1, 12)]
    layers, log = ground()
    paint(SPHERE, layers, log, Stroke("world", "comb", tuple(way), radius=0.15, number=1), Comb())
    t1, t2 = frame(SPHERE.normals)
    for leg, wanted in zip(legs, (corner_at - legs[0], legs[1] - corner_at), strict=True):
        middle = nearest(tuple((leg + corner_at) / 2))
        angle = layers["turn"][middle]
        found = np.cos(angle) * t1[middle] + np.sin(angle) * t2[middle]
        assert found @ wanted / np.linalg.norm(wanted) > 0.96
