"""Thinning keeps topology, borders, place and, where asked, sharp edges."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from engine.meshes.seams import edge_pairs, folds
from engine.meshes.shapes import icosphere
from engine.meshes.thin import thinned


def _ball(nu: int) -> tuple[np.ndarray, np.ndarray]:
    vertices, faces = icosphere(nu)
    return np.ascontiguousarray(vertices, np.float64), np.ascontiguousarray(faces, np.int32)


def _fine_box() -> tuple[np.ndarray, np.ndarray]:
    box = trimesh.creation.box((2, 2, 2)).subdivide().subdivide().subdivide().subdivide()
    return np.array(box.vertices), np.array(box.faces, np.int32)


def test_a_fine_sphere_becomes_coarse_and_stays_one() -> None:
    vertices, faces = _ball(24)
    told: list[int] = []
    points, left = thinned(vertices, faces, 0.2, told.append)
    assert len(points) < len(vertices) / 4
    assert told[0] == len(faces)
    assert told == sorted(told, reverse=True)
    assert len(edge_pairs(left, len(points))[1]) == 0
    assert len(points) - len(left) // 2 == 2  # Euler's, of a sphere
    assert {tuple(point) for point in points} <= {tuple(point) for point in vertices}
    ends = points[left[:, [0, 1, 2]]] - points[left[:, [1, 2, 0]]]
    assert np.linalg.norm(ends, axis=2).max() <= 0.4
    corners = points[left]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((normals * corners.mean(axis=1)).sum(axis=1) > 0).all()


def test_borders_stay() -> None:
    vertices, faces = _ball(16)
    cut = faces[vertices[faces].mean(axis=1)[:, 1] < 0.3]
    used, cut = np.unique(cut, return_inverse=True)
    cut = cut.reshape(-1, 3).astype(np.int32)

    def border(points: np.ndarray, triangles: np.ndarray) -> set[tuple[float, ...]]:
        others = edge_pairs(triangles, len(points))[1]
        return {tuple(point) for point in points[triangles.ravel()[others]]}

    points, left = thinned(vertices[used], cut, 0.3, lambda _: None)
    assert len(points) < len(used) / 2
    assert border(points, left) == border(vertices[used], cut)


def test_sharp_edges_stay_where_asked() -> None:
    vertices, faces = _fine_box()
    points, left = thinned(vertices, faces, 0.3, lambda _: None, sharp=45)
    assert len(points) < len(vertices) / 3
    sharp = folds(points, left, 60)
    length = np.linalg.norm(points[sharp[:, 0]] - points[sharp[:, 1]], axis=1).sum()
    assert length == pytest.approx(24)  # twelve edges of 2
    rounded, rest = thinned(vertices, faces, 0.3, lambda _: None)
    assert len(rounded) < len(points)
    assert np.abs(rounded).max() == 1
    assert len(edge_pairs(rest, len(rounded))[1]) == 0


def test_turned_faces_are_no_trap() -> None:
    vertices, faces = _ball(8)
    faces[::5] = faces[::5, ::-1]
    points, left = thinned(vertices, faces, 0.4, lambda _: None)
    assert len(left) <= len(faces)
    assert left.max() < len(points)
