"""The words in a chart: they hide nothing and follow what they tell of."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from pyqtgraph import InfiniteLine
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest

from engine.core.figures import Cursor, Grip

LINE = np.linspace(-1.0, 1.0, 21)


def test_words_of_a_line_hide_no_curve_and_no_other_words(shown: Any, chart: Any) -> None:
    x = np.arange(0.0, 101.0)
    flat, low = np.full_like(x, 0.9), np.full_like(x, -0.9)
    cursors = (Cursor(30.0, "phase change at 30"), Cursor(33.0, "update 33", "moment"))
    curves = (("new loss", x, flat), ("loss", x, low))
    plot = shown(chart(curves=curves, cursors=cursors, limits=((0, 100), (-1, 1)))).plot

    def words() -> list[Any]:
        lines = [item for item in plot.item.items if isinstance(item, InfiniteLine)]
        seen = [line.label for line in lines if line.isVisible() and line.label is not None]
        return [label.mapRectToScene(label.boundingRect()) for label in seen]

    first, second = words()
    assert not first.intersects(second)
    for label, at in itertools.product((first, second), (0.9, -0.9)):
        height = plot.item.getViewBox().mapViewToScene(QPointF(30, at)).y()
        assert not label.top() <= height <= label.bottom()
    before = [label.top() for label in words()]
    plot.set_curves({"new loss": (x, flat), "loss": (x, low + 0.3 * x / 100)})
    assert [label.top() for label in words()] == before  # nothing jumps


def test_words_of_a_line_hide_no_point_where_a_curve_is_everywhere(
    shown: Any, chart: Any, grip: Any
) -> None:
    x = np.arange(0.0, 31.0)
    y = np.where(x % 2, -0.95, 0.95)
    tokens = grip(*((28.0, at) for at in (0.9, 0.75, 0.6)))
    curves, cursors = (("the system", x, y),), (Cursor(29.0, "token 29 is read"),)
    limits = ((0.0, 30.0), (-1.0, 1.0))
    plot = shown(chart(curves=curves, cursors=cursors, grip=tokens, limits=limits)).plot
    lines = [item for item in plot.item.items if isinstance(item, InfiniteLine)]
    (label,) = [line.label for line in lines if line.isVisible() and line.label is not None]
    words = label.mapRectToScene(label.boundingRect())
    for at in (0.9, 0.75, 0.6):
        place = plot.item.getViewBox().mapViewToScene(QPointF(28.0, at))
        assert words.left() < place.x() < words.right()
        assert not words.top() <= place.y() <= words.bottom()


def test_what_is_told_of_a_place_follows_the_curves(shown: Any, qtbot: Any, chart: Any) -> None:
    viewport = shown(chart(limits=((-1.0, 1.0), (-1.0, 1.0))))
    plot = viewport.plot
    readout = plot.readout
    QTest.mouseMove(plot.canvas, plot.place_of(0.5, 0.2).toPoint())
    qtbot.waitUntil(readout._words.isVisible)
    assert "model 0.5" in readout._words.toPlainText()
    curves = (("model", LINE, LINE - 0.75), ("descent", LINE, 0.5 * LINE))
    viewport.set_view(chart(curves=curves, limits=((-1.0, 1.0), (-1.0, 1.0))))
    assert "model -0.25" in readout._words.toPlainText()
    readout.hide()
    viewport.set_view(chart(limits=((-1.0, 1.0), (-1.0, 1.0))))
    assert not readout._words.isVisible()


def test_nothing_is_told_of_a_line_that_has_gone_from_under_the_mouse(
    shown: Any, qtbot: Any, chart: Any
) -> None:
    limits = ((-1.0, 1.0), (-1.0, 1.0))
    viewport = shown(chart(cursors=(Cursor(0.5, "query", "moment"),), limits=limits))
    plot = viewport.plot
    QTest.mouseMove(plot.canvas, QPoint(30, 30))
    QTest.mouseMove(plot.canvas, plot.place_of(0.5, 0.2).toPoint())
    qtbot.waitUntil(plot.readout._words.isVisible)
    assert plot.readout._words.toPlainText() == "x 0.5"
    viewport.set_view(chart(cursors=(Cursor(-0.5, "query", "moment"),), limits=limits))
    assert not plot.readout._words.isVisible()


def test_one_point_is_named_as_one(shown: Any, chart: Any) -> None:
    named = Grip("examples", np.array([(0.0, 0.0), (0.5, 0.5)]), "move", "example")
    viewport = shown(chart(grip=named, limits=((-1.0, 1.0), (-1.0, 1.0))))
    assert viewport.holds._words(("point", 1))[0] == "example 2"
    assert viewport.about((1, 0.5, 0.5))[0] == "example 2"
