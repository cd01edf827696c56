"""A chart of a world in the window: drags, refusals and menus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.core.commands import Reply

TOY = Path(__file__).parents[1] / "toys" / "figures.py"
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def figures(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    plugin("figures", TOY.read_text("utf-8"), "Figures")
    desk = request.getfixturevalue("desk")
    desk.open("figures")
    return desk


def test_a_dragged_point_moves_the_world(figures: Any, drag: Any) -> None:
    desk = figures
    viewport = desk.viewport
    start = viewport.holds.place(("point", 5))
    QTest.qWait(50)
    before = desk.world.views["prompt"].curves[1][2][-1]
    drag(viewport, start, QPoint(0, -90))
    desk.settle()
    desk.until(lambda: desk.world.views["prompt"].curves[1][2][-1] > before + 0.01, "a new line")
    seen = desk.world.views["prompt"].grip.points[5]
    where = viewport.holds.place(("point", 5))
    assert (where - viewport.plot.place_of(*seen)).manhattanLength() < 2
    assert not desk.toasts()


def test_a_refused_place_is_told_once_and_the_point_goes_back(figures: Any, drag: Any) -> None:
    desk = figures
    viewport = desk.viewport
    y = float(desk.world.views["prompt"].grip.points[5][1])
    viewport.acted.emit("move", {"index": 5, "x": 0.0, "y": 1.55}, None)
    desk.until(desk.toasts, "a toast")
    assert desk.toasts() == ["No point lies at 1.55. Stay within 1.5"] or "1.55" in desk.toasts()[0]
    assert float(desk.world.views["prompt"].grip.points[5][1]) == y
    drag(viewport, viewport.holds.place(("point", 5)), QPoint(0, -600))
    desk.settle()
    home = viewport.plot.place_of(*desk.world.views["prompt"].grip.points[5])
    desk.until(
        lambda: (viewport.holds.place(("point", 5)) - home).manhattanLength() < 2, "the point"
    )


def test_the_menu_of_a_point_offers_what_can_be_done_with_it(figures: Any, answer: Any) -> None:
    desk = figures
    viewport = desk.viewport
    words: list[str] = []

    def read(menu: Any) -> None:
        words.extend(action.text() for action in menu.actions())
        menu.close()

    answer(read)
    at = viewport.holds.place(("point", 2)).toPoint()
    QTest.mouseClick(viewport.plot.canvas, Qt.MouseButton.RightButton, pos=at)
    desk.until(lambda: words, "the menu")
    assert "Move point" in words
    assert viewport.about((2, 0.5, 0.25)) == ("context 3", {"index": 2, "x": 0.5, "y": 0.25})


def test_a_view_of_the_bottom_panel_acts_on_the_world(figures: Any) -> None:
    desk = figures
    desk.window.docks.bottom.show()
    bottom = desk.window.bottom
    titles = [bottom.tabText(index) for index in range(bottom.count())]
    bottom.setCurrentIndex(titles.index("Loss by position"))
    page = bottom.currentWidget()
    desk.until(lambda: page.viewport is not None and page.viewport.frames_drawn > 0, "the panel")
    replies: list[Reply] = []
    page.viewport.acted.emit("moment", {"x": 77.0}, replies.append)
    desk.until(lambda: replies, "a reply")
    assert replies[0].ok
    page.viewport.acted.emit("moment", {"x": -1.0}, None)
    desk.until(lambda: any("moment" in words for words in desk.toasts()), "a toast")


def test_a_point_of_the_bottom_panel_has_the_menu_of_the_world(figures: Any, answer: Any) -> None:
    desk = figures
    desk.window.docks.bottom.show()
    bottom = desk.window.bottom
    titles = [bottom.tabText(index) for index in range(bottom.count())]
    bottom.setCurrentIndex(titles.index("Loss by position"))
    viewport = desk.until(lambda: bottom.currentWidget().viewport, "the panel")
    desk.until(lambda: viewport.frames_drawn > 0, "a picture")
    words: list[str] = []

    def choose(menu: Any) -> None:
        words.extend(action.text() for action in menu.actions())
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())

    answer(choose)
    asked: list[Any] = []
    bottom.act_asked.connect(lambda offer, known: asked.append((offer.name, known)))
    at = viewport.holds.place(("point", 0)).toPoint()
    QTest.mouseClick(viewport.plot.canvas, Qt.MouseButton.RightButton, pos=at)
    desk.until(lambda: asked, "a choice")
    assert words == ["Move point", "Moment"]
    desk.settle()
    assert asked == [("move", {"index": 0, "x": 16.0, "y": 0.3})]
    assert not desk.toasts()


def test_a_plot_that_cannot_be_saved_is_told_wherever_it_is(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.widgets.plot_files import ask_and_save

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/nowhere/plot.png", ""))
    desk.open("gray-scott", playing=True)
    desk.window.docks.bottom.show()
    controls = desk.window.controls
    desk.viewport.set_tool("inspect")
    desk.click(desk.viewport, desk.point_of(100, 120))
    desk.until(lambda: controls.inspector._plot is not None, "the inspector's plot")
    plots = desk.until(lambda: list(desk.window.bottom.metrics.plots.values()), "plots")
    told: list[Any] = []
    desk.lab.problem.connect(told.append)
    for plot in (plots[0], controls.inspector._plot, controls.training._make_plot()):
        ask_and_save(plot)
    assert [str(error.path) for error in told] == ["/nowhere/plot.png"] * 3
    desk.until(desk.toasts, "a toast")
