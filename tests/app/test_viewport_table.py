"""The table viewport, and the choice of a viewport by the kind of view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.viewports.factory import UnknownViewport, make_viewport
from app.viewports.grid import GridViewport
from app.viewports.table import TableViewport, cell_words
from engine.core.figures import PointsView, TableView
from engine.core.system import ViewOffer

ROWS = (("b", 10, 0.5), ("a", 9, 1e-7), ("c", 100, 2.0))


@pytest.fixture
def table(qtbot: QtBot) -> TableViewport:
    widget = make_viewport(ViewOffer("scores", "Scores", "table"))
    assert isinstance(widget, TableViewport)
    qtbot.addWidget(widget)
    widget.resize(500, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    widget.set_view(TableView(step=1, columns=("name", "copies", "rate"), rows=ROWS))
    return widget


def shown(table: TableViewport, column: int) -> list[str]:
    model = table._sorted
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def sides(table: TableViewport, column: int) -> list[Qt.AlignmentFlag]:
    """Return on which side the cells of a column and its name stand."""
    role, model = Qt.ItemDataRole.TextAlignmentRole, table._sorted
    found = [model.index(row, column).data(role) for row in range(model.rowCount())]
    found.append(model.headerData(column, Qt.Orientation.Horizontal, role))
    right = Qt.AlignmentFlag.AlignRight
    return [right if side & right else Qt.AlignmentFlag.AlignLeft for side in found]


def test_rows_come_as_they_are_until_a_head_is_clicked(table: TableViewport) -> None:
    assert table.name == "scores"
    assert shown(table, 0) == ["b", "a", "c"]
    table._table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert shown(table, 1) == ["9", "10", "100"]


def test_a_newer_table_keeps_the_order_chosen(table: TableViewport, qtbot: QtBot) -> None:
    table._table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(table.painted):
        table.set_view(
            TableView(step=2, columns=("name", "copies", "rate"), rows=(*ROWS[:2], ("d", 11, 3.0)))
        )
    assert shown(table, 0) == ["d", "b", "a"]
    table.set_view(TableView(step=3, columns=("only",), rows=((1,),)))
    assert shown(table, 0) == ["1"]


def test_copy_gives_tab_separated_text_in_the_order_shown(table: TableViewport) -> None:
    table._table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    table.copy()
    text = QGuiApplication.clipboard().text()
    assert text == "name\tcopies\trate\na\t9\t1e-07\nb\t10\t0.5\nc\t100\t2.0"
    table._table.selectRow(1)
    table.copy()
    assert QGuiApplication.clipboard().text() == "name\tcopies\trate\nb\t10\t0.5"


def test_figures_are_right_aligned_and_readable(table: TableViewport) -> None:
    index = table._sorted.index(0, 1)
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert cell_words(1234567) == "1,234,567"
    assert cell_words(0.123456789) == "0.1235"
    assert cell_words(123456.7) == "123,457"
    assert cell_words(1.5e20) == "1.5e+20"
    assert cell_words("x") == "x"


@pytest.mark.parametrize("words", ["10,242", "0.650", "-3", "6"])
def test_figures_that_a_system_wrote_itself_stand_as_others_do(
    table: TableViewport, words: str
) -> None:
    table.set_view(TableView(step=2, columns=("name", "value"), rows=(("a", words), ("b", ""))))
    assert sides(table, 1) == [Qt.AlignmentFlag.AlignRight] * 3


def test_a_column_with_any_word_is_one_of_words(table: TableViewport) -> None:
    rows = (("3", 0.5), ("Z", 1.0), ("8", 2.0))
    table.set_view(TableView(step=2, columns=("token", "loss"), rows=rows))
    assert sides(table, 0) == [Qt.AlignmentFlag.AlignLeft] * 4
    assert sides(table, 1) == [Qt.AlignmentFlag.AlignRight] * 4
    fonts = [table._sorted.index(row, 0).data(Qt.ItemDataRole.FontRole) for row in range(3)]
    assert fonts == [None] * 3


def test_broken_numbers_have_four_figures_and_one_number_of_decimals(table: TableViewport) -> None:
    rows = ((0.013158, 12345.678, 7.269773), (0.0185267, 2.5, 0.002713), (0.0, float("nan"), 0.0))
    table.set_view(TableView(step=2, columns=("loss", "size", "change"), rows=rows))
    assert shown(table, 0) == ["0.01316", "0.01853", "0.00000"]
    assert shown(table, 1) == ["12,345.7", "2.5", "nan"]
    assert shown(table, 2) == ["7.2698", "0.0027", "0.0000"]


def test_a_column_has_one_side_and_one_number_of_decimals(table: TableViewport) -> None:
    rows = (("", 2.0, 1e-9), (7, 32.3, 1.0), (8, 1.25, 2.0))
    table.set_view(TableView(step=2, columns=("parent", "share", "chance"), rows=rows))
    role = Qt.ItemDataRole.TextAlignmentRole
    side = table._model.headerData(0, Qt.Orientation.Horizontal, role)
    assert side & Qt.AlignmentFlag.AlignRight
    assert shown(table, 1) == ["2.00", "32.30", "1.25"]
    assert shown(table, 2) == ["1e-09", "1", "2"]


def test_an_unknown_kind_says_so_and_goes_on(qtbot: QtBot) -> None:
    widget = make_viewport(ViewOffer("cloud", "Cloud", "holograms"))
    qtbot.addWidget(widget)
    assert isinstance(widget, UnknownViewport)
    import numpy as np

    widget.set_view(PointsView(step=0, points=np.zeros((1, 2), np.float32)))
    assert widget.frames_drawn == 0


def test_images_get_the_grid_viewport(qtbot: QtBot) -> None:
    widget = make_viewport(ViewOffer("world", "World", "image"))
    qtbot.addWidget(widget)
    assert isinstance(widget, GridViewport)
