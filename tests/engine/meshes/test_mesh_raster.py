"""Faces and barycentrics of pictures, against a sphere that is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.views import Eye
from engine.meshes.camera import Camera
from engine.meshes.raster import Raster, rasterise
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

SIZE = (256, 256)


@pytest.fixture(scope="module")
def sphere() -> Surface:
    return Surface.of(*icosphere(32))


def picture(sphere: Surface, eye: Eye, size=SIZE, **options) -> tuple[Camera, Raster]:
    camera = Camera.of(eye, size)
    screen = camera.project(sphere.vertices)
    return camera, rasterise(screen, sphere.faces, size, perspective=camera.perspective, **options)


def pixel_centres(size: tuple[int, int]) -> np.ndarray:
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def on_unit_sphere(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Where the rays of all pixels meet the unit sphere, and whether they do."""
    origins, ways = camera.rays(pixel_centres(camera.size))
    along = (origins * ways).sum(axis=1)
    root = along**2 - (origins**2).sum(axis=1) + 1
    hit = root >= 0
    return origins + (-along - np.sqrt(np.where(hit, root, 0)))[:, None] * ways, hit


@pytest.mark.parametrize("eye", [Eye(0, 0, 2.5, fov=60), Eye(215, -70, 2.5, fov=60)])
def test_a_sphere_covers_what_it_should_and_lies_where_it_should(sphere, eye):
    camera, raster = picture(sphere, eye)
    assert raster.covered.mean() == pytest.approx(0.449, abs=0.001)
    wanted, hit = on_unit_sphere(camera)
    seen = raster.covered.ravel()
    assert (seen != hit).sum() <= 186
    corners = sphere.vertices[sphere.faces[raster.fid.ravel()]]
    found = (corners * raster.bary.reshape(-1, 3)[..., None]).sum(axis=1)
    both = seen & hit
    assert np.linalg.norm(found - wanted, axis=1)[both].max() < 0.02


def test_an_orthographic_eye_shows_as_much_as_one_in_perspective_does_at_the_centre(sphere):
    eye = Eye(40, 10, 2.5, fov=60, orthographic=True)
    camera, raster = picture(sphere, eye)
    tangent = np.tan(np.radians(30)) * 2.5
    assert raster.covered.mean() == pytest.approx(np.pi / (2 * tangent) ** 2, rel=0.005)
    wanted, hit = on_unit_sphere(camera)
    corners = sphere.vertices[sphere.faces[raster.fid.ravel()]]
    found = (corners * raster.bary.reshape(-1, 3)[..., None]).sum(axis=1)
    both = raster.covered.ravel() & hit
    # at the silhouette a ray passes through the polyhedron far from where it touches the sphere
    steep = np.abs((wanted * camera.forward).sum(axis=1)) < 0.2
    assert np.linalg.norm(found - wanted, axis=1)[both & ~steep].max() < 0.02


def test_x_runs_to_the_right_and_y_down():
    eye = Eye(0, 0, 3)
    camera = Camera.of(eye, (200, 100))
    x, y, nearness = camera.project(np.array([[0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 1]])).T
    assert (x[0], y[0]) == (100, 50)
    assert x[1] > x[0]
    assert y[1] == y[0]
    assert y[2] < y[0]
    assert nearness[3] > nearness[0]


def test_a_small_marker_lands_on_the_one_pixel_whose_centre_it_covers():
    screen = np.array([[3.25, 5.25, 1.0], [3.75, 5.25, 1.0], [3.5, 5.75, 1.0]])
    raster = rasterise(screen, np.array([[0, 1, 2]], np.int32), (8, 9))
    assert [tuple(at) for at in np.argwhere(raster.covered)] == [(5, 3)]
    screen[:, 0] += 0.5  # now between two centres
    assert not rasterise(screen, np.array([[0, 1, 2]], np.int32), (8, 9)).covered.any()


def test_the_nearer_face_is_seen_whatever_the_order():
    square = np.array([[0, 0], [8, 0], [0, 8]], float)
    screen = np.concatenate(
        [np.column_stack([square, np.full(3, 1.0)]), np.column_stack([square, np.full(3, 2.0)])]
    )
    for faces in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        raster = rasterise(screen, np.array(faces, np.int32), (8, 8))
        assert set(np.unique(raster.fid)) == {-1, faces.index([3, 4, 5])}


def test_faces_that_share_edges_leave_no_gap():
    rng = np.random.default_rng(3)
    n = 40  # a crumpled grid over the whole picture
    across, down = np.meshgrid(np.arange(n) * 2.0 - 8, np.arange(n) * 2.0 - 8)
    places = np.stack([across, down, np.ones_like(across)], axis=-1)
    places[..., :2] += rng.uniform(-0.4, 0.4, (n, n, 2))
    places[..., :2] = np.rint(places[..., :2] * 4096) / 4096
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + n], axis=1),
            np.stack([corner + 1, corner + n + 1, corner + n], axis=1),
        ]
    )
    raster = rasterise(places.reshape(-1, 3), faces.astype(np.int32), (60, 60))
    assert raster.covered.all()


def test_wide_faces_are_the_same_as_the_small_ones_they_are_made_of():
    screen = np.array([[-500.0, 20, 1], [900, 30, 1], [40, 700, 1]])
    raster = rasterise(screen, np.array([[0, 1, 2]], np.int32), (120, 90))
    x, y = np.meshgrid(np.arange(120) + 0.5, np.arange(90) + 0.5)
    sides = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        (ax, ay), (bx, by) = screen[a, :2], screen[b, :2]
        sides.append((bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0)
    inside = np.all(sides, axis=0)
    np.testing.assert_array_equal(raster.covered, inside)
    assert inside.any()
    assert not inside.all()


def test_bands_and_threads_change_nothing(sphere):
    _, alone = picture(sphere, Eye(), (300, 400), workers=1)
    _, many = picture(sphere, Eye(), (300, 400), workers=3)
    np.testing.assert_array_equal(alone.fid, many.fid)
    np.testing.assert_array_equal(alone.bary, many.bary)


def test_leaving_out_the_far_side_of_a_closed_mesh_changes_nothing(sphere):
    _, whole = picture(sphere, Eye())
    _, half = picture(sphere, Eye(), cull=True)
    assert (whole.fid != half.fid).mean() < 1e-3  # edges at the silhouette


def test_faces_behind_the_eye_are_left_out(sphere):
    _, raster = picture(sphere, Eye(distance=0.5, fov=90))
    assert raster.covered.all()  # from within
    corners = sphere.vertices[sphere.faces[raster.fid.ravel()]]
    away = Camera.of(Eye(distance=0.5, fov=90), SIZE)
    assert ((corners - away.position) @ away.forward).min() > 0


def test_work_can_be_stopped(sphere):
    def poll() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        picture(sphere, Eye(), poll=poll)


def test_buffers_of_another_size_are_refused(sphere):
    with pytest.raises(ValueError, match="buffers"):
        picture(sphere, Eye(), out=Raster.empty((8, 8)))
