"""Rows of parameters: numbers, sliders, wheel, scrubbing; and what waits for a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.widgets import number
from app.widgets.choice import Choice
from app.widgets.parameter_row import LABEL_WIDTH, ParameterRow
from app.widgets.row_words import UNIT_WIDTH
from engine.core import registry
from engine.core.params import ParamField

FLOAT = ParamField(
    name="feed", title="Feed", kind="float", default=0.0367, low=0.005, high=0.1, unit="",
    help="Feeds.", apply="live", log=False, cost=None, expert=False,
)  # fmt: skip
INT = replace(FLOAT, name="size", title="Size", kind="int", default=16, low=8, high=96)
LOG = replace(FLOAT, name="rate", title="Rate", default=2e-3, low=1e-5, high=2e-2, log=True)
CHOICE = replace(FLOAT, name="edges", kind="choice", default="wrap", choices=("wrap", "closed"))
ZERO = replace(LOG, name="mutation", default=1 / 4096, low=0.0, high=0.1, least=1e-6)
FIELDS = (FLOAT, INT, LOG)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (FLOAT, "0.05", 0.05),
        (FLOAT, " 0,05 ", 0.05),
        (FLOAT, "5e-2", 0.05),
        (FLOAT, "0.2", None),
        (FLOAT, "nan", None),
        (FLOAT, "inf", None),
        (FLOAT, "", None),
        (FLOAT, "five", None),
        (INT, "32", 32),
        (INT, "32.0", 32),
        (INT, "32.5", None),
        (INT, "7", None),
        (LOG, "1e-3", 1e-3),
        (LOG, "1/4096", 1 / 4096),
        (LOG, " 1 / 500 ", 2e-3),
        (LOG, "1/0", None),
        (LOG, "1/", None),
        (LOG, "1/2", None),
        (INT, "64/2", 32),
    ],
)
def test_numbers_are_read_or_refused(field: ParamField, text: str, value: float | None) -> None:
    assert number.parse(field, text) == value


@given(st.sampled_from(FIELDS), st.floats(0, 1))
def test_every_place_of_a_slider_is_a_value_that_can_be_typed(
    field: ParamField, fraction: float
) -> None:
    value = number.value_at(field, fraction)
    assert field.low is not None
    assert field.high is not None
    assert field.low <= value <= field.high
    assert number.parse(field, number.text_of(field, value)) == pytest.approx(value, rel=1e-6)
    assert number.fraction_of(field, value) == pytest.approx(fraction, abs=0.02)


def test_ends_of_sliders_are_the_ends_of_ranges() -> None:
    for field in FIELDS:
        assert number.value_at(field, 0.0) == field.low
        assert number.value_at(field, 1.0) == field.high
    assert number.value_at(LOG, 0.5) == pytest.approx((1e-5 * 2e-2) ** 0.5, rel=0.01)


def test_a_logarithmic_slider_stops_at_zero() -> None:
    assert number.value_at(ZERO, 0.0) == 0.0
    assert number.value_at(ZERO, number.ZERO_STOP / 2) == 0.0
    assert number.value_at(ZERO, number.ZERO_STOP) == pytest.approx(1e-6)
    assert number.value_at(ZERO, 1.0) == 0.1
    assert number.fraction_of(ZERO, 0.0) == 0.0
    assert number.fraction_of(ZERO, 1e-6) == pytest.approx(number.ZERO_STOP)
    middle = number.fraction_of(ZERO, 1 / 4096)
    assert 0.4 < middle < 0.6  # not in the corner, as on a linear slider
    assert number.value_at(ZERO, middle) == pytest.approx(1 / 4096, rel=0.01)
    undeclared = replace(LOG, low=0.0)
    assert number.value_at(undeclared, number.ZERO_STOP) == pytest.approx(2e-6)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (ZERO, 1 / 4096, "1/4096"),
        (ZERO, 0.000244, "2.44e-4"),
        (ZERO, 1.5e-5, "1.5e-5"),
        (ZERO, 0.0, "0"),
        (ZERO, 0.1, "0.1"),
        (ZERO, 1 / 1024, "1/1024"),
        (ZERO, 1 / 64, "1/64"),
        (ZERO, 0.001, "0.001"),
        (replace(ZERO, log=False), 1 / 4096, "1/4096"),
        (replace(ZERO, log=False), 0.00123456, "0.00123"),
        (FLOAT, 0.0367, "0.0367"),
    ],
)
def test_small_numbers_fit_their_field(field: ParamField, value: float, text: str) -> None:
    assert number.text_of(field, value) == text
    assert len(text) <= number.MOST_SIGNS
    assert number.parse(field, text) == pytest.approx(value, rel=0.01)


def test_a_value_is_shown_with_all_its_digits() -> None:
    assert number.text_of(FLOAT, 0.0367) == "0.0367"
    assert number.text_of(FLOAT, 0.05) == "0.0500" or number.text_of(FLOAT, 0.05) == "0.050"
    assert number.text_of(LOG, 0.002) == "0.002"
    assert number.text_of(INT, 16) == "16"


@pytest.fixture
def rows(qtbot: Any) -> Callable[..., Any]:
    """Show rows; returns them with a list of what they report."""

    panels: list[QWidget] = []

    def show(*fields: ParamField) -> Any:
        panel = QWidget()
        panels.append(panel)
        qtbot.addWidget(panel)
        layout = QVBoxLayout(panel)
        made = [ParameterRow(field) for field in fields]
        seen: list[Any] = []
        for row in made:
            layout.addWidget(row)
            row.changed.connect(lambda name, value: seen.append((name, value)))
        panel.resize(320, 120)
        panel.show()
        assert QTest.qWaitForWindowExposed(panel, 5000)
        panel.activateWindow()
        QTest.qWaitForWindowActive(panel, 3000)
        return (*made, seen)

    return show


def wheel(widget: QWidget, notches: int) -> bool:
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_typed_number_is_taken_and_a_wrong_one_put_back(rows: Any) -> None:
    row, seen = rows(FLOAT)
    field = row._number
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0.06")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert seen == [("feed", 0.06)]
    assert row.value == 0.06
    field.selectAll()
    QTest.keyClicks(field, "9")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert seen == [("feed", 0.06)]
    assert float(field.text()) == 0.06


def test_leaving_a_number_changes_nothing(rows: Any) -> None:
    row, other, seen = rows(FLOAT, INT)
    row.set_value(0.012345678)
    row._number.setFocus()
    other._number.setFocus()
    assert seen == []
    assert row.value == 0.012345678


def test_the_slider_is_dragged_and_pressed(rows: Any) -> None:
    row, seen = rows(FLOAT)
    slider = row._control
    QTest.mouseClick(slider, LEFT, NONE, QPoint(slider.width() - 1, 5))
    assert seen[-1] == ("feed", 0.1)
    QTest.mousePress(slider, LEFT, NONE, QPoint(slider.width() // 2, 5))
    QTest.mouseMove(slider, QPoint(slider.width() // 2 - 3, 5))
    QTest.mouseMove(slider, QPoint(0, 5))
    # While it is held, what the world reports does not move it.
    row.set_value(0.09)
    assert slider.fraction() == 0.0
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(0, 5))
    assert ("feed", 0.005) in seen


def test_the_wheel_needs_the_focus(rows: Any) -> None:
    row, choice, seen = rows(FLOAT, CHOICE)
    other = row._number
    for control in (row._control, choice._control):
        other.setFocus()
        assert not wheel(control, -1)
        assert seen == []
    row._control.setFocus()
    assert wheel(row._control, 1)
    assert len(seen) == 1
    choice._control.setFocus()
    assert isinstance(choice._control, QComboBox)
    wheel(choice._control, -1)
    assert seen[-1] == ("edges", "closed")


@pytest.mark.parametrize("field", [INT, replace(INT, log=True, low=1, high=100_000)])
def test_an_arrow_key_moves_a_whole_number(rows: Any, field: ParamField) -> None:
    row, seen = rows(field)
    row._control.setFocus()
    QTest.keyClick(row._control, Qt.Key.Key_Right)
    assert len(seen) == 1
    assert 16 < seen[0][1] <= 18
    row.set_value(seen[0][1])
    QTest.keyClick(row._control, Qt.Key.Key_Left)
    assert len(seen) == 2


def test_the_label_scrubs_and_a_double_click_resets(rows: Any) -> None:
    row, seen = rows(FLOAT)
    label = row._label
    QTest.mousePress(label, LEFT, NONE, QPoint(20, 10))
    QTest.mouseMove(label, QPoint(50, 10))
    QTest.mouseMove(label, QPoint(60, 10))
    QTest.mouseRelease(label, LEFT, NONE, QPoint(60, 10))
    assert row.value == pytest.approx(0.0367 + 0.095 * 40 / 200, abs=1e-3)
    assert label.is_marked()
    QTest.mouseDClick(label, LEFT, NONE, QPoint(20, 10))
    assert row.value == 0.0367
    assert seen[-1] == ("feed", 0.0367)
    assert not label.is_marked()


def test_the_sign_of_waiting_goes_away(rows: Any) -> None:
    row, plain, _ = rows(replace(INT, unit="px"), replace(CHOICE, default="closed"))

    def orange() -> int:
        picture = row.grab().toImage()
        spots = ((x, y) for x in range(16) for y in range(picture.height()))
        colours = (picture.pixelColor(x, y) for x, y in spots)
        return sum(colour.red() - colour.blue() > 60 for colour in colours)

    assert orange() == 0
    row.set_value(20, waiting=True)
    assert orange() > 0
    row.set_value(16)
    assert orange() == 0
    assert row._unit.text() == "px"
    assert plain._unit.isHidden()


def test_a_row_is_marked_where_it_differs_from_the_beginning(rows: Any) -> None:
    row, seen = rows(FLOAT)
    row.set_origin(0.05)
    row.set_value(0.05)
    assert not row._label.is_marked()
    assert "began with 0.05" in row.toolTip()
    row.set_value(0.0367)
    assert row._label.is_marked()
    row.reset()
    assert seen == [("feed", 0.05)]


def test_each_row_says_what_it_is(rows: Any) -> None:
    row, choice, _ = rows(FLOAT, CHOICE)
    assert "0.005 to 0.1" in row.toolTip()
    assert "Feeds." in row.toolTip()
    assert row._control.accessibleName() == "Feed"
    assert "wrap, closed" in choice.toolTip()


# In the window.


def test_a_live_parameter_acts_while_the_world_runs(desk: Any) -> None:
    world = desk.open("gray-scott", playing=True)
    step = world.state.step
    row = desk.row("feed")
    desk.click(row._control, QPoint(row._control.width() - 2, 5))
    desk.until(lambda: world.state.spec.params["feed"] == 0.1, "the new value")
    desk.until(lambda: world.state.step > step, "no restart")
    assert row.value == 0.1
    desk.run("params.defaults")
    desk.until(lambda: world.state.spec.params["feed"] == 0.0367, "the default")


def test_a_rebuild_parameter_waits_for_apply_and_keeps_the_weights(desk: Any) -> None:
    desk.run("world.open", "growing-nca")
    world = desk.alive()
    rows = world.views["world"].extent[0]
    desk.row("height")._choose(rows + 16)
    parameters = desk.window.controls.parameters
    assert world.pending == {"height": rows + 16}
    assert parameters.bar.isVisible()
    assert desk.window.user_actions["params.apply"].isEnabled()
    desk.quiet(0.1)
    assert world.views["world"].extent[0] == rows
    assert desk.row("height").value == rows + 16
    parameters._discard()
    assert not parameters.bar.isVisible()
    assert desk.row("height").value == rows
    desk.row("height")._choose(rows + 16)
    model = world.state.spec.model
    desk.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: world.views["world"].extent[0] == rows + 16, "the larger world")
    assert world.state.spec.model == model
    assert not world.pending
    assert not parameters.bar.isVisible()
    assert not desk.window.user_actions["params.apply"].isEnabled()


def test_what_waits_to_be_applied_is_in_sight(desk: Any) -> None:
    desk.window.resize(1280, 800)
    desk.open("mesh-nca", vertices=642)
    desk.row("batch")._choose(2)  # the long list is unfolded, and scrolled to its end
    controls = desk.window.controls
    for place in (0, controls.area.verticalScrollBar().maximum()):
        controls.area.verticalScrollBar().setValue(place)
        desk.quiet(0.02)
        bar = controls.parameters.bar
        assert bar.visibleRegion().boundingRect() == bar.rect()
    controls.parameters._discard()
    assert not bar.isVisible()


def test_a_value_that_is_refused_goes_back_with_a_sentence(desk: Any) -> None:
    desk.open("life")
    row = desk.row("rule")
    row._control.setFocus()
    row._control.selectAll()
    QTest.keyClicks(row._control, "Bogus")
    QTest.keyClick(row._control, Qt.Key.Key_Return)
    desk.until(lambda: desk.toasts(), "a sentence")
    assert "rule cannot be 'Bogus'" in desk.toasts()[0]
    desk.until(lambda: row.value == "B3/S23", "the old rule")
    desk.until(lambda: row._control.text() == "B3/S23", "the old rule in the field")
    desk.viewport.setFocus()
    desk.quiet(0.05)
    assert len(desk.toasts()) == 1
    assert desk.state.spec.params["rule"] == "B3/S23"


def test_rows_of_another_system_replace_those_of_the_first(desk: Any) -> None:
    desk.open("life")
    assert "rule" in desk.window.controls.parameters._rows
    desk.open("gray-scott")
    assert "rule" not in desk.window.controls.parameters._rows
    assert "feed" in desk.window.controls.parameters._rows


def test_rows_stand_under_the_headings_of_their_groups(desk: Any) -> None:
    desk.open("mesh-nca", vertices=642)
    panel = desk.window.controls.parameters
    parts = [part for part, _ in panel._groups.values()]
    parts.sort(key=panel._layout.indexOf)
    titles = [part.findChild(QLabel).text() for part in parts]
    assert titles == ["Look", "Pattern", "Body", "Learning"]
    look, body = (panel._rows[name].parentWidget() for name in ("shown", "shape"))
    assert look is panel._rows["bumpiness"].parentWidget()
    assert look.y() < body.y() < panel._more.y()
    panel._more.setChecked(True)
    experts = panel._rows["batch"].parentWidget()
    assert experts.findChild(QLabel).text() == "Learning"
    assert experts.isVisible()
    panel._more.setChecked(False)
    assert not experts.isVisible()
    assert panel._rows["shown"].isVisible()


def test_changes_are_counted_against_the_preset(desk: Any) -> None:
    desk.lab.open_preset("mesh-nca", "graft")
    world = desk.alive()
    panel, notes = desk.window.controls.parameters, []
    panel.note_changed.connect(notes.append)
    panel._refresh()
    assert notes[-1] == ""
    desk.row("blend")._choose(0.5)
    desk.row("shape")._choose("knot")
    assert notes[-1] == "2 changed"
    desk.run("params.defaults")
    desk.until(lambda: world.params["blend"] == 0.0 and notes[-1] == "", "the preset")
    assert world.params["shape"] == "creature"
    assert not world.pending


def test_the_longest_language_and_a_unit_fit_beside_a_scroll_bar(qtbot: Any) -> None:
    long = replace(CHOICE, name="language", choices=("bff", "bff_noheads_4bit"), default="bff")
    limit = replace(INT, name="step_limit", unit="steps")
    column = QWidget()
    qtbot.addWidget(column)
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    rows = [ParameterRow(long), ParameterRow(limit)]
    for row in rows:
        layout.addWidget(row)
    assert column.minimumSizeHint().width() <= 276
    column.resize(276, 80)
    with qtbot.waitExposed(column):
        column.show()
    rows[0].set_value("bff_noheads_4bit")
    box = rows[0]._control
    assert isinstance(box, QComboBox)
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    assert box.fontMetrics().horizontalAdvance("bff_noheads_4bit") <= field.width()
    unit = rows[1]._unit
    assert unit.fontMetrics().horizontalAdvance("steps") <= unit.width()
    assert unit.geometry().right() < 276


def test_every_row_has_room_for_its_label_and_its_unit(qapp: Any, qtbot: Any) -> None:
    theme.apply(qapp, "dark")
    body = QFontMetrics(theme.font("body"))
    cut = []
    for entry in registry.catalogue():
        for field in entry.fields:
            row = ParameterRow(field)
            qtbot.addWidget(row)
            shown = row._unit.text()
            needed = QFontMetrics(row._unit.font()).horizontalAdvance(shown)
            assert needed <= row._unit.width() <= UNIT_WIDTH, field.name
            assert shown == field.unit or field.unit in row.toolTip()
            if body.horizontalAdvance(field.title) > LABEL_WIDTH:
                cut.append(f"{entry.info.slug}: {field.title}")
    assert cut == []


def test_a_choice_makes_its_list_when_it_is_reached_and_keeps_its_size(qapp: Any) -> None:
    theme.apply(qapp, "dark")
    box, qts = Choice(), QComboBox()
    for each in (box, qts):
        each.addItems(["open", "bff_noheads_4bit"])
        each.setCurrentText("bff_noheads_4bit")
        each.ensurePolished()
    seen: list[str] = []
    box.currentTextChanged.connect(seen.append)
    assert box.sizeHint() == qts.sizeHint()
    assert box.minimumSizeHint() == qts.minimumSizeHint()
    theme.apply(qapp, "light")
    theme.apply(qapp, "dark")
    assert not box.findChildren(QWidget)
    assert (box.currentText(), box.currentIndex()) == ("bff_noheads_4bit", 1)
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.findChildren(QWidget)
    assert seen == ["open"]
    assert box.currentIndex() == 0
    assert box.sizeHint() == qts.sizeHint()
    box.deleteLater()
    qts.deleteLater()
