"""What a viewport of a mesh asks its world, and what it tells of a place."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.viewports.mesh import MeshViewport
from engine.core.views import Pick, ViewRequest
from engine.meshes.shapes import shape

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
BALL = shape("icosphere", 642)
MIDDLE_OF = QPoint(200, 150)
BESIDE = QPoint(8, 8)


def test_only_what_is_looked_at_is_asked_for(
    viewport: MeshViewport, qtbot: QtBot, move: Any, caught: Any
) -> None:
    assert viewport.request() == ViewRequest()
    viewport.set_mode((2,))
    hovered = caught(viewport.hovered)
    move(viewport, MIDDLE_OF)
    hit = viewport.pick(QPointF(MIDDLE_OF))
    assert hit is not None
    assert hovered[-1] == hit.vertex
    viewport.set_pins(((5, 0.9, 0.05),))
    pinned = int(BALL.faces[5][1])
    assert viewport.request() == ViewRequest((2,), probes=((hit.vertex,), (pinned,)))
    with qtbot.waitSignal(viewport.request_changed) as told:
        viewport.clear_hover()
    assert told.args == [ViewRequest((2,), probes=((pinned,),))]


def test_the_chip_tells_of_the_vertex(
    viewport: MeshViewport, qtbot: QtBot, ball: Any, move: Any
) -> None:
    viewport.set_tool("inspect")
    move(viewport, MIDDLE_OF)
    hit = viewport.pick(QPointF(MIDDLE_OF))
    assert hit is not None
    qtbot.waitUntil(lambda: not viewport._settle.isActive())
    probes = np.array([[0.25, -1, 3]], np.float32)
    viewport.set_view(ball(probes=probes, probed=(hit.vertex,), shown="green"))
    marks = viewport._decorations.marks
    assert marks is not None
    assert marks.words == ("green -1", f"vertex {hit.vertex:,}")
    viewport.set_view(ball(probes=probes, probed=(hit.vertex,)))
    assert viewport._decorations.marks is not None
    assert viewport._decorations.marks.words[0] == "red 200  green 60  blue 20"
    more = {"shown": "valence", "readings": ("valence 6 neighbours",)}
    viewport.set_view(ball(probes=probes, probed=(hit.vertex,), **more))
    assert viewport._decorations.marks.words[0] == "valence 6 neighbours"
    assert viewport._decorations.marks.chip is not None
    for tool in ("hand", "erase"):  # beside a brush it would hide what is painted
        viewport.set_tool(tool)
        assert viewport._decorations.marks.chip is None


def test_inspect_picks_a_point_of_the_surface(viewport: MeshViewport, caught: Any) -> None:
    viewport.set_tool("inspect")
    picks = caught(viewport.picked)
    QTest.mouseClick(viewport, LEFT, NONE, MIDDLE_OF)
    hit = viewport.pick(QPointF(MIDDLE_OF))
    assert hit is not None
    assert picks == [Pick("world", hit.place)]
    viewport.set_pins((hit.place,))
    marks = viewport._decorations.marks
    assert marks is not None
    assert np.allclose(marks.pins, [(200, 150)], atol=0.5)
    QTest.keyClick(viewport, Qt.Key.Key_9)  # from the other side it is hidden
    assert viewport._decorations.marks is not None
    assert viewport._decorations.marks.pins == ()


def test_the_right_button_asks_for_a_menu_about_the_place(viewport: MeshViewport) -> None:
    asked: list[Any] = []
    viewport.context_menu.connect(lambda where, place: asked.append(place))
    for at in (MIDDLE_OF, BESIDE):
        mouse = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(viewport, QContextMenuEvent(mouse, at, viewport.mapToGlobal(at)))
    hit = viewport.pick(QPointF(MIDDLE_OF))
    assert hit is not None
    assert asked == [hit.place, None]
    assert viewport.about(hit.place) == (f"vertex {hit.vertex:,}", {"vertex": hit.vertex})


def test_nothing_is_left_of_another_mesh_under_the_cursor(
    viewport: MeshViewport, qtbot: QtBot, ball: Any, move: Any
) -> None:
    qtbot.waitUntil(lambda: viewport._ring._surface is not None)
    move(viewport, MIDDLE_OF)
    assert viewport.request().probes
    small = shape("icosphere", 42)
    fewer = {
        "topology": small.topology,
        "vertices": small.vertices,
        "normals": small.normals,
        "faces": small.faces,
        "colours": np.full((len(small.vertices), 3), 99, np.uint8),
    }
    viewport._cursor = None
    viewport.set_view(ball(**fewer))
    assert viewport.request() == ViewRequest()
    move(viewport, MIDDLE_OF + QPoint(3, 0))
    assert viewport._hover < len(small.vertices)
    qtbot.waitUntil(lambda: viewport._ring.segments is not None)


def test_another_mesh_is_drawn_and_picked(viewport: MeshViewport, qtbot: QtBot, ball: Any) -> None:
    other = shape("torus", 2562)
    eye = viewport.eye()
    drawn = viewport.frames_drawn
    viewport.set_view(
        ball(
            topology=other.topology,
            vertices=other.vertices,
            normals=other.normals,
            faces=other.faces,
            colours=np.full((len(other.vertices), 3), 99, np.uint8),
        )
    )
    qtbot.waitUntil(lambda: viewport.frames_drawn > drawn)
    assert (viewport.eye().azimuth, viewport.eye().elevation) == (eye.azimuth, eye.elevation)
    viewport.look_from(0.0, 90.0)
    assert viewport.pick(QPointF(MIDDLE_OF)) is None  # the hole
