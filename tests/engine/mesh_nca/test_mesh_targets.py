import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.mesh_nca.targets import EXAMPLES, MATERIAL_CHANNELS, example_asset, target_of


def test_a_picture_takes_the_first_channels():
    pixels = np.full((40, 80, 4), 255, np.uint8)
    pixels[..., 0] = 51
    pixels[:20, :, 3] = 0  # nothing there: white
    target = target_of(Asset("a.png", pixels), "cells", 40)
    assert (target.maps, target.channels) == ("image", (0, 1, 2))
    assert target.pixels.shape == (20, 40, 3)
    assert target.pixels[2, 5].tolist() == [1, 1, 1]
    assert target.pixels[17, 5] == pytest.approx([0.2, 1, 1], abs=0.01)


def test_a_material_takes_nine():
    target = target_of(None, "rivets", 96)
    assert (target.maps, target.channels) == ("material", MATERIAL_CHANNELS)
    assert target.pixels.shape == (96, 96, 9)
    normal = target.pixels[..., 3:6] * 2 - 1
    assert np.allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-4)


def test_maps_keep_their_order():
    pixels = np.zeros((32, 32, 10), np.uint8)
    pixels[...] = (10, 20, 30, 255, 128, 128, 255, 70, 80, 90)
    found = target_of(Asset("m", pixels), "cells", 32).pixels[4, 4] * 255
    assert found == pytest.approx([10, 20, 30, 128, 128, 255, 70, 80, 90], abs=1.0)


def test_what_is_no_example():
    with pytest.raises(BadInput, match="10 channels"):
        target_of(Asset("a", np.zeros((8, 8, 3), np.uint8)), "cells", 40)
    with pytest.raises(BadInput, match="no example"):
        target_of(None, "nowhere", 40)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_example_can_be_drawn(name):
    depth = {"image": 4, "material": 10}[EXAMPLES[name]]
    assert example_asset(name).data.shape == (128, 128, depth)
