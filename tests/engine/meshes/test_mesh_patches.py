"""Windows on surfaces: all mesh, equal in area, masked where the surface turns away or ends."""

from __future__ import annotations

import numpy as np
import pytest

from engine.meshes.advect import FIELDS, advected, motion_field
from engine.meshes.patches import PatchSet, random_eye
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface
from engine.meshes.windows import local_window, sphere_window


@pytest.fixture(scope="module")
def sphere() -> Surface:
    return Surface.of(*icosphere(24))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def box(n: int = 16) -> Surface:
    """The outside of a cube, n cells to an edge."""
    line = np.linspace(-1, 1, n + 1)
    s, t = (g.ravel() for g in np.meshgrid(line, line))
    corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    square = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + n + 1], 1),
            np.stack([corner + 1, corner + n + 2, corner + n + 1], 1),
        ]
    )
    points, faces = [], []
    for axis in range(3):
        for side in (-1.0, 1.0):
            place = np.empty((len(s), 3))
            place[:, axis] = side
            place[:, (axis + 1) % 3], place[:, (axis + 2) % 3] = s, t
            faces.append((square if side > 0 else square[:, ::-1]) + len(s) * len(points))
            points.append(place)
    joined = np.concatenate(points)
    _, first, inverse = np.unique(
        np.round(joined * 1e6).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    return Surface.of(joined[first], inverse.ravel()[np.concatenate(faces)])


def test_every_pixel_of_a_sphere_patch_is_mesh(sphere, rng):
    patches = PatchSet(sphere, count=20, pixels=32, rng=rng)
    assert all(patch.mask.all() for patch in patches.patches)
    ones = patches.draw(rng, 4).apply(np.ones((len(sphere.vertices), 2), np.float32))
    np.testing.assert_allclose(ones, 1, atol=1e-6)


def test_areas_in_a_patch_are_those_on_the_sphere(sphere, rng):
    window, _ = sphere_window(sphere, rng.standard_normal(3), 48)
    places = window.places(sphere.vertices)
    scale = 2 * window.half / window.pixels
    corners = places[sphere.faces]
    a, b, c = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    drawn = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2 * scale**2
    solid = sphere.vertices[sphere.faces]
    true = (
        np.linalg.norm(np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0]), axis=1) / 2
    )
    middles = corners[:, :, :2].mean(axis=1)
    ratios = []
    for x in (4, 14, 24, 34, 44):  # caps of the same radius at different places of the window
        for y in (4, 24, 44):
            cap = np.hypot(middles[:, 0] - x, middles[:, 1] - y) < 10
            ratios.append(drawn[cap].sum() / true[cap].sum())
    assert max(ratios) / min(ratios) < 1.01
    assert np.mean(ratios) == pytest.approx(1, abs=0.01)


def test_an_edge_is_as_many_pixels_long_as_asked(sphere, rng):
    window, _ = sphere_window(sphere, rng.standard_normal(3), 32, pixels_per_edge=2.5)
    places = window.places(sphere.vertices)
    inside = ((places[:, :2] > 0) & (places[:, :2] < 32)).all(axis=1)
    edges = sphere.faces[:, :2][inside[sphere.faces[:, :2]].all(axis=1)]
    lengths = np.linalg.norm(places[edges[:, 0], :2] - places[edges[:, 1], :2], axis=1)
    assert lengths.mean() == pytest.approx(2.5, rel=0.05)


def test_right_is_the_first_tangent_and_up_the_second(sphere):
    window, raster = sphere_window(sphere, np.array([0.0, 0.0, 1.0]), 33)
    corners = sphere.vertices[sphere.faces[raster.fid]]
    seen = (corners * raster.bary[..., None]).sum(axis=2)
    assert seen[16, 30, 0] > 0.3  # +x on the right
    assert seen[2, 16, 1] > 0.3  # +y at the top
    np.testing.assert_allclose(seen[16, 16], [0, 0, 1], atol=0.02)
    assert window.half < 1


def test_a_window_that_reaches_around_the_sphere_is_refused(sphere):
    with pytest.raises(ValueError, match="too far around"):
        sphere_window(sphere, np.array([0.0, 0.0, 1.0]), 200)
    with pytest.raises(ValueError, match="need a sphere"):
        sphere_window(box(), np.array([0.0, 0.0, 1.0]), 16)


def test_refilling_replaces_the_oldest(sphere, rng):
    patches = PatchSet(sphere, count=3, pixels=16, rng=rng)
    before = list(patches.patches)
    patches.refill(rng, 2)
    assert [now is then for now, then in zip(patches.patches, before, strict=True)] == [
        False,
        False,
        True,
    ]


def test_windows_lie_evenly(sphere, rng):
    patches = PatchSet(sphere, count=300, pixels=2, rng=rng)
    centres = np.stack([patch.window.frame[2] for patch in patches.patches])
    assert np.abs(centres.mean(axis=0)).max() < 0.12
    np.testing.assert_allclose((centres**2).mean(axis=0), 1 / 3, atol=0.07)


def test_the_adjoint_of_a_batch_is_its_transpose(sphere, rng):
    batch = PatchSet(sphere, count=4, pixels=16, rng=rng).draw(rng, 3)
    x = rng.standard_normal((len(sphere.vertices), 3)).astype(np.float32)
    y = rng.standard_normal((3, 16, 16, 3)).astype(np.float32)
    assert (batch.apply(x) * y).sum() == pytest.approx((x * batch.adjoint(y)).sum(), rel=1e-4)


def test_a_local_window_ends_where_the_surface_turns_away(rng):
    cube = box()
    side = float(np.abs(cube.vertices).max())
    for _ in range(12):
        window, raster = local_window(cube, rng, 48)
        assert raster.covered.mean() > 0.3
        corners = cube.vertices[cube.faces[raster.fid]].astype(np.float64)
        points = (corners * raster.bary[..., None]).sum(axis=2)[raster.covered]
        facing = np.argmax(np.abs(window.frame[2]))
        if np.abs(window.frame[2]).max() > 0.999:  # over a side: no other side is seen
            np.testing.assert_allclose(np.abs(points[:, facing]), side, atol=1e-5)
        height = (points - window.origin) @ window.frame[2]
        assert np.abs(height).max() <= window.half


def test_a_local_window_on_a_sphere_agrees_with_the_equal_area_one(sphere, rng):
    window, raster = local_window(sphere, rng, 24)
    assert raster.covered.all()
    _, same = sphere_window(sphere, window.origin, 24)
    middle = np.s_[10:14, 10:14]
    corner = lambda r: (  # noqa: E731
        sphere.vertices[sphere.faces[r.fid]] * r.bary[..., None]
    ).sum(axis=2)
    assert np.abs(corner(raster)[middle] - corner(same)[middle]).max() < sphere.spacing / 2


def test_random_eyes_lie_evenly(rng):
    eyes = [random_eye(rng) for _ in range(2000)]
    heights = np.sin(np.radians([eye.elevation for eye in eyes]))
    assert heights.mean() == pytest.approx(0, abs=0.05)
    assert (heights**2).mean() == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("name", FIELDS)
def test_fields_are_tangent_and_of_unit_speed(sphere, name):
    field = motion_field(sphere, name)
    assert np.linalg.norm(field, axis=1).max() == pytest.approx(1, abs=1e-5)
    assert np.abs((field * sphere.normals).sum(axis=1)).max() < 1e-5


def test_walking_along_a_rotation_is_turning(sphere):
    turned = advected(sphere, "circular", 3.0)
    walked = advected(sphere, motion_field(sphere, "circular"), 3.0)
    assert np.linalg.norm(turned - walked, axis=1).max() < 0.05 * sphere.spacing
    moves = np.linalg.norm(turned - sphere.vertices, axis=1)
    assert moves.max() == pytest.approx(3 * sphere.spacing, rel=0.02)
    # from above, +z goes to +x: counter-clockwise about +y
    front = np.argmax(sphere.vertices[:, 2])
    assert turned[front, 0] > 0.1


def test_vertices_stay_on_a_box_with_sharp_edges():
    cube = box(8)
    moved = advected(cube, "downward", 2.0)
    side = float(np.abs(cube.vertices).max())
    np.testing.assert_allclose(np.abs(moved).max(axis=1), side, atol=1e-5)
    assert (moved[:, 1] - cube.vertices[:, 1]).max() < 0.3 * cube.spacing
    assert moved[:, 1].mean() < cube.vertices[:, 1].mean() - cube.spacing * 0.5


def test_a_picture_of_moved_vertices_is_the_picture_moved(sphere, rng):
    """The linear function x, drawn on a sphere turned by a, is x cos a - z sin a."""
    distance = 2.0
    angle = distance * sphere.spacing
    patches = PatchSet(
        sphere, count=2, pixels=24, rng=rng, moved=advected(sphere, "circular", distance)
    )
    batch = patches.draw(rng, 2)
    assert batch.moved_mask.all()
    x, z = sphere.vertices[:, :1], sphere.vertices[:, 2:]
    found = batch.apply(np.ascontiguousarray(x), moved=True)
    wanted = batch.apply((x * np.cos(angle) - z * np.sin(angle)).astype(np.float32))
    assert np.abs(found - wanted).max() < 2e-3
    assert np.abs(batch.apply(np.ascontiguousarray(x)) - found).max() > 0.05


def test_patches_without_moved_vertices_say_so(sphere, rng):
    batch = PatchSet(sphere, count=1, pixels=8, rng=rng).draw(rng, 1)
    with pytest.raises(ValueError, match="without moved"):
        batch.apply(np.zeros((len(sphere.vertices), 1), np.float32), moved=True)
