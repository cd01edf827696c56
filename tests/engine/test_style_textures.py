"""The example textures are pictures of the promised kind, tile, and obey their seed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.style.textures import SIZE, TEXTURES


@pytest.fixture(scope="module", params=sorted(TEXTURES))
def texture(request: pytest.FixtureRequest) -> tuple[str, NDArray[np.float32]]:
    return request.param, TEXTURES[request.param](0)


Drawn = tuple[str, NDArray[np.float32]]


def test_there_are_at_least_ten() -> None:
    assert len(TEXTURES) >= 10


def test_it_is_a_colour_picture_with_contrast(texture: Drawn) -> None:
    _, picture = texture
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < 0.35
    assert 0.5 < picture.max() <= 1
    assert picture.std(axis=(0, 1)).max() > 0.08


def test_it_tiles(texture: Drawn) -> None:
    _, picture = texture
    for axis in (0, 1):
        jumps = np.abs(picture - np.roll(picture, 1, axis)).mean(axis=(1 - axis, 2))
        assert jumps[0] <= 1.2 * jumps[1:].max()


def test_every_part_of_it_looks_alike(texture: Drawn) -> None:
    _, picture = texture
    quarters = picture.reshape(2, SIZE // 2, 2, SIZE // 2, 3).mean(axis=(1, 3))
    assert np.ptp(quarters.reshape(4, 3), axis=0).max() < 0.16


def test_the_seed_decides(texture: Drawn) -> None:
    name, picture = texture
    assert np.array_equal(TEXTURES[name](0), picture)
    assert not np.array_equal(TEXTURES[name](1), picture)
