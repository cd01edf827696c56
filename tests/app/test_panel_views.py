"""Views in the bottom panel, marks in its plots, and a world that pauses itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

TOY = Path(__file__).with_name("toys") / "words.py"


@pytest.fixture
def words(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window with a world of programs that stands still, and its bottom panel open."""
    plugin("words", TOY.read_text("utf-8"), "Words")
    desk = request.getfixturevalue("desk")
    desk.open("words")
    desk.window.docks.bottom.show()
    desk.until(lambda: "Tree" in titles(desk), "tabs")
    return desk


def titles(desk: Any) -> list[str]:
    tabs = desk.window.bottom
    return [tabs.tabText(index) for index in range(tabs.count())]


def show(desk: Any, title: str) -> Any:
    """Choose a tab, and return the viewport on it once it has drawn something."""
    bottom = desk.window.bottom
    bar = bottom.tabBar()
    desk.click(bar, bar.tabRect(titles(desk).index(title)).center())
    page = bottom.currentWidget()
    desk.until(lambda: page.viewport.frames_drawn > 0, f"{title} drawn")
    return page.viewport


def picked(desk: Any) -> list[bytes]:
    codes: list[bytes] = []
    desk.world.program_picked.connect(lambda code, place: codes.append(code))
    return codes


def test_panel_views_are_tabs_below_and_main_views_above(words: Any) -> None:
    desk = words
    shown = [title for title in titles(desk) if title in ("Population", "Takeover", "Tree")]
    assert shown == ["Population", "Takeover", "Tree"]
    assert titles(desk)[-1] == "Log"
    assert not desk.page._tabs.isVisible()
    assert desk.viewport.name == "world"


def test_only_the_visible_one_is_looked_at(words: Any) -> None:
    desk = words
    world = desk.world
    assert world.request("population") is None
    show(desk, "Population")
    assert world.request("population") is not None
    show(desk, "Takeover")
    assert world.request("population") is None
    assert world.request("takeover") is not None
    desk.window.docks.bottom.hide()
    assert world.request("takeover") is None
    assert world.request("world") is not None


def test_tabs_go_with_their_world(words: Any) -> None:
    desk = words
    first = desk.world
    show(desk, "Tree")
    desk.open("life")
    assert "Tree" not in titles(desk)
    assert first.request("tree") is None
    desk.lab.select(first)
    assert "Tree" in titles(desk)
    desk.lab.close(first)
    assert "Tree" not in titles(desk)


def test_the_tab_that_was_chosen_comes_back_with_the_next_world_of_its_kind(words: Any) -> None:
    desk = words
    bottom = desk.window.bottom
    current = lambda: bottom.tabText(bottom.currentIndex())  # noqa: E731
    bar = bottom.tabBar()
    for title in ("Tape", "Tree"):
        desk.click(bar, bar.tabRect(titles(desk).index(title)).center())
        assert current() == title
        desk.open("life")
        assert current() != title
        desk.open("words")
        desk.until(lambda title=title: current() == title, title)
    desk.open("life")
    desk.click(bar, bar.tabRect(titles(desk).index("Log")).center())
    desk.open("words")
    desk.until(lambda: "Tree" in titles(desk), "tabs")
    assert current() == "Log"


def test_a_row_of_the_table_picks_its_program(words: Any) -> None:
    desk = words
    codes = picked(desk)
    viewport = show(desk, "Population")
    table = viewport._table
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    where = table.visualRect(viewport._sorted.index(2, 0)).center()
    desk.click(table.viewport(), where)
    assert codes == [desk.world.views["population"].programs[0]]
    swatch = viewport._sorted.index(2, 0).data(Qt.ItemDataRole.DecorationRole)
    assert (swatch.red(), swatch.green(), swatch.blue()) == (230, 159, 0)


def test_the_chart_stacks_its_curves(words: Any) -> None:
    desk = words
    viewport = show(desk, "Takeover")
    curves = viewport.plot._curves
    assert list(curves) == ["first", "second", "others"]
    _, view_y = curves["others"][0].getOriginalDataset()
    assert np.allclose(view_y, 1.0)

    def stacked() -> bool:
        pixels = desk.pixels(viewport).astype(int)
        high, wide = pixels.shape[:2]
        # At the left the third area fills the plot, at the right the first one most of it.
        left, right = pixels[high // 2, wide // 5], pixels[high // 2, wide * 3 // 4]
        return bool(left[1] > left[0] + 40 and right[0] > right[2] + 40)

    desk.until(stacked, "the areas on each other")  # the first picture may come before them


def test_a_node_of_the_graph_tells_and_picks(words: Any) -> None:
    desk = words
    codes = picked(desk)
    viewport = show(desk, "Tree")
    at = viewport.point_of(1).toPoint()
    inner = viewport._plot.viewport()
    place = inner.mapFrom(viewport, at)
    QTest.mouseMove(inner, place - QPoint(40, 0))
    desk.quiet(0.05)  # it drops moves that follow each other too fast
    QTest.mouseMove(inner, place)
    desk.until(lambda: viewport._note.isVisible(), "the note")
    assert viewport._note.toPlainText() == "b\n5,387 copies"
    desk.click(inner, place)
    desk.until(lambda: codes, "a picked program")
    assert codes == [desk.world.views["tree"].programs[1]]


def test_marks_are_drawn_in_the_plots_and_a_pause_is_told(words: Any) -> None:
    desk = words
    bottom = desk.window.bottom
    bottom.setCurrentWidget(bottom.metrics)
    desk.run("transport.play")
    desk.until(lambda: desk.state.paused_by, "a pause")
    desk.until(lambda: desk.toasts(), "a toast")
    assert desk.toasts() == ["words: Transition found at step 10"]
    assert not desk.state.playing
    desk.until(lambda: "entropy" in bottom.metrics.plots, "a plot")
    plot = bottom.metrics.plots["entropy"]
    desk.until(lambda: plot._lines.lines, "a mark")
    assert list(plot._lines.lines) == [(10, "transition")]
    desk.run("transport.reset")
    desk.until(lambda: not plot._lines.lines, "no mark after a reset")


def test_a_click_in_the_picture_opens_the_inspector_and_one_in_a_table_does_not(
    words: Any,
) -> None:
    desk = words
    bottom = desk.window.bottom
    assert desk.viewport.tools.tool == "hand"  # a click picks, it destroys nothing
    viewport = show(desk, "Population")
    table = viewport._table
    desk.click(table.viewport(), table.visualRect(viewport._sorted.index(0, 0)).center())
    desk.until(lambda: bottom.tape.session is not None, "the inspector follows")
    assert titles(desk)[bottom.currentIndex()] == "Population"
    table.setFocus()
    desk.key(Qt.Key.Key_Return, widget=table)
    assert bottom.currentWidget() is bottom.tape
    height = desk.viewport.height()
    desk.window.docks.bottom.hide()
    desk.until(lambda: desk.viewport.height() > height, "the picture in its place")
    desk.click(desk.viewport, desk.point_of(5, 9))
    desk.until(lambda: bottom.tape.isVisible(), "the inspector")
    desk.until(lambda: bottom.tape.tools.title.text() == "program 10", "its program")


def test_what_is_selected_in_a_table_stays_while_it_changes(words: Any) -> None:
    from engine.core.figures import TableView

    viewport = show(words, "Population")
    table = viewport._table
    codes = (b"a", b"b", b"c", b"d")

    def newer(step: int, *rows: tuple[int, int]) -> None:
        viewport.set_view(
            TableView(
                step=step,
                columns=("name", "copies"),
                rows=tuple((f"x{place}", copies) for place, copies in rows),
                programs=tuple(codes[place] for place, _ in rows),
            )
        )

    newer(100, (0, 5), (1, 4), (2, 3))
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    words.click(table.viewport(), table.visualRect(viewport._sorted.index(1, 0)).center())
    newer(101, (2, 9), (0, 5), (1, 4), (3, 1))
    chosen = table.selectionModel().selectedRows()
    assert [index.data() for index in chosen] == ["x1"]
    assert (chosen[0].row(), table.currentIndex().row()) == (2, 2)
    newer(102, (0, 5), (2, 3))
    assert table.selectionModel().selectedRows() == []


def test_the_chart_marks_events_and_names_many_curves_beside_it(words: Any) -> None:
    from engine.core.figures import ChartView
    from engine.core.system import Mark

    viewport = show(words, "Takeover")
    assert viewport.legend.isVisible()
    x = np.arange(8.0)
    names = [f"strain {number}" for number in range(9)]
    viewport.set_view(
        ChartView(
            step=9,
            x="epoch",
            y="share",
            curves=tuple((name, x, x / 72) for name in names),
            stacked=True,
        )
    )
    legend = viewport.legend
    assert legend.isVisible()
    words.until(
        lambda: legend.geometry().left() >= viewport.plot.geometry().right(), "a place beside it"
    )
    # The areas lie upon each other from the first one up, and so do the names.
    assert [legend.item(row).text() for row in range(9)] == names[::-1]
    viewport.set_marks((Mark(4, "transition"),))
    assert list(viewport.plot._lines.lines) == [(4, "transition")]


def test_a_view_below_changes_a_few_times_a_second_at_most(words: Any) -> None:
    from app.panels.offered import REFRESH_MS
    from engine.core.commands import SetSpeed

    desk = words
    desk.lab.submit(SetSpeed(100.0))
    desk.run("transport.play")
    desk.until(lambda: desk.state.paused_by, "a pause")
    desk.run("transport.play")
    viewport = show(desk, "Population")
    before, start = viewport.frames_drawn, time.monotonic()
    desk.until(lambda: desk.state.step >= 100, "a hundred steps")
    drawn, seconds = viewport.frames_drawn - before, time.monotonic() - start
    assert 1 <= drawn <= 1 + seconds * 1000 / REFRESH_MS


def test_nodes_of_a_dense_tree_do_not_hide_each_other(words: Any) -> None:
    from engine.core.figures import GraphView

    viewport = show(words, "Tree")
    count = 60
    nodes = np.stack([np.arange(count) % 2 * 10, np.arange(count)], 1).astype(np.float32)
    viewport.set_view(
        GraphView(
            step=9,
            nodes=nodes,
            edges=np.stack([np.arange(count - 1), np.arange(1, count)], 1).astype(np.int32),
            labels=tuple(str(number) for number in range(count)),
            sizes=np.ones(count, np.float32),
            axis="epoch",
        )
    )
    words.quiet(0.1)
    assert float(viewport._diameters.max()) <= 9.0
    shown = [label for label in viewport._labels if label.isVisible()]
    assert 0 < len(shown) < count
    boxes = [label.textItem.sceneBoundingRect().adjusted(4, 7, -4, -7) for label in shown]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])


def test_every_scalar_has_a_plot_with_its_name_and_newest_value(words: Any) -> None:
    desk = words
    bottom = desk.window.bottom
    bottom.setCurrentWidget(bottom.metrics)
    desk.run("transport.play")
    desk.until(lambda: len(bottom.metrics.plots) == 2, "plots")
    curves = bottom.metrics._curves
    assert list(curves) == ["entropy", "operations"]
    desk.until(lambda: curves["operations"]._value.text() == "52", "the value at step 12")
    desk.lab.select(None)
    assert bottom.metrics.plots == {}
    assert bottom.metrics._hint.isVisible()
