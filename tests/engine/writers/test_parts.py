"""What was recorded is whole, or lies in a part that can be played, whatever happens."""

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled, UserError
from engine.media.spool import restore
from engine.media.writers import open_writer


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif", "webp"])
class TestGoalAndPart:
    def test_the_old_file_survives_until_close(self, films, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        goal.write_bytes(b"old")
        writer = open_writer(goal, 25, (48, 48))
        for frame in films.film():
            writer.write(frame)
        assert goal.read_bytes() == b"old"
        assert writer.part.name.startswith("film.part.")
        writer.close()
        assert goal.stat().st_size > 500
        assert not writer.part.exists()
        with pytest.raises(ValueError, match="closed"):
            writer.write(films.film()[0])

    def test_abort_and_cancel_leave_the_old_file_alone(self, films, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        goal.write_bytes(b"old")
        writer = open_writer(goal, 25, (48, 48))
        writer.write(films.film()[0])
        writer.abort()
        with pytest.raises(Cancelled), open_writer(goal, 25, (48, 48)) as writer:
            raise Cancelled
        assert goal.read_bytes() == b"old"
        assert [p.name for p in tmp_path.iterdir()] == [goal.name]

    def test_an_exception_leaves_the_part(self, films, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        writer = open_writer(goal, 5, (48, 48))
        for frame in films.film(60):
            writer.write(frame)
        with pytest.raises(RuntimeError), writer:
            raise RuntimeError
        assert not goal.exists()
        assert len(films.played(writer.part)) > 0

    def test_a_recording_without_frames_is_told(self, tmp_path, ending):
        goal = tmp_path / f"film.{ending}"
        with pytest.raises(BadInput, match="no frame was recorded"):
            open_writer(goal, 25, (48, 48)).close()
        assert list(tmp_path.iterdir()) == []

    def test_a_part_of_an_earlier_crash_is_not_overwritten(self, films, tmp_path, ending):
        kind = "frames" if ending in ("gif", "webp") else ending
        old = tmp_path / f"film.part.{kind}"
        old.write_bytes(b"precious")
        writer = films.write_all(tmp_path / f"film.{ending}", films.film(3))
        assert writer.part.name == f"film.part-2.{kind}"
        assert old.read_bytes() == b"precious"

    def test_the_part_plays_after_a_crash(self, films, tmp_path, ending):
        script = """
            for _ in range(8):
                for frame in noise:
                    writer.write(frame)
            os._exit(9)
        """
        done = run_recording(tmp_path / f"film.{ending}", script)
        assert done.returncode == 9, done.stderr
        (part,) = tmp_path.iterdir()
        assert len(films.played(part)) >= 10

    @pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
    def test_the_part_plays_after_the_disk_was_full(self, films, tmp_path, ending):
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
        assert len(films.played(part)) >= 10


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


def test_closing_a_gif_reports_and_can_be_stopped(films, tmp_path):
    activity, heard = Activity("Save"), []
    activity.listen(heard.append)
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    for frame in films.film():
        writer.write(frame)
    activity.cancel()
    with pytest.raises(Cancelled):
        writer.close(activity)
    assert [p.name for p in tmp_path.iterdir()] == ["film.part.frames"]
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    writer.write(films.film()[0])
    activity = Activity("Save")
    activity.listen(heard.append)
    writer.close(activity)
    assert heard[-1].total == 1


def test_a_gif_that_finds_no_room_at_the_end_keeps_its_part(films, tmp_path, monkeypatch):
    writer = open_writer(tmp_path / "film.gif", 25, (48, 48))
    for frame in films.film():
        writer.write(frame)

    def refuse(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.media.gif._frame_data", refuse)
    with pytest.raises(UserError, match=r"film\.gif: .*disk is full.*is in film\.part\.frames"):
        writer.close()
    assert [p.name for p in tmp_path.iterdir()] == ["film.part.frames"]
    np.testing.assert_array_equal(films.played(writer.part)[5], films.film()[5])
    monkeypatch.undo()
    assert restore(writer.part) == tmp_path / "film.gif"
    assert [p.name for p in tmp_path.iterdir()] == ["film.gif"]
    assert len(films.gif_frames(tmp_path / "film.gif")[0]) == len(films.film())
