"""Charts that the hand takes hold of: points and lines that are dragged, axes that stand still."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyqtgraph import InfiniteLine
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app import theme
from app.viewports.chart import ChartViewport
from app.viewports.dragging import Dragging
from app.widgets.plot_data import drawable, nearest_point, runs_on, values_at
from engine.core.commands import Reply
from engine.core.figures import ChartView, Cursor, Grip
from engine.core.system import Mark

TOY = Path(__file__).with_name("toys") / "figures.py"
LEFT = Qt.MouseButton.LeftButton
LINE = np.linspace(-1.0, 1.0, 21)


def chart(**more: Any) -> ChartView:
    given: dict[str, Any] = {
        "step": 0,
        "x": "x",
        "y": "y",
        "curves": (("model", LINE, LINE), ("descent", LINE, 0.5 * LINE)),
    }
    return ChartView(**{**given, **more})


def grip(*points: tuple[float, float]) -> Grip:
    return Grip("context", np.array(points, float).reshape(-1, 2), "move")


@pytest.fixture
def shown(qtbot: Any) -> Iterator[Callable[[ChartView], ChartViewport]]:
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


def acts(viewport: ChartViewport) -> list[tuple[str, dict[str, Any], Any]]:
    sent: list[tuple[str, dict[str, Any], Any]] = []
    viewport.acted.connect(lambda name, arguments, done: sent.append((name, arguments, done)))
    return sent


def drag(viewport: Any, start: QPointF, by: QPoint, *, release: bool = True) -> None:
    canvas, at = viewport.plot.canvas, start.toPoint()
    QTest.mouseMove(canvas, at)
    QTest.mousePress(canvas, LEFT, pos=at)
    for part in (1, 2, 3):
        QTest.mouseMove(canvas, at + by * part / 3)
        QTest.qWait(15)
    if release:
        QTest.mouseRelease(canvas, LEFT, pos=at + by)


def done(reply: Any) -> None:
    reply[2](Reply(1, 0))


# What is drawn.


def test_a_reference_is_dashed_and_marks_have_no_line(shown: Any) -> None:
    view = chart(dashed=("descent",), points=(("query", np.array([0.5]), np.array([0.2])),))
    plot = shown(view).plot
    style = {name: pair[0].opts["pen"].style() for name, pair in plot._curves.items()}
    assert style == {"model": Qt.PenStyle.SolidLine, "descent": Qt.PenStyle.DashLine}
    assert plot._scatters.items["query"].opts["pen"] is None
    assert plot._scatters.items["query"].getData()[1][0] == 0.2
    tones = [*plot.tones().values(), *plot.point_tones().values()]
    assert len({tone.name() for tone in tones}) == 3


def test_both_axes_go_by_decades_and_leave_out_what_has_no_logarithm(shown: Any) -> None:
    x = np.array([0.0, 1.0, 10.0, 100.0])
    y = np.array([5.0, 1.0, -1.0, 0.01])
    view = chart(curves=(("loss", x, y),), logarithmic=(True, True))
    plot = shown(view).plot
    drawn = plot._curves["loss"][0].getData()
    assert np.allclose(drawn, [[0.0, 2.0], [0.0, -2.0]])
    (_, ticks), *_ = plot.item.getAxis("bottom").tickValues(0.0, 2.0, 400)
    assert plot.item.getAxis("bottom").tickStrings(ticks, 1.0, 1.0) == ["1", "10", "100"]


def test_limits_are_seen_and_come_back_after_a_zoom(shown: Any) -> None:
    plot = shown(chart(limits=((-2.0, 2.0), (-4.0, 4.0)))).plot
    box = plot.item.getViewBox()
    assert np.allclose(box.viewRange(), [(-2, 2), (-4, 4)])
    box.setRange(xRange=(0, 1), yRange=(0, 1))
    plot.fit()
    assert np.allclose(box.viewRange(), [(-2, 2), (-4, 4)])


def test_a_plane_has_units_of_equal_length(shown: Any) -> None:
    angle = np.linspace(0, 6, 50)
    view = chart(curves=(("path", np.cos(angle), 3 * np.sin(angle)),), equal=True)
    plot = shown(view).plot
    wide, high = plot.item.getViewBox().viewPixelSize()
    assert wide == pytest.approx(high, rel=1e-6)


def test_an_empty_chart_says_so_and_comes_back(shown: Any) -> None:
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


def test_marks_of_the_world_are_drawn_on_its_time_only(shown: Any) -> None:
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


# What the hand does.


def test_a_dragged_point_follows_the_hand_and_axes_stand_still(shown: Any) -> None:
    viewport = shown(chart(grip=grip((-0.5, 0.0), (0.5, 0.0))))
    sent = acts(viewport)
    holds, box = viewport.holds, viewport.plot.item.getViewBox()
    before = np.array(box.viewRange())
    start = holds.place(("point", 1))
    drag(viewport, start, QPoint(30, -60), release=False)
    assert holds.held == ("point", 1)
    assert (holds.place(("point", 1)) - start - QPointF(30, -60)).manhattanLength() < 3
    far = chart(curves=(("model", LINE, 50 * LINE),), grip=grip((-0.5, 0.0), (0.5, 0.01)))
    viewport.set_view(far)  # older than the hand, and of another height
    QTest.qWait(30)
    assert np.allclose(box.viewRange(), before)
    assert (holds.place(("point", 1)) - start - QPointF(30, -60)).manhattanLength() < 3
    QTest.mouseRelease(viewport.plot.canvas, LEFT, pos=(start + QPointF(30, -60)).toPoint())
    QTest.qWait(30)
    assert box.viewRange()[1][1] > 10  # then they fit again
    name, arguments, _ = sent[0]
    assert (name, arguments["index"], set(arguments)) == ("move", 1, {"index", "x", "y"})


def test_one_place_is_on_its_way_and_the_newest_comes_next() -> None:
    dragging, sent, settled = Dragging(), [], []
    dragging.send.connect(lambda *what: sent.append(what))
    dragging.settled.connect(lambda: settled.append(1))
    for x in range(5):
        dragging.ask("move", {"x": x})
    assert [what[1]["x"] for what in sent] == [0]
    done(sent[0])
    assert [what[1]["x"] for what in sent] == [0, 4]
    assert not settled
    done(sent[1])
    assert settled == [1]
    dragging.ask("move", {"x": 9})
    assert sent[-1][1] == {"x": 9}


def test_after_the_answer_the_world_says_where_the_point_is(shown: Any) -> None:
    viewport = shown(chart(grip=grip((0.0, 0.0)), limits=((-1, 1), (-1, 1))))
    sent = acts(viewport)
    holds = viewport.holds
    drag(viewport, holds.place(("point", 0)), QPoint(60, 0))
    moved = holds.place(("point", 0))
    done(sent[0])
    if len(sent) > 1:
        done(sent[1])
    assert holds.place(("point", 0)) == moved
    snapped = chart(grip=grip((0.25, 0.25)), limits=((-1, 1), (-1, 1)))
    viewport.set_view(snapped)
    expected = viewport.plot.place_of(0.25, 0.25)
    assert (holds.place(("point", 0)) - expected).manhattanLength() < 1


def test_the_cursor_of_a_training_is_dragged_along_x_only(shown: Any) -> None:
    x = np.arange(1.0, 101.0)
    cursors = (Cursor(40.0, "shown", "moment"), Cursor(60.0, "phase {change}"))
    viewport = shown(chart(curves=(("loss", x, 1 / x),), cursors=cursors, logarithmic=(True, True)))
    sent = acts(viewport)
    holds = viewport.holds
    at = holds.place(("line", 0))
    expected = viewport.plot.place_of(np.log10(40.0), 0.0).x()
    assert at.x() == pytest.approx(expected, abs=1)
    drag(viewport, at, QPoint(-50, 30))
    assert set(sent[0][1]) == {"x"}
    assert 1.0 < sent[0][1]["x"] < 40.0
    done(sent[0])
    count = len(sent)
    drag(viewport, holds.place(("line", 1)), QPoint(-40, 0))  # a mark is no handle
    assert len(sent) == count


def test_a_cursor_stops_where_there_is_something(shown: Any, qtbot: Any) -> None:
    x = np.arange(1.0, 101.0)
    cursors = (Cursor(64.0, "shown", "moment", (1.0, 32.0, 64.0, 100.0)),)
    viewport = shown(chart(curves=(("loss", x, 1 / x),), cursors=cursors))
    sent, holds = acts(viewport), viewport.holds
    at = holds.place(("line", 0))
    to = viewport.plot.place_of(38.0, 0.0).x() - at.x()
    drag(viewport, at, QPoint(int(to), 0))
    assert sent[-1][1] == {"x": 32.0}
    assert holds.place(("line", 0)).x() == pytest.approx(
        viewport.plot.place_of(32.0, 0.0).x(), abs=1
    )
    done(sent[-1])
    viewport.activateWindow()
    viewport.setFocus()
    qtbot.waitUntil(viewport.plot.surface.hasFocus)
    QTest.keyClick(viewport.plot.surface, Qt.Key.Key_Tab)
    QTest.keyClick(viewport.plot.surface, Qt.Key.Key_Left)
    assert sent[-1][1] == {"x": 1.0}


def test_the_cursor_of_the_mouse_says_what_can_be_taken(shown: Any, qtbot: Any) -> None:
    viewport = shown(chart(grip=grip((0.0, 0.5)), cursors=(Cursor(0.5, "now", "moment"),)))
    canvas, holds = viewport.plot.canvas, viewport.holds
    beside = QPoint(60, 60)
    for hold, away, shape in (
        (("point", 0), QPoint(), Qt.CursorShape.OpenHandCursor),
        (("line", 0), QPoint(), Qt.CursorShape.SizeHorCursor),
        (("point", 0), beside, Qt.CursorShape.ArrowCursor),
    ):
        QTest.mouseMove(canvas, holds.place(hold).toPoint() + away)
        qtbot.waitUntil(lambda shape=shape: canvas.cursor().shape() == shape)
    point = holds.place(("point", 0)).toPoint()
    QTest.mousePress(canvas, LEFT, pos=point)
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseRelease(canvas, LEFT, pos=point)


def test_tab_chooses_a_point_and_arrows_move_it(shown: Any, qtbot: Any) -> None:
    limits = ((-1.0, 1.0), (-1.0, 1.0))
    cursors = (Cursor(0.5, "now", "moment"),)
    viewport = shown(chart(grip=grip((-0.5, 0.0), (0.5, 0.0)), cursors=cursors, limits=limits))
    viewport.activateWindow()
    viewport.setFocus()
    surface, holds = viewport.plot.surface, viewport.holds
    qtbot.waitUntil(surface.hasFocus)
    sent = acts(viewport)
    press = lambda key, keys=Qt.KeyboardModifier.NoModifier: QTest.keyClick(surface, key, keys)  # noqa: E731
    press(Qt.Key.Key_Right)
    assert not sent
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Tab)
    assert holds.chosen == ("point", 1)
    assert "context 2" in viewport.plot.accessibleDescription()
    press(Qt.Key.Key_Up)
    done(sent[-1])
    assert sent[-1][1] == pytest.approx({"index": 1, "x": 0.5, "y": 0.02})
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    done(sent[-1])
    assert sent[-1][1]["x"] == pytest.approx(0.498)
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Left)
    assert sent[-1][:2] == ("moment", pytest.approx({"x": 0.48}))
    press(Qt.Key.Key_Escape)
    assert holds.chosen is None


def test_everything_is_saved_with_its_names(shown: Any, tmp_path: Path) -> None:
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


def test_words_of_a_line_hide_no_curve_and_no_other_words(shown: Any) -> None:
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


def test_words_of_a_line_hide_no_point_where_a_curve_is_everywhere(shown: Any) -> None:
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


def test_what_is_told_of_a_place_follows_the_curves(shown: Any, qtbot: Any) -> None:
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
    shown: Any, qtbot: Any
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


def test_one_point_is_named_as_one(shown: Any) -> None:
    named = Grip("examples", np.array([(0.0, 0.0), (0.5, 0.5)]), "move", "example")
    viewport = shown(chart(grip=named, limits=((-1.0, 1.0), (-1.0, 1.0))))
    assert viewport.holds._words(("point", 1))[0] == "example 2"
    assert viewport.about((1, 0.5, 0.5))[0] == "example 2"


def test_names_of_curves_stand_beside_them_and_take_no_more_than_they_need(shown: Any) -> None:
    viewport = shown(chart())
    assert viewport.plot.item.legend is None
    assert viewport.legend.isVisible()
    assert viewport.legend.geometry().left() >= viewport.plot.geometry().right()
    narrow = viewport.legend.width()
    long = "a curve that has a longer name"
    viewport.set_view(chart(curves=((long, LINE, LINE), ("descent", LINE, 0.5 * LINE))))
    assert narrow < viewport.legend.width() <= 168


def test_lines_are_as_wide_on_every_screen(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = chart(cursors=(Cursor(0.5, "now", "moment"),))
    plot = shown(view).plot
    thin = plot._curves["model"][0].opts["pen"].widthF()
    monkeypatch.setattr(type(plot), "devicePixelRatioF", lambda self: 2.0)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert plot._curves["model"][0].opts["pen"].widthF() == pytest.approx(2 * thin)


def test_what_floats_on_a_chart_stays_above_it(shown: Any) -> None:
    viewport = shown(chart(curves=()))
    chip = QLabel("Press Train (T) to teach it", viewport)
    viewport.set_view(chart())
    children = viewport.children()
    assert children.index(viewport.plot) < children.index(chip)


def test_the_name_in_a_plot_follows_the_theme(shown: Any, qapp: Any) -> None:
    plot = shown(chart(curves=(("guess", LINE, LINE),))).plot
    try:
        for name, tokens in (("light", theme.LIGHT), ("dark", theme.DARK)):
            theme.apply(qapp, name)
            QTest.qWait(10)
            ((_, label),) = plot.item.legend.items
            assert tokens.dim.lower() in label.item.toHtml().lower()
    finally:
        theme.apply(qapp, "dark")


# In the window.


@pytest.fixture
def figures(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    plugin("figures", TOY.read_text("utf-8"), "Figures")
    desk = request.getfixturevalue("desk")
    desk.open("figures")
    return desk


def test_a_dragged_point_moves_the_world(figures: Any) -> None:
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


def test_a_refused_place_is_told_once_and_the_point_goes_back(figures: Any) -> None:
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
