"""Opening what worlds on meshes need: materials, meshes, and their thumbnails."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import openers, thumbnails
from engine.core import registry
from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.meshes.asset import unpack
from engine.meshes.shapes import icosphere


def picture(path: Path, value: int) -> Path:
    pixels = np.full((24, 20, 3), value, np.uint8)
    pixels[::3, :, 0] = 250 - value
    Image.fromarray(pixels).save(path)
    return path


def test_a_material_is_opened_where_materials_are_learned(tmp_path: Path) -> None:
    folder = tmp_path / "bricks"
    folder.mkdir()
    albedo = picture(folder / "bricks_albedo.png", 90)
    picture(folder / "bricks_roughness.png", 30)
    for path in (folder, albedo):
        asset = openers.open_target(path, ("image", "material"))
        assert isinstance(asset.data, np.ndarray)
        assert asset.data.shape == (24, 20, 10)
    plain = openers.open_target(albedo)
    assert isinstance(plain.data, np.ndarray)
    assert plain.data.shape == (24, 20, 4)
    alone = picture(tmp_path / "cat.png", 90)
    found = openers.open_target(alone, ("image", "material"))
    assert isinstance(found.data, np.ndarray)
    assert found.data.shape[2] == 4
    with pytest.raises(BadInput, match="folder"):
        openers.open_target(folder)


def test_a_mesh_file_becomes_a_place_to_live_on(tmp_path: Path) -> None:
    vertices, faces = icosphere(8)
    lines = [f"v {x} {y} {z}" for x, y, z in vertices * 3 + 1]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]
    path = tmp_path / "ball.obj"
    path.write_text("\n".join(lines))
    taken = openers.open_mesh(path, activity=Activity("open"))
    assert taken.asset.name == "ball.obj"
    surface = unpack(taken.asset)
    assert len(surface.vertices) == 642
    assert np.abs(np.linalg.norm(surface.vertices, axis=1) - 1.0).max() < 1e-3


def test_the_thumbnail_of_a_solid_is_seen_by_an_eye() -> None:
    preset = registry.entry("mesh-nca").preset("from-scratch")
    data = thumbnails.draw("mesh-nca", dataclasses.replace(preset, steps=2), Activity("draw"))
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    assert pixels.shape == (thumbnails.SIDE, thumbnails.SIDE, 4)
    seen = pixels[..., 3] > 128
    assert 0.4 < seen.mean() < 0.9
    assert not seen[:4].any()
    assert len(data) <= thumbnails.MOST_BYTES
