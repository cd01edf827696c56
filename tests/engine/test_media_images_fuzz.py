"""Whatever the bytes are, reading them gives a picture or a `BadInput`, and no warning."""

import functools
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.core.errors import BadInput
from engine.media.images import read_image

KINDS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "APNG", "P", "CMYK", "LZW")


@functools.cache
def sample(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 10, 4), dtype=np.uint8)
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    if kind in ("JPEG", "BMP"):
        image = image.convert("RGB")
    if kind == "APNG":
        image.save(buffer, "PNG", save_all=True, append_images=[image.rotate(90)], exif=exif)
    elif kind == "P":
        image.convert("RGB").quantize(16).save(buffer, "PNG", transparency=bytes(range(16)))
    elif kind == "CMYK":
        image.convert("RGB").convert("CMYK").save(buffer, "JPEG", exif=exif)
    elif kind == "LZW":
        image.save(buffer, "TIFF", compression="tiff_lzw")
    elif kind == "GIF":
        image.save(buffer, "GIF", save_all=True, append_images=[image.rotate(90)])
    else:
        image.save(buffer, kind)
    return buffer.getvalue()


def read_or_refuse(data: bytes) -> None:
    try:
        picture = read_image(data)
    except BadInput:
        return
    assert picture.pixels.shape == (picture.height, picture.width, 4)
    assert picture.pixels.dtype == np.float32
    assert 0 <= picture.pixels.min() <= picture.pixels.max() <= 1


# A decoder may meet a picture of 30 million pixels in a few flipped bits: slow, but not wrong.
lenient = settings(deadline=5000, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@given(st.binary(max_size=400))
@example(b"GIF89a")
@example(b"\x89PNG\r\n\x1a\n")
@lenient
def test_random_bytes(data):
    read_or_refuse(data)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@lenient
def test_cut_flipped_and_filled_files(kind, data):
    whole = bytearray(sample(kind))
    end = data.draw(st.integers(0, len(whole)) | st.just(len(whole)), label="end")
    del whole[end:]
    for _ in range(data.draw(st.integers(0, 6), label="flips")):
        if whole:
            # Headers decide most, so half of the flips fall there.
            top = data.draw(st.sampled_from([len(whole), min(64, len(whole))]))
            whole[data.draw(st.integers(0, top - 1))] ^= 1 << data.draw(st.integers(0, 7))
    whole += data.draw(st.binary(max_size=8), label="tail")
    read_or_refuse(bytes(whole))


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_good_and_every_cut_is_survived(kind):
    whole = sample(kind)
    assert read_image(whole).format in whole_formats(kind)
    for end in range(0, len(whole), max(1, len(whole) // 40)):
        read_or_refuse(whole[:end])


def whole_formats(kind: str) -> tuple[str, ...]:
    return ({"APNG": "PNG", "P": "PNG", "CMYK": "JPEG", "LZW": "TIFF"}.get(kind, kind),)
