"""A mesh of the user's and the choice of a built-in body do not contradict each other."""

from __future__ import annotations

from typing import Any

from engine.core.spec import Spec
from engine.meshes.asset import pack
from engine.meshes.shapes import icosphere


def test_the_panel_names_the_mesh_and_says_what_leaves_it(desk: Any) -> None:
    mesh = pack("ball.obj", *icosphere(9))
    world = desk.lab.open(Spec("mesh-nca", {"shape": "knot"}, mesh=mesh), "ball", playing=False)
    desk.alive()
    shape = desk.row("shape")
    desk.until(lambda: shape._control.placeholderText() == "ball.obj", "the mesh's name")
    assert shape._control.currentIndex() == -1
    panel = desk.window.controls.parameters
    wide = desk.window.controls.width()
    shape._choose("knot")  # what the parameter says already
    assert world.pending == {"shape": "knot"}
    assert panel._leaving.isVisible()
    assert panel._leaving.text() == "Leaves ball.obj"
    desk.quiet(0.05)
    assert desk.window.controls.width() == wide
    assert shape._control.currentText() == "knot"
    panel._discard()
    assert shape._control.currentIndex() == -1
    shape._choose("torus")
    desk.run("params.apply")
    desk.until(lambda: world.state.spec.mesh is None, "the torus")
    desk.until(lambda: shape._control.currentText() == "torus", "the torus named")
