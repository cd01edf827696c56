"""Distances along surfaces, against great circles and straight lines."""

import numpy as np
import pytest

from engine.meshes.geodesic import outline, reached, reached_from
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface


@pytest.fixture(scope="module")
def sphere():
    return Surface.of(*icosphere(32))


def point(surface, face, u, v):
    a, b, c = surface.vertices[surface.faces[face]].astype(float)
    return (1 - u - v) * a + u * b + v * c


def angle(points, centre):
    unit = points / np.linalg.norm(points, axis=-1, keepdims=True)
    return np.arccos(np.clip(unit @ (centre / np.linalg.norm(centre)), -1, 1))


def sheet():
    """A flat square of half-edge 1 / sqrt 2, its vertices shaken."""
    y, x = (axis.ravel() for axis in np.mgrid[:30, :30].astype(float))
    shake = np.random.default_rng(3).uniform(-0.3, 0.3, (2, 900))
    number = np.arange(900).reshape(30, 30)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = [np.stack([p.ravel() for p in f], axis=1) for f in ((a, b, c), (b, d, c))]
    points = np.stack([x + shake[0], y + shake[1], np.zeros(900)], axis=1)
    return Surface.of(points, np.concatenate(faces))


def test_distances_are_those_of_great_circles(sphere):
    rng = np.random.default_rng(0)
    for radius in (0.15, 0.6, 2.9):
        face, (u, v, _) = int(rng.integers(len(sphere.faces))), rng.dirichlet((1, 1, 1))
        vertices, distances = reached(sphere, face, u, v, radius)
        true = angle(sphere.vertices.astype(float), point(sphere, face, u, v))
        assert vertices.dtype == np.int32
        assert distances.dtype == np.float32
        assert len(np.unique(vertices)) == len(vertices)
        assert distances == pytest.approx(true[vertices], rel=0.01, abs=0.02 * sphere.spacing)
        assert set(np.flatnonzero(true < radius * 0.985)) <= set(vertices)
        assert true[vertices].max() < radius * 1.015


def test_several_points_reach_what_the_nearest_one_does(sphere):
    rng = np.random.default_rng(5)
    places = [(int(rng.integers(len(sphere.faces))), *rng.dirichlet((1, 1, 1))[:2]) for _ in "abcd"]
    vertices, distances = reached_from(sphere, [*places, places[0]], 0.7)
    least = np.full(len(sphere.vertices), np.inf)
    for place in places:
        one, far = reached(sphere, *place, 0.7)
        least[one] = np.minimum(least[one], far)
    assert len(np.unique(vertices)) == len(vertices)
    assert set(np.flatnonzero(least < 0.7)) <= set(vertices)
    inside = least[vertices] <= 0.7
    assert inside.mean() > 0.98
    assert distances[inside] == pytest.approx(least[vertices][inside], abs=0.5 * sphere.spacing)
    assert len(reached_from(sphere, [], 0.7)[0]) == 0


def test_near_the_point_they_are_exact(sphere):
    for face in range(0, len(sphere.faces), 500):
        vertices, distances = reached(sphere, face, 0.02, 0.03, 5 * sphere.spacing)
        true = angle(sphere.vertices[vertices].astype(float), point(sphere, face, 0.02, 0.03))
        assert np.abs(distances - true).max() < 0.01 * sphere.spacing


def test_on_a_plane_they_are_straight_although_faces_are_blunt():
    plane = sheet()
    face = 420  # in the middle
    vertices, distances = reached(plane, face, 0.3, 0.3, 0.4)
    straight = np.linalg.norm(plane.vertices[vertices] - point(plane, face, 0.3, 0.3), axis=1)
    assert len(vertices) > 200
    assert distances == pytest.approx(straight, rel=0.01)


def test_what_is_near_in_space_but_not_on_the_surface_is_not_reached(sphere):
    vertices, faces = icosphere(16)
    both = np.concatenate([vertices, vertices * 1.001]), np.concatenate([faces, faces + 2562])
    surface = Surface.of(*both)
    assert reached(surface, 0, 0.2, 0.2, 0.5)[0].max() < 2562
    assert reached(surface, len(faces), 0.2, 0.2, 0.5)[0].min() >= 2562


def test_a_radius_within_a_face_reaches_nothing(sphere):
    vertices, distances = reached(sphere, 5, 1 / 3, 1 / 3, 0.2 * sphere.spacing)
    assert len(vertices) == len(distances) == 0


def test_a_corner_reaches_itself(sphere):
    vertices, distances = reached(sphere, 9, 0.0, 0.0, 0.0)
    assert vertices.tolist() == [sphere.faces[9, 0]]
    assert distances[0] == 0


def test_the_outline_is_a_circle_that_closes(sphere):
    segments = outline(sphere, 700, 0.2, 0.5, 0.4)
    assert segments.dtype == np.float32
    assert segments.shape[1:] == (2, 3)
    assert angle(segments.astype(float), point(sphere, 700, 0.2, 0.5)) == pytest.approx(
        0.4, rel=0.005
    )
    ends, times = np.unique(np.round(segments.reshape(-1, 3), 5), axis=0, return_counts=True)
    assert len(ends) == len(segments)
    assert (times == 2).all()
    length = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum()
    assert length == pytest.approx(2 * np.pi * np.sin(0.4), rel=0.01)


def test_a_small_outline_is_a_ring(sphere):
    segments = outline(sphere, 700, 0.2, 0.5, 0.3 * sphere.spacing)
    away = np.linalg.norm(segments - point(sphere, 700, 0.2, 0.5), axis=2)
    assert away == pytest.approx(0.3 * sphere.spacing, rel=1e-3)


def test_a_radius_beyond_everything_has_no_outline(sphere):
    assert len(outline(sphere, 0, 0.3, 0.3, 9.0)) == 0
    assert len(reached(sphere, 0, 0.3, 0.3, 9.0)[0]) == len(sphere.vertices)


@pytest.mark.parametrize("face", [-1, 20_480])
def test_faces_that_are_not_there_are_refused(sphere, face):
    with pytest.raises(IndexError):
        reached(sphere, face, 0, 0, 1)


def test_incidence_lists_the_faces_of_every_vertex(sphere):
    starts, faces = sphere.incidence
    assert np.array_equal(np.diff(starts), sphere.valence)
    for vertex in (0, 17, 10_241):
        listed = faces[starts[vertex] : starts[vertex + 1]]
        assert np.array_equal(listed, np.flatnonzero((sphere.faces == vertex).any(axis=1)))
