"""Charts that the hand takes hold of: points and lines that are dragged, axes that stand still."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.viewports.dragging import Dragging
from engine.core.figures import Cursor

LEFT = Qt.MouseButton.LeftButton
LINE = np.linspace(-1.0, 1.0, 21)


def test_a_dragged_point_follows_the_hand_and_axes_stand_still(
    shown: Any, chart: Any, grip: Any, acts: Any, drag: Any
) -> None:
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


def test_one_place_is_on_its_way_and_the_newest_comes_next(done: Any) -> None:
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


def test_after_the_answer_the_world_says_where_the_point_is(
    shown: Any, chart: Any, grip: Any, acts: Any, drag: Any, done: Any
) -> None:
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


def test_the_cursor_of_a_training_is_dragged_along_x_only(
    shown: Any, chart: Any, acts: Any, drag: Any, done: Any
) -> None:
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


def test_a_cursor_stops_where_there_is_something(
    shown: Any, qtbot: Any, chart: Any, acts: Any, drag: Any, done: Any
) -> None:
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


def test_the_cursor_of_the_mouse_says_what_can_be_taken(
    shown: Any, qtbot: Any, chart: Any, grip: Any
) -> None:
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


def test_tab_chooses_a_point_and_arrows_move_it(
    shown: Any, qtbot: Any, chart: Any, grip: Any, acts: Any, done: Any
) -> None:
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
