"""Brushes on a mesh: strokes along its surface and the outline under the cursor."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.viewports.mesh import MeshViewport
from engine.meshes.camera import Camera
from engine.meshes.shapes import shape

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
BALL = shape("icosphere", 642)
MIDDLE_OF = QPoint(200, 150)
BESIDE = QPoint(8, 8)


def test_a_stroke_runs_along_the_surface_under_the_mouse(
    viewport: MeshViewport, drag: Any, caught: Any
) -> None:
    strokes = caught(viewport.stroked)
    ends: list[int] = []
    viewport.stroke_finished.connect(lambda: ends.append(1))
    start, end = QPoint(150, 150), QPoint(260, 150)
    drag(viewport, start, end)
    assert ends == [1]
    assert {stroke.tool for stroke in strokes} == {"erase"}
    assert {stroke.radius for stroke in strokes} == {0.2}
    assert len({stroke.number for stroke in strokes}) == 1
    assert strokes[0].number > 0
    places = [place for stroke in strokes for place in stroke.points]
    points = []
    for face, u, v in places:
        assert 0 <= face < len(BALL.faces)
        assert min(u, v, 1 - u - v) >= -1e-6
        a, b, c = BALL.vertices[BALL.faces[face]]
        points.append((1 - u - v) * a + u * b + v * c)
    gaps = [np.linalg.norm(b - a) for a, b in itertools.pairwise(points)]
    assert max(gaps) < 0.2 * 0.75
    shown = Camera.of(viewport.eye(), (400, 300)).project(np.array(points, np.float32))
    assert np.allclose(shown[0, :2], (150, 150), atol=0.2)
    assert np.allclose(shown[-1, :2], (260, 150), atol=0.2)
    assert np.allclose(shown[:, 1], 150, atol=0.2)
    drag(viewport, start, end)
    assert len({stroke.number for stroke in strokes}) == 2


def test_where_a_stroke_leaves_the_mesh_nothing_is_sent(
    viewport: MeshViewport, drag: Any, caught: Any
) -> None:
    strokes = caught(viewport.stroked)
    drag(viewport, MIDDLE_OF, QPoint(395, 295))
    points = [place for stroke in strokes for place in stroke.points]
    assert len(points) > 3
    viewport.stroke_along((QPointF(BESIDE),))
    assert [place for stroke in strokes for place in stroke.points] == points


def test_the_brush_s_size_is_along_the_surface(
    viewport: MeshViewport, move: Any, wheel: Any
) -> None:
    move(viewport, MIDDLE_OF)
    wheel(viewport, MIDDLE_OF, 1, CTRL)
    assert viewport.tools.radius > 0.2
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    assert 0.15 < viewport.tools.radius < 0.2


def test_the_outline_of_the_brush_follows_the_surface(
    viewport: MeshViewport, qtbot: QtBot, move: Any
) -> None:
    viewport.tools.radii["erase"] = 0.4
    qtbot.waitUntil(lambda: viewport._ring._surface is not None)
    move(viewport, MIDDLE_OF)
    hit = viewport.pick(QPointF(MIDDLE_OF))
    assert hit is not None
    centre = np.array(hit.point) / np.linalg.norm(hit.point)

    def distances() -> Any:
        segments = viewport._ring.segments
        if segments is None:
            return None
        points = segments.reshape(-1, 3) / np.linalg.norm(segments.reshape(-1, 3), axis=1)[:, None]
        return np.arccos(np.clip(points @ centre, -1, 1))

    qtbot.waitUntil(lambda: distances() is not None and np.allclose(distances(), 0.4, atol=0.02))
    marks = viewport._decorations.marks
    assert marks is not None
    ends = marks.ring.reshape(-1, 2)
    away = np.linalg.norm(ends - (200, 150), axis=1)
    assert len(ends) > 20
    assert np.ptp(away) < 0.1 * away.mean()  # seen from straight above
    viewport.tools.radii["erase"] = 0.8
    move(viewport, QPoint(290, 150))  # near the rim the far side of the outline is hidden
    qtbot.waitUntil(
        lambda: (
            viewport._ring.segments is not None
            and viewport._decorations.marks is not None
            and 0 < len(viewport._decorations.marks.ring) < 0.9 * len(viewport._ring.segments)
        )
    )
    move(viewport, BESIDE)
    assert viewport._decorations.marks is not None
    assert not len(viewport._decorations.marks.ring)
