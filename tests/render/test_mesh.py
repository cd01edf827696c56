"""The OpenGL renderer of meshes: the pictures of the engine's painter, but for silhouettes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.viewports.render.mesh import MeshRenderer
from engine.core.views import Eye, MeshView
from engine.meshes.drawing import MeshPainter
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

Shoot = Callable[..., NDArray[np.uint8]]
SIZE = (260, 190)
GROUND = (0.05, 0.1, 0.2)
EYES = [
    Eye(),
    Eye(azimuth=200.0, elevation=-35.0, distance=2.2, centre=(0.2, -0.1, 0.3)),
    Eye(azimuth=75.0, elevation=90.0, distance=3.0, orthographic=True),
]


def waves(material: bool = False, **more: Any) -> MeshView:
    """A bumpy egg with smooth colours; nothing about it is symmetric."""
    points, faces = icosphere(12)
    x, y, z = points.T
    points = points * (1 + 0.2 * np.sin(3 * x + 1) * np.cos(2 * y))[:, None] * (1.0, 0.8, 0.9)
    surface = Surface.of(points, faces)
    phases = np.arange(3)[:, None]
    colours = 127.5 + 120 * np.sin(3 * x + 2 * y * phases + z + phases)
    worn = np.full((len(points), 6), 255, np.uint8)
    worn[:, 0] = 128 + 60 * np.sin(5 * x)
    worn[:, 1] = 128 + 60 * np.cos(4 * z)
    worn[:, 2] = 230
    worn[:, 3] = 128 + 100 * np.sin(4 * y)
    worn[:, 4] = 128 + 110 * np.cos(3 * z + x)
    worn[:, 5] = 150 + 100 * np.sin(3 * x + z)
    given: dict[str, Any] = {
        "topology": surface.topology,
        "vertices": surface.vertices,
        "normals": surface.normals,
        "faces": surface.faces,
        "spacing": surface.spacing,
        "colours": np.asarray(colours.T, np.uint8),
        "material": worn if material else None,
    }
    return MeshView(step=0, **(given | more))


def by_gl(shoot: Shoot, *views: MeshView, eye: Eye, **more: Any) -> NDArray[np.int64]:
    """Draw views one after the other with one renderer; return the last picture."""

    def draw(width: int, height: int) -> None:
        renderer = MeshRenderer()
        for name, on in more.items():
            setattr(renderer, name, on)
        for view in views:
            renderer.set_view(view)
            renderer.draw(width, height, eye, GROUND)

    return shoot(draw, *SIZE).astype(np.int64)


def by_painter(view: MeshView, eye: Eye) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the picture over the ground, and where it is away from silhouettes."""
    ground = tuple(round(255 * part) for part in GROUND)
    picture = MeshPainter().picture(view, eye, SIZE, ground)
    covered = MeshPainter().picture(view, eye, SIZE)[..., 3] > 0
    inner = covered.copy()
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            inner &= np.roll(covered, step, axis)
    return picture[..., :3].astype(np.int64), inner


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("shading", ["plain", "flat", "phong", "pbr"])
def test_painter_and_gl_show_the_same(shoot: Shoot, eye: Eye, shading: Any) -> None:
    view = waves(shading == "pbr", shading=shading)
    gl, (other, inner) = by_gl(shoot, view, eye=eye), by_painter(view, eye)
    away = np.abs(gl - other).max(axis=2)[inner]
    assert len(away) > 8000
    assert np.mean(away < 3) > 0.99, np.bincount(away)[:20]
    assert np.abs(gl[0, 0] - other[0, 0]).max() <= 1  # the ground


def test_relief_and_light_are_drawn_alike(shoot: Shoot) -> None:
    flat = waves(True, shading="pbr")
    view = replace(flat, bumpiness=0.1, light=0.6)
    gl, (other, inner) = by_gl(shoot, view, eye=EYES[0]), by_painter(view, EYES[0])
    away = np.abs(gl - other).max(axis=2)[inner]
    assert np.mean(away < 3) > 0.99
    hollow = np.asarray(100 + 150 * (view.vertices[:, 0] > 0), np.uint8)
    for shaded in (replace(view, shade=hollow), replace(view, shade=hollow, shading="phong")):
        gl, (other, _) = by_gl(shoot, view, shaded, eye=EYES[0]), by_painter(shaded, EYES[0])
        assert np.mean(np.abs(gl - other).max(axis=2)[inner] < 3) > 0.98
        assert (
            gl[inner].mean()
            < by_gl(shoot, replace(shaded, shade=None), eye=EYES[0])[inner].mean() - 2
        )
    before, _ = by_painter(flat, EYES[0])
    assert np.mean(np.abs(other - before).max(axis=2)[inner] > 5) > 0.5


def test_new_colours_and_new_meshes_replace_the_old(shoot: Shoot) -> None:
    view = waves(shading="plain")
    other = replace(view, colours=view.colours[::-1].copy())
    alone = by_gl(shoot, other, eye=EYES[0])
    assert np.array_equal(by_gl(shoot, view, other, eye=EYES[0]), alone)
    points, faces = icosphere(5)
    sphere = Surface.of(points, faces)
    third = replace(
        view,
        topology=sphere.topology,
        vertices=sphere.vertices,
        normals=sphere.normals,
        faces=sphere.faces,
        colours=np.full((len(points), 3), 200, np.uint8),
    )
    assert np.array_equal(by_gl(shoot, view, third, eye=EYES[1]), by_gl(shoot, third, eye=EYES[1]))


def test_a_material_that_is_gone_leaves_no_trace(shoot: Shoot) -> None:
    lifted = waves(True, shading="pbr", bumpiness=0.1)
    bare = replace(lifted, material=None)
    assert np.array_equal(by_gl(shoot, lifted, bare, eye=EYES[0]), by_gl(shoot, bare, eye=EYES[0]))


def test_wires_darken_and_vertices_are_marked(shoot: Shoot) -> None:
    view = waves(shading="plain", colours=np.full((10 * 12**2 + 2, 3), 200, np.uint8))
    plain = by_gl(shoot, view, eye=EYES[0])
    wired = by_gl(shoot, view, eye=EYES[0], wires=True)
    darker = (wired < plain - 40).all(axis=2)
    assert 0.02 < darker.mean() < 0.5
    assert (wired <= plain).all()
    dotted = by_gl(shoot, view, eye=EYES[0], dots=True)
    marked = dotted[..., 2] < plain[..., 2] - 20
    assert 300 < marked.sum() < 6 * 1442
    painted = MeshPainter().picture(view, EYES[0], SIZE, (0, 0, 0), vertices=True)
    bare = MeshPainter().picture(view, EYES[0], SIZE, (0, 0, 0))
    faded = (bare.astype(int) - painted)[..., 2].clip(0).sum()
    assert (plain - dotted)[..., 2].clip(0).sum() == pytest.approx(faded, rel=0.5)


def test_the_far_side_is_hidden(shoot: Shoot) -> None:
    view = waves(shading="plain")
    colours = np.zeros_like(view.colours)
    colours[view.vertices[:, 2] > 0] = 255  # the near half, from the front
    front = Eye(azimuth=0.0, elevation=0.0)
    gl = by_gl(shoot, replace(view, colours=colours), eye=front)
    assert (gl[SIZE[1] // 2, SIZE[0] // 2] >= 250).all()
    back = by_gl(shoot, replace(view, colours=colours), eye=front.turned(180.0))
    assert (back[SIZE[1] // 2, SIZE[0] // 2] == 0).all()
