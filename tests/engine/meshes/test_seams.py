"""Cutting, parting, doubling and halving keep the surface and its borders."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from engine.meshes.seams import (
    components,
    cut,
    doubled,
    edge_pairs,
    folds,
    halved,
    refined,
    unit_normals,
)

_spec = importlib.util.spec_from_file_location(
    "remesh_figures", Path(__file__).with_name("remesh_figures.py")
)
assert _spec is not None
assert _spec.loader is not None
figures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(figures)


def _area(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def _borders(vertices: np.ndarray, faces: np.ndarray) -> int:
    return len(edge_pairs(faces, len(vertices))[1])


@pytest.mark.parametrize("name", figures.FIGURES)
def test_what_is_cut_is_an_oriented_manifold_in_the_same_place(name: str) -> None:
    vertices, faces = figures.FIGURES[name]()
    made, origin = cut(faces.astype(np.int32), len(vertices))
    assert (origin[made] == faces).all()
    ends = np.sort(made[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, times = np.unique(ends, axis=0, return_counts=True)
    assert times.max() == 2
    start, end = made.ravel(), made[:, [1, 2, 0]].ravel()
    directed = np.unique(np.stack([start, end], axis=1), axis=0)
    assert len(directed) == made.size  # no half-edge occurs twice: all are turned alike


def test_the_shared_edge_of_two_boxes_is_cut_and_a_moebius_strip_across() -> None:
    vertices, faces = figures.assembly()
    made, origin = cut(faces.astype(np.int32), len(vertices))
    assert len(origin) == len(vertices) + 2
    assert components(made, len(origin))[0] == 3
    vertices, faces = figures.moebius()
    made, origin = cut(faces.astype(np.int32), len(vertices))
    assert len(origin) == len(vertices) + 8
    assert components(made, len(origin))[0] == 1


def test_a_clean_mesh_is_not_cut() -> None:
    vertices, faces = figures.scan()
    made, origin = cut(faces.astype(np.int32), len(vertices))
    assert len(origin) == len(vertices)
    assert _borders(vertices[origin], made) == 0


@pytest.mark.parametrize("name", ["box", "open box", "annulus"])
def test_refining_bounds_the_edges_and_keeps_surface_and_border(name: str) -> None:
    vertices, faces = figures.FIGURES[name]()
    finer, made = refined(vertices, faces.astype(np.int32), 0.1)
    ends = made[:, [[0, 1], [1, 2], [2, 0]]]
    assert np.linalg.norm(finer[ends[..., 0]] - finer[ends[..., 1]], axis=-1).max() <= 0.1
    assert _area(finer, made) == pytest.approx(_area(vertices, faces))
    assert (_borders(finer, made) > 0) == (name not in figures.CLOSED)
    valence = np.bincount(made.ravel(), minlength=len(finer))
    assert (valence == 8).mean() < 0.2  # exact halves would give a quarter of four, one of eight


@pytest.mark.parametrize("name", ["bowl", "open box"])
def test_a_doubled_surface_is_closed_and_comes_apart_again(name: str) -> None:
    vertices, faces = figures.FIGURES[name]()
    faces = faces.astype(np.int32)
    closed, both = doubled(vertices, faces)
    assert _borders(closed, both) == 0
    assert _area(closed, both) == pytest.approx(2 * _area(vertices, faces))
    seam = folds(closed, both, 150)
    assert len(seam) == _borders(vertices, faces)
    # The first half of the faces is the surface as it was; the mirror image looks the other way.
    normals = unit_normals(closed, both)
    wanted = normals.copy()
    wanted[len(both) // 2 :] *= -1
    points, kept = halved(closed, both, wanted)
    assert len(kept) == len(both) // 2
    assert _area(points, kept) == pytest.approx(_area(vertices, faces))
    assert (unit_normals(points, kept) == normals[: len(kept)]).all()


def test_single_faces_that_look_astray_are_no_holes() -> None:
    vertices, faces = figures.bowl()
    closed, both = doubled(vertices, faces.astype(np.int32))
    wanted = unit_normals(closed, both)
    wanted[len(both) // 2 :] *= -1
    wanted[[5, 300, len(both) // 2 + 77]] *= -1
    _, kept = halved(closed, both, wanted)
    assert len(kept) == len(both) // 2


def test_folds_are_the_edges_of_a_box_and_none_of_a_sphere() -> None:
    vertices, faces = figures.box()
    assert len(folds(vertices, faces.astype(np.int32), 45)) == 12
    vertices, faces = figures.uv_sphere()
    assert len(folds(vertices, faces.astype(np.int32), 45)) == 0


def test_short_folds_are_noise() -> None:
    vertices, faces = figures.box()
    assert len(folds(vertices, faces.astype(np.int32), 45, 11.9)) == 12
    assert len(folds(vertices, faces.astype(np.int32), 45, 12.1)) == 0
