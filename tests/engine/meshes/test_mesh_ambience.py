"""Shade in hollows, against solids whose openness is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.views import Eye, MeshView
from engine.meshes.ambience import ambience, shade_of
from engine.meshes.drawing import MeshPainter
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface


@pytest.fixture(scope="module")
def sphere() -> Surface:
    return Surface.of(*icosphere(12))


def test_nothing_stands_before_a_sphere(sphere):
    assert ambience(sphere).min() > 0.97


def test_the_inside_of_a_bowl_sees_the_opening_only(sphere):
    """From the bottom of a half sphere the rim is at 45 degrees: sin^2 = 1/2 is open."""
    half = sphere.faces[(sphere.vertices[sphere.faces][..., 1] < 0.02).all(axis=1)]
    inward = Surface.of(sphere.vertices, half[:, ::-1])
    bottom = np.argmin(sphere.vertices[:, 1])
    assert ambience(inward)[bottom] == pytest.approx(0.5, abs=0.06)
    assert ambience(Surface.of(sphere.vertices, half))[bottom] > 0.97  # its outside


def test_shade_darkens_a_picture_and_plain_colours_a_little(sphere):
    dark = np.full(len(sphere.vertices), 60, np.uint8)
    means = {}
    for shading in ("phong", "flat", "plain"):
        for shade in (None, dark):
            view = MeshView(
                step=0,
                topology=sphere.topology,
                vertices=sphere.vertices,
                normals=sphere.normals,
                faces=sphere.faces,
                spacing=sphere.spacing,
                colours=np.full((len(sphere.vertices), 3), 150, np.uint8),
                shading=shading,
                shade=shade,
            )
            picture = MeshPainter().picture(view, Eye(), (60, 60))
            means[shading, shade is None] = picture[..., :3].mean()
    for shading in ("phong", "flat"):
        assert means[shading, False] < 0.8 * means[shading, True]
    assert 0.7 < means["plain", False] / means["plain", True] < 0.9


def test_looking_around_can_be_stopped(sphere):
    def poll() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ambience(sphere, poll)


def test_a_surface_is_looked_around_once(sphere):
    shade = shade_of(sphere)
    assert shade_of(sphere) is shade
    assert shade.dtype == np.uint8
    np.testing.assert_allclose(shade, 255 * ambience(sphere), atol=0.6)
