"""Thumbnails are small squares that show the middle of the world."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from engine import thumbnails
from engine.core import registry
from engine.core.activity import null_activity


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
