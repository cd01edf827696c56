"""A picked program is set off where programs are listed, and a click on a plot goes there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from engine.core.commands import RunTo

TOY = Path(__file__).with_name("toys") / "words.py"
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def words(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window with a world of programs that stands still, and its bottom panel open."""
    plugin("words", TOY.read_text("utf-8"), "Words")
    desk = request.getfixturevalue("desk")
    desk.open("words")
    desk.window.docks.bottom.show()
    return desk


def show(desk: Any, title: str) -> Any:
    bottom = desk.window.bottom
    titles = [bottom.tabText(index) for index in range(bottom.count())]
    bottom.setCurrentIndex(titles.index(title))
    page = bottom.currentWidget()
    desk.until(lambda: page.viewport.frames_drawn > 0, f"{title} drawn")
    return page.viewport


def accents(desk: Any, widget: Any) -> int:
    """How many pixels of a widget have the accent colour."""
    tone = theme.colour("accent")
    pixels = desk.pixels(widget).astype(int)
    apart = np.abs(pixels - (tone.red(), tone.green(), tone.blue())).max(axis=-1)
    return int((apart < 4).sum())


def rings(tree: Any) -> list[int]:
    """How wide the ring around each node is drawn."""
    return [point.pen().width() for point in tree._nodes.points()]


def test_the_picked_program_is_framed_in_the_table_and_ringed_in_the_tree(words: Any) -> None:
    desk = words
    table, tree = show(desk, "Population"), show(desk, "Tree")
    codes = desk.world.views["tree"].programs
    assert rings(tree) == [1, 1, 1]
    desk.world.program_picked.emit(codes[1], None)
    assert rings(tree) == [1, 3, 1]
    show(desk, "Population")
    desk.until(lambda: accents(desk, table._table) > 300, "a frame")
    rows = [table._model.index(row, 0).data(Qt.ItemDataRole.UserRole + 1) for row in range(3)]
    assert rows == [False, True, False]
    described = Qt.ItemDataRole.AccessibleDescriptionRole
    assert table._model.index(1, 0).data(described) == "the picked program"
    desk.run("transport.step")  # the frame stays with its program in a newer table
    desk.until(lambda: table._model.view.step == 1, "a newer table")
    assert accents(desk, table._table) > 300
    desk.world.program_picked.emit(bytes(16), None)
    desk.until(lambda: not accents(desk, table._table), "no frame")


def test_a_view_that_is_opened_later_knows_what_is_picked(words: Any) -> None:
    desk = words
    desk.click(desk.viewport, desk.point_of(1, 5))  # program 1, the second row
    desk.until(lambda: desk.window.bottom.tape.session is not None, "the program")
    table = show(desk, "Population")
    desk.until(lambda: accents(desk, table._table) > 300, "a frame")


def run_to(desk: Any, step: int) -> Any:
    """Let the world run, and return the plot of a scalar once it reaches that far."""
    desk.window.bottom.setCurrentIndex(0)
    desk.world.submit(RunTo(step))
    desk.until(lambda: desk.state.step == step, "the step")
    metrics = desk.window.bottom.metrics
    desk.until(lambda: "entropy" in metrics.plots, "a plot")
    plot = metrics.plots["entropy"]
    desk.until(lambda: plot._reach is not None and plot._reach[1] == step, "the reach")
    return plot


def point(plot: Any, x: float) -> QPoint:
    """Where a step lies on a plot."""
    box = plot._item.getViewBox()
    scene = box.mapViewToScene(QPointF(x, box.viewRange()[1][0]))
    return QPoint(round(scene.x()), round(box.sceneBoundingRect().center().y()))


def test_a_click_on_a_plot_goes_to_that_step(words: Any) -> None:
    desk = words
    plot = run_to(desk, 12)
    desk.quiet(0.1)  # the axis settles
    tip = plot._item.getViewBox().toolTip()
    assert "go to that step" in tip
    QTest.mouseClick(plot.canvas, LEFT, NONE, point(plot, 7))
    desk.until(lambda: desk.state.step == 7, "the jump")
    assert not desk.state.playing
    desk.until(lambda: plot._reach == (0, 10), "the transition ahead")


def test_a_double_click_on_a_plot_only_fits(words: Any) -> None:
    desk = words
    plot = run_to(desk, 12)
    plot._item.getViewBox().setXRange(3, 6, padding=0)
    at = point(plot, 4)
    QTest.mouseClick(plot.canvas, LEFT, NONE, at)
    # As Qt sends it: the second press is the double click.
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        where = plot.canvas.mapToGlobal(at).toPointF()
        held = LEFT if kind == QEvent.Type.MouseButtonDblClick else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, at.toPointF(), where, LEFT, held, NONE)
        QApplication.sendEvent(plot.canvas, event)
    desk.until(lambda: plot._item.getViewBox().viewRange()[0][1] > 10, "everything")
    desk.quiet(QApplication.doubleClickInterval() / 1000 + 0.1)
    assert desk.state.step == 12


def test_places_out_of_reach_are_not_clicked(qtbot: QtBot) -> None:
    from app.widgets.plot import Plot

    plot = Plot("step", "entropy")
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.set_curves({"entropy": (np.arange(101.0), np.arange(101.0))})
    clicked: list[float] = []
    plot.clicked.connect(clicked.append)
    qtbot.waitUntil(lambda: plot._item.getViewBox().viewRange()[0][1] > 90)
    QTest.mouseClick(plot.canvas, LEFT, NONE, point(plot, 50))
    assert not plot._once.isActive(), "nobody takes it"
    plot.set_reach((40, 60), "Click")
    QTest.mouseClick(plot.canvas, LEFT, NONE, point(plot, 30))
    assert not plot._once.isActive()
    QTest.mouseClick(plot.canvas, LEFT, NONE, point(plot, 50))
    qtbot.waitUntil(lambda: bool(clicked))
    assert abs(clicked[0] - 50) < 1
