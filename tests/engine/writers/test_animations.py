"""GIFs and WebPs show the frames that went in, and for how long."""

import tracemalloc
from fractions import Fraction

import numpy as np
from PIL import Image

from engine.media.gif import delays
from engine.media.writers import open_writer


def test_a_gif_of_few_colours_is_exact(films, tmp_path):
    palette = np.random.default_rng(0).integers(0, 256, (200, 3), dtype=np.uint8)
    frames = [palette[np.arange(20 * 30).reshape(20, 30) * (i + 1) % 200] for i in range(8)]
    films.write_all(tmp_path / "film.gif", frames, fps=Fraction(100, 3))
    assert [p.name for p in tmp_path.iterdir()] == ["film.gif"]
    seen, waits = films.gif_frames(tmp_path / "film.gif")
    for got, wanted in zip(seen, frames, strict=True):
        np.testing.assert_array_equal(got[..., :3], wanted)
    assert waits == [30] * 8
    with Image.open(tmp_path / "film.gif") as image:
        assert image.info["loop"] == 0


def test_a_gif_of_many_colours_shares_one_palette_and_keeps_rare_ones(films, tmp_path):
    frames = films.film(20, 96)
    frames[15][50, 50] = (255, 0, 255)  # one pixel of two hundred thousand
    films.write_all(tmp_path / "film.gif", frames)
    seen, _ = films.gif_frames(tmp_path / "film.gif")
    assert len(seen) == 20
    for got, wanted in zip(seen, frames, strict=True):
        assert np.abs(got[..., :3].astype(int) - wanted).mean() < 8
    np.testing.assert_allclose(seen[15][50, 50, :3].astype(int), (255, 0, 255), atol=40)
    # The ground stands still, so it must not flicker from frame to frame.
    for got in seen[1:15]:
        np.testing.assert_array_equal(got[60:, 60:], seen[0][60:, 60:])
    with Image.open(tmp_path / "film.gif") as image:
        image.seek(5)
        assert not any(tile.args[1] for tile in image.tile if len(tile.args) > 3)


def test_a_gif_needs_no_memory_for_its_length(films, tmp_path):
    peaks = []
    for count in (20, 200):
        frames = films.film(20, 128)
        tracemalloc.start()
        with open_writer(tmp_path / f"{count}.gif", 25, (128, 128)) as writer:
            for index in range(count):
                writer.write(frames[index % 20])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 180 frames more are 9 MB more.
    assert peaks[1] - peaks[0] < 1e6


def test_gif_transparency_is_on_or_off_and_leaves_no_trails(films, tmp_path):
    frames = [np.zeros((20, 20, 4), dtype=np.uint8) for _ in range(5)]
    for index, frame in enumerate(frames):
        frame[5:9, 3 * index : 3 * index + 3] = (200, 40, 10, 255)
    films.write_all(tmp_path / "film.gif", frames, transparent=True)
    seen, _ = films.gif_frames(tmp_path / "film.gif")
    for got, wanted in zip(seen, frames, strict=True):
        np.testing.assert_array_equal(got[..., 3], wanted[..., 3])
        np.testing.assert_array_equal(got[wanted[..., 3] > 0], wanted[wanted[..., 3] > 0])


def test_gif_delays_are_whole_hundredths_that_add_up():
    assert delays(6, Fraction(30)) == [3, 4, 3, 3, 4, 3]
    for rate in (10, 20, 25, Fraction(100, 3), 50, Fraction(24000, 1001)):
        waits = delays(1000, Fraction(rate))
        assert sum(waits) == round(100_000 / rate)
        assert max(waits) - min(waits) <= 1
        assert min(waits) >= 2
    assert set(delays(50, Fraction(100, 3))) == {3}


def webp_frames(path):
    with Image.open(path) as image:
        waits, pixels = [], []
        for index in range(image.n_frames):
            image.seek(index)
            pixels.append(np.asarray(image.convert("RGBA")))
            waits.append(image.info["duration"])
    return pixels, waits


def test_a_webp_of_the_best_quality_is_exact_and_keeps_alpha(films, tmp_path):
    frames = films.film(5, alpha=True)
    films.write_all(tmp_path / "film.webp", frames, fps=30, transparent=True, quality="best")
    pixels, waits = webp_frames(tmp_path / "film.webp")
    assert waits == [30, 40, 30, 30, 40]
    for frame, pixel in zip(frames, pixels, strict=True):
        np.testing.assert_array_equal(frame[..., 3], pixel[..., 3])
        seen = frame[..., 3] > 0
        np.testing.assert_array_equal(frame[seen], pixel[seen])


def test_a_small_webp_is_smaller_than_one_that_loses_nothing(films, tmp_path):
    grains = np.random.default_rng(0).integers(0, 60, (6, 48, 48, 3), dtype=np.uint8)
    frames = [frame // 2 + grain for frame, grain in zip(films.film(6), grains, strict=True)]
    sizes = []
    for quality in ("small", "best"):
        path = tmp_path / f"{quality}.webp"
        films.write_all(path, frames, quality=quality)
        sizes.append(path.stat().st_size)
        pixels, _ = webp_frames(path)
        assert np.abs(pixels[3][..., :3].astype(int) - frames[3]).mean() < 16
    assert sizes[0] < sizes[1] / 2
