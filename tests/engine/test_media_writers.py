import contextlib
import json
import os
import struct
import subprocess
import sys
import textwrap
import tracemalloc
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled, UserError
from engine.media.gif import delays
from engine.media.spool import Spool, restore
from engine.media.writers import WRITER_ENDINGS, FrameWriter, frame_rate, open_writer


def film(count: int = 12, side: int = 48, alpha: bool = False) -> list[np.ndarray]:
    """A bright square that walks over a smooth ground."""
    y, x = np.mgrid[:side, :side]
    frames = []
    for index in range(count):
        frame = np.stack([x * 4 + 20, y * 4 + 20, 60 + 0 * x], axis=-1).astype(np.uint8)
        frame[8:24, 2 * index : 2 * index + 16] = (250, 220, 30)
        if alpha:
            inside = ((x - 24) ** 2 + (y - 24) ** 2 < 400).astype(np.uint8) * 255
            frame = np.dstack([frame, inside])
        frames.append(frame)
    return frames


def decoded(path, pixel_format="rgb24", codec=None) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if codec is None:
            return [f.to_ndarray(format=pixel_format) for f in container.decode(stream)]
        decoder = av.CodecContext.create(codec, "r")
        frames = []
        for packet in container.demux(stream):
            frames += [f.to_ndarray(format=pixel_format) for f in decoder.decode(packet)]
        return frames


def played(path) -> list[np.ndarray]:
    """The frames of a file that breaks off, as a player shows them: up to the break."""
    frames = []
    if path.suffix == ".frames":
        return list(Spool(path))
    with av.open(str(path)) as container, contextlib.suppress(av.error.InvalidDataError):
        for picture in container.decode(video=0):
            frames.append(picture.to_ndarray(format="rgb24"))
    return frames


def duration(path) -> float:
    with av.open(str(path)) as container:
        return container.duration / av.time_base


def gif_frames(path) -> tuple[list[np.ndarray], list[int]]:
    with Image.open(path) as image:
        pixels, waits = [], []
        for index in range(image.n_frames):
            image.seek(index)
            pixels.append(np.asarray(image.convert("RGBA")))
            waits.append(image.info["duration"])
    return pixels, waits


def write_all(path, frames, fps=25, **options):
    height, width = frames[0].shape[:2]
    with open_writer(path, fps, (width, height), **options) as writer:
        assert isinstance(writer, FrameWriter)
        for frame in frames:
            writer.write(frame)
    return writer


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("film.mp4", {}, 4),
        ("film.mp4", {"quality": "best", "full_chroma": True}, 1.5),
        ("film.webm", {"quality": "best"}, 4),
    ],
)
def test_a_video_shows_the_frames_that_went_in(tmp_path, name, options, tolerance):
    frames = film()
    writer = write_all(tmp_path / name, frames, **options)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert writer.size == (48, 48)
    seen = decoded(tmp_path / name)
    assert len(seen) == len(frames) == writer.frames
    assert duration(tmp_path / name) == pytest.approx(12 / 25, abs=0.01)
    for got, wanted in zip(seen, frames, strict=True):
        assert np.abs(got.astype(int) - wanted).mean() < tolerance
        # The colours lie where they should: no exchange of channels or of video ranges.
        np.testing.assert_allclose(got[40, 40].astype(int), wanted[40, 40], atol=8)


def test_best_is_larger_than_small(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
    for quality in ("small", "good", "best"):
        write_all(tmp_path / f"{quality}.mp4", list(noise), quality=quality)
    small, good, best = (
        (tmp_path / f"{quality}.mp4").stat().st_size for quality in ("small", "good", "best")
    )
    assert small < good < best


def test_full_chroma_keeps_single_coloured_cells(tmp_path):
    cells = np.zeros((32, 32, 3), dtype=np.uint8)
    cells[::2, ::2] = (255, 0, 0)
    cells[1::2, 1::2] = (0, 0, 255)
    errors = {}
    for full in (False, True):
        path = tmp_path / f"{full}.mp4"
        write_all(path, [cells] * 5, full_chroma=full, quality="best")
        errors[full] = np.abs(decoded(path)[2].astype(int) - cells).mean()
    assert errors[True] < 10 < errors[False]


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_odd_sizes_get_their_last_row_and_column_twice(tmp_path, ending):
    frames = [frame[:33, :47] for frame in film()]
    writer = write_all(tmp_path / f"film.{ending}", frames, quality="best")
    assert writer.size == (48, 34)
    seen = decoded(tmp_path / f"film.{ending}")[3]
    assert seen.shape == (34, 48, 3)
    assert np.abs(seen[:33, :47].astype(int) - frames[3]).mean() < 4
    assert np.abs(seen[33].astype(int) - seen[32]).mean() < 8


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif"])
def test_a_frame_of_one_pixel_can_be_recorded(tmp_path, ending):
    path = tmp_path / f"dot.{ending}"
    write_all(path, [np.full((1, 1, 3), 200, dtype=np.uint8)] * 3)
    seen = gif_frames(path)[0] if ending == "gif" else decoded(path)
    assert len(seen) == 3
    assert seen[0].shape[:2] == ((1, 1) if ending == "gif" else (2, 2))
    np.testing.assert_allclose(seen[1][0, 0, :3], 200, atol=6)


def test_webm_keeps_alpha(tmp_path):
    frames = film(alpha=True)
    write_all(tmp_path / "film.webm", frames, transparent=True, quality="best")
    with av.open(str(tmp_path / "film.webm")) as container:
        assert container.streams.video[0].metadata.get("alpha_mode") == "1"
    # FFmpeg's own decoder drops the alpha; libvpx finds it in the side data of each packet.
    seen = decoded(tmp_path / "film.webm", "rgba", codec="libvpx-vp9")
    assert len(seen) == len(frames)
    assert np.abs(seen[4][..., 3].astype(int) - frames[4][..., 3]).mean() < 4


def test_opaque_formats_show_the_ground_through(tmp_path):
    frames = film(alpha=True)
    write_all(tmp_path / "film.mp4", frames, ground=(0, 100, 200), quality="best")
    seen = decoded(tmp_path / "film.mp4")
    np.testing.assert_allclose(seen[3][1, 1].astype(int), (0, 100, 200), atol=6)
    np.testing.assert_allclose(seen[3][40, 24].astype(int), frames[3][40, 24, :3], atol=8)


def test_a_gif_of_few_colours_is_exact(tmp_path):
    palette = np.random.default_rng(0).integers(0, 256, (200, 3), dtype=np.uint8)
    frames = [palette[np.arange(20 * 30).reshape(20, 30) * (i + 1) % 200] for i in range(8)]
    write_all(tmp_path / "film.gif", frames, fps=Fraction(100, 3))
    assert [p.name for p in tmp_path.iterdir()] == ["film.gif"]
    seen, waits = gif_frames(tmp_path / "film.gif")
    for got, wanted in zip(seen, frames, strict=True):
        np.testing.assert_array_equal(got[..., :3], wanted)
    assert waits == [30] * 8
    with Image.open(tmp_path / "film.gif") as image:
        assert image.info["loop"] == 0


def test_a_gif_of_many_colours_shares_one_palette_and_keeps_rare_ones(tmp_path):
    frames = film(20, 96)
    frames[15][50, 50] = (255, 0, 255)  # one pixel of two hundred thousand
    write_all(tmp_path / "film.gif", frames)
    seen, _ = gif_frames(tmp_path / "film.gif")
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


def test_a_gif_needs_no_memory_for_its_length(tmp_path):
    peaks = []
    for count in (20, 200):
        frames = film(20, 128)
        tracemalloc.start()
        with open_writer(tmp_path / f"{count}.gif", 25, (128, 128)) as writer:
            for index in range(count):
                writer.write(frames[index % 20])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 180 frames more are 9 MB more.
    assert peaks[1] - peaks[0] < 1e6


def test_gif_transparency_is_on_or_off_and_leaves_no_trails(tmp_path):
    frames = [np.zeros((20, 20, 4), dtype=np.uint8) for _ in range(5)]
    for index, frame in enumerate(frames):
        frame[5:9, 3 * index : 3 * index + 3] = (200, 40, 10, 255)
    write_all(tmp_path / "film.gif", frames, transparent=True)
    seen, _ = gif_frames(tmp_path / "film.gif")
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


def test_png_frames_are_the_frames(tmp_path):
    frames = film(4, alpha=True)
    for target, first in (
        (f"{tmp_path}/out/", "out/frame_00000.png"),
        (f"{tmp_path}/film.png", "film_00000.png"),
        (f"{tmp_path}/shot%03d.png", "shot000.png"),
    ):
        writer = write_all(target, frames, transparent=True)
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


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif", "webp"])
class TestGoalAndPart:
    def test_the_old_file_survives_until_close(self, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        goal.write_bytes(b"old")
        writer = open_writer(goal, 25, (48, 48))
        for frame in film():
            writer.write(frame)
        assert goal.read_bytes() == b"old"
        assert writer.part.name.startswith("film.part.")
        writer.close()
        assert goal.stat().st_size > 500
        assert not writer.part.exists()
        with pytest.raises(ValueError, match="closed"):
            writer.write(film()[0])

    def test_abort_and_cancel_leave_the_old_file_alone(self, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        goal.write_bytes(b"old")
        writer = open_writer(goal, 25, (48, 48))
        writer.write(film()[0])
        writer.abort()
        with pytest.raises(Cancelled), open_writer(goal, 25, (48, 48)) as writer:
            raise Cancelled
        assert goal.read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir()] == [goal.name]

    def test_an_exception_leaves_the_part(self, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        writer = open_writer(goal, 5, (48, 48))
        for frame in film(60):
            writer.write(frame)
        with pytest.raises(RuntimeError), writer:
            raise RuntimeError
        assert not goal.exists()
        assert len(played(writer.part)) > 0

    def test_a_recording_without_frames_is_told(self, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        with pytest.raises(BadInput, match="no frame was recorded"):
            open_writer(goal, 25, (48, 48)).close()
        assert list(tmp_path.iterdir()) == []

    def test_a_part_of_an_earlier_crash_is_not_overwritten(self, tmp_path, ending):
        kind = "frames" if ending in ("gif", "webp") else ending
        old = tmp_path / f"film.part.{kind}"
        old.write_bytes(b"precious")
        writer = write_all(tmp_path / f"film.{ending}", film(3))
        assert writer.part.name == f"film.part-2.{kind}"
        assert old.read_bytes() == b"precious"

    def test_the_part_plays_after_a_crash(self, tmp_path, ending):
        script = """
            for _ in range(8):
                for frame in noise:
                    writer.write(frame)
            os._exit(9)
        """
        done = run_recording(tmp_path / f"film.{ending}", script)
        assert done.returncode == 9, done.stderr
        (part,) = tmp_path.iterdir()
        assert len(played(part)) >= 10

    @pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
    def test_the_part_plays_after_the_disk_was_full(self, tmp_path, ending):
        # The limit on the size of files makes the real system call fail, as a full disk does.
        (tmp_path / f"film.{ending}").write_bytes(b"old")
        script = """
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
            try:
                while True:
                    for frame in noise:
                        writer.write(frame)
            except UserError as error:
                print(error)
                os._exit(2)
        """
        done = run_recording(tmp_path / f"film.{ending}", script)
        assert done.returncode == 2, done.stderr
        assert f"film.{ending}: cannot be written" in done.stdout
        assert "What was recorded until then is in film.part." in done.stdout
        assert (tmp_path / f"film.{ending}").read_bytes() == b"old"
        (part,) = tmp_path.glob("film.part.*")
        assert len(played(part)) >= 10


def run_recording(goal, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script that has an open writer and ten frames of noise, in a process of its own."""
    lead = """
        import os, resource, sys
        import numpy as np
        from engine.core.errors import UserError
        from engine.media.writers import open_writer
        noise = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
        writer = open_writer(sys.argv[1], 5, (64, 64))
    """
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(lead) + textwrap.dedent(script), str(goal)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_closing_a_gif_reports_and_can_be_stopped(tmp_path):
    activity, heard = Activity("Save"), []
    activity.listen(heard.append)
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    for frame in film():
        writer.write(frame)
    activity.cancel()
    with pytest.raises(Cancelled):
        writer.close(activity)
    assert [p.name for p in tmp_path.iterdir()] == ["film.part.frames"]
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    writer.write(film()[0])
    activity = Activity("Save")
    activity.listen(heard.append)
    writer.close(activity)
    assert heard[-1].total == 1


def test_a_gif_that_finds_no_room_at_the_end_keeps_its_part(tmp_path, monkeypatch):
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    for frame in film():
        writer.write(frame)

    def refuse(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.media.gif._frame_data", refuse)
    with pytest.raises(UserError, match=r"film\.gif: .*disk is full.*is in film\.part\.frames"):
        writer.close()
    assert [p.name for p in tmp_path.iterdir()] == ["film.part.frames"]
    np.testing.assert_array_equal(played(writer.part)[5], film()[5])
    monkeypatch.undo()
    assert restore(writer.part) == tmp_path / "film.gif"
    assert [p.name for p in tmp_path.iterdir()] == ["film.gif"]
    assert len(gif_frames(tmp_path / "film.gif")[0]) == len(film())


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


def webp_frames(path):
    with Image.open(path) as image:
        waits, pixels = [], []
        for index in range(image.n_frames):
            image.seek(index)
            pixels.append(np.asarray(image.convert("RGBA")))
            waits.append(image.info["duration"])
    return pixels, waits


def test_a_webp_of_the_best_quality_is_exact_and_keeps_alpha(tmp_path):
    frames = film(5, alpha=True)
    write_all(tmp_path / "film.webp", frames, fps=30, transparent=True, quality="best")
    pixels, waits = webp_frames(tmp_path / "film.webp")
    assert waits == [30, 40, 30, 30, 40]
    for frame, pixel in zip(frames, pixels, strict=True):
        np.testing.assert_array_equal(frame[..., 3], pixel[..., 3])
        seen = frame[..., 3] > 0
        np.testing.assert_array_equal(frame[seen], pixel[seen])


def test_a_small_webp_is_smaller_than_one_that_loses_nothing(tmp_path):
    grains = np.random.default_rng(0).integers(0, 60, (6, 48, 48, 3), dtype=np.uint8)
    frames = [frame // 2 + grain for frame, grain in zip(film(6), grains, strict=True)]
    sizes = []
    for quality in ("small", "best"):
        path = tmp_path / f"{quality}.webp"
        write_all(path, frames, quality=quality)
        sizes.append(path.stat().st_size)
        pixels, _ = webp_frames(path)
        assert np.abs(pixels[3][..., :3].astype(int) - frames[3]).mean() < 16
    assert sizes[0] < sizes[1] / 2


def test_a_spool_that_breaks_off_is_good_up_to_there(tmp_path):
    writer = open_writer(tmp_path / "film.gif", 10, (48, 48))
    for frame in film(9):
        writer.write(frame)
    writer.leave()
    data = writer.part.read_bytes()
    writer.part.write_bytes(data[:-5])
    frames = list(Spool(writer.part))
    assert len(frames) == 8
    np.testing.assert_array_equal(frames[7], film(9)[7])
    (tmp_path / "film.gif").write_bytes(b"old")
    assert restore(writer.part).name == "film-2.gif"
    assert (tmp_path / "film.gif").read_bytes() == b"old"


@pytest.mark.parametrize("data", [b"", b"primordia frames 1\n", b"primordia frames 1\n{}\n"])
def test_what_is_no_spool_is_refused(tmp_path, data):
    part = tmp_path / "film.part.frames"
    part.write_bytes(data)
    with pytest.raises(BadInput, match="no frames"):
        restore(part)


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


HEAD = {"ending": ".gif", "rate": "10", "size": [8, 8], "channels": 3, "transparent": False}


def a_part(tmp_path, change, frame=b""):
    part = tmp_path / "film.part.frames"
    head = json.dumps(HEAD | change).encode()
    part.write_bytes(b"primordia frames 1\n" + head + b"\n" + frame)
    return part


@pytest.mark.parametrize(
    "change",
    [
        {"ending": "/../../x.gif"},
        {"ending": ".exe"},
        {"ending": None},
        {"rate": "1e999"},
        {"rate": "1/0"},
        {"rate": float("inf")},
        {"size": [8.5, 8]},
        {"size": [2**20, 2**20]},
        {"size": 8},
        {"channels": 3.0},
    ],
)
def test_a_part_that_somebody_wrote_is_refused(tmp_path, change):
    with pytest.raises(BadInput, match="holds no frames"):
        restore(a_part(tmp_path, change))


def test_a_part_that_is_no_file_is_refused(tmp_path):
    for place in (tmp_path, tmp_path / "none.part.frames"):
        with pytest.raises(BadInput):
            Spool(place)


def test_no_frame_takes_more_memory_than_a_frame(tmp_path):
    packed = zlib.compress(bytes(2**26))
    bomb = a_part(tmp_path, {"size": [300, 300]}, struct.pack("<I", len(packed)) + packed)
    tracemalloc.start()
    try:
        assert list(Spool(bomb)) == []
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()
    long = a_part(tmp_path, {}, struct.pack("<I", 2**32 - 1) + b"x")
    assert list(Spool(long)) == []
