"""Picks on a mesh: the nearest vertex, what the world says of it, and its channels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.core.commands import Brush, Rebuild, Step
from engine.core.spec import Spec
from engine.core.views import Stroke
from engine.meshes.asset import pack

TOY = Path(__file__).with_name("toys") / "meshling.py"


@pytest.fixture
def panel(desk: Any, plugin: Any) -> Any:
    plugin("meshling", TOY.read_text(), "Meshling")
    world = desk.lab.open(Spec("meshling"), "Meshling", playing=False)
    desk.until(lambda: "world" in world.views, "a picture")
    return desk.window.controls.inspector


def followed(desk: Any) -> Any:
    """What the inspector asks for; the viewport asks for what the mouse is over."""
    wanted = desk.world._requests.get("inspector", {})
    return wanted["world"].probes if wanted else ()


def test_a_pick_becomes_the_nearest_vertex(desk: Any, panel: Any) -> None:
    assert "vertex" in panel._hint.text()
    view = desk.world.views["world"]
    corner = int(view.faces[3][2])
    desk.page.picked.emit((3, 0.2, 0.7))
    desk.until(lambda: panel.facts.rows, "the facts")
    assert panel.facts.rows[0].value == corner
    assert followed(desk) == ((corner,),)
    desk.world.submit(Brush(Stroke("world", "ink", ((3, 0.2, 0.7),), value=0.75)))
    desk.world.submit(Step(2))
    desk.until(lambda: panel._values == (0.75, 2.0), "the channels")
    assert panel._names == ("ink", "age")


def test_another_mesh_lets_go_of_it(desk: Any, panel: Any) -> None:
    desk.page.picked.emit((0, 0.1, 0.1))
    desk.until(lambda: panel.facts.rows, "the facts")
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    spec = desk.state.spec.with_(mesh=pack("tetra.obj", corners, faces))
    desk.world.submit(Rebuild(spec, keep_model=True))
    desk.until(lambda: not panel.facts.rows, "the pin is gone")
    assert followed(desk) == ()


def test_a_face_that_is_not_there_pins_nothing(desk: Any, panel: Any) -> None:
    desk.page.picked.emit((99, 0.1, 0.1))
    desk.settle()
    assert panel.facts.rows == ()
    assert followed(desk) == ()


def test_pinning_brings_the_whole_card_into_sight(desk: Any) -> None:
    desk.window.resize(1280, 800)
    desk.open("mesh-nca", vertices=642)
    inspector = desk.window.controls.inspector
    desk.page.picked.emit((3, 0.2, 0.7))
    desk.until(lambda: inspector.facts.rows, "the facts")
    labels = [row.label for row in inspector.facts.rows[:4]]
    assert labels == ["vertex", "valence", "perception", "next change"]

    def whole() -> bool:
        facts = inspector.facts
        return bool(facts.visibleRegion().boundingRect() == facts.rect())

    desk.until(whole, "the whole card")
    bar = desk.window.controls.area.verticalScrollBar()
    bar.setValue(0)
    desk.quiet(0.5)  # the next answers leave it where the user scrolled to
    assert bar.value() == 0
