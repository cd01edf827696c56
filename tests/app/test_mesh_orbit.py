"""The eye over a mesh, what is under a pixel of it, and how pictures keep up."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.viewports.mesh import outermost
from app.viewports.mesh_pick import Picker
from app.viewports.orbit import FARTHEST, NEAREST, SIDES, Orbit, Room
from app.viewports.pace import SCALES, Pace
from app.viewports.strokes import MESH
from engine.core.views import Eye, MeshView
from engine.meshes.camera import Camera
from engine.meshes.drawing import MeshPainter
from engine.meshes.shapes import shape
from engine.meshes.surface import Surface

SIZE = (300, 200)
eyes = st.builds(
    Eye,
    azimuth=st.floats(0, 360),
    elevation=st.floats(-90, 90),
    distance=st.floats(1.5, 6.0),
    centre=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
    orthographic=st.booleans(),
)


def pixel(eye: Eye, point: Any) -> Any:
    return Camera.of(eye, SIZE).project(np.array([point], np.float32))[0, :2]


# The eye.


@settings(deadline=None)  # the first call compiles
@given(eyes)
def test_axes_are_those_of_the_engine_s_camera(eye: Eye) -> None:
    camera = Camera.of(eye, SIZE)
    right, up, away = Orbit(eye).axes()
    assert np.allclose([right, up, away], [camera.right, camera.up, -camera.forward])


@settings(deadline=None)  # the first call compiles
@given(eyes, st.floats(-60, 60), st.floats(-60, 60))
def test_what_lies_in_the_middle_moves_with_the_hand(eye: Eye, dx: float, dy: float) -> None:
    moved = Orbit(eye).panned(dx, dy, SIZE[1]).eye
    if np.linalg.norm(moved.centre) < 0.99:
        shift = pixel(moved, eye.centre) - pixel(eye, eye.centre)
        assert np.allclose(shift, (dx, dy), atol=0.05)


@settings(deadline=None)  # the first call compiles
@given(eyes, st.floats(1.05, 3.0), st.tuples(*[st.floats(-0.4, 0.4)] * 3))
def test_coming_nearer_holds_a_point_still(eye: Eye, factor: float, point: Any) -> None:
    near = Orbit(eye).zoomed(factor, point).eye
    assert near.distance == pytest.approx(eye.distance / factor)
    assert np.allclose(pixel(near, point), pixel(eye, point), atol=0.05)


def test_the_mesh_cannot_be_lost() -> None:
    orbit = Orbit()
    for _ in range(100):
        orbit = orbit.zoomed(0.7, (0.9, 0.0, 0.0)).panned(900, -500, 100)
    assert orbit.eye.distance == FARTHEST
    assert np.linalg.norm(orbit.eye.centre) <= 1 + 1e-9
    for _ in range(100):
        orbit = orbit.zoomed(1.7, (0.0, 0.0, 0.0))
    assert orbit.eye.distance == NEAREST


def test_going_away_leads_back_to_the_middle() -> None:
    near = Orbit().zoomed(8.0, (0.6, 0.4, 0.3))
    before = np.linalg.norm(near.eye.centre)
    away = near
    for _ in range(12):
        away = away.zoomed(1 / 1.2, (0.6, 0.4, 0.3))
    assert before > 0.5
    assert np.linalg.norm(away.eye.centre) < 0.3


def test_turning_stops_at_the_poles_and_goes_round() -> None:
    up = Orbit().turned(0, 1000)
    assert up.eye.elevation == 90
    assert Orbit().turned(0, -1000).eye.elevation == -90
    assert Orbit(Eye(azimuth=10.0)).turned(100, 0).eye.azimuth == pytest.approx(330.0)
    # A drag to the right takes what faces us to the right.
    before = pixel(Eye(0.0, 0.0), (0, 0, 1))
    assert pixel(Orbit(Eye(0.0, 0.0)).turned(30, 20).eye, (0, 0, 1))[0] > before[0]
    assert pixel(Orbit(Eye(0.0, 0.0)).turned(30, 20).eye, (0, 0, 1))[1] > before[1]


@pytest.mark.parametrize("orthographic", [False, True])
@pytest.mark.parametrize("size", [(300, 200), (200, 300), (600, 200)])
@pytest.mark.parametrize("taken", [(0, 0, 0, 0), (40, 20, 5, 60)])
def test_fit_shows_all_of_it_between_the_chrome_however_it_turns(
    size: Any, orthographic: bool, taken: Any
) -> None:
    rng = np.random.default_rng(1)
    points = (rng.uniform(-1, 1, (400, 3)) * (0.8, 0.4, 0.2) + (0.1, 0.05, 0.0)).astype(np.float32)
    middle, ends = outermost(points)
    room = Room(size, *taken)
    start = Orbit(Eye(centre=(0.3, 0, 0), elevation=20.0, orthographic=orthographic))
    fitted = start.fitted(room, middle, ends)
    left, top, right, bottom = taken
    free = np.array([[left, top], [size[0] - right, size[1] - bottom]])
    shares = []
    for azimuth in range(0, 360, 15):
        eye = Orbit(replace(fitted.eye, azimuth=float(azimuth))).shifted(room).eye
        places = Camera.of(eye, size).project(points)[:, :2]
        assert (places >= free[0]).all()
        assert (places <= free[1]).all()
        shares.append((np.abs(places - free.mean(axis=0)) / (free[1] - free[0])).max() * 2)
        seen = Camera.of(eye, size).project(np.array([middle], np.float32))[0, :2]
        assert seen == pytest.approx(free.mean(axis=0), abs=0.01)
    assert max(shares) > 0.9


def test_sides_look_along_the_axes() -> None:
    ways = {side: np.array(Orbit().from_side(side).axes()[2]) for side in SIDES}
    expected = {"front": (0, 0, 1), "back": (0, 0, -1), "right": (1, 0, 0), "left": (-1, 0, 0)}
    expected |= {"top": (0, 1, 0), "bottom": (0, -1, 0)}
    for side, way in expected.items():
        assert np.allclose(ways[side], way, atol=1e-9), side
    orbit = Orbit(Eye(azimuth=20.0, elevation=30.0))
    assert np.allclose(np.add(orbit.axes()[2], orbit.opposite().axes()[2]), 0, atol=1e-9)


# What is under a pixel.


@pytest.fixture(scope="module")
def knot() -> MeshView:
    return view_of(shape("torus", 2562))


def view_of(surface: Surface) -> MeshView:
    return MeshView(
        step=0,
        topology=surface.topology,
        vertices=surface.vertices,
        normals=surface.normals,
        faces=surface.faces,
        spacing=surface.spacing,
        colours=np.full((len(surface.vertices), 3), 200, np.uint8),
    )


@pytest.mark.parametrize("orthographic", [False, True])
def test_picks_are_those_of_the_raster(knot: MeshView, orthographic: bool) -> None:
    eye = Eye(orthographic=orthographic)
    picker, painter = Picker(knot), MeshPainter()
    picker.look(eye, SIZE)
    found = 0
    for x, y in itertools.product(range(20, 290, 9), range(10, 190, 9)):
        hit, other = picker.pick(x + 0.5, y + 0.5), painter.pick(knot, eye, SIZE, x + 0.5, y + 0.5)
        assert (hit is None) == (other is None), (x, y)
        if hit is None or other is None:
            continue
        found += 1
        shown = Camera.of(eye, SIZE).project(np.array([hit.point], np.float32))[0, :2]
        assert np.allclose(shown, (x + 0.5, y + 0.5), atol=0.02)
        if hit.face == other[0]:
            assert np.allclose(hit.place, other, atol=2e-3)
        else:  # on an edge, where either face will do
            assert min(hit.u, hit.v, 1 - hit.u - hit.v) < 1e-2
        corners = knot.vertices[knot.faces[hit.face]]
        nearest = np.argmin(np.linalg.norm(corners - hit.point, axis=1))
        away = np.linalg.norm(knot.vertices[hit.vertex] - hit.point)
        assert away <= np.linalg.norm(corners[nearest] - hit.point) + 0.4 * knot.spacing
    assert found > 100


def test_only_the_near_side_is_seen(knot: MeshView) -> None:
    picker = Picker(knot)
    eye = Eye(azimuth=0.0, elevation=55.0)
    picker.look(eye, SIZE)
    seen = picker.seen(knot.vertices)
    away = Camera.of(eye, SIZE).position - knot.vertices
    facing = (knot.normals * away).sum(axis=1) / np.linalg.norm(away, axis=1)
    assert seen[facing > 0.3].mean() > 0.9  # the near half of the ring hides a part of the far one
    assert not seen[facing < -0.3].any()


def test_places_are_found_again_and_strange_ones_are_none(knot: MeshView) -> None:
    picker = Picker(knot)
    picker.look(Eye(), SIZE)
    hit = picker.hit((7, 0.2, 0.7))
    assert hit is not None
    a, b, c = knot.vertices[knot.faces[7]]
    assert np.allclose(hit.point, 0.1 * a + 0.2 * b + 0.7 * c, atol=1e-6)
    assert hit.vertex == knot.faces[7][2]
    assert picker.hit((len(knot.faces), 0.1, 0.1)) is None
    assert picker.hit((-1, 0.1, 0.1)) is None
    assert picker.pick(0.5, 0.5) is None


def test_nothing_is_picked_behind_the_eye(knot: MeshView) -> None:
    picker = Picker(knot)
    picker.look(replace(Eye(), distance=0.05), SIZE)  # in the hole of the ring
    hits = [picker.pick(x, y) for x in range(0, 300, 30) for y in range(0, 200, 30)]
    assert all(hit.depth > 0 for hit in hits if hit is not None)


# Keeping up.


def test_pictures_that_come_late_become_smaller_and_early_ones_larger() -> None:
    pace = Pace(budget=0.03)
    for _ in range(20):  # each takes as long as it has pixels
        pace.note(pace.scale, 0.008 * pace.scale**2)
    assert pace.scale == 1.0
    pace.note(1.0, 0.2)
    assert pace.scale == SCALES[1]
    pace.note(SCALES[1], 0.02)  # neither late nor early enough for twice the pixels
    assert pace.scale == SCALES[1]
    for _ in range(20):
        pace.note(pace.scale, 2.0 * pace.scale**2)
    assert pace.scale == SCALES[-1]
    pace.note(1.0, 0.001)  # a picture of another resolution tells nothing
    assert pace.scale == SCALES[-1]


def test_pictures_do_not_become_smaller_where_that_does_not_help() -> None:
    pace = Pace(budget=0.03)
    for _ in range(20):
        pace.note(pace.scale, 0.008 * pace.scale**2)
    seen = []
    for _ in range(50):
        seen.append(pace.scale)
        pace.note(pace.scale, 0.1 + 0.01 * pace.scale**2)  # most of it is the faces
    assert min(seen[-20:]) >= SCALES[1]


def test_no_picture_is_coarser_than_half_the_resolution() -> None:
    pace = Pace()
    for _ in range(50):
        pace.note(pace.scale, 9.0 * pace.scale**2)
    assert pace.scale == 0.5


def test_sizes_of_brushes_on_a_mesh() -> None:
    sizes = [MESH.least]
    while MESH.next(sizes[-1], 1) != sizes[-1]:
        sizes.append(MESH.next(sizes[-1], 1))
    assert sizes[-1] == MESH.most
    assert 12 < len(sizes) < 60
    assert all(b > a for a, b in itertools.pairwise(sizes))
    for radius in (0.05, 0.2, 0.8):
        assert MESH.at(MESH.fraction(radius)) == pytest.approx(radius, abs=MESH.step)
        assert MESH.next(radius, -1) < radius < MESH.next(radius, 1)
