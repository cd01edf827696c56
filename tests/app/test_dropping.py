"""What a drop will do is decided by the name and the header, before anything is let go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.dropping import plan_file
from app.lab import Lab
from engine.core.presets import RESOURCES
from engine.soup import reference_file


@pytest.mark.parametrize(
    ("name", "deed", "words"),
    [
        ("weights.pkl", "refuse", "pickle"),
        ("bunny.obj", "new-mesh", "on bunny.obj"),
        ("notes.doc", "refuse", ".png, .jpg, .safetensors, .dat, .json, .pt, .pth or .primordia"),
        ("cat.safetensors", "model", "Open the model"),
        ("0000000256.dat", "refuse", "0000000256.dat is no file"),
        ("ex3_lizard.json", "published", "Import"),
        ("cat.png", "new-target", "train it on cat.png"),
    ],
)
def test_a_name_decides(qtbot: object, name: str, deed: str, words: str) -> None:
    plan = plan_file(Path("/nowhere") / name, Lab())
    assert plan.deed == deed
    assert words in plan.sentence


def test_a_header_decides(qtbot: object, tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    reference_file.write(path, np.zeros((4, 64), np.uint8), 3)
    assert plan_file(path, Lab()).sentence == "Open the world a.dat"
    path.write_bytes(path.read_bytes()[:-1])
    assert "truncated" in plan_file(path, Lab()).sentence
    path.write_bytes(b"7 bytes")
    assert "7 bytes" in plan_file(path, Lab()).sentence
    broken = tmp_path / "b.safetensors"
    broken.write_bytes((5).to_bytes(8, "little") + b"{[[[[")
    assert plan_file(broken, Lab()).sentence == "Open the model b.safetensors"


def test_an_exported_soup_comes_back_beside_its_world(desk: Any, tmp_path: Path) -> None:
    old = desk.open("soup", language="bff_noheads_4bit", programs=64, mutation=0.0, tracers=True)
    path, own = tmp_path / "s.dat", tmp_path / "s.safetensors"
    desk.run("file.export", str(path))
    desk.run("file.save-world", str(own))
    desk.until(lambda: path.exists() and own.exists(), "the files")
    desk.settle()
    assert desk.hover(own)[0] == "Open the world s.safetensors in a new tab"
    desk.leave()
    assert desk.drop(path) == "Open the world s.dat in a new tab"
    desk.until(lambda: desk.world is not old, "another world")
    desk.alive()
    assert desk.lab.worlds == [old, desk.world]
    assert (desk.world.params["language"], desk.state.seed) == ("bff_noheads_4bit", 1)
    assert desk.world.params["mutation"] == 0.0
    desk.until(lambda: any("bff_noheads_4bit and seed 1" in words for words in desk.toasts()))


def test_messages_make_room_for_the_sentence_and_equal_ones_are_counted(
    desk: Any, tmp_path: Path
) -> None:
    desk.open("life")
    toasts = desk.window.toasts
    for _ in range(3):
        desk.window.teller.say("Nothing came of it", "danger")
    assert [toast.times for toast in toasts.messages()] == [3]
    assert toasts.isVisible()
    desk.hover(tmp_path / "a.txt")
    assert not toasts.isVisible()
    desk.leave()
    assert toasts.isVisible()


def test_what_was_bent_when_a_world_was_built_is_told_once(desk: Any) -> None:
    desk.open("life", no_such_parameter=1)
    desk.until(lambda: desk.toasts(), "a warning")
    desk.run("transport.step")
    desk.settle()
    assert len(desk.toasts()) == 1
    assert "no_such_parameter" in desk.toasts()[0]
    assert desk.window.toasts.messages()[0].times == 1


def test_a_model_plays_at_the_pace_of_its_system_and_no_tile_is_marked(desk: Any) -> None:
    tiles = desk.window.gallery._list
    place = next(n for n in range(tiles.count()) if tiles.item(n).text().startswith("Gosper"))
    tiles.scrollToItem(tiles.item(place))
    desk.click(tiles.viewport(), tiles.visualItemRect(tiles.item(place)).center())
    desk.alive()
    assert tiles.currentItem() is tiles.item(place)
    desk.drop(RESOURCES / "models" / "gecko.safetensors")
    desk.until(lambda: desk.world.slug == "growing-nca", "the model's world")
    desk.alive()
    desk.until(lambda: desk.state.speed == 60.0, "the speed of its presets")
    assert tiles.currentItem() is None
    assert not tiles.selectedItems()
    assert not desk.window.gallery.look.text
