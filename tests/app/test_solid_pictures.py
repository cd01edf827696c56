"""Pictures and films of a world on a mesh: as it is seen, at any size, on a turntable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox

from app.dialogs.picture import PictureDialog
from app.dialogs.record import RecordDialog
from app.dialogs.sizes import film_sizes, picture_sizes
from engine.core.commands import Play
from engine.core.spec import Spec
from engine.core.views import Eye, ImageView, MeshView

TOY = Path(__file__).with_name("toys") / "meshling.py"
WINDOW = (801, 433)


@pytest.fixture
def meshling(desk: Any, plugin: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    plugin("meshling", TOY.read_text(), "Meshling")
    world = desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.until(lambda: "world" in world.views, "a picture")
    looking = lambda: (Eye(azimuth=77.0), WINDOW)  # noqa: E731
    monkeypatch.setattr(desk.window.pictures, "_looking", looking)
    monkeypatch.setattr(desk.window.recordings, "_looking", looking)
    return world


def wait_for(desk: Any, path: Path) -> None:
    desk.until(lambda: f"Saved {path.name}" in desk.toasts(), "the picture")


def test_a_picture_is_taken_from_where_it_is_seen(desk: Any, meshling: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    desk.run("file.screenshot", str(path))
    wait_for(desk, path)
    with Image.open(path) as image:
        assert image.size == WINDOW
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0))[3] == 0
        assert image.getpixel((400, 200)) == (77, 90, 30, 255)
        assert image.text["Title"] == "Meshling, step 0"
        assert "77.0" in image.text["Comment"]
    exact = tmp_path / "b.png"
    desk.run("file.screenshot", f"{exact} 120 90")
    wait_for(desk, exact)
    with Image.open(exact) as image:
        assert image.size == (120, 90)


def test_a_picture_that_is_too_large_is_refused(desk: Any, meshling: Any, tmp_path: Path) -> None:
    desk.run("file.screenshot", f"{tmp_path / 'a.png'} 90000 90000")
    desk.until(lambda: any("too large" in words for words in desk.toasts()), "a refusal")
    assert not (tmp_path / "a.png").exists()


def test_a_copy_has_the_size_of_the_window(desk: Any, meshling: Any) -> None:
    desk.run("file.copy")
    desk.until(lambda: "Copied 801 x 433 pixels" in desk.toasts(), "the copy")
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == WINDOW
    assert image.pixelColor(400, 200).red() == 77


def test_a_turntable_goes_round_once(desk: Any, meshling: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    desk.run("record.start", f"{path} 4 1 20")
    meshling.submit(Play())
    desk.until(lambda: "Recorded a.mp4" in desk.toasts(), "the film")
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == 4
    assert frames[0].shape == (434, 802, 3)
    reds = [int(frame[200, 400, 0]) for frame in frames]
    np.testing.assert_allclose(reds, [77, 97, 117, 137], atol=6)


def test_the_dialog_of_a_film_offers_a_turn_that_ends_where_it_began(
    desk: Any, meshling: Any
) -> None:
    dialog = RecordDialog(film_sizes(meshling.views["world"], WINDOW), 0, solid=True)
    try:
        assert dialog.choice().size == (802, 434)
        assert dialog.choice().turn == 0.0
        dialog._turning.setChecked(True)
        dialog._round.setValue(4.0)
        choice = dialog.choice()
        assert choice.frames == 120
        assert choice.turn == 3.0
        assert "one turn" in dialog._length.text()
        dialog._frames.setValue(60)
        assert "0.5 turns" in dialog._length.text()
    finally:
        dialog.deleteLater()


def test_a_grid_is_offered_in_whole_cells_and_no_turn(qapp: Any) -> None:
    view = ImageView(step=0, data=np.zeros((6, 8, 3), np.uint8), extent=(6, 8), region=(0, 0, 6, 8))
    assert picture_sizes(view, WINDOW)[2] == ("24 x 18 pixels (3 x)", (24, 18))
    assert all(width % 8 == 0 for _, (width, _) in film_sizes(view, WINDOW))
    dialog = RecordDialog(film_sizes(view, WINDOW), 1)
    try:
        assert dialog._turning.isHidden() or not dialog._turning.isVisibleTo(dialog)
        assert dialog.choice().turn == 0.0
    finally:
        dialog.deleteLater()


def test_the_dialog_of_a_picture_offers_what_is_seen_first(desk: Any, meshling: Any) -> None:
    view = meshling.views["world"]
    assert isinstance(view, MeshView)
    dialog = PictureDialog(picture_sizes(view, WINDOW), 0, has_alpha=True)
    try:
        box = dialog.findChild(QComboBox)
        assert box.currentText() == "as in the window: 801 x 433 pixels"
        assert dialog.size_chosen() == WINDOW
        assert dialog.transparent()
    finally:
        dialog.deleteLater()


def test_the_viewport_says_where_it_looks_from(desk: Any, plugin: Any) -> None:
    plugin("meshling", TOY.read_text(), "Meshling")
    desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.alive()
    before, size = desk.window.looking()
    ratio = desk.window.devicePixelRatioF()
    assert size == (round(desk.viewport.width() * ratio), round(desk.viewport.height() * ratio))
    desk.viewport.pan(60, 0)
    after, _ = desk.window.looking()
    assert after != before
    assert after == desk.viewport.eye()


def test_a_film_of_a_world_that_rests_says_so(desk: Any, meshling: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    desk.run("record.start", f"{path} 3 1")
    desk.until(lambda: any("Time stands still" in words for words in desk.toasts()), "a word")
    assert not path.exists()
    meshling.submit(Play())
    desk.until(lambda: "Recorded a.mp4" in desk.toasts(), "the film")


def test_a_turntable_of_what_stands_still(desk: Any, meshling: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    desk.run("record.start", f"{path} 4 0")
    desk.until(lambda: "Recorded a.mp4" in desk.toasts(), "the film")
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    reds = [int(frame[200, 400, 0]) for frame in frames]
    np.testing.assert_allclose(reds, [77, 167, 257 % 256, 347 % 256], atol=8)
    assert meshling.state.step == 0
    assert not any("Time stands still" in words for words in desk.toasts())


def test_the_dialog_of_a_film_offers_to_turn_around_what_is_there(desk: Any, meshling: Any) -> None:
    dialog = RecordDialog(film_sizes(meshling.views["world"], WINDOW), 0, solid=True)
    try:
        dialog._limited.setChecked(False)
        dialog._reset.setChecked(True)
        dialog._stands.setChecked(True)
        dialog._round.setValue(2.0)
        choice = dialog.choice()
        assert (choice.still, choice.frames, choice.turn) == (True, 60, 6.0)
        assert not choice.from_reset
        assert not dialog._every.isEnabled()
        assert dialog._length.text() == "60 pictures, 2.0 s of film, one turn"
        dialog._lives.setChecked(True)
        assert not dialog.choice().still
        assert dialog._every.isEnabled()
    finally:
        dialog.deleteLater()
