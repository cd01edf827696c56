"""Pictures of meshes: lit as the formulas say, transparent around, and what lies under a pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.core.device import set_threads
from engine.core.views import Eye, MeshView
from engine.meshes import shading
from engine.meshes.camera import Camera
from engine.meshes.drawing import MeshPainter
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

SIZE = (120, 100)


@pytest.fixture(scope="module")
def sphere() -> Surface:
    return Surface.of(*icosphere(24))


def view_of(surface: Surface, **changes) -> MeshView:
    colours = np.full((len(surface.vertices), 3), (200, 120, 60), np.uint8)
    fields = {
        "step": 0,
        "topology": surface.topology,
        "vertices": surface.vertices,
        "normals": surface.normals,
        "faces": surface.faces,
        "spacing": surface.spacing,
        "colours": colours,
    }
    return MeshView(**(fields | changes))


def material_of(surface: Surface, normal=(128, 128, 255), height=0, rough=128, occlusion=255):
    row = np.array([*normal, height, rough, occlusion], np.uint8)
    return np.tile(row, (len(surface.vertices), 1))


def sphere_under(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Points of the unit sphere under all pixels, (h, w, 3), and how well they face the eye."""
    w, h = camera.size
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    origins, ways = camera.rays(np.stack([x.ravel(), y.ravel()], 1))
    along = (origins * ways).sum(1)
    root = along**2 - (origins**2).sum(1) + 1
    points = origins + (-along - np.sqrt(np.maximum(root, 0)))[:, None] * ways
    facing = np.where(root > 0, -(points * ways).sum(1), -1)
    return points.reshape(h, w, 3), facing.reshape(h, w)


def lit(points, normals, camera, eye, albedo, rough, occlusion, strength):
    """The light once more, in numpy, from the sentences in `engine.meshes.shading`."""
    rows = dict(zip(shading.SCENE, shading.scene(camera, eye).astype(float), strict=True))
    dot = lambda a, b: (a * b).sum(-1, keepdims=True)  # noqa: E731
    unit = lambda a: a / np.linalg.norm(a, axis=-1, keepdims=True)  # noqa: E731
    v = (
        unit(rows["eye"] - points)
        if camera.perspective
        else np.broadcast_to(-rows["forward"], points.shape)
    )
    to_lamp = rows["lamp"] - points
    light, half = unit(to_lamp), unit(unit(to_lamp) + v)
    nv, nl = dot(normals, v), np.maximum(dot(normals, light), 0)
    facing = np.maximum(nv, 1e-4)
    a2 = rough**4
    d = a2 / (np.pi * (dot(normals, half) ** 2 * (a2 - 1) + 1) ** 2)
    k = (rough + 1) ** 2 / 8
    smith = facing / (facing * (1 - k) + k) * nl / (nl * (1 - k) + k)
    fresnel = 0.04 + 0.96 * (1 - dot(half, v)) ** 5
    radiance = float(shading._LAMP) / dot(to_lamp, to_lamp)
    gloss = d * smith * fresnel / np.maximum(4 * facing * nl, 1e-9) * radiance * nl
    zonal = lambda c: np.maximum(0.25 + c / 2 + 5 / 32 * (3 * c * c - 1), 0)  # noqa: E731
    sky, ground, key, rim = (
        np.array(c, float) for c in (shading._SKY, shading._GROUND, shading._KEY, shading._RIM)
    )
    around = ground + (sky - ground) * (normals[..., 1:2] + 1) / 2
    around = (
        around + key * zonal(dot(normals, rows["key"])) + rim * zonal(dot(normals, rows["rim"]))
    )
    mirrored = 2 * nv * normals - v
    width = a2 + float(shading._BOX)

    def box(way):
        lobe = (1 + dot(mirrored, way)) / 2 * (width - 1) + 1
        return float(shading._GLOSS) * width / lobe**2

    seen = ground + (sky - ground) * (mirrored[..., 1:2] + 1) / 2
    seen = seen + key * box(rows["key"]) + rim * box(rows["rim"])
    grazing = float(shading._GRAZING) * (max(1 - rough, 0.04) - 0.04)
    mirror = 0.04 + grazing * (1 - np.minimum(facing, 1)) ** 5
    total = albedo * 0.96 * (around * occlusion + radiance * nl / np.pi) + gloss
    total = strength * (total + mirror * seen * occlusion)
    over = np.maximum((total - 0.8) / 0.2, 0)
    return np.minimum(total, 0.8) + 0.2 * over / (1 + over)


@pytest.mark.parametrize(
    ("eye", "rough", "occlusion", "strength"),
    [
        (Eye(), 128, 255, 1.0),
        (Eye(200, -35, 3.0), 60, 128, 0.7),
        (Eye(80, 60, 2.5, orthographic=True), 230, 255, 1.4),
    ],
)
def test_a_sphere_is_lit_as_the_formulas_say(sphere, eye, rough, occlusion, strength):
    material = material_of(sphere, rough=rough, occlusion=occlusion)
    view = view_of(sphere, shading="pbr", material=material, light=strength)
    found = MeshPainter().picture(view, eye, SIZE)[..., :3].astype(float)
    camera = Camera.of(eye, SIZE)
    points, facing = sphere_under(camera)
    albedo = np.array([200, 120, 60]) / 255
    wanted = 255 * lit(points, points, camera, eye, albedo, rough / 255, occlusion / 255, strength)
    inside = facing > 0.3  # the polyhedron ends before the sphere does
    wrong = np.abs(found - wanted).max(axis=-1)[inside]
    assert inside.sum() > 3000
    assert (wrong < 3).mean() > 0.99


def test_the_text_for_opengl_holds_the_same_constants():
    for value in (shading._LAMP, shading._KNEE, *shading._KEY, *shading._SKY):
        assert f"{float(value):.8f}" in shading.GLSL


@pytest.mark.parametrize("orthographic", [False, True])
def test_plain_colours_are_those_of_the_vertices_and_show_the_body(sphere, orthographic):
    view, eye = view_of(sphere, shading="plain", light=0.1), Eye(orthographic=orthographic)
    found = MeshPainter().picture(view, eye, SIZE)
    assert np.array_equal(found, MeshPainter().picture(replace(view, light=1.0), eye, SIZE))
    body = found[found[..., 3] > 0][:, :3].astype(float)
    shares = body / (200, 120, 60)
    assert np.ptp(shares, axis=1).max() < 0.02  # the hue stays
    assert shares.max() == pytest.approx(1.0, abs=0.01)  # where it faces the eye
    assert 0.6 < shares.min() < 0.8


def test_colours_are_interpolated(sphere):
    shown = np.round((sphere.vertices + 1) * 127.5).astype(np.uint8)
    view = view_of(sphere, shading="plain", colours=shown)
    found = MeshPainter().picture(view, Eye(), SIZE)[..., :3].astype(float)
    points, facing = sphere_under(Camera.of(Eye(), SIZE))
    inside = facing > 0.3
    soft = 1 - float(shading._SLANT) * (1 - facing[..., None])
    assert np.abs(found - (points + 1) * 127.5 * soft)[inside].max() < 4


def test_what_is_not_mesh_is_transparent_or_the_ground(sphere):
    view = view_of(sphere)
    clear = MeshPainter().picture(view, Eye(), SIZE)
    assert not clear[0, 0].any()
    grey = MeshPainter().picture(view, Eye(), SIZE, (100, 50, 10))
    assert tuple(grey[0, 0]) == (100, 50, 10, 255)
    glass = MeshPainter().picture(view, Eye(), SIZE, (100, 50, 10, 128))
    assert tuple(glass[0, 0]) == (50, 25, 5, 128)
    mesh = clear[..., 3] == 255
    np.testing.assert_array_equal(clear[mesh], grey[mesh])


def test_facets_are_of_one_light(sphere):
    coarse = Surface.of(*icosphere(2))
    painter = MeshPainter()
    flat = painter.picture(view_of(coarse, shading="flat"), Eye(), SIZE)
    smooth = painter.picture(view_of(coarse, shading="phong"), Eye(), SIZE)
    jump = lambda p: np.abs(np.diff(p[..., 0].astype(int), axis=1))[40:60, 40:80].max()  # noqa: E731
    assert jump(flat) > 3 * jump(smooth)


def test_normals_of_a_material_tilt_towards_its_tangents(sphere):
    """On the front of the sphere t1 is to the right: a normal with x > 0 looks there."""
    eye = Eye(0, 0)
    right = view_of(sphere, shading="pbr", material=material_of(sphere, (200, 128, 200)))
    found = MeshPainter().picture(right, eye, SIZE).astype(float)
    camera = Camera.of(eye, SIZE)
    points, _ = sphere_under(camera)
    middle = np.s_[49:51, 59:61]
    tilt = np.array([72, 0, 72.0]) / np.hypot(72, 72)
    here = points[middle]
    first = np.cross((0, 1, 0), here)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    normals = first * tilt[0] + here * tilt[2]
    albedo = np.array([200, 120, 60]) / 255
    wanted = 255 * lit(here, normals, camera, eye, albedo, 128 / 255, 1.0, 1.0)
    np.testing.assert_allclose(found[middle][..., :3], wanted, atol=2)


def test_relief_moves_the_outline(sphere):
    high = material_of(sphere, height=255)
    painter = MeshPainter()
    area = {
        bumpiness: (
            painter.picture(
                view_of(sphere, shading="pbr", material=high, bumpiness=bumpiness), Eye(), SIZE
            )[..., 3]
            > 0
        ).mean()
        for bumpiness in (0.0, 0.1, -0.1)
    }
    assert area[0.1] > area[0.0] * 1.1
    assert area[-0.1] < area[0.0] * 0.9


def test_the_inside_of_an_open_mesh_is_lit(sphere):
    front = Surface.of(sphere.vertices, sphere.faces)
    kept = front.faces[(front.vertices[front.faces][..., 2] < 0).all(axis=1)]
    bowl = replace(view_of(sphere), faces=kept, topology="bowl")
    found = MeshPainter().picture(bowl, Eye(0, 0), SIZE)
    assert found[50, 60, 0] > 80  # we look into it


def rested(view: MeshView, eye: Eye) -> np.ndarray:
    """The second picture of a fresh painter."""
    painter = MeshPainter()
    painter.picture(view, eye, SIZE)
    return painter.picture(view, eye, SIZE)


def test_a_resting_eye_shows_what_a_fresh_painter_does(sphere):
    painter = MeshPainter()
    other = np.random.default_rng(0).integers(0, 255, (len(sphere.vertices), 3)).astype(np.uint8)
    for changes in ({}, {"colours": other}, {"shading": "flat"}, {"light": 0.5}):
        view = view_of(sphere, **changes)
        for eye in (Eye(), Eye(90)):
            np.testing.assert_array_equal(
                painter.picture(view, eye, SIZE), MeshPainter().picture(view, eye, SIZE)
            )
            np.testing.assert_array_equal(painter.picture(view, eye, SIZE), rested(view, eye))
    coarse = view_of(Surface.of(*icosphere(3)))
    np.testing.assert_array_equal(
        painter.picture(coarse, Eye(), SIZE), MeshPainter().picture(coarse, Eye(), SIZE)
    )


def test_threads_change_nothing(sphere):
    view = view_of(sphere)
    try:
        set_threads(1)
        alone = MeshPainter().picture(view, Eye(), (200, 150))
        set_threads(3)
        many = MeshPainter().picture(view, Eye(), (200, 150))
    finally:
        set_threads(0)
    np.testing.assert_array_equal(alone, many)


def test_a_still_is_a_picture_of_twice_the_size_reduced(sphere):
    painter, view = MeshPainter(), view_of(sphere)
    size = (90, 220)  # several strips
    fine = painter.picture(view, Eye(), (180, 440)).astype(int)
    wanted = (fine.reshape(220, 2, 90, 2, 4).sum(axis=(1, 3)) + 2) // 4
    still = painter.picture(view, Eye(), size, samples=2)
    np.testing.assert_allclose(still, wanted, atol=1)  # vectors begin at other pixels
    assert 0 < np.count_nonzero((still[..., 3] > 0) & (still[..., 3] < 255)) < 2000


@pytest.mark.parametrize("orthographic", [False, True])
def test_edges_become_smooth_while_the_eye_rests(sphere, orthographic):
    """There a picture is that of a still, elsewhere it is as it was."""
    eye = Eye(20, 30, orthographic=orthographic)
    ring = sphere.faces[(np.abs(sphere.vertices[sphere.faces][..., 1]) < 0.5).all(axis=1)]
    view = replace(view_of(sphere), faces=ring, topology="ring")  # its far side seen from within
    painter = MeshPainter()
    first = painter.picture(view, eye, SIZE, (10, 20, 30)).astype(int)
    second = painter.picture(view, eye, SIZE, (10, 20, 30)).astype(int)
    still = painter.picture(view, eye, SIZE, (10, 20, 30), samples=2).astype(int)
    clear = painter.picture(view, eye, SIZE, samples=2)[..., 3]
    edge = (clear > 0) & (clear < 255)
    assert edge.sum() > 150
    np.testing.assert_allclose(second[edge], still[edge], atol=1)
    assert np.abs(first - still).max(axis=2)[edge].mean() > 10
    same = (second == first).all(axis=2)
    assert same[~edge].mean() > 0.9
    smooth = np.abs(second - still).max(axis=2)
    assert (smooth[~edge & ~same] <= 1).all()  # an edge within the mesh


def test_a_pick_is_what_is_drawn_there(sphere):
    painter, view, eye = MeshPainter(), view_of(sphere), Eye(77, 13)
    picked = painter.pick(view, eye, SIZE, 70.4, 42.9)
    assert picked is not None
    face, u, v = picked
    a, b, c = sphere.vertices[sphere.faces[face]].astype(float)
    place = Camera.of(eye, SIZE).project(((1 - u - v) * a + u * b + v * c)[None])[0]
    np.testing.assert_allclose(place[:2], (70.5, 42.5), atol=0.01)
    for outside in ((0, 0), (-3, 50), (50, 400)):
        assert painter.pick(view, eye, SIZE, *outside) is None


def test_points_on_the_far_side_are_hidden(sphere):
    painter, view = MeshPainter(), view_of(sphere)
    points = np.array([[0, 0, 1], [0, 0, -1], [0.5, 0, 0.86], [9, 0, 0]], np.float32)
    pixels, seen = painter.project(points, view, Eye(0, 0), SIZE)
    assert seen.tolist() == [True, False, True, False]
    np.testing.assert_allclose(pixels[0], (60, 50))
    assert pixels[2, 0] > 60


def test_edges_and_vertices_can_be_drawn_over_it():
    coarse = view_of(Surface.of(*icosphere(4)), shading="plain")
    painter = MeshPainter()
    bare = painter.picture(coarse, Eye(), SIZE).astype(int)
    wired = painter.picture(coarse, Eye(), SIZE, wireframe=True).astype(int)
    darker = (wired[..., 0] < bare[..., 0]).mean()
    assert 0.05 < darker < 0.5
    dotted = painter.picture(coarse, Eye(), SIZE, vertices=True).astype(int)
    assert ((dotted[..., 0] - bare[..., 0]) > 40).sum() > 30


@pytest.mark.parametrize("orthographic", [False, True])
def test_vertices_that_lie_close_do_not_paint_the_body(orthographic):
    shares = []
    for pieces in (4, 40):  # vertices many pixels apart, and hardly two
        view = view_of(Surface.of(*icosphere(pieces)), shading="plain")
        painter, eye = MeshPainter(), Eye(orthographic=orthographic)
        bare = painter.picture(view, eye, SIZE).astype(int)
        dotted = painter.picture(view, eye, SIZE, vertices=True).astype(int)
        body = bare[..., 3] > 0
        shares.append(np.abs(dotted - bare)[body][:, :3].max(axis=1).mean() / 100)
    assert min(shares) > 0.01
    assert max(shares) < 0.25


def test_drawing_can_be_stopped_and_goes_on_afterwards(sphere):
    def poll() -> None:
        raise KeyboardInterrupt

    painter, view = MeshPainter(), view_of(sphere)
    with pytest.raises(KeyboardInterrupt):
        painter.picture(view, Eye(), SIZE, poll=poll)
    np.testing.assert_array_equal(
        painter.picture(view, Eye(), SIZE), MeshPainter().picture(view, Eye(), SIZE)
    )


@pytest.mark.parametrize("samples", [2, 3])
def test_a_still_is_the_mean_of_a_finer_picture(sphere, samples):
    view, ground = view_of(sphere), (10, 90, 200, 128)
    width, height = 70, 52
    fine = MeshPainter().picture(view, Eye(30, 20), (width * samples, height * samples), ground)
    still = MeshPainter().picture(view, Eye(30, 20), (width, height), ground, samples=samples)
    means = fine.reshape(height, samples, width, samples, 4).mean(axis=(1, 3))
    np.testing.assert_array_equal(still, np.floor(means + 0.5))
