import numpy as np
import pytest

from engine.style.materials import MATERIALS, assemble
from engine.style.surface_textures import SURFACE_TEXTURES


@pytest.mark.parametrize("name", sorted(MATERIALS))
def test_materials_are_whole(name):
    maps = MATERIALS[name](0)
    assert maps.shape == (128, 128, 9)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    assert maps.max() <= 1
    assert np.allclose(np.linalg.norm(maps[..., 3:6] * 2 - 1, axis=-1), 1, atol=1e-5)
    assert maps.reshape(-1, 9).std(axis=0).min() > 0.01  # every map says something


@pytest.mark.parametrize("name", sorted(SURFACE_TEXTURES))
def test_textures_tile(name):
    picture = SURFACE_TEXTURES[name](0)
    assert picture.shape == (128, 128, 3)
    across = np.abs(picture[0] - picture[-1]).mean()
    inside = np.abs(np.diff(picture, axis=0)).mean(axis=(1, 2)).max()
    assert across <= 1.5 * inside


def test_normals_look_up_at_the_upper_side_of_a_bump():
    y, x = np.mgrid[:32, :32]
    bump = np.exp(-((y - 16) ** 2 + (x - 16) ** 2) / 40.0).astype(np.float32)
    maps = assemble(np.zeros((32, 32, 3), np.float32), bump, bump)
    assert maps[11, 16, 4] > 0.6 > 0.4 > maps[21, 16, 4]  # row 11 lies above the top
    assert maps[16, 21, 3] > 0.6 > 0.4 > maps[16, 11, 3]
    assert maps[16, 16, 5] > 0.99
    assert maps[16, 16, 8] == 1.0  # tops are in the open
