"""The middle of the window with plain pages: split, dragged, joined, remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton

from app.workspace import tree as t
from app.workspace.edges import MIME, zone_at, zone_rect
from app.workspace.workspace import Workspace

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Thing(QObject):
    title_changed = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def __repr__(self) -> str:
        return self.title


class Bench:
    """A workspace on the screen with things a, b, c whose pages are text fields."""

    def __init__(self) -> None:
        self.things = [Thing(name) for name in "abc"]
        self.a, self.b, self.c = self.things
        self.pages = {thing: QLineEdit(thing.title) for thing in self.things}
        self.space = Workspace(QLabel("nothing"), lambda: self.things)
        self.space.resize(800, 600)
        self.space.show()
        self.turned: list[Any] = []
        self.space.turned_to.connect(self.turned.append)

    def open(self, *things: Thing) -> None:
        for thing in things:
            self.space.add(thing, self.pages[thing])
            self.space.focus(thing)

    def drop(self, item: Thing, at: QPoint) -> str:
        """Carry a thing over the workspace and let go; returns what was said before."""
        zones, data = self.space._zones, QMimeData()
        data.setData(MIME, b"x")
        zones.begin(item)
        move = Qt.DropAction.MoveAction
        for kind in (QDragEnterEvent, QDragMoveEvent):
            QApplication.sendEvent(zones, kind(at, move, data, LEFT, NONE))
        words = zones.words()
        zones.grab()
        QApplication.sendEvent(zones, QDropEvent(at.toPointF(), move, data, LEFT, NONE))
        assert not zones.isVisible()
        return words


@pytest.fixture
def bench(qapp: QApplication) -> Iterator[Bench]:
    bench = Bench()
    QTest.qWaitForWindowExposed(bench.space, 5000)
    yield bench
    bench.space.stop()
    bench.space.close()
    bench.space.deleteLater()
    for page in bench.pages.values():
        page.deleteLater()


def test_pages_share_one_cell_at_first(bench: Bench) -> None:
    assert bench.space.items() == ()
    bench.open(bench.a, bench.b)
    assert bench.space.seen() == (bench.b,)
    assert not bench.pages[bench.a].isVisible()
    assert bench.pages[bench.b].isVisible()
    assert not bench.space._views[0].tabs.isVisible()  # one part needs no tabs of its own


def test_a_split_shows_both(bench: Bench) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    assert bench.space.seen() == (bench.a, bench.b)
    left, right = (bench.pages[thing] for thing in (bench.a, bench.b))
    QTest.qWait(20)
    assert left.isVisible()
    assert right.isVisible()
    assert left.mapTo(bench.space, QPoint()).x() < right.mapTo(bench.space, QPoint()).x()
    assert abs(left.width() - right.width()) < 8
    assert all(view.tabs.isVisible() for view in bench.space._views)


def test_a_page_keeps_what_is_in_it_while_cells_move(bench: Bench) -> None:
    bench.open(bench.a, bench.b, bench.c)
    bench.pages[bench.a].setText("typed")
    bench.space.split(bench.a, "left")
    bench.space.split(bench.c, "bottom", bench.a)
    bench.space.put(bench.a, bench.b)
    assert bench.pages[bench.a].text() == "typed"
    assert sorted(map(repr, bench.space.items())) == ["a", "b", "c"]


def test_clicking_into_a_cell_turns_to_it(bench: Bench) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    QTest.qWait(20)
    page, handle = bench.pages[bench.a], bench.space.windowHandle()
    page.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # as the buttons on a picture
    at = page.mapTo(bench.space, page.rect().center())
    QTest.mouseClick(handle, LEFT, NONE, at)
    assert bench.turned == [bench.a]
    assert bench.space.focused is bench.a
    QTest.mouseClick(handle, LEFT, NONE, at)
    assert bench.turned == [bench.a]


def test_the_keyboard_turns_to_a_cell_too(bench: Bench) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    bench.space.activateWindow()
    QTest.qWaitForWindowActive(bench.space, 2000)
    bench.pages[bench.b].setFocus()
    bench.pages[bench.a].setFocus()
    QTest.qWait(10)
    assert bench.space.focused is bench.a


@pytest.mark.parametrize(
    ("x", "y", "words", "seen"),
    [
        (0.9, 0.5, "a right of b", "ba"),
        (0.1, 0.5, "a left of b", "ab"),
        (0.5, 0.05, "a above b", "ab"),
        (0.5, 0.95, "a below b", "ba"),
    ],
)
def test_a_tab_let_go_at_an_edge_splits(
    bench: Bench, x: float, y: float, words: str, seen: str
) -> None:
    bench.open(bench.a, bench.b)
    at = QPoint(int(x * bench.space.width()), int(y * bench.space.height()))
    assert bench.drop(bench.a, at) == words
    assert "".join(map(repr, bench.space.seen())) == seen
    assert bench.turned == [bench.a]


def test_a_tab_let_go_in_the_middle_moves_there(bench: Bench) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    words = bench.drop(bench.a, QPoint(600, 300))
    assert words == "a as a tab beside b"
    assert bench.space.tree == t.Cell((bench.b, bench.a), bench.a)


def test_one_alone_has_no_zones_in_its_own_cell(bench: Bench) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    before = bench.space.tree
    assert bench.drop(bench.a, QPoint(20, 300)) == ""
    assert bench.space.tree == before


def test_what_comes_from_elsewhere_is_not_taken(bench: Bench) -> None:
    bench.open(bench.a)
    data = QMimeData()
    data.setText("hello")
    bench.space._zones.begin(bench.a)
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(bench.space._zones, event)
    assert not event.isAccepted()
    bench.space._zones.end()


def test_a_part_is_closed_and_its_pages_stay(bench: Bench) -> None:
    bench.open(bench.a, bench.b, bench.c)
    bench.space.split(bench.c, "right")
    bench.space.put(bench.b, bench.c)
    closer = next(
        button
        for button in bench.space._views[1].findChildren(QToolButton)
        if button.accessibleName() == "Close this part"
    )
    QTest.mouseClick(closer, LEFT)
    assert len(t.cells(bench.space.tree)) == 1
    assert sorted(map(repr, bench.space.items())) == ["a", "b", "c"]
    assert not bench.space._entering._on


def test_closing_tells_what_comes_next(bench: Bench) -> None:
    bench.open(bench.a, bench.b, bench.c)
    bench.space.split(bench.c, "right")
    assert bench.space.beside(bench.b) is bench.a
    assert bench.space.beside(bench.c) in (bench.a, bench.b)
    bench.space.remove(bench.c)
    assert bench.space.beside(bench.b) is bench.a
    bench.space.remove(bench.b)
    assert bench.space.beside(bench.a) is None


def test_the_next_cell_goes_round(bench: Bench) -> None:
    bench.open(bench.a, bench.b, bench.c)
    bench.space.split(bench.b, "right")
    bench.space.split(bench.c, "bottom")
    around = [bench.a]
    for _ in range(3):
        around.append(bench.space.neighbour(around[-1], 1))
    assert around[0] is around[3]
    assert len(set(around)) == 3
    assert bench.space.neighbour(around[1], -1) is around[0]


def test_a_tab_dragged_down_is_torn_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open(bench.a, bench.b)
    bench.space.split(bench.b, "right")
    tabs, torn = bench.space._views[0].tabs, []
    monkeypatch.setattr(bench.space._zones, "drag", torn.append)
    at = tabs.tabRect(0).center()
    QTest.mousePress(tabs, LEFT, NONE, at)
    QTest.mouseMove(tabs, at + QPoint(0, 20))
    assert not torn
    QTest.mouseMove(tabs, at + QPoint(0, 80))
    assert torn == [bench.a]
    QTest.mouseRelease(tabs, LEFT, NONE, at)


def test_the_largest_cell_has_most_room(bench: Bench) -> None:
    assert bench.space.roomiest() == (None, "right")
    bench.open(bench.a, bench.b)
    assert bench.space.roomiest() == (bench.b, "right")
    bench.space.split(bench.b, "right")
    bench.space._splitters[()].setSizes([100, 700])
    assert bench.space.roomiest() == (bench.b, "right")
    bench.space._splitters[()].setSizes([420, 380])
    assert bench.space.roomiest() == (bench.a, "bottom")


def test_an_arrangement_is_remembered(bench: Bench) -> None:
    bench.open(*bench.things)
    bench.space.split(bench.b, "right")
    bench.space.split(bench.c, "bottom", bench.b)
    bench.space.focus(bench.a)
    kept = json.loads(json.dumps(bench.space.memento()))
    before = bench.space.tree
    for thing in (bench.b, bench.c):
        bench.space.put(thing, bench.a)
    bench.space.recall(kept, bench.things)
    after = bench.space.tree
    assert [c.items for c in t.cells(after)] == [c.items for c in t.cells(before)]
    assert bench.space.focused is bench.a


@pytest.mark.parametrize(
    "kept",
    [{}, {"tree": 3}, {"tree": {"cell": [7, "x", None]}, "focused": True}, {"focused": {"a": 1}}],
)
def test_a_memento_that_makes_no_sense_loses_no_page(bench: Bench, kept: dict[str, Any]) -> None:
    bench.open(*bench.things)
    bench.space.recall(kept, bench.things)
    assert sorted(map(repr, bench.space.items())) == ["a", "b", "c"]


def test_zones_of_a_cell() -> None:
    cell = QRect(100, 50, 200, 100)
    assert zone_at(cell.center(), cell) == "middle"
    assert zone_at(QPoint(105, 100), cell) == "left"
    assert zone_at(QPoint(200, 145), cell) == "bottom"
    for zone in ("left", "right", "top", "bottom"):
        room = zone_rect(zone, cell)  # type: ignore[arg-type]
        assert cell.contains(room)
        assert room.width() * room.height() == pytest.approx(cell.width() * cell.height() / 2)
