"""What is dropped while a world learns never disturbs it; programs go to the tape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData

from app.dropping import plan_file
from app.gallery.items import MIME
from app.session.dialogs import KeepDialog
from app.session.manifest import Manifest
from app.session.pack import pack
from engine.core.activity import null_activity
from engine.core.commands import Pack, Reply
from engine.core.presets import RESOURCES
from engine.core.spec import Asset, Spec

UPDATES = 45
SMALL = {
    "updates": UPDATES,
    "batch": 1,
    "pool": 32,
    "steps_min": 8,
    "steps_spread": 4,
    "target_size": 16,
    "padding": 4,
    "hidden": 32,
}


def picture(path: Path, seed: int) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 4), np.uint8)
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(path)
    return path


def learner(desk: Any) -> Any:
    """Open a small world and let it learn."""
    pixels = np.zeros((24, 24, 4), np.uint8)
    pixels[6:18, 6:18] = (200, 60, 30, 255)
    spec = Spec("growing-nca", SMALL, seed=3, target=Asset("square.png", pixels))
    world = desk.lab.open(spec, "learner", playing=False, replace=False)
    desk.alive()
    desk.run("train.toggle")
    return world


def weights(desk: Any, world: Any) -> dict[str, Any]:
    """Wait for the end of its plan, then copy what it learned."""
    desk.until(lambda: world.state.updates == UPDATES, "the end of training", 60)
    answers: list[Reply] = []
    world.do(Pack("training"), answers.append)
    desk.until(lambda: answers, "a copy")
    arrays = answers[0].value.arrays
    return {n: a for n, a in arrays.items() if n.startswith(("model/", "training/", "random/"))}


def tile() -> QMimeData:
    data = QMimeData()
    data.setData(MIME, b"life/gosper-gun")
    data.setText("Gosper's glider gun")
    return data


@pytest.fixture
def things(tmp_path: Path) -> dict[str, Path]:
    """Files to drop, good ones and broken ones."""
    broken_picture = tmp_path / "broken.png"
    broken_picture.write_bytes(picture(tmp_path / "whole.png", 1).read_bytes()[:90])
    mesh, session = tmp_path / "broken.obj", tmp_path / "empty.primordia"
    mesh.write_text("v 0 0 nan\nf 1 2 3\n")
    pack([], Manifest(), session, null_activity())
    damaged = tmp_path / "damaged.primordia"
    damaged.write_bytes(session.read_bytes()[:-30])
    text, pickle = tmp_path / "program.txt", tmp_path / "weights.pkl"
    text.write_text("[[{.>]-]")
    pickle.write_bytes(b"\x80\x04.")
    return {
        "picture": picture(tmp_path / "other.png", 2),
        "broken picture": broken_picture,
        "model": RESOURCES / "models" / "gecko.safetensors",
        "broken mesh": mesh,
        "session": session,
        "damaged session": damaged,
        "program": text,
        "pickle": pickle,
    }


def test_training_is_the_same_to_the_bit_with_and_without_drops(
    desk: Any, things: dict[str, Path]
) -> None:
    alone = weights(desk, learner(desk))
    world = learner(desk)
    said, asked = {}, []
    for name, path in things.items():
        desk.lab.select(world)
        said[name] = desk.drop(path)
        for dialog in desk.window.findChildren(KeepDialog):
            if dialog.isVisible():
                asked.append(name)
                dialog.reject()
    desk.lab.select(world)
    desk.drop(data=tile())
    assert world.learning, "it ended before everything was dropped"
    assert asked == ["session"]  # what learns is never closed unasked
    beside = weights(desk, world)
    assert world in desk.lab.worlds
    assert set(beside) == set(alone)
    for name, array in alone.items():
        assert np.array_equal(beside[name], array), name
    assert world.state.spec.target.name == "square.png"
    # What was said is what was done.
    assert "beside this one" in said["picture"]
    assert "in a new tab" in said["model"]
    titles = lambda: {other.title for other in desk.lab.worlds}  # noqa: E731
    desk.until(lambda: {"other", "gecko", "Gosper's glider gun"} <= titles(), "what was dropped")
    assert not next(w for w in desk.lab.worlds if w.title == "other").state.playing
    for other in desk.lab.worlds:
        other.unsaved = False


def test_a_mesh_dropped_on_a_learner_opens_beside_it(desk: Any, tmp_path: Path) -> None:
    world = desk.open(
        "mesh-nca", vertices=642, training_vertices=1442, patch_pixels=32, cached_patches=4
    )
    ball = tmp_path / "ball.obj"
    ball.write_text(tetrahedron())
    assert plan_file(ball, desk.lab).deed == "mesh"
    desk.run("train.toggle")
    plan = plan_file(ball, desk.lab)  # before it says that it learns
    assert plan.deed == "new-mesh"
    assert "beside this one" in plan.sentence
    desk.lab.train(False)
    desk.until(lambda: not world.learning, "rest")
    world.unsaved = False


def tetrahedron() -> str:
    corners = "v 1 1 1\nv 1 -1 -1\nv -1 1 -1\nv -1 -1 1\n"
    return corners + "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def test_a_program_is_put_on_the_tape(desk: Any, tmp_path: Path) -> None:
    text = tmp_path / "copier.txt"
    text.write_text("[[{.>]-]\n")
    words, welcome = desk.hover(text)
    assert not welcome
    assert "open a soup first" in words
    desk.leave()
    desk.open("soup", language="bff_noheads", programs=64)
    tape = desk.window.bottom.tape
    assert desk.drop(text) == "Put the program copier.txt on the tape of soup"
    desk.until(lambda: tape.session is not None, "the program")
    assert bytes(tape.pair.program[:8]) == b"[[{.>]-]"
    assert desk.window.docks.bottom.isVisible()
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("[[{.>]-] and words")
    before = tape.session
    desk.drop(wrong)
    desk.until(lambda: any("wrong.txt" in t and "9" in t for t in desk.toasts()), "the position")
    assert tape.session is before
    for content, why in ((b"\xff\xfe\x00", "byte 1"), (b"x" * 70_000, "larger"), (b"", "no prog")):
        wrong.write_bytes(content)
        words, welcome = desk.hover(wrong)
        assert not welcome
        assert why in words
        desk.leave()
