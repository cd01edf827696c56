"""The main job: drop a picture, watch it learned, damage it, film it, save it, find it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication

from app.gallery.items import MIME
from engine.core.commands import SetSpeed


@pytest.fixture
def heart(tmp_path: Path) -> Path:
    """A red disc with alpha, 40 px."""
    y, x = np.mgrid[:40, :40] - 19.5
    inside = (x**2 + y**2 < 15**2)[..., None]
    pixels = np.where(inside, (220, 30, 60, 255), (0, 0, 0, 0)).astype(np.uint8)
    path = tmp_path / "my heart.png"
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_is_dropped_learned_damaged_filmed_saved_and_opened(
    desk: Any, heart: Path, tmp_path: Path
) -> None:
    # The empty window takes it, says so first, and opens what learns pictures.
    words, welcome = desk.hover(heart)
    assert welcome
    assert "Growing" in words
    assert "my heart.png" in words
    desk.leave()
    assert not desk.overlay().isVisible()
    desk.drop(heart)
    desk.alive()
    assert desk.world.slug == "growing-nca"
    assert desk.state.spec.target.name == "my heart.png"
    assert desk.world.title == "my heart"
    desk.until(lambda: any("Press Train" in t for t in desk.toasts()), "a hint")
    assert str(heart) in desk.window.settings.recent

    # The target is in the panel.
    training = desk.window.controls.training
    desk.until(lambda: training.isVisible(), "the training panel")
    desk.until(lambda: training._target._view is not None, "the target")
    red, green, _ = desk.pixels(training._target).reshape(-1, 3).astype(int).T
    assert ((red > 180) & (green < 80)).mean() > 0.1
    assert training._name.text() == "my heart.png"

    # Training, by the key.
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: desk.state.training, "training")
    desk.until(lambda: desk.state.updates >= 3, "updates", 60)
    desk.until(lambda: len(desk.world.series["training"].get("loss", ())) >= 2, "losses", 60)
    desk.until(lambda: training._plot is not None and training._plot.isVisible(), "the plot", 60)
    assert training._loss.text().startswith("loss ")
    desk.until(lambda: training._batch._view is not None, "the batch")
    desk.until(lambda: "updates" in training._rate.text(), "the count")
    assert desk.world.unsaved

    # The brush damages it meanwhile.
    updates = desk.state.updates
    world = desk.world
    desk.until(lambda: world.state.step > 4, "steps while training")
    desk.viewport.set_tool("erase")
    desk.viewport.tools.radii["erase"] = 40.0
    rows, columns = world.views["world"].extent
    desk.brush(desk.point_of(rows // 2, columns // 2), desk.point_of(rows // 2 + 2, columns // 2))
    desk.settle()
    desk.until(lambda: world.views["world"].data[..., 3].max() == 0, "an empty world")
    desk.until(lambda: world.state.updates > updates, "more updates", 60)
    assert world.state.training
    desk.run("train.toggle")
    desk.until(lambda: not desk.state.training, "the end of training")
    done = desk.state.updates

    # Saved, with what was learned.
    model = tmp_path / "heart.safetensors"
    desk.run("file.save-training", str(model))
    desk.until(lambda: f"Saved {model.name}" in desk.toasts(), "the saved model")
    assert not world.unsaved
    assert desk.window.settings.recent[0] == str(model)

    # Opened again tomorrow.
    desk.run("world.close")
    assert desk.world is None
    desk.window.menus.recent.aboutToShow.emit()
    entries = [a for a in desk.window.menus.recent.actions() if a.data() == str(model)]
    entries[0].trigger()
    desk.alive()
    assert desk.world.slug == "growing-nca"
    assert desk.state.spec.target is not None
    assert desk.state.spec.target.name == "my heart.png"
    desk.until(lambda: desk.state.updates == done, "the counter of what was learned")


def test_a_world_that_ran_long_goes_on_at_once_when_it_learns(desk: Any, heart: Path) -> None:
    desk.run("file.open", str(heart))
    desk.alive()
    desk.lab.submit(SetSpeed(None))
    desk.until(lambda: desk.state.step > 300, "many steps")
    before = desk.state.step
    desk.run("train.toggle")
    desk.until(lambda: desk.state.updates > 0, "an update")
    # The world's debt to the training would have to be worked off first.
    assert desk.world._runner._share._credit > -0.1
    desk.until(lambda: desk.state.step != before, "steps")
    desk.world.unsaved = False


@pytest.fixture
def growing(desk: Any, heart: Path) -> Any:
    desk.run("file.open", str(heart))
    desk.alive()
    desk.until(lambda: desk.state.step > 2, "steps")
    return desk


def test_films_of_ten_frames(growing: Any, tmp_path: Path) -> None:
    desk = growing
    for name in ("film.gif", "film.mp4", "frames"):
        path = tmp_path / name
        desk.run("record.start", f"{path} 10")
        desk.until(lambda p=path: p.exists(), name)
        desk.until(lambda: desk.state.recording is None, "the end")
        words = f"Recorded {name}"
        desk.until(lambda w=words: w in desk.toasts(), words)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 10
        assert film.size[0] >= 512
    assert len(list((tmp_path / "frames").glob("*.png"))) == 10
    import av

    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in film.decode(video=0)) == 10


def test_a_film_is_stopped_by_hand(growing: Any, tmp_path: Path) -> None:
    desk = growing
    path = tmp_path / "by hand.gif"
    desk.run("record.start", str(path))
    desk.until(lambda: desk.state.recording and desk.state.recording.frames >= 2, "frames")
    assert not path.exists()
    assert not desk.window.user_actions["record.start"].isEnabled()
    desk.run("record.stop")
    desk.until(lambda: "Recorded by hand.gif" in desk.toasts(), "the film")
    with Image.open(path) as film:
        assert film.n_frames >= 2
    assert desk.toasts().count("Recorded by hand.gif") == 1


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_pictures_at_whole_scales_keep_alpha(growing: Any, tmp_path: Path, scale: int) -> None:
    desk = growing
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing, "a pause")
    path = tmp_path / "with space.png"
    desk.run("file.screenshot", f"{path} {scale}")
    desk.until(lambda: f"Saved {path.name}" in desk.toasts(), "the picture")
    rows, columns = desk.world.views["world"].extent
    with Image.open(path) as picture:
        assert picture.size == (columns * scale, rows * scale)
        assert picture.mode == "RGBA"
        alpha = np.asarray(picture)[..., 3]
        assert alpha[0, 0] == 0
        assert alpha.max() > 0


def test_the_picture_goes_to_the_clipboard(growing: Any) -> None:
    desk = growing
    QGuiApplication.clipboard().clear()
    desk.run("file.copy")
    desk.until(lambda: not QGuiApplication.clipboard().image().isNull(), "a picture")
    rows, columns = desk.world.views["world"].extent
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (4 * columns, 4 * rows)
    QGuiApplication.clipboard().clear()


def test_a_picture_dropped_on_a_learning_world_makes_it_learn_that(
    growing: Any, heart: Path, tmp_path: Path
) -> None:
    desk = growing
    world = desk.world
    other = tmp_path / "other.png"
    with Image.open(heart) as picture:
        picture.rotate(90).resize((30, 20)).save(other)
    words = desk.drop(other)
    assert words.startswith("Train ")
    assert "other.png" in words
    desk.until(lambda: desk.state.spec.target.name == "other.png", "the new target")
    assert desk.world is world
    assert world.title == "other"
    assert len(desk.lab.worlds) == 1


def test_other_sizes_are_offered_with_their_times(
    growing: Any, heart: Path, answer: Callable[[Callable[[Any], None]], None]
) -> None:
    desk = growing
    seen: list[str] = []

    def choose(dialog: Any) -> None:
        buttons = dialog._group.buttons()
        seen.extend(button.text() for button in buttons)
        buttons[1].click()
        dialog.accept()

    answer(choose)
    desk.window.filing.ask_size()
    assert len(seen) >= 2
    desk.until(lambda: desk.state.spec.params["target_size"] != 16, "another size")
    assert str(desk.state.spec.params["target_size"]) in seen[1]


def test_a_tile_of_the_gallery_is_dropped(desk: Any) -> None:
    data = QMimeData()
    data.setData(MIME, b"gray-scott/")
    data.setText("Gray-Scott")
    words, welcome = desk.hover(data=data)
    assert welcome
    assert words == "Open Gray-Scott"
    desk.drop(data=data)
    desk.alive()
    assert desk.world.slug == "gray-scott"


def test_a_model_is_dropped(growing: Any, tmp_path: Path) -> None:
    desk = growing
    model = tmp_path / "m.safetensors"
    desk.run("file.save-model", str(model))
    desk.until(lambda: model.exists(), "the model")
    assert desk.drop(model) == "Open the model m.safetensors"
    desk.until(lambda: desk.world is not None and desk.world.title == "m", "the new world")
    desk.alive()
    desk.until(lambda: len(desk.lab.worlds) == 1, "the old world's end")
