"""Midpoint subdivision and what is carried over."""

import numpy as np

from engine.meshes.shapes import icosphere
from engine.meshes.subdivide import prolonged, split_faces, subdivided
from engine.meshes.surface import Surface


def test_a_closed_surface_gets_four_times_the_faces():
    coarse = Surface.of(*icosphere(4))
    vertices, faces, parents = subdivided(coarse)
    assert faces.shape == (4 * len(coarse.faces), 3)
    assert len(vertices) == len(parents) == len(coarse.vertices) + 30 * 16
    fine = Surface.of(vertices, faces)
    assert (fine.valence[len(coarse.vertices) :] == 6).all()
    assert np.array_equal(fine.valence[: len(coarse.vertices)], coarse.valence)
    assert np.array_equal(vertices[: len(coarse.vertices)], coarse.vertices)
    old, new = (s.vertices[s.faces] for s in (coarse, Surface(vertices, faces, *[None] * 2)))
    normals = [np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]) for c in (old, new)]
    assert np.allclose(np.repeat(normals[0], 4, axis=0) / 4, normals[1], atol=1e-6)


def test_data_are_means_of_the_ends():
    faces, parents = split_faces(3, np.array([(0, 1, 2)]))
    values = np.array([(0.0, 1), (2, 3), (4, 9)], np.float32)
    fine = prolonged(values, parents)
    assert fine.dtype == np.float32
    assert np.array_equal(fine[:3], values)
    assert sorted(fine[3:, 0]) == [1, 2, 3]
    for corner in range(3):
        a, b, c = fine[faces[corner]]
        assert np.array_equal(a, values[corner])
        assert np.array_equal(b, (values[corner] + values[(corner + 1) % 3]) / 2)
        assert np.array_equal(c, (values[corner] + values[(corner + 2) % 3]) / 2)


def test_an_open_edge_of_three_faces_gets_one_vertex():
    faces, parents = split_faces(5, np.array([(0, 1, 2), (0, 1, 3), (0, 1, 4)]))
    assert len(parents) == 5 + 7
    assert faces.max() == 11
