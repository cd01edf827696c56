"""The gate, on meshes whose figures are known."""

import numpy as np
import pytest

from engine.meshes.quality import judge
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface


def figures(quality):
    return {figure.name: figure for figure in quality.figures}


def grid(rows, columns):
    """A flat sheet of equilateral triangles."""
    y, x = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    points = np.stack([x + y / 2, y * 3**0.5 / 2, 0 * x], axis=1)
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = [(a, b, c), (b, d, c)]
    return points, np.concatenate([np.stack([p.ravel() for p in f], axis=1) for f in faces])


def test_an_icosphere_is_good():
    quality = judge(Surface.of(*icosphere(32)))
    found = figures(quality)
    assert quality.verdict == "good"
    assert found["Mean valence"].value == pytest.approx(6 - 12 / 10242)
    assert found["Share of valence 6"].value == pytest.approx(1 - 12 / 10242)
    assert found["Edge CV"].value == pytest.approx(0.072, abs=0.002)  # the sheet says .07
    assert found["Vertices"].value == 10242
    assert (quality.borders, quality.crowded, quality.pieces) == (0, 0, 1)
    assert (quality.euler, quality.genus) == (2, 0)
    assert sorted(np.unique(quality.valence)) == [5, 6]
    assert quality.spacing.mean() == pytest.approx(1, abs=0.01)


def test_few_vertices_are_only_usable_and_fewer_poor():
    assert judge(Surface.of(*icosphere(16))).verdict == "usable"
    assert judge(Surface.of(*icosphere(5))).verdict == "poor"


def test_poles_of_many_neighbours_are_poor():
    turns = np.linspace(0, 2 * np.pi, 128, endpoint=False)
    rim = np.stack([np.cos(turns), 0 * turns, np.sin(turns)], axis=1)
    vertices = np.concatenate([rim, [(0, 1, 0), (0, -1, 0)]])
    k = np.arange(128)
    faces = [np.stack([k, (k + 1) % 128, 0 * k + tip], axis=1) for tip in (128, 129)]
    quality = judge(Surface.of(vertices, np.concatenate(faces)))
    assert quality.verdict == "poor"
    assert figures(quality)["Highest valence"].value == 128
    assert figures(quality)["Highest valence"].verdict == "poor"
    assert quality.valence.argmax() >= 128
    assert quality.genus == 0


def test_stretching_makes_the_edges_uneven():
    vertices, faces = icosphere(32)
    verdicts = [
        figures(judge(Surface.of(vertices * (1, stretch, 1), faces)))["Edge CV"].verdict
        for stretch in (1.2, 2.0, 9.0)
    ]
    assert verdicts == ["good", "usable", "poor"]


def test_a_border_is_counted_and_no_fault():
    quality = judge(Surface.of(*grid(80, 100)))
    assert quality.verdict == "good"
    assert quality.borders == 2 * (79 + 99)
    assert quality.euler == 1
    assert quality.genus is None
    assert figures(quality)["Share of valence 6"].value > 0.99
    assert quality.valence.min() == 2


def test_two_spheres_are_two_pieces_without_handles():
    vertices, faces = icosphere(4)
    both = np.concatenate([vertices, vertices + 3]), np.concatenate([faces, faces + len(vertices)])
    quality = judge(Surface.of(*both))
    assert (quality.pieces, quality.euler, quality.genus) == (2, 4, 0)


def test_three_faces_at_an_edge_are_seen():
    vertices = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1)], float)
    quality = judge(Surface.of(vertices, np.array([(0, 1, 2), (0, 1, 3), (0, 1, 4)])))
    assert quality.crowded == 1
    assert quality.genus is None


def box(cells):
    """A cube of so many cells a side, its corners shared: vertices and faces."""
    _, faces = grid(cells + 1, cells + 1)
    y, x = (axis.ravel() / cells for axis in np.mgrid[: cells + 1, : cells + 1])
    sides = []
    for axis in range(3):
        flat = np.insert(np.stack([x, y], axis=1), axis, 0.0, axis=1)
        sides += [(flat, faces), (np.insert(np.delete(flat, axis, 1), axis, 1.0, axis=1), faces)]
    every = np.concatenate([np.round(points, 6) for points, _ in sides])
    shared, places = np.unique(every, axis=0, return_inverse=True)
    step = (cells + 1) ** 2
    return shared, places.ravel()[
        np.concatenate([part + step * i for i, (_, part) in enumerate(sides)])
    ]


def test_a_figure_is_never_called_usable_outside_of_what_it_says():
    quality = judge(Surface.of(*box(1)))
    assert figures(quality)["Mean valence"].value == pytest.approx(4.5)
    assert figures(quality)["Mean valence"].verdict == "poor"
    assert figures(quality)["Share of valence 6"].verdict == "poor"
    assert all("usable" in figure.gate for figure in quality.figures)


def test_figures_are_read_with_thousands_and_the_places_of_their_gates():
    found = figures(judge(Surface.of(*icosphere(32))))
    assert found["Vertices"].text == "10,242"
    assert found["Highest valence"].text == "6"
    assert found["Share of valence 5 to 7"].text == "1.000"


@pytest.mark.parametrize("cells", [1, 6])
def test_a_box_bends_at_its_edges_alone_however_finely_it_is_divided(cells):
    assert judge(Surface.of(*box(cells))).creased == pytest.approx(1)


def test_what_is_round_or_flat_has_no_sharp_edges():
    assert judge(Surface.of(*icosphere(8))).creased == 0
    assert judge(Surface.of(*grid(5, 5))).creased == 0
