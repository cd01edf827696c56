"""Recording: every k-th step once, in order; the run waits instead of dropping."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core import commands as c
from engine.core.errors import BadInput, UserError
from engine.core.recorder import open_film
from engine.core.views import ImageView, Stroke, ViewRequest


class Reel:
    """A film in memory, whose projectionist can be held up."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.views: list[ImageView] = []
        self.gate = threading.Event()
        self.gate.set()
        self.end = ""
        self.error: Exception | None = None
        self.bytes = 0

    def write(self, view: ImageView) -> None:
        assert self.gate.wait(30)
        if self.error is not None:
            raise self.error
        self.steps.append(view.step)
        self.views.append(view)
        self.bytes += 100

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "aborted"


@pytest.fixture
def reel() -> Reel:
    return Reel()


@pytest.fixture
def lab(toys: Any, reel: Reel) -> Any:
    lab = toys.open(toys.Learner)
    lab.runner._stage.open_film = lambda command, first: reel
    return lab


def record(**options: Any) -> c.Record:
    return c.Record(Path("film.mp4"), **options)


def test_the_first_picture_and_one_of_every_step(lab: Any, reel: Reel) -> None:
    lab.do(c.Step(3))
    lab.do(record())
    lab.do(c.Step(20))
    assert lab.do(c.StopRecording()) == Path("film.mp4")
    assert reel.steps == list(range(3, 24))
    assert reel.end == "closed"
    assert lab.runner.state.recording is None


def test_every_third_step_from_a_reset(lab: Any, reel: Reel) -> None:
    lab.do(c.Step(5))
    lab.do(record(every=3, from_reset=True))
    lab.do(c.Step(10))
    lab.do(c.StopRecording())
    assert reel.steps == [0, 3, 6, 9]


def test_the_run_waits_for_the_film_and_drops_nothing(lab: Any, reel: Reel) -> None:
    reel.gate.clear()
    lab.do(record())
    run = lab.runner.submit(c.Step(30))
    lab.ear.until(lambda: lab.runner.state.step >= 4)
    lab.do(c.SetParam("rate", 0.2))
    lab.do(c.Brush(Stroke("world", "erase", ((1.0, 1.0),))))
    held = lab.world.step_count
    assert held <= 5, "four pictures wait and one is being written"
    assert run not in lab.ear.replies
    lab.do(c.Pause())
    assert lab.world.step_count == held
    lab.runner.submit(c.Step(30 - held))
    reel.gate.set()
    lab.ear.until(lambda: lab.runner.state.step == 30)
    lab.do(c.StopRecording())
    assert reel.steps == list(range(31))


def test_a_film_ends_by_itself_and_the_run_goes_on(lab: Any, reel: Reel) -> None:
    lab.do(record(frames=5))
    assert lab.do(c.Step(12)) == 12
    lab.ear.until(lambda: reel.end and lab.runner.state.recording is None)
    assert reel.steps == [0, 1, 2, 3, 4]
    assert "nothing is being recorded" in str(lab.ask(c.StopRecording()).error)


def test_the_state_counts_the_frames(lab: Any, reel: Reel) -> None:
    lab.do(record(frames=100, fps=10.0))
    lab.do(c.Step(9))
    lab.ear.until(lambda: (lab.runner.state.recording or record()) and len(reel.steps) == 10)
    lab.ear.until(lambda: lab.runner.state.recording.frames == 10)
    now = lab.runner.state.recording
    assert (now.planned, now.bytes, now.seconds) == (100, 1000, 1.0)


def test_begin_and_end_of_a_film_are_told_while_the_world_runs(lab: Any, reel: Reel) -> None:
    lab.do(c.Play())
    lab.do(record(frames=2))
    lab.ear.until(lambda: reel.end and lab.runner.state.recording is None)
    assert any(state.recording is not None for state in lab.ear.states)


def test_discarding_removes_the_film(lab: Any, reel: Reel) -> None:
    lab.do(record())
    lab.do(c.Step(2))
    lab.do(c.StopRecording(discard=True))
    assert reel.end == "aborted"


def test_a_full_disk_stops_the_film_but_not_the_run(lab: Any, reel: Reel) -> None:
    reel.error = UserError("cannot be written: the disk is full", path="film.mp4")
    lab.do(record())
    lab.ear.until(lambda: lab.ear.failures)
    failure = lab.ear.failures[0]
    assert failure.during == "recording"
    assert "film.mp4" in str(failure.error)
    assert lab.do(c.Step(20)) == 20
    assert lab.runner.state.recording is None


def test_a_failing_film_is_the_reply_of_who_waits_for_it(lab: Any, reel: Reel) -> None:
    reel.gate.clear()
    reel.error = UserError("cannot be written: the disk is full", path="film.mp4")
    lab.do(record())
    stop = lab.runner.submit(c.StopRecording())
    lab.do(c.Pause())
    reel.gate.set()
    assert "disk is full" in str(lab.ear.reply(stop).error)
    assert lab.ear.failures == []


def test_closing_finishes_the_film(lab: Any, reel: Reel) -> None:
    lab.do(record())
    lab.do(c.Step(3))
    assert lab.runner.close()
    assert reel.steps == [0, 1, 2, 3]
    assert reel.end == "closed"


def test_a_new_world_ends_the_film_of_the_old_one(lab: Any, reel: Reel) -> None:
    lab.do(record())
    lab.do(c.Rebuild(lab.spec))
    lab.ear.until(lambda: lab.runner.state.recording is None)
    assert reel.end == "closed"


def test_pictures_of_a_world_that_trains_are_recorded(
    toys: Any, lab: Any, reel: Reel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toys.Learner, "update_seconds", 0.5)
    lab.do(record())
    lab.do(c.Train(True))
    lab.do(c.Play())
    lab.ear.until(lambda: lab.runner.state.step >= 3)
    lab.do(c.Pause())
    lab.do(c.StopRecording())
    assert reel.steps == list(range(lab.world.step_count + 1))


@pytest.mark.parametrize("options", [{"every": 0}, {"frames": 0}, {"view": "nothing"}])
def test_impossible_films_are_refused(lab: Any, options: Any) -> None:
    assert isinstance(lab.ask(record(**options)).error, BadInput)
    assert lab.runner.state.recording is None


def test_two_films_at_once_are_refused(lab: Any) -> None:
    lab.do(record())
    assert "under way" in str(lab.ask(record()).error)


def test_a_film_that_cannot_be_opened_resets_nothing(lab: Any) -> None:
    def refuse(command: Any, first: Any) -> Any:
        raise BadInput("no", path=command.path)

    lab.runner._stage.open_film = refuse
    lab.do(c.Step(4))
    assert isinstance(lab.ask(record(from_reset=True)).error, BadInput)
    assert lab.world.step_count == 4


def test_png_frames_show_the_cells_as_squares(toys: Any, tmp_path: Path) -> None:
    from PIL import Image

    lab = toys.open(toys.Drift, size=8)
    folder = tmp_path / "frames"
    request = ViewRequest(limits=(0.0, 1.0))
    lab.do(c.Record(folder, request=request, every=2))
    lab.do(c.Step(4))
    lab.do(c.StopRecording())
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["frame_00000.png", "frame_00001.png", "frame_00002.png"]
    with Image.open(folder / names[0]) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (512, 512, 3)
    assert (pixels[:64, :64] == pixels[0, 0]).all()


@pytest.mark.parametrize("ending", [".mp4", ".gif"])
def test_films_have_as_many_frames_as_steps(toys: Any, tmp_path: Path, ending: str) -> None:
    av = pytest.importorskip("av")
    lab = toys.open(toys.Drift, size=8)
    path = tmp_path / f"film{ending}"
    lab.do(c.Record(path, size=(64, 48), fps=20.0))
    lab.do(c.Step(9))
    lab.do(c.StopRecording())
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 10
    assert frames[0].shape == (48, 64, 3)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_default_film_is_found_without_importing_it_early(tmp_path: Path) -> None:
    view = ImageView(step=0, data=np.zeros((4, 4), np.float32), extent=(4, 4), region=(0, 0, 4, 4))
    with pytest.raises(BadInput, match="xyz"):
        open_film(c.Record(tmp_path / "film.xyz"), view)


@contextmanager
def little_room() -> Iterator[None]:
    """No file may grow over 4 KB: what a full disk does, by the hand of the system.

    Not a fixture: pytest's own output may go to a file, and it writes while fixtures stand.
    """
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("ending", [".mp4", ".gif", ""])
def test_a_disk_that_fills_up_stops_the_film_and_is_told(
    toys: Any, tmp_path: Path, ending: str
) -> None:
    lab = toys.open(toys.Drift, size=64)
    with little_room():
        lab.do(c.Record(tmp_path / f"film{ending}", request=ViewRequest(limits=(0.0, 1.0))))
        run = lab.runner.submit(c.Step(60))
        stop = lab.runner.submit(c.StopRecording()) if ending == ".gif" else 0
        lab.ear.until(lambda: lab.ear.failures or stop in lab.ear.replies)
        failures = list(lab.ear.failures)
        error = failures[0].error if failures else lab.ear.reply(stop).error
        reached = lab.ear.reply(run).value
    assert isinstance(error, UserError)
    assert "film" in str(error)
    assert "limit was reached" in str(error)
    assert reached == 60
    assert lab.runner.state.recording is None


def test_a_disk_that_fills_up_leaves_the_old_checkpoint(toys: Any, tmp_path: Path) -> None:
    lab = toys.open(toys.Drift, size=64)
    path = tmp_path / "world.safetensors"
    path.write_bytes(b"old")
    with little_room():
        error = lab.ask(c.Save(path)).error
    assert isinstance(error, UserError)
    assert "limit was reached" in str(error)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert lab.do(c.Step(3)) == 3


def test_time_and_training_stand_still_for_a_film_and_go_on_after_it(lab: Any, reel: Reel) -> None:
    lab.do(c.Step(3))
    reel.gate.clear()
    lab.do(record(frames=9, still=True))
    lab.do(c.Train(True))
    run = lab.runner.submit(c.Step(5))
    lab.do(c.SetParam("rate", 0.2))
    assert (lab.world.step_count, lab.world.updates) == (3, 0)
    reel.gate.set()
    assert lab.ear.reply(run).value == 8
    lab.ear.until(lambda: reel.end and lab.world.updates)
    assert reel.steps == [3] * 9
    lab.do(c.Train(False))


def test_a_film_of_what_stands_still_has_an_end(lab: Any, reel: Reel) -> None:
    assert "number of frames" in str(lab.ask(record(still=True)).error)
    lab.do(record(frames=2, still=True))
    lab.ear.until(lambda: reel.end and lab.runner.state.recording is None)
    assert reel.steps == [0, 0]


def test_a_film_that_cannot_be_drawn_ends(lab: Any, reel: Reel) -> None:
    reel.gate.clear()
    lab.do(record(frames=1000, still=True))
    lab.world.broken = "views"
    reel.gate.set()
    lab.ear.until(lambda: lab.ear.failures)
    lab.world.broken = ""
    lab.ear.until(lambda: lab.runner.state.recording is None)
    assert reel.end == "closed"
    assert len(reel.steps) < 1000


def test_a_film_that_fails_is_followed_no_longer(lab: Any, reel: Reel) -> None:
    def refuse(view: Any) -> None:
        raise OSError(28, "No space left on device")

    reel.write = refuse  # type: ignore[method-assign, assignment]
    lab.do(record(sidecar=True))
    lab.do(c.Play())
    lab.ear.until(lambda: lab.runner.state.recording is None and lab.ear.failures)
    assert lab.runner._stage.journal._followers == []
