"""A chart in its viewport, and the hand that drags what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.viewports.chart import ChartViewport
from engine.core.commands import Reply
from engine.core.figures import ChartView, Grip

LEFT = Qt.MouseButton.LeftButton
LINE = np.linspace(-1.0, 1.0, 21)


def _chart(**more: Any) -> ChartView:
    given: dict[str, Any] = {
        "step": 0,
        "x": "x",
        "y": "y",
        "curves": (("model", LINE, LINE), ("descent", LINE, 0.5 * LINE)),
    }
    return ChartView(**{**given, **more})


def _grip(*points: tuple[float, float]) -> Grip:
    return Grip("context", np.array(points, float).reshape(-1, 2), "move")


def _acts(viewport: ChartViewport) -> list[tuple[str, dict[str, Any], Any]]:
    sent: list[tuple[str, dict[str, Any], Any]] = []
    viewport.acted.connect(lambda name, arguments, done: sent.append((name, arguments, done)))
    return sent


def _drag(viewport: Any, start: QPointF, by: QPoint, *, release: bool = True) -> None:
    canvas, at = viewport.plot.canvas, start.toPoint()
    QTest.mouseMove(canvas, at)
    QTest.mousePress(canvas, LEFT, pos=at)
    for part in (1, 2, 3):
        QTest.mouseMove(canvas, at + by * part / 3)
        QTest.qWait(15)
    if release:
        QTest.mouseRelease(canvas, LEFT, pos=at + by)


def _done(reply: Any) -> None:
    reply[2](Reply(1, 0))


@pytest.fixture(scope="session")
def chart() -> Callable[..., ChartView]:
    """Make a view of two lines, or of what is given in place of its parts."""
    return _chart


@pytest.fixture(scope="session")
def grip() -> Callable[..., Grip]:
    """Make points that the hand takes hold of."""
    return _grip


@pytest.fixture(scope="session")
def acts() -> Callable[[ChartViewport], list[tuple[str, dict[str, Any], Any]]]:
    """Keep what a viewport asks its world for."""
    return _acts


@pytest.fixture(scope="session")
def drag() -> Callable[..., None]:
    """Press at a point, move by so much in three steps and, if asked, release."""
    return _drag


@pytest.fixture(scope="session")
def done() -> Callable[[Any], None]:
    """Answer what a viewport asked for."""
    return _done


@pytest.fixture
def shown(qtbot: Any) -> Iterator[Callable[[ChartView], ChartViewport]]:
    """Show a view in a viewport."""
    kept: list[ChartViewport] = []  # qtbot only knows them

    def show(view: ChartView) -> ChartViewport:
        viewport = ChartViewport()
        kept.append(viewport)
        qtbot.addWidget(viewport)
        viewport.resize(700, 500)
        viewport.show()
        qtbot.waitExposed(viewport)
        viewport.set_view(view)
        if viewport.plot is not None:
            qtbot.waitUntil(lambda: viewport.frames_drawn > 0)
            QTest.qWait(60)  # the axes settle once more when it was laid out
        return viewport

    yield show
    kept.clear()
