"""Meshes that the remesher has to cope with."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

Mesh = tuple[NDArray[np.float64], NDArray[np.int64]]


def _arrays(mesh: trimesh.Trimesh) -> Mesh:
    return np.array(mesh.vertices, np.float64), np.array(mesh.faces, np.int64)


def box() -> Mesh:
    """Twelve triangles."""
    return _arrays(trimesh.creation.box((1, 1, 1)))


def plate() -> Mesh:
    """A box that is much thinner than an edge of a mesh of a few hundred vertices."""
    return _arrays(trimesh.creation.box((1, 1, 0.02)))


def annulus() -> Mesh:
    """A ring as a CAD program writes it: slivers and sharp edges."""
    return _arrays(trimesh.creation.annulus(0.5, 1, 0.7, sections=48))


def uv_sphere() -> Mesh:
    """Poles of 128 neighbours."""
    return _arrays(trimesh.creation.uv_sphere(count=[64, 128]))


def scan() -> Mesh:
    """A dented body with uneven, noisy vertices, as a decimated scan has them."""
    ball = trimesh.creation.icosphere(4)
    points = np.array(ball.vertices)
    points += np.random.default_rng(0).normal(size=points.shape) * 0.02
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    x, y, z = points.T
    radius = 1 + 0.25 * np.sin(4 * x) * np.cos(5 * y) + 0.1 * np.sin(9 * z)
    return points * radius[:, None], np.array(ball.faces, np.int64)


def bowl(level: int = 4) -> Mesh:
    """A sphere without its upper third: a ragged border, and edges from border to border."""
    ball = trimesh.creation.icosphere(level)
    kept = ball.faces[ball.triangles_center[:, 1] < 0.3]
    used, faces = np.unique(kept, return_inverse=True)
    return np.array(ball.vertices)[used], faces.reshape(-1, 3)


def open_box() -> Mesh:
    """A box of ten triangles without its lid."""
    lid = trimesh.creation.box((1, 1, 1))
    return np.array(lid.vertices), np.array(lid.faces[lid.face_normals[:, 2] < 0.9], np.int64)


def assembly() -> Mesh:
    """Two boxes that share an edge, which is not manifold, and a sphere."""
    two = trimesh.creation.box((1, 1, 1))
    two.apply_translation((1, 1, 0))
    ball = trimesh.creation.uv_sphere(radius=0.3)
    ball.apply_translation((0, 0, 1.5))
    both = trimesh.util.concatenate([trimesh.creation.box((1, 1, 1)), two, ball])
    both.merge_vertices()
    return _arrays(both)


def moebius() -> Mesh:
    """A strip that has one side."""
    around, across = 60, 8
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)[:, None]
    shift = np.linspace(-0.4, 0.4, across)[None]
    reach = 1 + shift * np.cos(angle / 2)
    points = np.stack(
        [reach * np.cos(angle), reach * np.sin(angle), shift * np.sin(angle / 2)], axis=2
    )
    number = np.arange(around * across).reshape(around, across)
    number = np.concatenate([number, number[:1, ::-1]])
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)])
    return points.reshape(-1, 3), faces.reshape(-1, 3)


FIGURES = {
    "box": box,
    "annulus": annulus,
    "uv-sphere": uv_sphere,
    "scan": scan,
    "bowl": bowl,
    "open box": open_box,
    "assembly": assembly,
    "moebius": moebius,
}
CLOSED = {"box", "annulus", "uv-sphere", "scan", "assembly"}
