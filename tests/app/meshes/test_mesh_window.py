"""A world on a mesh in the window, used by hand and by a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.verbs import Verbs
from app.viewports.mesh import MeshViewport
from engine.core.errors import BadInput
from engine.core.spec import Spec

TOY = Path(__file__).parents[1] / "toys" / "meshling.py"


def test_a_world_on_a_mesh_in_the_window(desk: Any, plugin: Any) -> None:
    plugin("meshling", TOY.read_text(), "Meshling")
    desk.lab.open(Spec("meshling", seed=1), "Meshling", playing=False)
    desk.alive()
    viewport = desk.viewport
    assert isinstance(viewport, MeshViewport)
    viewport.set_tool("ink")
    middle = viewport.rect().center()
    desk.brush(middle, middle + QPoint(12, 0))
    desk.until(lambda: desk.world.views["world"].colours.any(), "ink")
    place = viewport.place_at(QPointF(middle))
    seen: list[str] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        seen.extend(action.text() for action in menu.actions())
        menu.setActiveAction(menu.actions()[0])
        QTest.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(50, choose)
    viewport.context_menu.emit(viewport.mapToGlobal(middle), place)
    vertex = viewport.about(place)[1]["vertex"]
    desk.until(lambda: seen, "the menu")
    assert seen[0] == f"Inspect vertex {vertex:,}"
    desk.until(lambda: viewport._pins, "a pin")
    assert viewport._pins == (place,)
    desk.run("view.fit")
    desk.run("tool.inspect")
    assert viewport.tools.tool == "inspect"


def test_a_script_orbits_paints_and_pins(desk: Any, plugin: Any, caught: Any) -> None:
    plugin("meshling", TOY.read_text(), "Meshling")
    desk.lab.open(Spec("meshling", seed=1), "Meshling", playing=False)
    desk.alive()
    viewport, verbs = desk.viewport, Verbs(desk.window)

    def say(verb: str, words: str) -> None:
        does = verbs(verb)
        assert does is not None
        does(words)

    say("orbit", "370,-20")
    assert (viewport.eye().azimuth, viewport.eye().elevation) == (10, -20)
    say("orbit", "0,0,2.0")
    assert viewport.eye().distance == 2.0
    middle = viewport.rect().center()
    strokes = caught(viewport.stroked)
    at = f"{middle.x()},{middle.y()}"
    say("stroke-at", f"{at} {middle.x() + 30},{middle.y()} tool=ink radius=0.1 value=0.5")
    assert {(stroke.tool, stroke.radius, stroke.value) for stroke in strokes} == {("ink", 0.1, 0.5)}
    assert viewport.tools.tool == "ink"
    assert len(strokes) == 2
    assert len(strokes[1].points) > 1
    say("hover-at", at)
    assert viewport._hover is not None
    say("pin-at", at)
    assert viewport._pins == (viewport.place_at(QPointF(middle)),)
    say("switch", "wires on")
    assert viewport._on["wires"]
    say("switch", "wires off")
    assert not viewport._on["wires"]
    for verb, words in (("pin-at", "2,2"), ("switch", "smooth on")):
        with pytest.raises(BadInput):
            say(verb, words)
    desk.open("life")
    with pytest.raises(BadInput, match="no mesh"):
        say("orbit", "1,2")
