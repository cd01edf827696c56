"""Matrices side by side: their places, their colours, the shared cross-hair, and their files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import theme
from app.viewports.matrices import MatricesViewport
from app.viewports.matrix_files import as_text
from app.viewports.matrix_layout import lay_out, line_name
from app.viewports.matrix_painter import magnitudes
from app.viewports.shades import MIDDLE, STEPS, places, shades
from engine.core.errors import UserError
from engine.core.figures import Matrix, MatrixView


def matrix(title: str, *shape: int, **more: Any) -> Matrix:
    values = np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    return Matrix(title=title, values=values, **more)


def view_of(*matrices: Matrix, across: int = 3, facts: Any = ()) -> MatrixView:
    return MatrixView(step=0, matrices=matrices, across=across, facts=facts)


TRIPLE = view_of(
    matrix("learned", 4, 4, row_blocks=(0, 3), rows=("x", "y"), columns=("a", "b", "c", "d")),
    matrix("constructed", 4, 4),
    matrix("probe", 2, 3),
    facts=(("cosine", 0.9987), ("distance", 0.01)),
)


def hover(sheet: Any, at: Any) -> None:
    QTest.mouseMove(sheet, at)
    QTest.qWait(20)


@pytest.fixture
def shown(qtbot: Any, qapp: QApplication) -> Iterator[MatricesViewport]:
    theme.apply(qapp, "light")
    viewport = MatricesViewport()
    qtbot.addWidget(viewport)
    viewport.resize(900, 420)
    viewport.show()
    qtbot.waitExposed(viewport)
    viewport.set_view(TRIPLE)
    qtbot.waitUntil(lambda: viewport.frames_drawn > 0)
    yield viewport
    theme.apply(qapp, "dark")


def test_they_stand_in_rows_that_break_where_it_is_narrow(qapp: QApplication) -> None:
    wide = lay_out(TRIPLE, 900, 400)
    assert len({panel.cells.top() for panel in wide.panels}) == 1
    assert len(wide.chips) == 2
    narrow = lay_out(TRIPLE, 360, 400)
    assert len({panel.cells.top() for panel in narrow.panels}) == 2
    slim = lay_out(TRIPLE, 170, 200)
    assert len({panel.cells.top() for panel in slim.panels}) == 3
    assert slim.height > 200  # it is scrolled, not squashed
    for sheet, width in ((wide, 900), (narrow, 360), (slim, 170)):
        for panel in sheet.panels:
            assert panel.cells.left() >= 0
            assert panel.cells.right() <= width
            assert panel.cells.height() > 40


def test_equal_matrices_are_drawn_equally_large_beside_one_with_a_note(qapp: QApplication) -> None:
    noted = view_of(matrix("a", 5, 5, note="of layer 1"), matrix("b", 5, 5))
    one, two = lay_out(noted, 600, 260).panels
    assert one.cells.size() == two.cells.size()


def test_a_long_matrix_is_stretched_and_a_square_one_stays_square(qapp: QApplication) -> None:
    (panel,) = lay_out(view_of(matrix("probe", 4, 96)), 700, 400).panels
    assert panel.cells.height() / 4 == pytest.approx(3 * panel.cells.width() / 96, rel=0.2)
    (panel,) = lay_out(view_of(matrix("w", 20, 20)), 700, 300).panels
    assert panel.cells.height() == panel.cells.width()


def test_lines_of_blocks_are_named_by_block_and_place() -> None:
    assert [line_name(("x", "y"), (0, 3), line) for line in range(4)] == [
        "x 1",
        "x 2",
        "x 3",
        "y 1",
    ]
    assert line_name(("x", "y", "z"), (0, 1, 3), 0) == "x"
    assert line_name(("k", "T"), (), 1) == "T"
    assert line_name((), (), 1) == "2"


def test_a_thin_diagonal_survives_reduction() -> None:
    values = np.zeros((64, 64), np.float32)
    values[np.arange(64), np.arange(64)] = -2.0
    values[:8] = np.nan
    small = magnitudes(values, 8, 16)
    assert small.shape == (8, 16)
    assert np.isnan(small[0]).all()
    assert (small[3, 6:8] == -2.0).all()
    assert small[3, 0] == 0.0


@pytest.mark.parametrize("name", ["light", "dark"])
def test_zero_lies_on_the_ground_of_the_theme(qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    table = shades("diverging")
    assert table.shape == (STEPS, 3)
    ground = theme.colour("panel") if name == "dark" else "#ffffff"
    zero = places(np.array([0.0, -3.0, 5.0, np.nan]), (-3.0, 1.0), "diverging")
    assert tuple(zero[:3]) == (MIDDLE, 0, STEPS - 1)
    expected = (255, 255, 255) if ground == "#ffffff" else ground.getRgb()[:3]  # type: ignore[union-attr]
    assert tuple(int(part) for part in table[MIDDLE]) == expected
    below, above = table[20].astype(int), table[-20].astype(int)
    assert below[2] > below[0] + 40  # blue
    assert above[0] > above[2] + 40  # red
    theme.apply(qapp, "dark")


def test_all_matrices_of_one_shape_tell_their_value_at_the_cursor(shown: Any) -> None:
    sheet = shown.sheet
    first, second, probe = sheet.sheet.panels
    hover(sheet, first.box_of(3, 1).center().toPoint())
    assert sheet.at == (0, 3, 1)
    assert sheet.accessibleDescription() == "learned, 0.7333, row y 1   column b"
    quiet = sheet.grab().toImage()
    hover(sheet, first.cells.topLeft().toPoint() - QPointF(20, 20).toPoint())
    assert sheet.at is None
    bare = sheet.grab().toImage()

    def changed(box: Any) -> bool:
        part = box.toAlignedRect().adjusted(-2, -2, 2, 2)
        return bool(quiet.copy(part) != bare.copy(part))

    assert changed(second.box_of(3, 1))
    assert changed(second.title)
    assert not changed(probe.cells)


def test_a_click_locks_arrows_move_and_escape_lets_go(shown: Any) -> None:
    sheet = shown.sheet
    panel = sheet.sheet.panels[1]
    at = panel.box_of(1, 2).center().toPoint()
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=at)
    assert sheet.locked == (1, 1, 2)
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    QTest.keyClick(sheet, Qt.Key.Key_Right)
    QTest.keyClick(sheet, Qt.Key.Key_Up)
    assert sheet.locked == (1, 0, 3)
    QTest.keyClick(sheet, Qt.Key.Key_PageDown)
    assert sheet.locked == (2, 0, 2)  # of 2 x 3: brought within
    shown.set_view(view_of(*TRIPLE.matrices[:2]))
    assert sheet.locked is None
    QTest.keyClick(sheet, Qt.Key.Key_Down)
    assert sheet.locked == (0, 0, 0)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.locked is None


def test_a_double_click_shows_one_alone_and_all_again(shown: Any) -> None:
    sheet = shown.sheet
    before = sheet.sheet.panels[2].cells
    QTest.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=before.center().toPoint())
    (alone,) = sheet.sheet.panels
    assert alone.index == 2
    assert alone.cells.width() > before.width()
    QTest.mouseDClick(sheet, Qt.MouseButton.LeftButton, pos=alone.cells.center().toPoint())
    assert len(sheet.sheet.panels) == 3


def test_nothing_is_hatched_and_zero_is_not(shown: Any) -> None:
    values = np.zeros((2, 2), np.float32)
    values[0, 1] = np.nan
    shown.set_view(view_of(Matrix(title="attention", values=values)))
    panel = shown.sheet.sheet.panels[0]
    image = shown.sheet.grab().toImage()

    def tones(row: int, column: int) -> int:
        box = panel.box_of(row, column).toAlignedRect().adjusted(3, 3, -60, -60)
        part = image.copy(box)
        return len({part.pixel(x, y) for x in range(part.width()) for y in range(part.height())})

    assert tones(1, 0) == 1
    assert tones(0, 1) > 1
    hover(shown.sheet, panel.box_of(0, 1).center().toPoint())
    assert "none" in shown.sheet.accessibleDescription()


def test_values_are_copied_with_their_names(shown: Any, qtbot: Any) -> None:
    shown.activateWindow()
    shown.setFocus()
    qtbot.waitUntil(shown.sheet.hasFocus)
    assert as_text(TRIPLE.matrices[0]).splitlines()[0] == "\ta\tb\tc\td"
    assert as_text(TRIPLE.matrices[0]).splitlines()[4].startswith("y 1\t0.6")
    hover(shown.sheet, shown.sheet.sheet.panels[2].cells.center().toPoint())
    QTest.keyClick(shown.sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == as_text(TRIPLE.matrices[2])
    words = [action.text() for action in shown.menu(1).actions()]
    assert words[:2] == ["Copy values of constructed", "Copy all values"]


def test_pictures_drawings_and_tables_are_written(shown: Any, tmp_path: Path) -> None:
    for kind in ("png", "svg", "csv"):
        shown.save(tmp_path / f"m.{kind}")
    assert QImage(str(tmp_path / "m.png")).width() > 1000
    svg = (tmp_path / "m.svg").read_text("utf-8")
    assert QSvgRenderer(str(tmp_path / "m.svg")).isValid()
    assert "learned" in svg
    assert "<image" in svg  # the scale
    with (tmp_path / "m.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16 + 16 + 6
    last = rows[15]
    assert (last["row name"], last["column name"], last["value"]) == ("y 1", "d", "1")


def test_what_cannot_be_written_is_told(shown: Any, tmp_path: Path) -> None:
    told: list[UserError] = []
    shown.problem.connect(told.append)
    for name in ("none/m.csv", "none/m.svg", "none/m.png", "m.doc"):
        shown.save(tmp_path / name)
    assert len(told) == 4
    assert not list(tmp_path.iterdir())


def test_rows_of_matrices_line_up_whatever_labels_and_notes_they_have(qapp: QApplication) -> None:
    mixed = view_of(
        matrix("one", 3, 3, rows=("a long name", "b", "c"), note="of layer 1"),
        matrix("two", 3, 3, limits=(-2.0, 2.0)),
        across=1,
    )
    one, two = lay_out(mixed, 500, 700).panels
    assert one.cells.left() == two.cells.left()
    assert one.bar is not None
    assert two.bar is not None
    assert one.bar.top() - one.cells.bottom() == two.bar.top() - two.cells.bottom()


@pytest.mark.parametrize(("limits", "written"), [((-1.0, 1.0), True), ((-1e9, 1e9), False)])
def test_values_are_written_where_every_one_has_room(
    shown: Any, limits: tuple[float, float], written: bool
) -> None:
    values = np.full((5, 5), 0.5 * limits[1], np.float32)
    shown.set_view(view_of(Matrix(title="w", values=values, limits=limits)))
    box = shown.sheet.sheet.panels[0].box_of(3, 3).toAlignedRect().adjusted(2, 2, -2, -2)
    part = shown.sheet.grab().toImage().copy(box)
    tones = {part.pixel(x, y) for x in range(part.width()) for y in range(part.height())}
    assert (len(tones) > 1) == written
