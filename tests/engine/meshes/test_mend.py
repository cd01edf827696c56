"""What mending leaves and what it says, on meshes broken in one way each."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled
from engine.meshes import mend_kernels, watched
from engine.meshes.mend import TINY, mend
from engine.meshes.quality import judge
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

QUAD = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], float)
TWO = np.array([(0, 1, 2), (0, 2, 3)])


def edges(faces):
    """How often each directed edge occurs."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return np.unique(pairs, axis=0, return_counts=True)[1]


def volume(mesh):
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return (a * np.cross(b, c)).sum() / 6


def soup(vertices, faces):
    return vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3)


def cube(corner):
    """The twelve triangles of a unit cube."""
    grid = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [(q[0], q[k], q[k + 1]) for q in quads for k in (1, 2)]
    return grid + corner, np.array(faces)


def joined(*meshes):
    sizes = np.cumsum([0] + [len(v) for v, _ in meshes])
    return np.concatenate([v for v, _ in meshes]), np.concatenate(
        [f + size for (_, f), size in zip(meshes, sizes, strict=False)]
    )


def test_a_sound_mesh_is_left_alone():
    vertices, faces = icosphere(6)
    mended = mend(vertices, faces)
    assert mended.notes == ()
    assert np.array_equal(mended.faces, faces)
    assert len(mended.pieces) == 1
    assert mended.pieces.closed.all()


def test_a_soup_is_welded_although_its_vertices_differ_a_little():
    vertices, faces = icosphere(8)
    points, corners = soup(vertices.astype(float), faces)
    points += np.random.default_rng(1).uniform(-2e-7, 2e-7, points.shape)
    mended = mend(points * 1e3 + 5e3, corners)
    assert mended.vertices.shape == vertices.shape
    assert (edges(mended.faces) == 1).all()
    assert len(edges(mended.faces)) == 2 * 30 * 64
    assert "Welded 3,198 vertices" in mended.notes[0]


def test_what_is_apart_is_not_welded():
    vertices = np.concatenate([QUAD, QUAD + np.array((0, 0, 1e-4))])
    assert len(mend(vertices, np.concatenate([TWO, TWO + 4])).vertices) == 8


def test_the_box_is_normalised_even_at_the_ends_of_the_numbers():
    for scale in (1e-300, 1.0, 1e307):
        mended = mend(QUAD * scale + scale, TWO)
        assert np.allclose(np.ptp(mended.vertices, axis=0), (2**0.5, 2**0.5, 0))
        assert np.allclose(mended.vertices.mean(axis=0), 0)


def test_degenerate_duplicate_flat_faces_and_lost_vertices_go():
    vertices = np.concatenate([QUAD, [(0.5, 0, 0), (np.nan, 0, 0), (2, 0, 0)]])
    faces = np.concatenate([TWO, [(0, 0, 1), (2, 1, 0), (0, 4, 6)]])
    mended = mend(vertices, faces)
    assert len(mended.faces) == 2
    assert len(mended.vertices) == 4
    said = " ".join(mended.notes)
    for words in ("1 degenerate face", "1 duplicate face", "1 face without area"):
        assert words in said


def test_a_flat_face_that_closes_the_surface_stays():
    vertices, faces = cube(np.zeros(3))
    vertices = np.concatenate([vertices, [(vertices[faces[0, 0]] + vertices[faces[0, 1]]) / 2]])
    a, b, c = faces[0]
    # A vertex on the edge of one face only, the gap closed by a face without area.
    faces = np.concatenate([faces[1:], [(a, 8, c), (8, b, c), (a, b, 8)]])
    mended = mend(vertices, faces)
    assert mended.pieces.closed.all()
    assert len(mended.faces) == 14
    assert "without area, which the surface needs" in mended.notes[0]


def test_a_wall_on_a_floor_is_cut_off():
    wall = np.array([(0, 0, 1), (1, 1, 1)], float)
    vertices = np.concatenate([QUAD, wall])
    faces = np.concatenate([TWO, [(0, 2, 5), (0, 5, 4)]])
    mended = mend(vertices, faces)
    assert "Cut 1 edge" in mended.notes[0]
    assert len(mended.pieces) == 2
    assert mended.pieces.faces.tolist() == [2, 2]
    assert len(mended.vertices) == 8
    floor = mended.vertices[mended.faces[:2], 2]
    assert np.ptp(floor) == 0  # the flat pair stayed together


def test_two_cubes_at_an_edge_become_closed_pieces():
    mended = mend(*joined(cube((0, 0, 0)), cube((1, 1, 0))))
    assert (edges(mended.faces) == 1).all()
    assert mended.pieces.closed.all()
    assert volume(mended) > 0


def test_cones_tip_to_tip_get_a_tip_each():
    vertices, faces = cube((0, 0, 0))
    mended = mend(*joined((vertices, faces), (vertices + 1, faces)))
    assert len(mended.vertices) == 16
    assert len(mended.pieces) == 2


def test_faces_are_turned_outwards():
    vertices, faces = icosphere(5)
    wrong = faces[:, ::-1].copy()
    wrong[::3] = wrong[::3, ::-1]
    mended = mend(vertices, wrong)
    assert volume(mended) > 0
    assert (edges(mended.faces) == 1).all()
    assert any("Turned" in note for note in mended.notes)


def test_an_open_sheet_looks_as_most_of_it_did():
    vertices, faces = icosphere(6)
    right, wrong = faces[:400], faces[:400].copy()
    wrong[300:] = wrong[300:, ::-1]
    mended = mend(vertices, wrong)
    assert np.array_equal(mended.faces[:300], mend(vertices, right).faces[:300])
    assert (edges(mended.faces) == 1).all()
    assert "Turned 100 faces" in " ".join(mended.notes)


def test_a_moebius_strip_is_kept_and_named():
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = [
        (
            np.cos(t) * (1 + s * np.cos(t / 2)),
            np.sin(t) * (1 + s * np.cos(t / 2)),
            s * np.sin(t / 2),
        )
        for t in turns
        for s in (-0.3, 0.3)
    ]
    faces = []
    for k in range(24):
        a, b, c, d = 2 * k, 2 * k + 1, 2 * k + 2, 2 * k + 3
        if k == 23:
            c, d = 1, 0
        faces += [(a, c, b), (b, c, d)]
    mended = mend(np.array(rim), np.array(faces))
    assert any("one-sided" in note for note in mended.notes)
    assert len(mended.faces) == 48


def test_pieces_are_chosen_by_area():
    meshes = [cube((3 * k, 0, 0)) for k in range(3)]
    meshes = [(v * (1 + k), f) for k, (v, f) in enumerate(meshes)]
    everything = joined(*meshes)
    assert len(mend(*everything).faces) == 36
    assert mend(*everything).pieces.share == pytest.approx(np.array([9, 4, 1]) / 14)
    largest = mend(*everything, component="largest")
    assert len(largest.faces) == 12
    assert "largest of 3 pieces, 64.3% of the area" in largest.notes[-1]
    second, third = mend(*everything, component=1), mend(*everything, component=2)
    assert np.ptp(second.vertices[:, 0]) == pytest.approx(2 * np.ptp(third.vertices[:, 0]))
    with pytest.raises(BadInput, match="no piece 3"):
        mend(*everything, component=3)


def test_dust_is_left_out_on_request():
    vertices, faces = joined(icosphere(8), (QUAD * 0.02 + 2, TWO))
    assert len(mend(vertices, faces).pieces) == 2
    mended = mend(vertices, faces, least_share=TINY)
    assert len(mended.faces) == len(faces) - 2
    assert "Left out 1 piece" in mended.notes[-1]


def test_a_cloud_of_loose_triangles_has_no_surface():
    rng = np.random.default_rng(2)
    vertices = rng.uniform(size=(3000, 3))
    faces = np.arange(3000).reshape(-1, 3)
    assert len(mend(vertices, faces).pieces) == 1000
    with pytest.raises(BadInput, match="1,000 pieces"):
        mend(vertices, faces, least_share=0.1)


@pytest.mark.parametrize(
    ("vertices", "faces", "words"),
    [
        (QUAD, np.zeros((0, 3), int), "no faces"),
        (QUAD, np.array([(0, 1, 4)]), "not there"),
        (QUAD, np.array([(0, 1, -1)]), "not there"),
        (QUAD * np.nan, TWO, "not finite"),
        (QUAD * 0, TWO, "no area"),
        (QUAD * (1, 0, 0), TWO, "no area"),
        (QUAD, np.array([(0, 0, 1)]), "no area"),
        (QUAD, np.array([(0, 1)]), "no triangle mesh"),
    ],
)
def test_what_cannot_be_mended_is_refused(vertices, faces, words):
    with pytest.raises(BadInput, match=words):
        mend(vertices, faces)


def test_cancelling_ends_it():
    activity = Activity("mending")
    activity.listen(lambda status: activity.cancel() if status.done > 2 else None)
    activity._clock = iter(np.arange(0, 100, 1.0)).__next__  # every report is heard
    with pytest.raises(Cancelled):
        mend(*icosphere(4), activity)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 60), corners=st.integers(4, 12))
def test_any_tangle_becomes_sheets(seed, count, corners):
    rng = np.random.default_rng(seed)
    vertices = rng.uniform(size=(corners, 3))
    faces = rng.integers(0, corners, (count, 3))
    try:
        mended = mend(vertices, faces)
    except BadInput as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert "no area" in refused
        assert (np.sort(faces)[:, :-1] == np.sort(faces)[:, 1:]).any(axis=1).all()
        return
    undirected = np.sort(mended.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert np.unique(undirected, axis=0, return_counts=True)[1].max() <= 2
    if not any("one-sided" in note for note in mended.notes):
        assert (edges(mended.faces) == 1).all()
    # Round every vertex there is one fan: as many faces as neighbours, or one less on a border.
    quality = judge(Surface.of(mended.vertices, mended.faces))
    fans = np.bincount(mended.faces.ravel()) - quality.valence
    assert np.isin(fans, (0, -1)).all()
    assert quality.pieces == len(mended.pieces)
    assert mended.pieces.faces.sum() == len(mended.faces)
    assert mended.pieces.vertices.sum() == len(mended.vertices)
    three = {tuple(sorted(face)) for face in faces.tolist() if len(set(face)) == 3}
    assert len(mended.faces) == len(three)


def _went_on(kernel, monkeypatch):
    """Whether a loop had not ended yet when a cancel in the midst of it took effect."""
    activity, ended, release = Activity("test"), threading.Event(), threading.Event()

    def long(*_):
        activity.cancel()
        release.wait(30)
        ended.set()

    monkeypatch.setattr(watched, "MANY", 0)
    monkeypatch.setattr(mend_kernels, kernel, long)
    try:
        with pytest.raises(Cancelled):
            mend(*cube((0, 0, 0)), activity)
        return not ended.is_set()
    finally:
        release.set()


@pytest.mark.parametrize(
    "kernel",
    ["drop_repeats", "measure", "sort_half_edges", "pair_half_edges", "count_fans", "orient"],
)
def test_a_cancel_waits_for_no_loop(kernel, monkeypatch):
    assert _went_on(kernel, monkeypatch)
