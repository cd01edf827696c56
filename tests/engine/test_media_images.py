import errno
import io
import os
import pickle
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from engine.core.errors import BadInput
from engine.media.images import read_image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp", "GIF": "gif", "TIFF": "tif"}


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG put together by hand, for what Pillow does not write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = [chunk(b"IHDR", header), *(chunk(c[:4], c[4:]) for c in extra)]
    body += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


@pytest.fixture
def colours():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_same_pixels(tmp_path, colours, kind):
    path = tmp_path / f"picture.{ENDINGS[kind]}"
    path.write_bytes(encoded(Image.fromarray(colours), kind))
    picture = read_image(path)
    assert picture.pixels.dtype == np.float32
    assert picture.pixels.flags.c_contiguous
    assert not picture.pixels.flags.writeable
    np.testing.assert_array_equal(np.rint(picture.pixels[..., :3] * 255), colours)
    assert (picture.pixels[..., 3] == 1).all()
    assert (picture.width, picture.height) == (30, 20)
    assert (picture.format, picture.name, picture.notes) == (kind, path.name, ())
    assert not picture.has_alpha
    assert pickle.loads(pickle.dumps(picture)).sha256 == read_image(path.read_bytes()).sha256


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_come_close(kind):
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    smooth = np.stack(np.broadcast_arrays(ramp[:, None], ramp, np.uint8(90)), axis=-1)
    picture = read_image(encoded(Image.fromarray(smooth), kind))
    assert np.abs(picture.pixels[..., :3] - smooth / 255.0).mean() < 0.03


def test_tall_pictures_are_whole():
    indices = np.random.default_rng(0).integers(0, 4, (700, 3), dtype=np.uint8)
    image = Image.fromarray(indices).convert("P")
    image.putpalette([0, 0, 0, 51, 51, 51, 102, 102, 102, 255, 255, 255])
    picture = read_image(encoded(image, transparency=3))
    levels = np.array([0, 51, 102, 255])[indices]
    np.testing.assert_array_equal(np.rint(picture.pixels[..., 1] * 255), levels)
    np.testing.assert_array_equal(picture.pixels[..., 3] == 0, indices == 3)


def test_one_pixel_is_read():
    picture = read_image(encoded(Image.new("RGB", (1, 1), (255, 0, 51))))
    np.testing.assert_allclose(picture.pixels, [[[1, 0, 0.2, 1]]])


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_16_bits_keeps_them(kind):
    values = (np.arange(600).reshape(20, 30) * 109).astype(np.uint16)
    picture = read_image(encoded(Image.fromarray(values), kind))
    np.testing.assert_allclose(picture.pixels[..., 1], values / 65535.0, atol=1e-6)


def test_grey_of_16_bits_with_a_transparent_value():
    rows = b"".join(b"\0" + struct.pack(">HHHH", 0, 1000, 40000, 65535) for _ in range(4))
    picture = read_image(png(4, 4, 16, 0, rows, b"tRNS" + struct.pack(">H", 1000)))
    np.testing.assert_array_equal(picture.pixels[0, :, 3], [1, 0, 1, 1])
    assert picture.has_alpha


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_colour_of_16_bits_is_reduced_and_says_so(colour, channels):
    values = np.random.default_rng(1).integers(0, 65536, (5, 5, channels))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    picture = read_image(png(5, 5, 16, colour, rows))
    assert picture.notes == ("16 bits per channel were read as 8",)
    np.testing.assert_allclose(picture.pixels[..., 0], values[..., 0] / 65535.0, atol=1 / 255)
    if channels != 3:
        np.testing.assert_allclose(picture.pixels[..., 3], values[..., -1] / 65535.0, atol=1 / 255)


def test_palette_with_one_transparent_colour_and_with_many():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    one = read_image(encoded(image, transparency=1))
    np.testing.assert_allclose(one.pixels[0], [[1, 0, 0, 1], [0, 0, 1, 0]])
    many = read_image(encoded(image, transparency=bytes([51, 255])))
    np.testing.assert_allclose(many.pixels[0], [[1, 0, 0, 0.2], [0, 0, 1, 1]])


def test_grey_with_alpha_black_and_white_and_colour_key():
    grey = read_image(encoded(Image.new("LA", (4, 4), (102, 51))))
    np.testing.assert_allclose(grey.pixels[0, 0], [0.4, 0.4, 0.4, 0.2])
    bits = read_image(encoded(Image.new("1", (4, 4), 1)))
    np.testing.assert_allclose(bits.pixels, 1)
    keyed = read_image(encoded(Image.new("RGB", (4, 4), "red"), transparency=(255, 0, 0)))
    assert (keyed.pixels[..., 3] == 0).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_and_says_so(kind):
    picture = read_image(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), kind))
    np.testing.assert_allclose(picture.pixels[4, 4], [1, 0, 0, 1], atol=0.05)
    assert picture.notes == ("CMYK colours were converted to RGB",)


def test_measurements_are_stretched_and_not_numbers_are_refused():
    values = np.array([[-2.0, 0.0], [1.0, 8.0]], dtype=np.float32)
    picture = read_image(encoded(Image.fromarray(values), "TIFF"))
    np.testing.assert_allclose(picture.pixels[..., 0], [[0, 0.2], [0.3, 1]], atol=1e-6)
    assert "from -2 to 8" in picture.notes[0]
    values[0, 0] = np.nan
    with pytest.raises(BadInput, match="not numbers"):
        read_image(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_used(kind):
    frames = [Image.new("RGB", (8, 8), (255 - 20 * i, 0, 0)) for i in range(12)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    picture = read_image(data)
    np.testing.assert_allclose(picture.pixels[4, 4], [1, 0, 0, 1], atol=0.02)
    assert picture.frames == 12
    assert "the first of 12 frames" in picture.notes[0]


def test_exif_orientation_is_applied():
    image = Image.new("RGB", (6, 4))
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right
    picture = read_image(encoded(image, exif=exif))
    assert (picture.width, picture.height) == (4, 6)
    assert picture.pixels[0, 3, 0] == 1
    assert picture.pixels[..., 0].sum() == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_files_are_refused(tmp_path, colours, kind):
    data = encoded(Image.fromarray(colours), kind)
    path = tmp_path / f"cut.{ENDINGS[kind]}"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=rf"cut\.{ENDINGS[kind]}: the {kind} data are damaged"):
        read_image(path)


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_bombs_are_refused_before_they_are_decoded(side):
    with pytest.raises(BadInput, match=r"is too large \([\d,]+ million pixels\)\. Scale it down"):
        read_image(png(side, side, 8, 2, bytes(1000)))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.png", b"", "is empty"),
        ("a.png", encoded(Image.new("L", (4, 4)), "JPEG"), r"JPEG picture.*Rename it to a\.jpg"),
        ("a.jpg", b"%PDF-1.7 ...", "is a PDF document, not the JPEG"),
        ("a.png", b"Dear picture,\nhow are you?", "is plain text, not the PNG"),
        ("a.png", b"<!DOCTYPE html><html>", "is a web page"),
        ("a.gif", b"\x80\x04\x95abc", "is a Python pickle"),
        ("a.webp", bytes(100), "something else, not the WEBP"),
        ("a", bytes(100), "is not a picture"),
        ("a.heic", b"\0\0\0\x18ftypheic....", "HEIC picture.*Export it as a PNG"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing.*Export it as a PNG"),
        ("a.svgz", b"\x1f\x8b\x08....", "SVG drawing.*Export it as a PNG"),
        (
            "a.png",
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            b"<svg><text>&e;</text></svg>",
            "SVG drawing",
        ),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BadInput, match=words) as caught:
        read_image(path)
    assert name in str(caught.value)
    assert caught.value.remedy


def test_missing_files_folders_and_pipes_are_refused(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(BadInput, match=path.name):
            read_image(path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        with pytest.raises(BadInput, match="a device or a pipe"):
            read_image(tmp_path / "pipe.png")


def test_no_permission_is_told(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(b"x")

    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)  # root may read everything
    with pytest.raises(BadInput, match=r"secret\.png: may not be read: permission denied"):
        read_image(path)


def test_no_memory_is_told(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise MemoryError

    monkeypatch.setattr(Image.Image, "convert", refuse)
    with pytest.raises(BadInput, match="more memory than there is"):
        read_image(encoded(Image.new("RGB", (4, 4))))
