"""The viewport of meshes: real mouse and key events, pixels read back."""

from __future__ import annotations

import gc
import itertools
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.verbs import Verbs
from app.viewports.factory import make_viewport
from app.viewports.latest import Latest
from app.viewports.mesh import MeshViewport
from app.viewports.mesh_cpu import BEST, MOVING, CpuMeshSurface
from app.viewports.overlay import Overlay
from engine.core.capabilities import Capabilities
from engine.core.errors import BadInput
from engine.core.params import Params, fields_of, live
from engine.core.spec import Spec
from engine.core.system import BrushTool, BrushValue, ViewOffer
from engine.core.views import ImageView, Legend, MeshView, Pick, ViewRequest
from engine.meshes.camera import Camera
from engine.meshes.shapes import shape

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ERASE = BrushTool("erase", "Erase", "eraser", "Set every channel to zero", radius=0.2)
SCALE = BrushTool(
    "scale", "Scale", "grid-3x3", "Finer or coarser", value=BrushValue("Factor", 0.5, 2.0, 1.5, "x")
)
OFFER = ViewOffer("world", "World", "mesh")
CAN = Capabilities(views=(OFFER,), brushes=(ERASE, SCALE))
BALL = shape("icosphere", 642)
MIDDLE_OF = QPoint(200, 150)
BESIDE = QPoint(8, 8)
TOY = Path(__file__).with_name("toys") / "meshling.py"


def ball(**more: Any) -> MeshView:
    given: dict[str, Any] = {
        "topology": BALL.topology,
        "vertices": BALL.vertices,
        "normals": BALL.normals,
        "faces": BALL.faces,
        "spacing": BALL.spacing,
        "colours": np.full((len(BALL.vertices), 3), (200, 60, 20), np.uint8),
        "shading": "plain",
        "channels": ("red", "green", "hidden 1"),
        "step": 1,
    }
    return MeshView(**(given | more))


def move(viewport: MeshViewport, at: QPoint) -> None:
    """Move the mouse by way of the window, in two steps: one to where it is already is none."""
    window = viewport.window().windowHandle()
    for point in (at + QPoint(1, 0), at):
        QTest.mouseMove(window, viewport.mapTo(viewport.window(), point))


def drag(viewport: MeshViewport, start: QPoint, end: QPoint, button: Any = LEFT) -> None:
    window = viewport.window().windowHandle()
    move(viewport, start)
    QTest.mousePress(window, button, NONE, start)
    move(viewport, (start + end) / 2)
    move(viewport, end)
    QTest.mouseRelease(window, button, NONE, end)


def wheel(viewport: MeshViewport, at: QPoint, notches: int, keys: Any = NONE) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def pixels(viewport: MeshViewport) -> Any:
    image = viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[..., :3].astype(int)


def caught(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


@pytest.fixture(autouse=True)
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")


@pytest.fixture
def viewport(qtbot: QtBot) -> MeshViewport:
    return shown(qtbot)


def shown(qtbot: QtBot) -> MeshViewport:
    widget = make_viewport(OFFER)
    assert isinstance(widget, MeshViewport)
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.set_view(ball())
    widget.set_capabilities(CAN)
    qtbot.waitUntil(lambda: widget.frames_drawn == 1)
    return widget


# Seeing.


def test_the_picture_is_on_the_screen(viewport: MeshViewport) -> None:
    image = pixels(viewport)
    assert tuple(image[150, 200]) == (200, 60, 20)
    ground = image[5:20, 5:20].reshape(-1, 3)
    assert (ground.max(axis=0) < 60).all()
    covered = (np.abs(image - image[..., :1] * (1, 0.3, 0.1)).max(axis=2) < 4) & (
        image[..., 0] > 110
    )
    covered = covered.mean()
    assert 0.3 < covered < 0.6


def test_views_follow_each_other_and_each_is_counted_once(
    viewport: MeshViewport, qtbot: QtBot
) -> None:
    for step in (2, 3):
        colour = (20 * step, 200, 90)
        colours = np.full((len(BALL.vertices), 3), colour, np.uint8)
        before = viewport.frames_drawn
        viewport.set_view(ball(step=step, colours=colours))
        qtbot.waitUntil(lambda before=before: viewport.frames_drawn == before + 1)
        assert tuple(pixels(viewport)[150, 200]) == colour
    drawn = viewport.frames_drawn
    paints = viewport.paints
    viewport.pan(40, 0)
    qtbot.waitUntil(lambda: viewport.paints > paints)
    assert viewport.frames_drawn == drawn


def test_a_view_of_another_kind_is_ignored(viewport: MeshViewport) -> None:
    data = np.zeros((4, 4, 3), np.uint8)
    viewport.set_view(ImageView(step=9, data=data, extent=(4, 4), region=(0, 0, 4, 4)))
    assert isinstance(viewport.view, MeshView)


def test_while_it_moves_pictures_are_smaller_and_then_as_good_as_can_be(
    viewport: MeshViewport, qtbot: QtBot
) -> None:
    surface = viewport._surface
    assert isinstance(surface, CpuMeshSurface)
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == 2.0)
    rest = surface._shown
    assert rest is not None
    assert rest.pixels.shape == (300, 400, 4)
    alpha = rest.pixels[..., 3]
    assert np.any((alpha > 0) & (alpha < 255))  # smooth edges
    viewport.pan(30, 0)
    qtbot.waitUntil(lambda: surface._shown is not rest)
    moving = surface._shown
    assert moving is not None
    assert moving.wish.moving
    assert moving.pixels.shape[0] < 300
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == 2.0)
    assert surface._shown is not None
    assert surface._shown.wish.eye == viewport.eye()


def test_a_resting_eye_sees_every_pixel_while_the_world_runs(
    viewport: MeshViewport, qtbot: QtBot
) -> None:
    surface = viewport._surface
    assert isinstance(surface, CpuMeshSurface)
    taken: list[Any] = []
    take = surface._take

    def late(made: Any) -> None:  # as if each picture had taken a second
        made = replace(made, seconds=1.0) if made is not None else made
        taken.append(made)
        take(made)

    # The window's first fit moved the eye, and on a busy machine its picture may come long after.
    qtbot.waitUntil(lambda: surface._shown is not None and surface._shown.wish.scale == BEST)
    qtbot.waitUntil(lambda: time.monotonic() - surface._moved > MOVING)
    surface._worker.done.disconnect()
    surface._worker.done.connect(late)
    for step in range(2, 8):
        view, many = ball(step=step), len(taken)
        viewport.set_view(view)
        qtbot.waitUntil(lambda many=many: len(taken) > many)
    assert all(made.pixels.shape[:2] == (300, 400) for made in taken if made is not None)

    def seen_moving() -> bool:  # goes on moving: on a busy machine one move is over soon
        viewport.pan(3, 0)
        return any(made is not None and made.wish.moving for made in taken)

    qtbot.waitUntil(seen_moving)
    moving = next(made for made in taken if made is not None and made.wish.moving)
    assert moving.pixels.shape[0] >= 150


def test_wires_and_vertices_are_drawn_over_it(viewport: MeshViewport, qtbot: QtBot) -> None:
    before = pixels(viewport)
    told: list[Any] = []
    viewport.switched.connect(lambda name, on: told.append((name, on)))
    QTest.keyClick(viewport, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: (pixels(viewport) < before - 60)[..., 0].mean() > 0.02)
    QTest.keyClick(viewport, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: (pixels(viewport)[..., 1] > 150).mean() > 0.005)
    assert told == [("wires", True), ("dots", True)]


def test_opengl_in_a_window_gives_the_painter_s_pixels(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    if QGuiApplication.platformName() == "offscreen":
        pytest.skip("the offscreen platform has no OpenGL widgets")
    shots = []
    for renderer in ("gl", "painter"):
        monkeypatch.setenv("PRIMORDIA_RENDERER", renderer)
        widget = shown(qtbot)
        colours = (127 + 120 * np.sin(4 * BALL.vertices)).astype(np.uint8)
        drawn = widget.frames_drawn
        widget.set_view(ball(colours=colours, shading="phong"))
        widget.set_tool("hand")
        qtbot.waitUntil(lambda w=widget, d=drawn: w.frames_drawn > d)
        shots.append(pixels(widget))
    away = np.abs(shots[0] - shots[1]).max(axis=2)
    assert np.mean(away < 4) > 0.95
    assert len(np.unique(shots[0].reshape(-1, 3), axis=0)) > 500


# Moving.


@pytest.mark.parametrize("how", ["middle", "hand", "space", "beside"])
def test_a_drag_turns_the_mesh(viewport: MeshViewport, how: str) -> None:
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


def test_the_wheel_comes_nearer_to_what_is_under_the_cursor(viewport: MeshViewport) -> None:
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


def test_a_double_click_beside_it_and_f_fit(viewport: MeshViewport) -> None:
    fitted = viewport.eye()
    for undo in (
        lambda: QTest.mouseDClick(viewport, LEFT, NONE, BESIDE),
        lambda: QTest.keyClick(viewport, Qt.Key.Key_F),
    ):
        wheel(viewport, QPoint(230, 110), 3)
        assert viewport.eye() != fitted
        undo()
        assert viewport.eye() == fitted


def test_it_stays_fitted_when_the_window_changes(viewport: MeshViewport) -> None:
    viewport.resize(300, 400)
    tall = viewport.eye().distance
    viewport.resize(400, 300)
    assert viewport.eye().distance < tall
    wheel(viewport, MIDDLE_OF, 2)
    near = viewport.eye().distance
    viewport.resize(300, 400)
    assert viewport.eye().distance == near


def test_nothing_of_it_lies_under_the_chrome(viewport: MeshViewport, qtbot: QtBot) -> None:
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


# Painting.


def test_a_stroke_runs_along_the_surface_under_the_mouse(viewport: MeshViewport) -> None:
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


def test_where_a_stroke_leaves_the_mesh_nothing_is_sent(viewport: MeshViewport) -> None:
    strokes = caught(viewport.stroked)
    drag(viewport, MIDDLE_OF, QPoint(395, 295))
    points = [place for stroke in strokes for place in stroke.points]
    assert len(points) > 3
    viewport.stroke_along((QPointF(BESIDE),))
    assert [place for stroke in strokes for place in stroke.points] == points


def test_the_brush_s_size_is_along_the_surface(viewport: MeshViewport) -> None:
    move(viewport, MIDDLE_OF)
    wheel(viewport, MIDDLE_OF, 1, CTRL)
    assert viewport.tools.radius > 0.2
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    assert 0.15 < viewport.tools.radius < 0.2


def test_the_outline_of_the_brush_follows_the_surface(viewport: MeshViewport, qtbot: QtBot) -> None:
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


# Asking.


def test_only_what_is_looked_at_is_asked_for(viewport: MeshViewport, qtbot: QtBot) -> None:
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


def test_the_chip_tells_of_the_vertex(viewport: MeshViewport, qtbot: QtBot) -> None:
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


def test_inspect_picks_a_point_of_the_surface(viewport: MeshViewport) -> None:
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
    viewport: MeshViewport, qtbot: QtBot
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


def test_another_mesh_is_drawn_and_picked(viewport: MeshViewport, qtbot: QtBot) -> None:
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


# The chrome on it.


def test_the_chrome_has_what_a_mesh_needs(viewport: MeshViewport, qtbot: QtBot) -> None:
    viewport.resize(900, 600)
    overlay = Overlay(viewport)
    overlay.set_view(ball(legend=Legend(note="Bright is high")))
    assert overlay.modes is not None
    assert overlay.tools is not None
    assert overlay.legend is not None
    assert overlay.modes._offered() == ("colour", "channel")
    assert set(overlay.modes._menu._switches) == {
        *["turntable", "orthographic", "wires", "dots"],
        "locked",
    }
    assert overlay.legend.isVisible()
    overlay.modes._quick["turntable"].click()
    assert viewport._on["turntable"]
    QTest.keyClick(viewport, Qt.Key.Key_O)
    assert not overlay.modes._quick["turntable"].isChecked()
    overlay.modes._menu._switches["orthographic"].trigger()
    assert viewport.eye().orthographic
    overlay.modes.set_switch("smooth", True)  # of grids: nothing here
    texts = {action.text() for action in overlay.modes._menu.actions()}
    assert "Wireframe\tW" in texts
    front = next(a for a in overlay.modes._menu.actions() if a.text().startswith("From the front"))
    front.trigger()
    assert (viewport.eye().azimuth, viewport.eye().elevation) == (0, 0)
    viewport.set_tool("scale")
    settings = overlay._settings
    assert settings is not None
    settings.refresh()
    assert settings._labels["Value"].text() == "Factor"
    assert settings._figures["Value"].text() == "1.50x"
    settings._value.set_fraction(0.0)
    settings._value.valueChanged.emit(settings._value.value())
    strokes = caught(viewport.stroked)
    viewport.stroke_along((QPointF(viewport.rect().center()),))
    assert strokes[0].value == pytest.approx(0.5)
    viewport.set_tool("erase")
    assert viewport.tools.amount == 1.0


def test_what_would_show_nothing_is_left_out(viewport: MeshViewport) -> None:
    class Look(Params):
        shown: Literal["shaded", "height", "valence"] = live("shaded", title="Shown", help="Seen")

    overlay = Overlay(viewport)
    overlay.set_choices(fields_of(Look), {"shown": "shaded"})
    assert overlay.modes is not None
    made: list[Any] = []
    overlay.modes.choice_made.connect(lambda *choice: made.append(choice))
    overlay.set_view(ball(lacking=frozenset({"height"})))
    overlay.modes.choose_next()
    overlay.set_view(ball())
    overlay.modes.choose_next()
    assert made == [("shown", "valence"), ("shown", "height")]


def test_a_choice_of_the_system_s_own_takes_the_place_of_a_channel(viewport: MeshViewport) -> None:
    overlay = Overlay(viewport)
    overlay.set_view(ball())
    modes = overlay.modes
    assert modes is not None
    field = next(f for f in fields_of(ShownParams) if f.name == "shown")
    overlay.set_choices((field,), {"shown": "albedo"})
    assert modes._offered() == ("channel",)
    chosen: list[Any] = []
    modes.choice_made.connect(lambda name, value: chosen.append((name, value)))
    modes._channels.actions()[2].trigger()
    assert viewport.request().channels == (1,)
    assert modes._buttons["channel"].isChecked()
    modes._choices["shown"].choose_next()
    assert viewport.request().channels == ()
    assert chosen == [("shown", "normal")]
    modes._channels.actions()[3].trigger()
    assert viewport.request().channels == (2,)
    modes._channels.actions()[0].trigger()  # none
    assert viewport.request().channels == ()


class ShownParams(Params):
    """A choice of how it is drawn."""

    shown: Literal["albedo", "normal"] = live("albedo", "What is shown")


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


def test_a_script_orbits_paints_and_pins(desk: Any, plugin: Any) -> None:
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


# Leaving.


def test_a_viewport_leaves_nothing_behind(qtbot: QtBot) -> None:
    widget = MeshViewport()
    widget.resize(300, 200)
    with qtbot.waitExposed(widget):
        widget.show()
    for step in range(5):
        widget.set_view(ball(step=step))
        widget.pan(5, 0)
    widget.set_switch("turntable", True)
    dead = weakref.ref(widget)
    widget.close()
    widget.deleteLater()
    del widget
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and (dead() is not None or drawing()):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
        gc.collect()
    assert dead() is None
    assert not drawing()


def drawing() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "picture"]


def test_the_newest_wish_replaces_those_that_wait(qtbot: QtBot) -> None:
    latest, begun, go = Latest(), threading.Event(), threading.Event()
    done = caught(latest.done)

    def slow() -> str:
        begun.set()
        go.wait(5)
        return "first"

    def fails() -> str:
        raise ValueError("why")

    latest.ask(slow)
    assert begun.wait(5)
    assert not latest.waited_for
    jobs: list[Callable[[], str]] = [lambda: "second", lambda: "third"]
    for job in jobs:
        latest.ask(job)
    assert latest.waited_for
    go.set()
    qtbot.waitUntil(lambda: done == ["first", "third"])
    latest.ask(fails)
    qtbot.waitUntil(lambda: len(done) == 3)
    assert isinstance(done[2], ValueError)
    qtbot.waitUntil(lambda: not latest.busy)
    latest.close()
    latest.ask(lambda: "never")
    qtbot.wait(30)
    assert len(done) == 3
