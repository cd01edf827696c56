"""The parts of the inspector by themselves: places of bytes, keys, lines, labels, legends."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent
from pytestqt.qtbot import QtBot

from app.panels.tape_keys import deed_of
from app.panels.tape_view import TapeView
from app.viewports.graph_labels import readable
from app.widgets.elided import ElidedLabel
from app.widgets.legend import Legend
from app.widgets.listing import Listing
from app.widgets.tape_layout import MARGIN, ROWS, TapeLayout
from engine.core.programs import Line

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize(
    ("count", "program", "columns", "rows"),
    [(128, 64, 32, 4), (32, 16, 16, 2), (16, 8, 8, 2), (4096, 0, 32, 128), (0, 64, 1, 0)],
)
def test_a_row_holds_at_most_one_program(count: int, program: int, columns: int, rows: int) -> None:
    place = TapeLayout(count, program, 0, 800, 120)
    assert (place.columns, place.rows) == (columns, rows)


def test_every_byte_is_found_where_it_is_drawn() -> None:
    place = TapeLayout(128, 64, 0, 613, 97)
    cells = [place.rect_of(address) for address in place.shown]
    assert [place.address_at(c.center().x(), c.center().y()) for c in cells] == list(range(128))
    assert all(c.left() == int(c.left()) and c.top() == int(c.top()) for c in cells)
    assert max(c.bottom() for c in cells) <= 97
    assert place.address_at(MARGIN - 2, 10) is None
    assert [place.label(row) for row in range(4)] == ["left 0", "left 32", "right 0", "right 32"]


def test_a_long_tape_scrolls_to_a_byte_by_the_least() -> None:
    place = TapeLayout(4096, 0, 10, 800, 120)
    assert place.first_for(10 * 32) == 10
    assert place.first_for(13 * 32 + 5) == 10
    assert place.first_for(14 * 32) == 11
    assert place.first_for(3 * 32) == 3
    assert place.clamped(10_000) == 128 - ROWS


def test_keys_step_by_one_and_by_ten() -> None:
    def deed(
        key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> object:
        return deed_of(QKeyEvent(QEvent.Type.KeyPress, key, modifiers))

    assert [deed(k) for k in (KEY.Key_Left, KEY.Key_Right, KEY.Key_Up, KEY.Key_Down)] == [
        -1,
        1,
        -10,
        10,
    ]
    assert (deed(KEY.Key_Home), deed(KEY.Key_End), deed(KEY.Key_Space)) == ("first", "last", "play")
    assert (deed(KEY.Key_Right, SHIFT), deed(KEY.Key_End, SHIFT)) == (10, "next stop")
    assert deed(KEY.Key_S, Qt.KeyboardModifier.ControlModifier) is None


def test_a_listing_writes_only_what_changed(qtbot: QtBot) -> None:
    listing = Listing()
    qtbot.addWidget(listing)
    lines = [Line(at, bytes([at]), f"does {at}", "a remark") for at in range(8)]
    listing.set_lines(lines)
    listing.set_marks(3, {5})
    kept = [listing.topLevelItem(row) for row in range(8)]
    listing.set_lines([*lines[:2], Line(2, b"\x09\x0a", "twice"), *lines[4:7]])
    assert listing.topLevelItemCount() == 6
    assert [listing.topLevelItem(row) for row in range(6)] == kept[:6]
    assert [listing.topLevelItem(row).text(3) for row in range(6)] == [
        "does 0",
        "does 1",
        "twice",
        "does 4",
        "does 5",
        "does 6",
    ]
    assert [listing.topLevelItem(row).text(0) for row in range(6)] == [
        "",
        "",
        "\u25b8",
        "",
        "\u25cf",
        "",
    ]
    line = listing.line_at(2)
    assert line is not None
    assert line.text == "twice"
    assert listing.line_at(3) is None


def test_words_that_are_cut_are_in_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("many words that do not fit")
    qtbot.addWidget(label)
    label.resize(60, 16)
    label.grab()
    assert label.toolTip() == label.text()
    label.resize(600, 16)
    label.grab()
    assert label.toolTip() == ""


def test_a_legend_names_every_curve(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.set_entries([(f"strain {n}", QColor(n, 0, 0)) for n in range(12)])
    assert [legend.item(row).text() for row in (0, 11)] == ["strain 0", "strain 11"]
    picture = legend.item(7).data(Qt.ItemDataRole.DecorationRole)
    assert picture.toImage().pixelColor(5, 5).red() == 7


def test_labels_never_lie_upon_each_other_or_upon_other_nodes() -> None:
    nodes = [(0.0, 10.0 * n, 8.0, 10.0 * n + 8) for n in range(10)]
    labels = [(10.0, top - 3, 60.0, bottom + 3) for _, top, _, bottom in nodes]
    assert readable(labels, nodes, range(10)) == [0, 2, 4, 6, 8]
    assert readable(labels, nodes, [5, *range(10)][:1]) == [5]
    nodes.append((40.0, 2.0, 48.0, 6.0))
    labels.append((200.0, 0.0, 240.0, 8.0))
    assert readable(labels, nodes, range(11)) == [1, 3, 5, 7, 9, 10]


def test_the_code_keeps_room_for_its_remarks_in_a_small_window(qtbot: QtBot) -> None:
    view = TapeView()
    qtbot.addWidget(view)
    view.strip.set_alphabet(None)
    tape = np.zeros(128, np.uint8)
    view.strip.set_tape(tape, tape, pointers={}, writes={}, reads=(), breaks=())
    view.resize(722, 160)
    view.show()
    view.strip.show()
    view.listing.show()
    view.hint.hide()
    qtbot.waitUntil(lambda: view.listing.width() >= 200)
    assert view.strip.geometry().right() < view.listing.geometry().left()
    assert view.strip.rect_of(31).right() <= view.strip.width()
