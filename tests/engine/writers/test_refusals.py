"""What cannot be written is refused before the first frame; frames as pictures."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from engine.core.errors import BadInput
from engine.media.writers import WRITER_ENDINGS, frame_rate, open_writer


def test_png_frames_are_the_frames(films, tmp_path):
    frames = films.film(4, alpha=True)
    for target, first in (
        (f"{tmp_path}/out/", "out/frame_00000.png"),
        (f"{tmp_path}/film.png", "film_00000.png"),
        (f"{tmp_path}/shot%03d.png", "shot000.png"),
    ):
        writer = films.write_all(target, frames, transparent=True)
        with Image.open(tmp_path / first) as image:
            assert image.info["fps"] == "25"
        for index, frame in enumerate(frames):
            with Image.open(writer.frame_path(index)) as image:
                np.testing.assert_array_equal(np.asarray(image), frame)
        with pytest.raises(BadInput, match=r"holds frames of that name already"):
            open_writer(target, 25, (48, 48))
    with open_writer(f"{tmp_path}/gone/", 25, (48, 48)) as writer:
        writer.write(frames[0])
        writer.abort()
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("name", "fps", "options", "words"),
    [
        ("film.avi", 25, {}, "ending that no video"),
        ("film", 25, {}, "has no ending"),
        ("film.mp4", 0, {}, "frames per second"),
        ("film.mp4", float("nan"), {}, "frames per second"),
        ("film.mp4", 1000.0, {}, "frames per second"),
        ("film.gif", 60, {}, "at most 50"),
        ("film.mp4", 25, {"transparent": True}, "cannot be transparent"),
        ("none/film.mp4", 25, {}, "folder does not exist"),
        ("none/film.gif", 25, {}, "folder does not exist"),
        ("none/none/%d.png", 25, {}, "folder does not exist"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_first_frame(
    tmp_path, name, fps, options, words
):
    with pytest.raises(BadInput, match=words) as caught:
        open_writer(tmp_path / name, fps, (48, 48), **options)
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_sizes_that_no_encoder_takes_are_refused(tmp_path):
    for name in ("film.mp4", "film.webm", "film.gif"):
        with pytest.raises(BadInput, match=r"cannot be encoded|too large"):
            open_writer(tmp_path / name, 25, (70_000, 70_000))
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_or_type_are_a_mistake_of_ours(tmp_path):
    with open_writer(tmp_path / "film.mp4", 25, (48, 32)) as writer:
        for shape in ((48, 32, 3), (32, 48), (32, 48, 1)):
            with pytest.raises(ValueError, match="is expected"):
                writer.write(np.zeros(shape, dtype=np.uint8))
        with pytest.raises(ValueError, match="is expected"):
            writer.write(np.zeros((32, 48, 3), dtype=np.float32))
        writer.abort()
    with pytest.raises(ValueError, match="size"):
        open_writer(tmp_path / "film.mp4", 25, (0, 32))


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(25, 25), (33.3, Fraction(100, 3)), (29.97, Fraction(30000, 1001)), (12.5, Fraction(25, 2))],
)
def test_rates_become_what_they_stand_for(fps, rate):
    assert frame_rate(fps) == rate


def test_every_ending_on_offer_can_be_opened(tmp_path):
    for ending in WRITER_ENDINGS:
        open_writer(tmp_path / f"film{ending}", 25, (48, 48)).abort()
