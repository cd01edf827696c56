"""What is drawn in a chart, on the screen and in its files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app import theme
from app.widgets.plot_data import drawable, nearest_point, runs_on, values_at
from engine.core.figures import Cursor
from engine.core.system import Mark

LINE = np.linspace(-1.0, 1.0, 21)


def test_a_reference_is_dashed_and_marks_have_no_line(shown: Any, chart: Any) -> None:
    view = chart(dashed=("descent",), points=(("query", np.array([0.5]), np.array([0.2])),))
    plot = shown(view).plot
    style = {name: pair[0].opts["pen"].style() for name, pair in plot._curves.items()}
    assert style == {"model": Qt.PenStyle.SolidLine, "descent": Qt.PenStyle.DashLine}
    assert plot._scatters.items["query"].opts["pen"] is None
    assert plot._scatters.items["query"].getData()[1][0] == 0.2
    tones = [*plot.tones().values(), *plot.point_tones().values()]
    assert len({tone.name() for tone in tones}) == 3


def test_both_axes_go_by_decades_and_leave_out_what_has_no_logarithm(
    shown: Any, chart: Any
) -> None:
    x = np.array([0.0, 1.0, 10.0, 100.0])
    y = np.array([5.0, 1.0, -1.0, 0.01])
    view = chart(curves=(("loss", x, y),), logarithmic=(True, True))
    plot = shown(view).plot
    drawn = plot._curves["loss"][0].getData()
    assert np.allclose(drawn, [[0.0, 2.0], [0.0, -2.0]])
    (_, ticks), *_ = plot.item.getAxis("bottom").tickValues(0.0, 2.0, 400)
    assert plot.item.getAxis("bottom").tickStrings(ticks, 1.0, 1.0) == ["1", "10", "100"]


def test_limits_are_seen_and_come_back_after_a_zoom(shown: Any, chart: Any) -> None:
    plot = shown(chart(limits=((-2.0, 2.0), (-4.0, 4.0)))).plot
    box = plot.item.getViewBox()
    assert np.allclose(box.viewRange(), [(-2, 2), (-4, 4)])
    box.setRange(xRange=(0, 1), yRange=(0, 1))
    plot.fit()
    assert np.allclose(box.viewRange(), [(-2, 2), (-4, 4)])


def test_a_plane_has_units_of_equal_length(shown: Any, chart: Any) -> None:
    angle = np.linspace(0, 6, 50)
    view = chart(curves=(("path", np.cos(angle), 3 * np.sin(angle)),), equal=True)
    plot = shown(view).plot
    wide, high = plot.item.getViewBox().viewPixelSize()
    assert wide == pytest.approx(high, rel=1e-6)


def test_an_empty_chart_says_so_and_comes_back(shown: Any, chart: Any, grip: Any) -> None:
    viewport = shown(chart(curves=()))
    assert viewport.plot is None
    assert viewport._hint.isVisible()
    viewport.set_view(chart(curves=(), grip=grip((0.0, 0.0))))
    assert viewport.plot is not None
    assert viewport.plot.isVisible()
    assert not viewport._hint.isVisible()
    viewport.set_view(chart(curves=()))
    assert not viewport.plot.isVisible()
    assert viewport._hint.isVisible()


def test_marks_of_the_world_are_drawn_on_its_time_only(shown: Any, chart: Any) -> None:
    for name, count in (("step", 1), ("examples", 0)):
        viewport = shown(chart(x=name))
        viewport.set_marks((Mark(0, "transition"),))
        assert len(viewport.plot._lines.lines) == count


def test_what_is_said_of_a_place() -> None:
    data = {"a": (np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0]))}
    assert values_at(data, 0.9) == ["a 6"]
    assert runs_on(data)
    assert not runs_on({"loop": (np.array([0.0, 1.0, 0.0]), np.zeros(3))})
    assert nearest_point(data.items(), (1.1, 6.0), (0.1, 0.1), 5.0) == ("a", 1.0, 6.0)
    assert nearest_point(data.items(), (1.1, 6.0), (0.01, 0.1), 5.0) is None
    kept = drawable((np.array([-1.0, 2.0]), np.array([1.0, 3.0])), (True, False))
    assert kept[0].tolist() == [2.0]


def test_everything_is_saved_with_its_names(
    shown: Any, tmp_path: Path, chart: Any, grip: Any
) -> None:
    marks = (("query", np.array([0.5]), np.array([0.2])),)
    curves = tuple((name, LINE, n * LINE) for n, name in enumerate("abcd"))
    view = chart(curves=curves, dashed=("b",), points=marks, grip=grip((0.1, 0.3)))
    plot = shown(view).plot
    for kind in ("png", "svg", "csv"):
        plot.save(tmp_path / f"c.{kind}")
    with (tmp_path / "c.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["curve"] for row in rows if row["curve"] not in "abcd"] == ["query", "context"]
    assert rows[-1]["y"] == "0.3"
    svg = (tmp_path / "c.svg").read_text("utf-8")
    assert QSvgRenderer(str(tmp_path / "c.svg")).isValid()
    assert "stroke-dasharray" in svg
    assert ">query<" in svg  # named beside the plot on the screen, within it here
    assert plot.item.legend is None
    image = QImage(str(tmp_path / "c.png"))
    assert image.width() == 1200
    assert image.pixelColor(3, 3) == theme.colour("panel")


def test_names_of_curves_stand_beside_them_and_take_no_more_than_they_need(
    shown: Any, chart: Any
) -> None:
    viewport = shown(chart())
    assert viewport.plot.item.legend is None
    assert viewport.legend.isVisible()
    assert viewport.legend.geometry().left() >= viewport.plot.geometry().right()
    narrow = viewport.legend.width()
    long = "a curve that has a longer name"
    viewport.set_view(chart(curves=((long, LINE, LINE), ("descent", LINE, 0.5 * LINE))))
    assert narrow < viewport.legend.width() <= 168


def test_lines_are_as_wide_on_every_screen(
    shown: Any, monkeypatch: pytest.MonkeyPatch, chart: Any
) -> None:
    view = chart(cursors=(Cursor(0.5, "now", "moment"),))
    plot = shown(view).plot
    thin = plot._curves["model"][0].opts["pen"].widthF()
    monkeypatch.setattr(type(plot), "devicePixelRatioF", lambda self: 2.0)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert plot._curves["model"][0].opts["pen"].widthF() == pytest.approx(2 * thin)


def test_what_floats_on_a_chart_stays_above_it(shown: Any, chart: Any) -> None:
    viewport = shown(chart(curves=()))
    chip = QLabel("Press Train (T) to teach it", viewport)
    viewport.set_view(chart())
    children = viewport.children()
    assert children.index(viewport.plot) < children.index(chip)


def test_the_name_in_a_plot_follows_the_theme(shown: Any, qapp: Any, chart: Any) -> None:
    plot = shown(chart(curves=(("guess", LINE, LINE),))).plot
    try:
        for name, tokens in (("light", theme.LIGHT), ("dark", theme.DARK)):
            theme.apply(qapp, name)
            QTest.qWait(10)
            ((_, label),) = plot.item.legend.items
            assert tokens.dim.lower() in label.item.toHtml().lower()
    finally:
        theme.apply(qapp, "dark")
