"""A ball in the viewport of meshes, and hands that use it by real mouse events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.viewports.factory import make_viewport
from app.viewports.mesh import MeshViewport
from engine.core.capabilities import Capabilities
from engine.core.system import BrushTool, BrushValue, ViewOffer
from engine.core.views import MeshView
from engine.meshes.shapes import shape

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
ERASE = BrushTool("erase", "Erase", "eraser", "Set every channel to zero", radius=0.2)
SCALE = BrushTool(
    "scale", "Scale", "grid-3x3", "Finer or coarser", value=BrushValue("Factor", 0.5, 2.0, 1.5, "x")
)
OFFER = ViewOffer("world", "World", "mesh")
CAN = Capabilities(views=(OFFER,), brushes=(ERASE, SCALE))
BALL = shape("icosphere", 642)


def _ball(**more: Any) -> MeshView:
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


def _move(viewport: MeshViewport, at: QPoint) -> None:
    window = viewport.window().windowHandle()
    for point in (at + QPoint(1, 0), at):
        QTest.mouseMove(window, viewport.mapTo(viewport.window(), point))


def _drag(viewport: MeshViewport, start: QPoint, end: QPoint, button: Any = LEFT) -> None:
    window = viewport.window().windowHandle()
    _move(viewport, start)
    QTest.mousePress(window, button, NONE, start)
    _move(viewport, (start + end) / 2)
    _move(viewport, end)
    QTest.mouseRelease(window, button, NONE, end)


def _wheel(viewport: MeshViewport, at: QPoint, notches: int, keys: Any = NONE) -> None:
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


def _pixels(viewport: MeshViewport) -> Any:
    image = viewport.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[..., :3].astype(int)


def _caught(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


@pytest.fixture(autouse=True)
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")


@pytest.fixture(scope="session")
def ball() -> Callable[..., MeshView]:
    """Make a view of the ball, or of what is given in place of its parts."""
    return _ball


@pytest.fixture(scope="session")
def move() -> Callable[..., None]:
    """Move the mouse by way of the window, in two steps: one to where it is already is none."""
    return _move


@pytest.fixture(scope="session")
def drag() -> Callable[..., None]:
    """Press, move and release: (viewport, start, end, button)."""
    return _drag


@pytest.fixture(scope="session")
def wheel() -> Callable[..., None]:
    """Turn the wheel: (viewport, at, notches, keys)."""
    return _wheel


@pytest.fixture(scope="session")
def pixels() -> Callable[[MeshViewport], Any]:
    """Read what is on the screen, (height, width, 3)."""
    return _pixels


@pytest.fixture(scope="session")
def caught() -> Callable[[Any], list[Any]]:
    """Keep what a signal says."""
    return _caught


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[], MeshViewport]:
    """Open another viewport with the ball in it."""

    def show() -> MeshViewport:
        widget = make_viewport(OFFER)
        assert isinstance(widget, MeshViewport)
        qtbot.addWidget(widget)
        widget.resize(400, 300)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.set_view(_ball())
        widget.set_capabilities(CAN)
        qtbot.waitUntil(lambda: widget.frames_drawn == 1)
        return widget

    return show


@pytest.fixture
def viewport(shown: Callable[[], MeshViewport]) -> MeshViewport:
    return shown()
