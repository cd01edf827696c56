"""The eye over a mesh: drags, the wheel, keys and the turntable, by real events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.viewports.mesh import MeshViewport
from app.viewports.overlay import Overlay
from engine.meshes.camera import Camera
from engine.meshes.shapes import shape

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BALL = shape("icosphere", 642)
MIDDLE_OF = QPoint(200, 150)
BESIDE = QPoint(8, 8)


@pytest.mark.parametrize("how", ["middle", "hand", "space", "beside"])
def test_a_drag_turns_the_mesh(viewport: MeshViewport, how: str, drag: Any, caught: Any) -> None:
    strokes = caught(viewport.stroked)
    viewport.set_tool("hand" if how == "hand" else "erase")
    start = BESIDE if how == "beside" else MIDDLE_OF
    if how == "space":
        QTest.keyPress(viewport, Qt.Key.Key_Space)
    before = viewport.eye()
    drag(viewport, start, start + QPoint(40, 20), MIDDLE if how == "middle" else LEFT)
    if how == "space":
        tapped: list[Any] = []
        viewport.space_tapped.connect(lambda: tapped.append(1))
        QTest.keyRelease(viewport, Qt.Key.Key_Space)
        assert not tapped
    after = viewport.eye()
    assert after.azimuth == pytest.approx(before.azimuth - 40 * 0.4, abs=0.5)
    assert after.elevation == pytest.approx(before.elevation + 20 * 0.4, abs=0.5)
    assert after.distance == before.distance
    assert not strokes


def test_with_shift_it_moves(viewport: MeshViewport) -> None:
    before = viewport.eye()
    viewport.drag(QPointF(30, -10), SHIFT)
    after = viewport.eye()
    assert (after.azimuth, after.elevation) == (before.azimuth, before.elevation)
    shifted = Camera.of(after, (400, 300)).project(np.zeros((1, 3), np.float32))[0, :2]
    assert np.allclose(shifted, (230, 140), atol=0.6)


def test_the_wheel_comes_nearer_to_what_is_under_the_cursor(
    viewport: MeshViewport, wheel: Any
) -> None:
    at = QPoint(230, 110)
    hit = viewport.pick(QPointF(at))
    assert hit is not None
    far = viewport.eye().distance
    wheel(viewport, at, 2)
    assert viewport.eye().distance == pytest.approx(far / 1.44)
    place = viewport.point_of(hit.place)
    assert place is not None
    assert (place - QPointF(at)).manhattanLength() < 0.5
    wheel(viewport, BESIDE, -2)
    assert viewport.eye().distance == pytest.approx(far)


def test_a_double_click_beside_it_and_f_fit(viewport: MeshViewport, wheel: Any) -> None:
    fitted = viewport.eye()
    for undo in (
        lambda: QTest.mouseDClick(viewport, LEFT, NONE, BESIDE),
        lambda: QTest.keyClick(viewport, Qt.Key.Key_F),
    ):
        wheel(viewport, QPoint(230, 110), 3)
        assert viewport.eye() != fitted
        undo()
        assert viewport.eye() == fitted


def test_it_stays_fitted_when_the_window_changes(viewport: MeshViewport, wheel: Any) -> None:
    viewport.resize(300, 400)
    tall = viewport.eye().distance
    viewport.resize(400, 300)
    assert viewport.eye().distance < tall
    wheel(viewport, MIDDLE_OF, 2)
    near = viewport.eye().distance
    viewport.resize(300, 400)
    assert viewport.eye().distance == near


def test_nothing_of_it_lies_under_the_chrome(
    viewport: MeshViewport, qtbot: QtBot, ball: Any
) -> None:
    viewport.resize(760, 620)
    overlay = Overlay(viewport)
    overlay.set_title("A ball")
    overlay.set_view(ball())
    overlay.say_hint(viewport.hint)
    qtbot.wait(20)
    assert overlay.tools is not None
    assert overlay.modes is not None
    lifted = BALL.vertices * (1.0, 0.6, 0.3) + (0.2, 0.3, 0.0)  # off the middle, as half bodies are
    for other in (ball(), ball(topology="lifted", vertices=lifted.astype(np.float32))):
        viewport.set_view(other)
        for key in (Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_7):
            QTest.keyClick(viewport, key)
            size = viewport.width(), viewport.height()
            x, y = Camera.of(viewport.seen.eye, size).project(other.vertices)[:, :2].T
            assert x.min() > overlay.tools.geometry().right()
            assert y.min() > overlay.modes.geometry().bottom()
            assert y.max() < overlay._hint.y()
            assert x.max() < viewport.width()
    at = QPointF(float(x.mean()), float(y.mean()))
    hit = viewport.pick(at)  # what is drawn there is what is picked there
    assert hit is not None
    place = viewport.point_of(hit.place)
    assert place is not None
    assert (place - at).manhattanLength() < 0.5


def test_keys_look_from_sides_turn_and_change_the_projection(viewport: MeshViewport) -> None:
    def looked(key: Any) -> tuple[float, float]:
        QTest.keyClick(viewport, key)
        return viewport.eye().azimuth, viewport.eye().elevation

    assert looked(Qt.Key.Key_1) == (0, 0)
    assert looked(Qt.Key.Key_3) == (90, 0)
    assert looked(Qt.Key.Key_9) == (270, 0)
    assert looked(Qt.Key.Key_7) == (0, 90)
    assert looked(Qt.Key.Key_2) == (0, 75)
    assert looked(Qt.Key.Key_6) == (15, 75)
    assert looked(Qt.Key.Key_Up)[1] == pytest.approx(90)
    before = viewport.eye()
    for key in (Qt.Key.Key_5, Qt.Key.Key_P):
        QTest.keyClick(viewport, key)
        assert viewport.eye().orthographic == (key == Qt.Key.Key_5)
    assert viewport.eye() == before


def test_the_turntable_turns_and_stops_when_nobody_sees_it(
    viewport: MeshViewport, qtbot: QtBot
) -> None:
    before = viewport.eye()
    viewport.set_switch("turntable", True)
    qtbot.waitUntil(lambda: viewport.eye().azimuth != before.azimuth)
    assert replace(viewport.eye(), azimuth=0.0) == replace(before, azimuth=0.0)
    viewport.hide()
    assert not viewport._turner.isActive()
    viewport.show()
    assert viewport._turner.isActive()
    QTest.keyClick(viewport, Qt.Key.Key_O)
    assert not viewport._turner.isActive()


def test_space_tapped_means_play(viewport: MeshViewport) -> None:
    tapped: list[int] = []
    viewport.space_tapped.connect(lambda: tapped.append(1))
    QTest.keyClick(viewport, Qt.Key.Key_Space)
    assert tapped == [1]
