"""Pictures and films of what is in front: heads, figures, any size, how they were made."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication, QImage

from app.dialogs.picture import PictureDialog
from app.dialogs.record import RecordDialog
from app.dialogs.sizes import film_sizes, picture_sizes
from app.dropping import plan_file
from app.film_costs import bytes_in_words, time_in_words
from app.film_watch import film_in_words
from app.orders import read_order
from engine.core import origin
from engine.core.activity import null_activity
from engine.core.commands import Play
from engine.core.errors import BadInput
from engine.core.reports import RecordingState
from engine.core.spec import Spec
from engine.core.views import ImageView
from engine.media import spool, writers
from engine.rendering import remake

TOYS = Path(__file__).with_name("toys")


def colours(image: Any) -> int:
    """Count the colours of a picture of RGBA."""
    return len(np.unique(np.ascontiguousarray(image).view(np.uint32)))


@pytest.fixture
def attentive(desk: Any, plugin: Any) -> Any:
    plugin("attentive", (TOYS / "attentive.py").read_text(), "Attentive")
    world = desk.lab.open(Spec("attentive"), "Attentive", playing=False)
    desk.until(lambda: "heads" in world.views, "heads")
    return world


@pytest.fixture
def life(desk: Any) -> Any:
    return desk.open("life", width=80, height=64)


def test_heads_in_front_are_pictured_and_filmed(desk: Any, attentive: Any, tmp_path: Path) -> None:
    path = tmp_path / "heads.png"
    desk.run("file.screenshot", f"{path} size=640x480")
    desk.until(lambda: "Saved heads.png" in desk.toasts(), "the picture")
    with Image.open(path) as image:
        assert image.size == (640, 480)
        assert colours(image) > 50
    film = tmp_path / "heads"
    attentive.submit(Play())
    desk.run("record.start", f"{film} 4 1 size=320x240")
    desk.until(lambda: "Recorded heads" in desk.toasts(), "the film")
    frames = [p.read_bytes() for p in sorted(film.glob("*.png"))]
    assert len(set(frames)) == 4
    assert remake(tmp_path / "heads.json", None, null_activity()).same


def test_any_size_transparent_and_made_again(desk: Any, life: Any, tmp_path: Path) -> None:
    path = tmp_path / "life.png"
    desk.run("file.screenshot", f"{path} size=501x333 legend")
    desk.until(lambda: "Saved life.png" in desk.toasts(), "the picture")
    with Image.open(path) as image:
        assert image.size == (501, 333)
        assert image.mode == "RGBA"
    made = remake(tmp_path / "life.png.json", None, null_activity())
    assert made.same
    assert made.path.read_bytes() == path.read_bytes()
    opaque = tmp_path / "opaque.webp"
    desk.run("file.screenshot", f"{opaque} 2 opaque no-sidecar")
    desk.until(lambda: "Saved opaque.webp" in desk.toasts(), "the picture")
    with Image.open(opaque) as image:
        assert (image.size, image.mode) == ((160, 128), "RGB")
    assert not (tmp_path / "opaque.webp.json").exists()


def test_a_name_that_no_picture_has_is_refused(desk: Any, life: Any, tmp_path: Path) -> None:
    for words in (f"{tmp_path / 'a.jpg'}", f"{tmp_path / 'a.png'} size=wide"):
        desk.run("file.screenshot", words)
    desk.until(lambda: len(desk.toasts()) >= 2, "refusals")
    assert list(tmp_path.glob("a.*")) == []


def test_a_copy_keeps_what_is_empty(desk: Any, attentive: Any) -> None:
    desk.run("file.copy")
    desk.until(lambda: any("Copied" in words for words in desk.toasts()), "the copy")
    mime = QGuiApplication.clipboard().mimeData()
    assert "image/png" in mime.formats()
    image = QImage.fromData(mime.data("image/png"))
    assert image.hasAlphaChannel()
    assert image.pixelColor(0, 0).alpha() == 0
    QGuiApplication.clipboard().clear()


def test_the_whole_window_is_saved_and_copied(desk: Any, life: Any, tmp_path: Path) -> None:
    path = tmp_path / "window.png"
    desk.run("file.screenshot-window", str(path))
    desk.until(lambda: "Saved window.png" in desk.toasts(), "the picture")
    ratio = desk.window.devicePixelRatioF()
    with Image.open(path) as image:
        assert image.size == (
            round(desk.window.width() * ratio),
            round(desk.window.height() * ratio),
        )
        assert colours(image) > 50
    desk.run("file.copy-window")
    assert QGuiApplication.clipboard().image().width() == image.size[0]
    QGuiApplication.clipboard().clear()


def test_a_film_under_way_is_noted_listed_and_stopped(desk: Any, life: Any, tmp_path: Path) -> None:
    path = tmp_path / "life.gif"
    life.submit(Play())
    desk.run("record.start", f"{path} fps=20")
    settings = desk.window.settings
    desk.until(lambda: settings.unfinished, "the note")
    (part,) = settings.unfinished
    assert Path(part).name == "life.part.frames"
    under_way = desk.window.jobs.under_way
    (activity,) = [one for one in under_way.running() if one.title == "Recording life.gif"]
    assert activity.stop == "Finish", "what was recorded is kept"
    desk.until(lambda: desk.state.recording.frames > 3, "frames")
    desk.until(lambda: "frames" in activity.status.note, "words")
    under_way.cancel(activity)
    desk.until(lambda: "Recorded life.gif" in desk.toasts(), "the film")
    desk.until(lambda: not settings.unfinished, "the end of the note")
    assert activity.status.state == "finished"
    assert not Path(part).exists()
    assert (tmp_path / "life.gif.json").is_file()


def test_the_part_of_a_film_on_a_full_disk_stays_noted(
    desk: Any, life: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "life.gif"
    life.submit(Play())
    desk.run("record.start", f"{path} fps=20")
    desk.until(lambda: desk.state.recording and desk.state.recording.frames > 3, "frames")

    def full(self: Any, *_: Any) -> None:
        self.leave()
        raise self._failure(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(spool.SpoolWriter, "_put", full)
    desk.until(lambda: desk.state.recording is None, "the end")
    desk.until(lambda: any("disk is full" in words for words in desk.toasts()), "the message")
    (told,) = [words for words in desk.toasts() if "disk is full" in words]
    assert told.count("What was recorded") == 1
    (part,) = desk.window.settings.unfinished
    assert Path(part).exists()


def test_a_film_of_a_world_too_large_for_a_sidecar_says_so(
    desk: Any, life: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "_STATE", 8)
    monkeypatch.setattr(origin, "_quick", lambda journal: False)
    path = tmp_path / "life.gif"
    life.submit(Play())
    desk.run("record.start", f"{path} 3 fps=20")
    words = "Recorded life.gif, but not how it was made: the world is too large"
    desk.until(lambda: words in desk.toasts(), "the message")
    assert path.is_file()
    assert not (tmp_path / "life.gif.json").exists()
    desk.run("record.start", f"{path} 3 fps=20 no-sidecar")
    desk.until(lambda: "Recorded life.gif" in desk.toasts(), "a film that was to have none")


def test_a_film_is_asked_for_with_what_it_costs(
    desk: Any, life: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "asked.gif"
    desk.run("record.start")
    (dialog,) = desk.dialogs("RecordDialog")
    dialog._kind.setCurrentIndex(dialog._kind.findData(".gif"))
    dialog.size_row.set_custom((250, 150))
    dialog._frames.setValue(5)
    dialog._legend.setChecked(True)
    desk.until(lambda: "about" in dialog._cost.text(), "the costs")
    asked = desk.window.recordings._asking
    monkeypatch.setattr(asked, "to_save", lambda *_: path)
    life.submit(Play())
    dialog.accept()
    desk.until(lambda: "Recorded asked.gif" in desk.toasts(), "the film")
    with Image.open(path) as image:
        assert image.size == (250, 150)
        assert image.n_frames == 5
    assert desk.window.settings.film["kind"] == ".gif"
    told = json.loads((tmp_path / "asked.gif.json").read_text())
    assert told["drawing"]["legend"] is True
    assert remake(tmp_path / "asked.gif.json", None, null_activity()).same


def test_a_picture_is_made_again_by_the_window(desk: Any, life: Any, tmp_path: Path) -> None:
    path = tmp_path / "life.png"
    desk.run("file.screenshot", f"{path} 2")
    desk.until(lambda: "Saved life.png" in desk.toasts(), "the picture")
    plan = plan_file(Path(f"{path}.json"), desk.lab)
    assert plan.sentence == "Make life.png again, and compare every pixel"
    desk.window.filing.take(plan)
    words = "Made life-again.png: every pixel is the same"
    desk.until(lambda: words in desk.toasts(), "the other one", patience=60.0)
    assert (tmp_path / "life-again.png").read_bytes() == path.read_bytes()


def test_a_dialog_that_is_dropped_leaves_nothing(desk: Any, life: Any) -> None:
    for id, kind in (("record.start", "RecordDialog"), ("file.screenshot", "PictureDialog")):
        desk.run(id)
        desk.run(id)
        (dialog,) = desk.dialogs(kind)
        dialog.reject()
        desk.until(lambda k=kind: not desk.dialogs(k), "the end")
        desk.run(id)
    assert desk.state.recording is None
    assert len(desk.dialogs("RecordDialog")) == len(desk.dialogs("PictureDialog")) == 1
    desk.lab.close(life)
    desk.until(lambda: not desk.dialogs("Dialog"), "the end of the world and its questions")


def view(rows: int, columns: int) -> ImageView:
    data = np.zeros((rows, columns, 4), np.uint8)
    return ImageView(step=0, data=data, extent=(rows, columns), region=(0, 0, rows, columns))


def test_answers_come_back_the_next_time(qapp: Any) -> None:
    dialog = RecordDialog(film_sizes(view(6, 8), (0, 0)), 1, clear=True)
    again = RecordDialog(film_sizes(view(6, 8), (0, 0)), 1, clear=True)
    try:
        dialog._kind.setCurrentIndex(dialog._kind.findData(".webm"))
        dialog._quality.setCurrentIndex(2)
        dialog._clear.setChecked(True)
        assert dialog.choice().transparent
        dialog._sidecar.setChecked(False)
        again.recall(dialog.memento())
        choice = again.choice()
        assert (choice.ending, choice.quality, choice.sidecar) == (".webm", "best", False)
        again.recall({"kind": 3, "quality": [], "legend": "yes"})
        again._kind.setCurrentIndex(again._kind.findData(".mp4"))
        assert not again.choice().transparent
    finally:
        dialog.deleteLater()
        again.deleteLater()


def test_without_codecs_films_that_need_them_say_why_they_cannot_be_had(
    qapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "find_spec", lambda name: None)
    dialog = RecordDialog(film_sizes(view(6, 8), (0, 0)), 1)
    try:
        offered = {
            dialog._kind.itemData(place): (item.isEnabled(), "no codecs" in item.text())
            for place in range(dialog._kind.count())
            for item in [dialog._kind.model().item(place)]
        }
        can, cannot = (True, False), (False, True)
        assert offered == {
            ".mp4": cannot,
            ".webm": cannot,
            ".gif": can,
            ".webp": can,
            "/": can,
        }
        assert dialog.choice().ending == ".gif"
        dialog.recall({"kind": ".mp4"})  # chosen where there were codecs
        assert dialog.choice().ending == ".gif"
    finally:
        dialog.deleteLater()


def test_a_size_of_ones_own_begins_where_the_choice_was(qapp: Any) -> None:
    dialog = PictureDialog(picture_sizes(view(6, 8), (0, 0)), 2, True)
    try:
        row = dialog.size_row
        assert row._width.isHidden()
        row.choices.setCurrentIndex(row.choices.count() - 1)
        assert dialog.size_chosen() == (24, 18)
        row._width.setValue(3840)
        row._height.setValue(2160)
        assert dialog.size_chosen() == (3840, 2160)
        assert not row._width.isHidden()
    finally:
        dialog.deleteLater()


def test_what_a_script_says_behind_a_name() -> None:
    order = read_order("my film.gif 10 2 size=64x48 legend", 3, ("size",), ("legend",))
    assert (order.path.name, order.numbers, order.size()) == ("my film.gif", (10, 2), (64, 48))
    assert order.words == {"legend"}
    plain = read_order("a legend of 3.png", 1, ("size",), ("legend",))
    assert plain.path.name == "a legend of 3.png"
    with pytest.raises(BadInput, match="not a size"):
        read_order("a.png size=0x3", 1, ("size",), ()).size()


def test_costs_in_words() -> None:
    assert bytes_in_words(10) == "1 kB"
    assert bytes_in_words(3.5 * 2**20) == "3.5 MB"
    assert time_in_words(0.2) == "a second"
    assert time_in_words(75) == "1 min 15 s"
    assert time_in_words(7260) == "2 h 1 min"
    film = RecordingState(Path("a.mp4"), 50, 200, 2**20, 2.0, elapsed=12.0)
    assert film_in_words(film) == "50 of 200 frames, 1.0 MB of about 4.0 MB, 12 s"
    assert film_in_words(film, elapsed=False) == "50 of 200 frames, 1.0 MB of about 4.0 MB"
    begun = replace(film, bytes=88)
    assert film_in_words(begun) == "50 of 200 frames, 1 kB, 12 s"
