"""Thumbnails are small squares that show the middle of the world."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine import thumbnails
from engine.core import registry
from engine.core.activity import null_activity
from engine.core.colour import lut
from engine.core.figures import HeadsView


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGBA")


def test_a_preset_is_drawn():
    preset = registry.entry("life").preset("gosper-gun")
    data = thumbnails.draw("life", preset, null_activity())
    assert len(data) <= thumbnails.MOST_BYTES
    image = opened(data)
    assert image.size == (thumbnails.SIDE, thumbnails.SIDE)
    assert len(image.getcolors(10**6)) > 5
    assert thumbnails.draw("life", preset, null_activity()) == data


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("side", [7, 192, 500])
def test_even_noise_fits(side, channels):
    noise = np.random.default_rng(0).integers(0, 256, (side, side, channels), np.uint8)
    data = thumbnails.encode_small(noise)
    assert opened(data).size == (192, 192)
    assert len(data) <= thumbnails.MOST_BYTES


def test_transparency_survives():
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, 16:] = (250, 20, 20, 255)
    image = opened(thumbnails.encode_small(pixels))
    assert image.getpixel((10, 90))[3] == 0
    assert image.getpixel((180, 90)) == (250, 20, 20, 255)


def test_a_preset_may_name_the_part_that_tells():
    preset = registry.entry("life").preset("gosper-gun")
    part = replace(preset, steps=0, crop=(0, 0, 4, 4))
    whole = thumbnails.draw("life", replace(part, crop=None), null_activity())
    assert thumbnails.draw("life", part, null_activity()) != whole


def test_heads_are_drawn_in_rows_of_layers():
    weights = np.full((2, 3, 8, 8), np.nan, np.float32)
    weights[:, :2] = np.where(np.tri(8, dtype=bool), 0.25, np.nan)
    weights[1, 1, 7, 7] = 1.0
    pixels = thumbnails.tiles(HeadsView(step=0, weights=weights, keys=tuple("abcdefgh")))
    assert pixels.shape == (thumbnails.SIDE, thumbnails.SIDE, 4)
    seen = pixels[..., 3] > 0
    assert not seen[:, -60:].any()  # a head that no layer has
    columns = np.flatnonzero(seen.any(axis=0))
    assert columns[0] == 0
    assert (pixels[seen][:, :3] == lut("viridis")[255]).all(axis=1).mean() > 0.5
    data = thumbnails.encode_small(pixels)
    assert len(data) <= thumbnails.MOST_BYTES
