"""Dropping meshes and materials: what it says, what comes of it, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from app.dropping import plan_file
from app.lab import Lab
from engine.core.commands import Step, Train
from engine.core.spec import Spec
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface

TOY = Path(__file__).with_name("toys") / "meshling.py"


def write_obj(path: Path, vertices: Any, faces: Any) -> Path:
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def sphere() -> Any:
    return Surface.of(*icosphere(9))


@pytest.fixture
def ball(tmp_path: Path, sphere: Any) -> Path:
    """A mesh that is even, but small."""
    return write_obj(tmp_path / "ball.obj", sphere.vertices, sphere.faces)


@pytest.fixture
def needle(tmp_path: Path) -> Path:
    """A mesh on which no pattern could grow evenly: one tip has a hundred neighbours."""
    ring = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    edge = np.stack([np.cos(ring), np.zeros(100), np.sin(ring)], axis=1)
    vertices = np.concatenate([edge, [[0, 1, 0], [0, -0.2, 0]]])
    after = np.roll(np.arange(100), -1)
    up = np.stack([after, np.arange(100), np.full(100, 100)], axis=1)
    down = np.stack([np.arange(100), after, np.full(100, 101)], axis=1)
    return write_obj(tmp_path / "needle.obj", vertices, np.concatenate([up, down]))


@pytest.fixture
def meshling(desk: Any, plugin: Any) -> Any:
    plugin("meshling", TOY.read_text(), "Meshling")
    world = desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.until(lambda: desk.state.alive, "a living world")
    return world


def vertices_of(world: Any) -> int:
    view = world.views.get("world")
    return len(view.vertices) if view is not None else 0


def dialog(desk: Any) -> Any:
    found = desk.until(lambda: desk.dialogs("MeshDialog"), "the dialog")
    return found[0]


# What is said.


def test_a_mesh_says_who_will_live_on_it(desk: Any, ball: Path, meshling: Any) -> None:
    assert desk.hover(ball) == ("Let Meshling live on ball.obj", True)
    desk.leave()
    desk.lab.close(meshling)
    plan = plan_file(ball, desk.lab)
    assert plan.deed == "new-mesh"
    assert plan.sentence.endswith("on ball.obj")


def test_a_material_is_told_from_a_folder_and_from_one_of_its_maps(
    desk: Any, tmp_path: Path, meshling: Any
) -> None:
    folder = tmp_path / "bricks"
    folder.mkdir()
    for name in ("bricks_albedo.png", "bricks_normal.png"):
        Image.new("RGB", (8, 8), (120, 130, 255)).save(folder / name)
    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    words = "Train Meshling on the material bricks"
    assert desk.hover(folder) == (words, True)
    desk.leave()
    assert desk.hover(folder / "bricks_normal.png") == (words, True)
    desk.leave()
    assert desk.hover(plain) == ("Train Meshling on plain.png", True)
    desk.leave()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert not desk.hover(empty)[1]
    desk.leave()


def test_a_picture_of_a_set_stays_a_picture_for_who_learns_only_pictures(
    desk: Any, tmp_path: Path
) -> None:
    for name in ("a_albedo.png", "a_normal.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    plan = plan_file(tmp_path / "a_albedo.png", Lab())
    assert plan.deed == "new-target"
    assert plan.sentence.endswith("train it on a_albedo.png")


def test_files_that_belong_together_are_dropped_together(
    desk: Any, tmp_path: Path, ball: Path, meshling: Any
) -> None:
    maps = [tmp_path / f"bricks_{name}.png" for name in ("albedo", "normal")]
    for path in maps:
        Image.new("RGB", (8, 8)).save(path)
    paint = tmp_path / "ball.mtl"
    paint.touch()
    assert desk.hover(ball, paint) == ("Let Meshling live on ball.obj", True)
    desk.leave()
    assert desk.hover(*maps) == ("Train Meshling on the material bricks", True)
    desk.leave()
    other = tmp_path / "other.png"
    Image.new("RGB", (8, 8)).save(other)
    for strangers in ((maps[0], other), (ball, tmp_path / "w.safetensors")):
        words, welcome = desk.hover(*strangers)
        assert not welcome
        assert "one file at a time" in words
        desk.leave()


def test_where_nothing_lives_on_meshes_it_is_said(
    desk: Any, ball: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.core.registry.catalogue", lambda: ())
    plan = plan_file(ball, Lab())
    assert plan.deed == "refuse"
    assert "no system here lives on meshes" in plan.sentence


# What comes of it.


def test_the_world_lives_on_it_at_once_with_what_it_learnt(
    desk: Any, ball: Path, meshling: Any
) -> None:
    desk.run("train.toggle")
    desk.until(lambda: desk.state.updates > 2, "something learnt")
    desk.run("train.toggle")
    desk.until(lambda: not desk.state.training, "rest")
    desk.settle()
    learnt = desk.state.updates
    meshling.unsaved = False  # as once it was saved: what is not is left alone
    desk.drop(ball)
    desk.until(lambda: vertices_of(meshling) == 812, "the ball")
    assert desk.world is meshling
    assert desk.state.updates == learnt
    assert desk.state.spec.mesh.name == "ball.obj"
    words = desk.until(
        lambda: [t for t in desk.toasts() if "lives on ball.obj: 812 vertices" in t], "the figures"
    )
    assert "usable" in words[0]
    assert desk.window.settings.recent[0] == str(ball)


def test_a_world_that_is_learning_goes_on_learning(desk: Any, ball: Path, meshling: Any) -> None:
    desk.run("train.toggle")
    desk.until(lambda: desk.state.training, "training")
    built = meshling.state.spec
    desk.drop(ball)
    desk.until(lambda: desk.world is not meshling and vertices_of(desk.world) > 0, "another world")
    assert desk.state.spec.mesh.name == "ball.obj"
    updates = meshling.state.updates
    desk.until(lambda: meshling.state.updates > updates, "more updates")
    assert meshling.state.training
    assert meshling.state.spec == built
    meshling.submit(Train(False))
    desk.until(lambda: not meshling.learning, "rest")


def test_a_poor_mesh_asks_first_and_cancelling_changes_nothing(
    desk: Any, needle: Path, meshling: Any
) -> None:
    desk.drop(needle)
    asking = dialog(desk)
    words = asking._gate.accessibleDescription()
    assert "Highest valence 100, asked at most 10, usable to 16: poor" in words
    assert words.endswith("altogether: poor")
    assert asking._remesh.isDefault()
    canvas = asking._picture._canvas
    desk.until(lambda: canvas._image is not None, "a picture")
    before = canvas._image
    canvas.turned.emit(80.0, 30.0)
    desk.until(lambda: canvas._image != before, "it turned")
    coloured = canvas._image
    asking._picture._heat.setCurrentIndex(1)
    desk.until(lambda: canvas._image != coloured, "other colours")
    asking.reject()
    desk.settle()
    assert desk.state.spec.mesh is None
    assert vertices_of(meshling) == 6


def test_a_poor_mesh_can_be_used_as_it_is(desk: Any, needle: Path, meshling: Any) -> None:
    desk.drop(needle)
    asking = dialog(desk)
    assert asking._use.text() == "Use as it is"
    desk.click(asking._use)
    desk.until(lambda: vertices_of(meshling) == 102, "the needle")


def test_a_new_mesh_replaces_what_was_asked_about_the_one_before(
    desk: Any, needle: Path, ball: Path, meshling: Any
) -> None:
    desk.drop(needle)
    dialog(desk)
    desk.drop(ball)
    desk.until(lambda: desk.state.spec.mesh is not None, "the ball")
    assert not desk.dialogs("MeshDialog")
    desk.drop(needle)
    first = dialog(desk)
    desk.drop(needle)
    desk.until(lambda: [d for d in desk.dialogs("MeshDialog") if d is not first], "the new one")
    assert len(desk.dialogs("MeshDialog")) == 1
    dialog(desk).reject()


def test_sharp_edges_are_kept_of_what_bends_nowhere_else(
    desk: Any, ball: Path, tmp_path: Path, meshling: Any
) -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = [half for a, b, c, d in quads for half in ((a, b, c), (a, c, d))]
    desk.drop(write_obj(tmp_path / "box.obj", corners, faces))
    asking = dialog(desk)
    assert asking._sharp.isChecked()
    assert asking._why.isVisible()
    asking.reject()
    desk.drop(ball)
    desk.until(lambda: vertices_of(meshling) > 8, "the ball")
    desk.run("mesh.quality")
    asking = dialog(desk)
    assert not asking._sharp.isChecked()
    assert not asking._why.isVisible()
    asking.reject()


def test_remeshing_shows_the_new_figures_before_it_is_used(
    desk: Any, needle: Path, meshling: Any
) -> None:
    pytest.importorskip("gpytoolbox")
    desk.drop(needle)
    asking = dialog(desk)
    asking._vertices.setValue(800)
    desk.click(asking._remesh)
    assert asking._bar.isVisible()
    assert not asking._use.isEnabled()
    desk.until(lambda: asking._use.isEnabled(), "the new mesh")
    assert asking._use.text() == "Use it remeshed"
    assert "Share of valence 5 to 7" in asking._gate.accessibleDescription()
    assert vertices_of(meshling) == 6
    desk.click(asking._use)
    desk.until(lambda: 680 < vertices_of(meshling) < 920, "the even needle")
    assert desk.state.spec.mesh is not None


def test_remeshing_can_be_stopped(desk: Any, needle: Path, meshling: Any) -> None:
    pytest.importorskip("gpytoolbox")
    desk.drop(needle)
    asking = dialog(desk)
    asking._vertices.setValue(100_000)
    desk.click(asking._remesh)
    desk.until(lambda: asking._bar.isVisible(), "progress")
    desk.click(asking._stop)
    desk.until(lambda: asking._use.isEnabled(), "rest")
    assert asking.isVisible()
    assert asking._use.text() == "Use as it is"
    assert not desk.window.jobs.activities
    asking.reject()


def test_one_piece_of_several_can_be_chosen(
    desk: Any, tmp_path: Path, meshling: Any, sphere: Any
) -> None:
    two = np.concatenate([sphere.vertices, sphere.vertices * 0.5 + 3.0])
    faces = np.concatenate([sphere.faces, sphere.faces + len(sphere.vertices)])
    desk.drop(write_obj(tmp_path / "two.obj", two, faces))
    desk.until(lambda: vertices_of(meshling) == 1624, "both")
    desk.run("mesh.quality")
    asking = dialog(desk)
    assert asking._part.count() == 3
    assert "80%" in asking._part.itemText(1)
    asking._part.setCurrentIndex(1)
    desk.until(lambda: asking._shown.wish.component == 0, "the larger one")
    assert asking._counts.text().startswith("812 vertices")
    desk.click(asking._use)
    desk.until(lambda: vertices_of(meshling) == 812, "the larger one")
    desk.run("mesh.quality")
    asking = dialog(desk)
    assert (asking._part.count(), asking._part.currentIndex()) == (3, 1)
    assert asking._use.text() == "Keep it"
    asking.reject()


def test_a_built_in_shape_can_be_measured_and_made_anew(desk: Any, meshling: Any) -> None:
    pytest.importorskip("gpytoolbox")
    desk.run("mesh.quality")
    asking = dialog(desk)
    assert asking._counts.text() == "6 vertices, 8 faces, closed"
    asking._vertices.setValue(600)
    desk.click(asking._remesh)
    desk.until(lambda: asking._use.isEnabled(), "the new mesh")
    desk.click(asking._use)
    desk.until(lambda: 510 < vertices_of(meshling) < 690, "the even octahedron")


def test_without_a_world_one_is_opened_on_it(desk: Any, ball: Path) -> None:
    assert desk.drop(ball) == "Open Mesh NCA on ball.obj"
    desk.until(lambda: desk.world is not None and vertices_of(desk.world) == 812, "a world on it")
    assert desk.world.title == "ball"
    desk.until(lambda: any("lives on ball.obj" in words for words in desk.toasts()), "the figures")


def test_a_material_is_learnt_from_its_folder(desk: Any, tmp_path: Path, meshling: Any) -> None:
    folder = tmp_path / "bricks"
    folder.mkdir()
    for name in ("bricks_albedo.png", "bricks_normal.png"):
        Image.new("RGB", (48, 48), (120, 130, 255)).save(folder / name)
    desk.drop(folder)
    desk.until(lambda: desk.state.spec.target is not None, "the target")
    assert desk.state.spec.target.data.shape == (48, 48, 10)


def test_a_dropped_model_grows_on_the_mesh_in_front(
    desk: Any, ball: Path, tmp_path: Path, meshling: Any
) -> None:
    desk.drop(ball)
    desk.until(lambda: vertices_of(meshling) == 812, "the ball")
    model, world = tmp_path / "m.safetensors", tmp_path / "w.safetensors"
    desk.run("file.save-model", str(model))
    desk.run("file.save-world", str(world))
    desk.until(lambda: model.exists() and world.exists(), "the files")
    desk.settle()
    desk.drop(model)
    desk.until(lambda: desk.world is not meshling and vertices_of(desk.world) == 812, "the ball")
    desk.run("mesh.remove")
    desk.until(lambda: vertices_of(desk.world) == 6, "the octahedron")
    before = desk.world
    desk.drop(world)  # it has a mesh of its own
    desk.until(lambda: desk.world is not before and vertices_of(desk.world) == 812, "its ball")


def test_the_mesh_can_be_left_again(desk: Any, ball: Path, meshling: Any) -> None:
    leave = desk.window.user_actions["mesh.remove"]
    assert not leave.isEnabled()
    desk.drop(ball)
    desk.until(leave.isEnabled, "the ball")
    desk.run("mesh.remove")
    desk.until(lambda: vertices_of(meshling) == 6, "the octahedron")


def test_choosing_a_built_in_body_takes_the_mesh_away(desk: Any, ball: Path, meshling: Any) -> None:
    desk.drop(ball)
    desk.until(lambda: vertices_of(meshling) == 812, "the ball")
    meshling.set_param("width", 4)
    desk.run("params.apply")
    desk.until(lambda: vertices_of(meshling) == 6, "the octahedron")
    assert desk.state.spec.mesh is None


# What is refused.

BROKEN = {
    "nothing.obj": "",
    "nan.obj": "v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "far.obj": "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 30\n",
    "flat.obj": "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
    "faceless.obj": "v 0 0 0\nv 1 0 0\nv 2 0 0\n",
    "liar.ply": "ply\nformat ascii 1.0\nelement vertex 900000000\nend_header\n0 0 0\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mesh_is_told_in_one_sentence_and_changes_nothing(
    desk: Any, tmp_path: Path, meshling: Any, name: str
) -> None:
    path = tmp_path / name
    path.write_text(BROKEN[name])
    meshling.submit(Step(3))
    desk.until(lambda: desk.state.step == 3, "a life")
    desk.drop(path)
    words = desk.until(lambda: [t for t in desk.toasts() if name in t], "a refusal")[0]
    assert "\n" not in words
    assert ":" in words
    desk.settle()
    assert (desk.state.step, vertices_of(meshling), desk.state.alive) == (3, 6, True)
    assert desk.world is meshling


def test_a_mesh_that_is_too_large_is_offered_smaller(
    desk: Any, ball: Path, meshling: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.mesh_nca import intake

    monkeypatch.setattr(intake, "MOST_FACES", 1000)
    desk.drop(ball)
    toast = desk.until(
        lambda: [t for t in desk.window.toasts.messages() if "too many" in t.text], "a refusal"
    )[0]
    assert vertices_of(meshling) == 6
    assert "Remesh to 10,000" in [button.text() for button in toast.findChildren(QPushButton)]


def test_reading_that_lasts_is_told_and_can_be_cancelled(
    desk: Any, ball: Path, meshling: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import jobs
    from engine import openers

    def slow(path: Path, *, activity: Any, **options: Any) -> Any:
        while True:
            activity.progress(1, 4, "Welding")
            time.sleep(0.01)

    monkeypatch.setattr(openers, "open_mesh", slow)
    monkeypatch.setattr(jobs, "LONG", 0.05)
    desk.drop(ball)
    desk.until(lambda: desk.window.status.said == "Reading ball.obj  25%  Welding", "progress")
    toast = desk.until(
        lambda: [t for t in desk.window.toasts.messages() if "Reading ball.obj" in t.text], "a word"
    )[0]
    desk.click(next(b for b in toast.findChildren(QPushButton) if b.text() == "Cancel"))
    desk.until(lambda: not desk.window.jobs.activities, "the end")
    assert vertices_of(meshling) == 6
    assert desk.state.alive
