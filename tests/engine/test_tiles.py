"""Heads of attention as a picture."""

import numpy as np
import pytest

from engine.core.colour import lut
from engine.core.figures import HeadsView
from engine.core.tiles import tiled


def heads(weights, **more):
    keys = tuple(str(i) for i in range(weights.shape[-1]))
    return HeadsView(step=3, weights=weights, keys=keys, **more)


def test_layers_are_rows_and_what_is_not_there_is_transparent():
    weights = np.full((2, 3, 8, 8), np.nan, np.float32)
    weights[:, :2] = np.where(np.tri(8, dtype=bool), 0.25, np.nan)
    picture = tiled(heads(weights), 192)
    assert picture.step == 3
    seen = picture.data[..., 3] > 0
    assert not seen[:, -60:].any()  # a head that no layer has
    assert seen[:, 0].any()
    assert (picture.data[seen][:, :3] == lut("viridis")[255]).all()
    assert not picture.data[~seen].any()


def test_signed_weights_have_nothing_in_the_middle():
    weights = np.array([[-2.0, 0.0], [1.0, 2.0]], np.float32)[None, None]
    picture = tiled(heads(weights, signed=True), 64).data
    table = lut("diverging")
    assert picture[0, 0, :3].tolist() == table[0].tolist()
    assert picture[-1, -1, :3].tolist() == table[255].tolist()
    assert picture[0, -1, :3].tolist() == table[128].tolist()


def test_each_layer_has_the_colours_of_its_kind():
    weights = np.ones((2, 1, 4, 4), np.float32)
    picture = tiled(heads(weights, signed=(False, True)), 64).data
    column = picture[:, 31, :3].tolist()
    assert column[0] == lut("viridis")[255].tolist()
    assert column[-2] == lut("diverging")[255].tolist()


@pytest.mark.parametrize("side", [1, 5, 63, 300])
def test_any_size_is_a_square(side):
    weights = np.ones((8, 8, 4, 4), np.float32)
    assert tiled(heads(weights), side).data.shape == (side, side, 4)
