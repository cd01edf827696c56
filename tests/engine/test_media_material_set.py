from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.core.errors import BadInput
from engine.media.material_set import is_material, read_material, role_of


def picture(path, value, size=(8, 6)):
    colour = (value, value, value) if isinstance(value, int) else value
    Image.new("RGB", size, colour).save(path)


@pytest.fixture
def folder(tmp_path):
    picture(tmp_path / "Bricks075A_1K-PNG_Color.png", (200, 100, 50))
    picture(tmp_path / "Bricks075A_1K-PNG_NormalGL.png", (128, 200, 240))
    picture(tmp_path / "Bricks075A_1K-PNG_NormalDX.png", (128, 55, 240))
    picture(tmp_path / "Bricks075A_1K-PNG_Displacement.png", 40)
    picture(tmp_path / "Bricks075A_1K-PNG_Roughness.png", 90, (4, 3))
    picture(tmp_path / "Bricks075A_1K-PNG_AmbientOcclusion.png", 130)
    (tmp_path / "Bricks075A.txt").write_text("licence")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("brick_wall_diff_4k.jpg", "albedo"),
        ("brick_wall_nor_gl_4k.png", "normal"),
        ("brick_wall_nor_dx_2k.jpg", "normal dx"),
        ("brick_wall_rough_4k.jpg", "roughness"),
        ("brick_wall_ao_1k.png", "occlusion"),
        ("brick_wall_disp_4k.png", "height"),
        ("stone-basecolor.png", "albedo"),
        ("Stone Base Color.jpg", "albedo"),
        ("stone.bump.tif", "height"),
        ("ao.png", "occlusion"),
        ("StoneBaseColor.png", "albedo"),
        ("stone2NormalDX.jpg", "normal dx"),
    ],
)
def test_names_tell_roles(name, role):
    found = role_of(Path(name))
    assert found is not None
    assert found[0] == role


@pytest.mark.parametrize(
    "name", ["cacao.png", "protocol.jpg", "watercolor.png", "wall_ao.txt", "bluebump.png"]
)
def test_other_names_tell_nothing(name):
    assert role_of(Path(name)) is None


def test_a_folder_is_read_whole(folder):
    made = read_material(folder)
    assert made.asset.data.shape == (6, 8, 10)
    assert made.asset.data.dtype == np.uint8
    assert made.asset.data[2, 3].tolist() == [200, 100, 50, 255, 128, 200, 240, 40, 90, 130]
    assert any("Roughness" in note and "size" in note for note in made.notes)


def test_a_map_stands_for_its_set(folder):
    for file in folder.glob("*.png"):
        picture(folder / f"other_{file.name}", 7)
    one = read_material(folder / "Bricks075A_1K-PNG_Roughness.png")
    assert one.asset.data[0, 0, 0] == 200
    with pytest.raises(BadInput, match="2 materials"):
        read_material(folder)


def test_what_is_missing_is_even_and_noted(tmp_path):
    picture(tmp_path / "x_albedo.png", 10)
    picture(tmp_path / "x_normal_dx.png", (128, 55, 240))
    made = read_material(tmp_path)
    assert made.asset.data[0, 0].tolist() == [10, 10, 10, 255, 128, 200, 240, 128, 128, 255]
    assert len(made.notes) == 3


def test_large_maps_are_reduced(tmp_path):
    picture(tmp_path / "x_albedo.png", 10, (64, 32))
    assert read_material(tmp_path, 16).asset.data.shape == (8, 16, 10)


def test_what_is_no_material(tmp_path):
    assert is_material(tmp_path) is False
    with pytest.raises(BadInput, match="no map"):
        read_material(tmp_path)
    picture(tmp_path / "holiday.png", 3)
    picture(tmp_path / "x_albedo.png", 3)
    assert is_material(tmp_path)
    assert not is_material(tmp_path / "holiday.png")
    assert not is_material(tmp_path / "x_albedo.png")  # alone it is a picture
    (tmp_path / "x_rough.png").write_bytes(b"no picture")
    with pytest.raises(BadInput, match="x_rough"):
        read_material(tmp_path)
    for missing in ("nowhere", "nowhere/x_albedo.png"):
        with pytest.raises(BadInput, match="is not there"):
            read_material(tmp_path / missing)
        assert not is_material(tmp_path / missing)


def test_a_map_is_found_among_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.media.material_set._MOST_MAPS", 3)
    for number in range(40):
        (tmp_path / f"{number}.txt").touch()
    picture(tmp_path / "x_albedo.png", 10)
    picture(tmp_path / "x_ao.png", 20)
    assert read_material(tmp_path).asset.data[0, 0, [0, 9]].tolist() == [10, 20]


def test_materials_without_a_name_are_told(tmp_path):
    picture(tmp_path / "bump.png", 3)
    picture(tmp_path / "wall_bump.png", 3)
    with pytest.raises(BadInput, match="one without a name, wall"):
        read_material(tmp_path)
