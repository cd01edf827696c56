"""Videos show the frames that went in."""

import os
import subprocess
import sys
import textwrap

import av
import numpy as np
import pytest


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("film.mp4", {}, 4),
        ("film.mp4", {"quality": "best", "full_chroma": True}, 1.5),
        ("film.webm", {"quality": "best"}, 4),
    ],
)
def test_a_video_shows_the_frames_that_went_in(films, tmp_path, name, options, tolerance):
    frames = films.film()
    writer = films.write_all(tmp_path / name, frames, **options)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert writer.size == (48, 48)
    seen = films.decoded(tmp_path / name)
    assert len(seen) == len(frames) == writer.frames
    assert films.duration(tmp_path / name) == pytest.approx(12 / 25, abs=0.01)
    for got, wanted in zip(seen, frames, strict=True):
        assert np.abs(got.astype(int) - wanted).mean() < tolerance
        # The colours lie where they should: no exchange of channels or of video ranges.
        np.testing.assert_allclose(got[40, 40].astype(int), wanted[40, 40], atol=8)


def test_best_is_larger_than_small(films, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
    for quality in ("small", "good", "best"):
        films.write_all(tmp_path / f"{quality}.mp4", list(noise), quality=quality)
    small, good, best = (
        (tmp_path / f"{quality}.mp4").stat().st_size for quality in ("small", "good", "best")
    )
    assert small < good < best


def test_full_chroma_keeps_single_coloured_cells(films, tmp_path):
    cells = np.zeros((32, 32, 3), dtype=np.uint8)
    cells[::2, ::2] = (255, 0, 0)
    cells[1::2, 1::2] = (0, 0, 255)
    errors = {}
    for full in (False, True):
        path = tmp_path / f"{full}.mp4"
        films.write_all(path, [cells] * 5, full_chroma=full, quality="best")
        errors[full] = np.abs(films.decoded(path)[2].astype(int) - cells).mean()
    assert errors[True] < 10 < errors[False]


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_odd_sizes_get_their_last_row_and_column_twice(films, tmp_path, ending):
    frames = [frame[:33, :47] for frame in films.film()]
    writer = films.write_all(tmp_path / f"film.{ending}", frames, quality="best")
    assert writer.size == (48, 34)
    seen = films.decoded(tmp_path / f"film.{ending}")[3]
    assert seen.shape == (34, 48, 3)
    assert np.abs(seen[:33, :47].astype(int) - frames[3]).mean() < 4
    assert np.abs(seen[33].astype(int) - seen[32]).mean() < 8


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif"])
def test_a_frame_of_one_pixel_can_be_recorded(films, tmp_path, ending):
    path = tmp_path / f"dot.{ending}"
    films.write_all(path, [np.full((1, 1, 3), 200, dtype=np.uint8)] * 3)
    seen = films.gif_frames(path)[0] if ending == "gif" else films.decoded(path)
    assert len(seen) == 3
    assert seen[0].shape[:2] == ((1, 1) if ending == "gif" else (2, 2))
    np.testing.assert_allclose(seen[1][0, 0, :3], 200, atol=6)


def test_webm_keeps_alpha(films, tmp_path):
    frames = films.film(alpha=True)
    films.write_all(tmp_path / "film.webm", frames, transparent=True, quality="best")
    with av.open(str(tmp_path / "film.webm")) as container:
        assert container.streams.video[0].metadata.get("alpha_mode") == "1"
    # FFmpeg's own decoder drops the alpha; libvpx finds it in the side data of each packet.
    seen = films.decoded(tmp_path / "film.webm", "rgba", codec="libvpx-vp9")
    assert len(seen) == len(frames)
    assert np.abs(seen[4][..., 3].astype(int) - frames[4][..., 3]).mean() < 4


def test_opaque_formats_show_the_ground_through(films, tmp_path):
    frames = films.film(alpha=True)
    films.write_all(tmp_path / "film.mp4", frames, ground=(0, 100, 200), quality="best")
    seen = films.decoded(tmp_path / "film.mp4")
    np.testing.assert_allclose(seen[3][1, 1].astype(int), (0, 100, 200), atol=6)
    np.testing.assert_allclose(seen[3][40, 24].astype(int), frames[3][40, 24, :3], atol=8)


def test_all_but_two_formats_need_no_codecs(tmp_path):
    script = """
        import sys
        import numpy as np
        sys.modules["av"] = None  # as where it is not installed
        import importlib.util
        found = importlib.util.find_spec
        from engine.core.errors import BadInput
        from engine.media import writers
        writers.find_spec = lambda name: None if name == "av" else found(name)
        frame = np.zeros((16, 16, 3), np.uint8)
        for name in ("a.gif", "a.webp", "a.png", "folder/"):
            with writers.open_writer(f"{sys.argv[1]}/{name}", 10, (16, 16)) as writer:
                writer.write(frame)
        for name in ("a.mp4", "a.webm"):
            try:
                writers.open_writer(f"{sys.argv[1]}/{name}", 10, (16, 16))
            except BadInput as error:
                assert "no codecs" in str(error), error
            else:
                raise AssertionError(name)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.gif", "a.webp", "a_00000.png", "folder"]
