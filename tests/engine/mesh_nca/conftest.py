"""Small meshes for the tests of the kernels."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from engine.meshes.surface import Surface


def torus_arrays(across: int = 12, around: int = 7, seed: int = 0):
    """A jittered torus, vertices in a shuffled order."""
    u, v = np.meshgrid(np.arange(across), np.arange(around), indexing="ij")
    a, b = 2 * np.pi * u.ravel() / across, 2 * np.pi * v.ravel() / around
    r = 2 + 0.7 * np.cos(b)
    rng = np.random.default_rng(seed)
    points = np.stack([r * np.cos(a), 0.7 * np.sin(b), r * np.sin(a)], axis=1)
    points += rng.normal(0, 0.05, points.shape)

    def at(i, j):
        return (i % across) * around + j % around

    quads = [(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)) for i, j in np.ndindex(12, 7)]
    faces = np.array([f for a, b, c, d in quads for f in ((a, c, b), (a, d, c))])
    mixed = rng.permutation(len(points))
    place = np.argsort(mixed)
    return points[mixed], place[faces]


def torus(**options: int) -> Surface:
    """The same as a surface of 84 vertices."""
    return Surface.of(*torus_arrays(**options))


def fan(valence: int = 128) -> Surface:
    """An umbrella: one vertex with many neighbours, and an open border."""
    a = 2 * np.pi * np.arange(valence) / valence
    rim = np.stack([np.cos(a), np.zeros(valence), np.sin(a)], axis=1)
    points = np.concatenate([[(0.0, 0.3, 0.0)], rim])
    k = np.arange(valence)
    faces = np.stack([np.zeros(valence, int), 1 + (k + 1) % valence, 1 + k], axis=1)
    return Surface.of(points, faces)


def turned(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """Rotation by an angle about a unit axis, (3, 3)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


@pytest.fixture(scope="session")
def meshes() -> SimpleNamespace:
    """`torus_arrays()`, `torus()`, `fan()` and the rotation `turned(axis, angle)`."""
    return SimpleNamespace(torus_arrays=torus_arrays, torus=torus, fan=fan, turned=turned)
