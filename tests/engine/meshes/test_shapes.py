"""The built-in meshes: good by the gate, closed, of the genus that they are meant to have."""

import hashlib

import numpy as np
import pytest

from engine.meshes.quality import judge
from engine.meshes.shapes import SHAPES, icosphere, shape

GENUS = {
    "icosphere": 0,
    "torus": 1,
    "knot": 1,
    "mug": 1,
    "blob": 0,
    "holed-cube": 5,
    "gyroid": 5,
    "shell": 0,
    "creature": 0,
    "vase": 0,
    "pretzel": 3,
}


@pytest.mark.parametrize("nu", [1, 2, 7, 32])
def test_an_icosphere_has_its_numbers(nu):
    vertices, faces = icosphere(nu)
    assert vertices.shape == (10 * nu**2 + 2, 3)
    assert faces.shape == (20 * nu**2, 3)
    assert np.allclose(np.linalg.norm(vertices, axis=1), 1, atol=1e-6)
    valence = np.bincount(faces.ravel())
    assert (valence == 5).sum() == 12
    assert ((valence == 5) | (valence == 6)).all()
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    assert ((np.cross(b - a, c - a) * (a + b + c)).sum(axis=1) > 0).all()


def test_a_frequency_below_one_is_refused():
    with pytest.raises(ValueError, match="nu = 0"):
        icosphere(0)


def test_every_shape_is_expected():
    assert set(SHAPES) == set(GENUS)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_good(name):
    surface = shape(name, 10_000)
    quality = judge(surface)
    assert quality.verdict == "good"
    assert (quality.borders, quality.pieces) == (0, 1)
    assert quality.genus == GENUS[name]
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    assert (a * np.cross(b, c)).sum() > 0
    assert 9_500 < len(surface.vertices) < 10_500


@pytest.mark.parametrize("wanted", [2_500, 5_000, 20_000, 40_000])
def test_a_shape_comes_at_several_sizes(wanted):
    vertices, faces = SHAPES["torus"].make(wanted)
    assert abs(len(vertices) / wanted - 1) < 0.06
    assert vertices.dtype == np.float32
    assert faces.dtype == np.int32
    assert len(vertices) == len(faces) // 2
    ring = np.hypot(np.hypot(vertices[:, 0], vertices[:, 2]) - 0.85, vertices[:, 1])
    assert np.allclose(ring, 0.37, atol=1e-5)  # cut finer, it still lies on the formula


def test_a_shape_is_always_the_same():
    first, second = (hashlib.sha256(SHAPES["creature"].make(10_000)[0]).digest() for _ in range(2))
    assert first == second


def test_far_too_many_vertices_are_not_made():
    assert len(SHAPES["icosphere"].make(10**9)[0]) < 800_000
    assert len(SHAPES["icosphere"].make(0)[0]) == 12
