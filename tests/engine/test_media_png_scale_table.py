import csv
import io

import numpy as np
import pytest
from PIL import Image

from engine.core.errors import UserError
from engine.media.png import encode_png, write_png
from engine.media.scale import enlarge, fit_frame, fitted_size
from engine.media.table import format_table, write_series, write_table


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (13, 7, 4), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_gives_back_the_same_pixels(tmp_path, noise, channels):
    pixels = noise[..., 0] if channels == 1 else noise[..., :channels]
    write_png(tmp_path / "a.png", pixels, {"Software": "Primordia", "Title": "größer"})
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)
        assert image.info["Title"] == "größer"


def test_png_refuses_what_is_no_picture_and_keeps_the_old_file(tmp_path, noise):
    for wrong in (noise.astype(np.float32), noise[..., :2], noise[None]):
        with pytest.raises(ValueError, match="no picture"):
            encode_png(wrong)
    with pytest.raises(UserError, match="folder does not exist"):
        write_png(tmp_path / "none" / "a.png", noise)


def test_enlarging_makes_squares(noise):
    large = enlarge(noise, 3)
    assert large.shape == (39, 21, 4)
    for row in range(3):
        for column in range(3):
            np.testing.assert_array_equal(large[row::3, column::3], noise)
    with pytest.raises(ValueError, match="under 1"):
        enlarge(noise, 0)


@pytest.mark.parametrize(
    ("into", "wanted"),
    [
        ((64, 64), (28, 52)),
        ((7, 13), (7, 13)),
        ((20, 13), (7, 13)),
        ((3, 100), (3, 6)),
        ((1, 1), (1, 1)),
    ],
)
def test_fitted_size_is_a_whole_multiple_or_keeps_the_aspect(into, wanted):
    assert fitted_size(7, 13, into) == wanted


def test_a_frame_stands_in_the_middle_of_its_ground(noise):
    frame = fit_frame(noise[..., :3], (30, 40), (1, 2, 3))
    assert frame.shape == (40, 30, 3)
    np.testing.assert_array_equal(frame[:39, 4:25], enlarge(noise[..., :3], 3))
    assert (frame[39] == (1, 2, 3)).all()
    assert (frame[:, :4] == (1, 2, 3)).all()
    clear = fit_frame(noise, (30, 40), (0, 0, 0, 0))
    assert (clear[39] == 0).all()


def test_reducing_averages_areas_without_hidden_colours():
    frame = np.zeros((8, 8, 4), dtype=np.uint8)
    frame[:, ::2] = (200, 100, 50, 255)
    frame[:, 1::2] = (0, 255, 0, 0)  # invisible green
    small = fit_frame(frame, (4, 4))
    np.testing.assert_allclose(
        small.astype(int), np.broadcast_to((200, 100, 50, 128), (4, 4, 4)), atol=2
    )
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)[..., None].repeat(3, axis=2)
    expected = np.rint(grey.reshape(4, 2, 4, 2, 3).mean(axis=(1, 3)))
    np.testing.assert_allclose(fit_frame(grey, (4, 4)), expected, atol=1)


def test_a_table_comes_back_to_the_bit(tmp_path):
    rows = [[0, 0.1 + 0.2, "a,b"], [10, 1e-300, None], [20, np.float64(1 / 3), 'say "x"']]
    write_table(tmp_path / "a.csv", ["step", "loss", "note"], rows)
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in read] == [row[1] for row in rows]
    assert [row["note"] for row in read] == ["a,b", "", 'say "x"']
    with pytest.raises(ValueError, match="2 cells under 3"):
        format_table(["a", "b", "c"], [[1, 2]])


def test_series_stand_side_by_side(tmp_path):
    series = {"loss": ([0, 2, 4], [1.0, 0.5, 0.25]), "alive": ([2, 3], [7, np.nan])}
    write_series(tmp_path / "a.tsv", series)
    text = (tmp_path / "a.tsv").read_text()
    assert list(csv.reader(io.StringIO(text), delimiter="\t")) == [
        ["step", "loss", "alive"],
        ["0", "1.0", ""],
        ["2", "0.5", "7.0"],
        ["3", "", "nan"],
        ["4", "0.25", ""],
    ]
    with pytest.raises(ValueError, match="zip"):
        write_series(tmp_path / "b.csv", {"x": ([1], [])})
