"""The grid viewport under real mouse and key events, pixels read back."""

from __future__ import annotations

import gc
import itertools
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.viewports.grid import GridViewport
from engine.core.capabilities import Capabilities
from engine.core.system import BrushTool, ViewOffer
from engine.core.views import ImageView, Pick, Stroke, ViewRequest

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ERASE = BrushTool("erase", "Erase", "eraser", "Set every channel to zero", radius=4.0)
CAN = Capabilities(views=(ViewOffer("world", "World", "image"),), brushes=(ERASE,))


def picture(side: int = 64, **more: Any) -> ImageView:
    given: dict[str, Any] = {
        "data": np.random.default_rng(3).integers(0, 256, (side, side, 3), dtype=np.uint8),
        "extent": (side, side),
        "region": (0, 0, side, side),
        "step": 1,
    }
    return ImageView(**(given | more))


def wheel(viewport: GridViewport, at: QPoint, notches: int, keys: Any = NONE) -> None:
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


def move(viewport: GridViewport, at: QPoint) -> None:
    """Move the mouse by way of the window, as the platform does, in two steps.

    A move to where the last test left the mouse would be none.
    """
    window = viewport.window().windowHandle()
    for point in (at + QPoint(1, 0), at):
        QTest.mouseMove(window, viewport.mapTo(viewport.window(), point))


def drag(viewport: GridViewport, start: QPoint, end: QPoint, button: Any = LEFT) -> None:
    window = viewport.window().windowHandle()
    move(viewport, start)
    QTest.mousePress(window, button, NONE, start)
    move(viewport, (start + end) / 2)
    move(viewport, end)
    QTest.mouseRelease(window, button, NONE, end)


@pytest.fixture(autouse=True)
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")


@pytest.fixture
def viewport(qtbot: QtBot) -> GridViewport:
    widget = GridViewport()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.set_view(picture())
    widget.set_capabilities(CAN)
    return widget


def caught(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


def test_the_picture_is_on_the_screen(viewport: GridViewport, qtbot: QtBot) -> None:
    viewport.set_tool("hand")
    viewport.set_grid_lines(False)
    qtbot.waitUntil(lambda: viewport.frames_drawn == 1)
    image = viewport.grab().toImage()
    place = viewport.placement()
    assert viewport.view is not None
    for row, column in ((0, 0), (10, 33), (63, 63)):
        x, y = place.point_of(row + 0.5, column + 0.5)
        shown = image.pixelColor(int(x * place.ratio), int(y * place.ratio))
        assert (shown.red(), shown.green(), shown.blue()) == tuple(viewport.view.data[row, column])
    assert image.pixelColor(2, 2) == QColor(theme.current().ground)


def test_it_paints_on_a_new_view_and_else_not(viewport: GridViewport, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: viewport.frames_drawn == 1)
    qtbot.wait(60)
    assert viewport.frames_drawn == 1
    with qtbot.waitSignal(viewport.painted):
        viewport.set_view(picture(step=2))
    assert viewport.frames_drawn == 2


def test_a_drag_with_a_brush_is_one_gapless_stroke(viewport: GridViewport) -> None:
    pieces, ends = caught(viewport.stroked), []
    viewport.stroke_finished.connect(lambda: ends.append(1))
    start, end = QPoint(150, 100), QPoint(260, 210)
    drag(viewport, start, end)
    place = viewport.placement()
    points = [point for piece in pieces for point in piece.points]
    assert all(isinstance(piece, Stroke) for piece in pieces)
    assert {(piece.view, piece.tool, piece.radius) for piece in pieces} == {("world", "erase", 4.0)}
    assert points[0] == pytest.approx(place.cell_at(start.x(), start.y()))
    assert points[-1] == pytest.approx(place.cell_at(end.x(), end.y()))
    assert max(math.dist(a, b) for a, b in itertools.pairwise(points)) <= 2.0 + 1e-9
    assert ends == [1]
    move(viewport, QPoint(160, 160))
    assert len([p for piece in pieces for p in piece.points]) == len(points)


def test_hand_middle_button_and_space_pan(viewport: GridViewport) -> None:
    strokes = caught(viewport.stroked)
    taps: list[int] = []
    viewport.space_tapped.connect(lambda: taps.append(1))
    for prepare, button in (("hand", LEFT), ("erase", MIDDLE), ("space", LEFT)):
        viewport.fit()
        viewport.zoom(4)
        before = viewport.placement()
        if prepare == "space":
            QTest.keyPress(viewport, Qt.Key.Key_Space)
        else:
            viewport.set_tool(prepare)
        drag(viewport, QPoint(200, 150), QPoint(220, 140), button)
        if prepare == "space":
            QTest.keyRelease(viewport, Qt.Key.Key_Space)
        after = viewport.placement()
        assert abs(after.left - before.left - 20) <= 1
        assert abs(after.top - before.top + 10) <= 1
    assert strokes == []
    assert taps == []
    QTest.keyClick(viewport, Qt.Key.Key_Space)
    assert taps == [1]


def test_the_wheel_keeps_the_cell_under_the_cursor(viewport: GridViewport) -> None:
    at = QPoint(230, 120)
    cell = viewport.cell_at(QPointF(at) + QPointF(0.5, 0.5))
    scale = viewport.camera.scale
    for notches in (3, -1, 2):
        wheel(viewport, at, notches)
        assert viewport.cell_at(QPointF(at) + QPointF(0.5, 0.5)) == cell
    assert viewport.camera.scale == pytest.approx(scale * 1.25**4)


def test_control_wheel_and_brackets_size_the_brush(viewport: GridViewport) -> None:
    scale = viewport.camera.scale
    wheel(viewport, QPoint(200, 150), 1, CTRL)
    larger = viewport.tools.radius
    assert larger > 4.0
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    QTest.keyClick(viewport, Qt.Key.Key_BracketLeft)
    assert viewport.tools.radius < 4.0
    assert viewport.camera.scale == scale


def test_hover_says_the_cell_and_asks_for_its_channels(
    viewport: GridViewport, qtbot: QtBot
) -> None:
    cells, requests = caught(viewport.hovered), caught(viewport.request_changed)
    x, y = viewport.placement().point_of(12.5, 40.5)
    move(viewport, QPoint(int(x), int(y)))
    assert cells[-1] == (12, 40)
    qtbot.waitUntil(lambda: bool(requests) and (12, 40) in requests[-1].probes)
    move(viewport, QPoint(2, 2))
    assert cells[-1] is None


def test_inspect_picks_the_cell_that_was_clicked(viewport: GridViewport) -> None:
    viewport.set_tool("inspect")
    picks, strokes = caught(viewport.picked), caught(viewport.stroked)
    x, y = viewport.placement().point_of(5.5, 9.5)
    QTest.mouseClick(viewport, LEFT, NONE, QPoint(int(x), int(y)))
    QTest.mouseClick(viewport, LEFT, NONE, QPoint(2, 2))
    assert picks == [Pick("world", (5, 9))]
    assert strokes == []


def test_the_request_is_what_is_in_sight(viewport: GridViewport, qtbot: QtBot) -> None:
    assert viewport.request() == ViewRequest((), None, 64)
    viewport.set_view(picture(side=256, extent=(4096, 4096), region=(0, 0, 4096, 4096)))
    whole = viewport.request()
    assert whole.region is None
    assert 300 * 0.8 <= whole.max_size <= 700
    with qtbot.waitSignal(viewport.request_changed) as caught_one:
        viewport.one_to_one()
    request = caught_one.args[0]
    assert request.region is not None
    assert request.region[2] * request.region[3] < 4096 * 4096 / 20
    assert request.max_size == max(request.region[2:])


def test_requests_are_few_during_a_drag(viewport: GridViewport, qtbot: QtBot) -> None:
    viewport.set_view(picture(side=256, extent=(4096, 4096), region=(0, 0, 4096, 4096)))
    qtbot.wait(80)
    requests = caught(viewport.request_changed)
    for _ in range(50):
        viewport.zoom(0.1)
    qtbot.waitUntil(lambda: bool(requests))
    assert len(requests) <= 3
    assert requests[-1] == viewport.request()


def test_keys_move_the_camera(viewport: GridViewport) -> None:
    fitted = viewport.camera
    QTest.keyClick(viewport, Qt.Key.Key_Plus)
    assert viewport.camera.scale > fitted.scale
    QTest.keyClick(viewport, Qt.Key.Key_Left)
    assert viewport.camera.column < 32
    QTest.keyClick(viewport, Qt.Key.Key_1)
    assert viewport.camera.scale * viewport.devicePixelRatioF() == 1
    QTest.keyClick(viewport, Qt.Key.Key_F)
    assert viewport.camera == fitted


def test_double_click_fits_with_the_hand(viewport: GridViewport) -> None:
    viewport.set_tool("hand")
    fitted = viewport.camera
    viewport.zoom(5)
    window = viewport.window().windowHandle()
    QTest.mouseDClick(window, LEFT, NONE, QPoint(200, 150))
    assert viewport.camera == fitted


def test_the_ring_follows_the_cursor(viewport: GridViewport) -> None:
    viewport.set_view(picture(data=np.full((64, 64, 3), 90, np.uint8)))
    viewport.set_grid_lines(False)
    at = QPoint(200, 150)
    move(viewport, at)
    image = viewport.grab().toImage()
    ratio = viewport.devicePixelRatioF()
    reach = viewport.tools.radius * viewport.camera.scale
    ring = image.pixelColor(int(200 * ratio), int((150 - reach) * ratio))
    inner = image.pixelColor(int(200 * ratio), int((150 - reach / 2) * ratio))
    assert inner == QColor(90, 90, 90)
    assert abs(ring.lightness() - 90) > 30


def test_a_mosaic_is_many_pictures_of_one_world(viewport: GridViewport) -> None:
    sheet = np.random.default_rng(4).normal(size=(128, 128)).astype(np.float32)
    view = picture(data=sheet, tiles=(2, 2), channels=("a", "b", "c", "d"), limits=(-2.0, 2.0))
    viewport.set_mode((), "mosaic")
    viewport.set_view(view)
    strokes = caught(viewport.stroked)
    x, y = viewport.placement().point_of(64 + 10.5, 64 + 20.5)
    assert viewport.cell_at(QPointF(x, y)) == (10, 20)
    QTest.mouseClick(viewport, LEFT, NONE, QPoint(int(x), int(y)))
    assert [tuple(map(int, point)) for point in strokes[0].points] == [(10, 20)]
    assert viewport.request().region is None


def test_resizing_keeps_the_whole_world_in_sight_until_the_user_zooms(
    viewport: GridViewport, qtbot: QtBot
) -> None:
    scale = viewport.camera.scale
    viewport.resize(800, 600)
    qtbot.waitUntil(lambda: viewport.camera.scale > scale * 1.5)
    viewport.zoom(1)
    zoomed = viewport.camera
    viewport.resize(400, 300)
    qtbot.waitUntil(lambda: viewport.width() == 400)
    assert viewport.camera == zoomed


def test_the_menu_is_asked_for_with_the_cell(viewport: GridViewport, qtbot: QtBot) -> None:
    seen: list[Any] = []
    viewport.context_menu.connect(lambda point, cell: seen.append((point, cell)))
    x, y = viewport.placement().point_of(7.5, 8.5)
    from PySide6.QtGui import QContextMenuEvent

    at = QPoint(int(x), int(y))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)
    assert seen == [(viewport.mapToGlobal(at), (7, 8))]


@pytest.mark.parametrize("renderer", ["painter", "gl"])
def test_nothing_stays_behind(
    qtbot: QtBot, pump: Callable[[], None], monkeypatch: pytest.MonkeyPatch, renderer: str
) -> None:
    needs_gl(renderer)
    monkeypatch.setenv("PRIMORDIA_RENDERER", renderer)
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    threads = threading.active_count()
    widget = GridViewport()
    widget.resize(300, 200)
    with qtbot.waitExposed(widget):
        widget.show()
    with qtbot.waitSignal(widget.painted):
        widget.set_view(picture())
    widget.zoom(1)
    dead = weakref.ref(widget)
    timers = [weakref.ref(timer) for timer in widget.findChildren(QTimer)]
    assert timers
    widget.close()
    widget.deleteLater()
    del widget
    pump()
    assert dead() is None
    assert all(timer() is None for timer in timers)
    assert {id(w) for w in QApplication.topLevelWidgets()} <= before
    assert threading.active_count() == threads


@pytest.mark.parametrize("smooth", [False, True])
def test_opengl_in_a_window_gives_the_painter_s_pixels(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, smooth: bool
) -> None:
    needs_gl("gl")
    shots = []
    r, c = np.mgrid[0:64, 0:64]
    waves = 127 + 120 * np.stack([np.sin(r / 5), np.cos(c / 6), np.sin((r + c) / 7)], axis=-1)
    for renderer in ("gl", "painter"):
        monkeypatch.setenv("PRIMORDIA_RENDERER", renderer)
        widget = GridViewport()
        qtbot.addWidget(widget)
        widget.resize(301, 203)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.set_smooth(smooth)
        with qtbot.waitSignal(widget.painted):
            widget.set_view(picture(data=waves.astype(np.uint8)))
        widget.zoom(2.7, QPointF(40, 50))
        image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
        shots.append(pixels[..., :3].astype(int))
    assert len(np.unique(shots[0].reshape(-1, 3), axis=0)) > 100
    assert np.abs(shots[0] - shots[1]).max() <= 1


def needs_gl(renderer: str) -> None:
    if renderer == "gl" and QGuiApplication.platformName() == "offscreen":
        pytest.skip("the offscreen platform has no OpenGL widgets")


@pytest.fixture
def pump(qapp: QApplication) -> Callable[[], None]:
    def turn() -> None:
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        gc.collect()

    return turn
