"""The one row for every parameter: label, control, number, unit.

A dot marks a value that differs from the one it began with, a turning arrow one that waits for a
restart; a double click on the label brings the beginning back, dragging the label scrubs (Shift
fine, Ctrl coarse). Rows only show and report; the lab decides.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.context_menu import ContextMenu
from app.painting import painting
from app.widgets import number
from app.widgets.choice import Choice
from app.widgets.long_text import LongText
from app.widgets.row_words import fits, help_of
from app.widgets.section import dim_label
from app.widgets.slider import Slider
from engine.core.params import ParamField

__all__ = ["ParameterRow"]

LABEL_WIDTH = 94
NUMBER_WIDTH = 68
SIGN = 12
SLIDER_WIDTH = 34
"""At least: a panel with a scroll bar has 276 pixels for a row."""
SCRUB_PIXELS = 200
LONG = (25, 256)
"""Texts of so many characters get lines of their own: all of them is seen."""


class ParameterRow(QWidget):
    """One parameter.

    Signals
    -------
    changed : str, object
        Name and the value that the user chose; in range and of the field's type.
    refused : str
        Something else was typed: what is allowed. The row shows its former value again.
    """

    changed = Signal(str, object)
    refused = Signal(str)

    def __init__(self, field: ParamField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value: Any = field.default
        self._origin: Any = field.default
        self._waiting = False
        self._label = _ScrubLabel(field, self)
        self._label.scrubbed.connect(self._scrub)
        self._label.reset_asked.connect(self.reset)
        unit = field.unit if fits(field.unit) else ""
        self._unit = QLabel(unit)
        self._unit.setProperty("dim", True)
        self._unit.setFont(theme.font("caption"))
        wide = QFontMetrics(self._unit.font()).horizontalAdvance(unit)
        self._unit.setFixedWidth(wide + 2)
        if field.kind == "text" and LONG[0] <= (field.longest or 0) <= LONG[1]:
            self._control: QWidget = self._make_long()
        else:
            layout = QHBoxLayout(self)
            layout.setContentsMargins(theme.PADDING + 4, 0, theme.UNIT, 0)
            layout.setSpacing(2 * theme.UNIT)
            layout.addWidget(self._label)
            self._control = self._make_control(layout)
            self.setFixedHeight(theme.ROW)
        self.setToolTip(help_of(field, field.default))
        self.set_value(field.default)

    @property
    def value(self) -> Any:
        """What the row shows."""
        return self._value

    def take_keyboard(self) -> None:
        """Give the keyboard to the number, or to what the value is chosen with."""
        control = self._number if isinstance(self._control, Slider) else self._control
        control.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_origin(self, value: Any) -> None:
        """Say what the world began with: other values are marked, and `reset` goes back to it."""
        if value != self._origin:
            self._origin = value
            self.setToolTip(help_of(self.field, value))
            self._label.set_mark(self._value != value)

    def set_instead(self, words: str) -> None:
        """Say what counts instead of the choice shown, which is none then; any may be taken."""
        if isinstance(self._control, Choice):
            self._value = None
            blocked = self._control.blockSignals(True)
            self._control.show_instead(words)
            self._control.blockSignals(blocked)
            self._label.set_mark(False)

    def set_value(self, value: Any, *, waiting: bool = False) -> None:
        """Show a value without reporting it; `waiting` marks one that waits for a restart."""
        self._value = value
        if waiting != self._waiting:
            self._waiting = waiting
            self.update()
        control = self._control
        blocked = control.blockSignals(True)
        if isinstance(control, Slider):
            fraction = number.fraction_of(self.field, value)
            control.set_fraction(fraction)
            if self.field.kind == "int":
                # A key or a notch of the wheel moves by one at least.
                control.set_step(number.fraction_of(self.field, value + 1) - fraction)
            _show(self._number, number.text_of(self.field, value))
        elif isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, Choice):
            control.setCurrentText(str(value))
        elif isinstance(control, QLineEdit):
            _show(control, str(value))
        elif isinstance(control, LongText):
            control.show_value(str(value))
        control.blockSignals(blocked)
        if isinstance(control, LongText):
            self._say()  # it could not tell itself
        self._label.set_mark(value != self._origin)

    def commit(self) -> None:
        """Take what is being typed, as leaving the field does."""
        if isinstance(self._control, Slider):
            self._typed()
        elif isinstance(self._control, QLineEdit):
            self._wrote()
        elif isinstance(self._control, LongText):
            self._control.commit()

    def refuse(self, value: Any, words: str) -> None:
        """Say why the world did not take a text; it stays in the field, to be mended."""
        if isinstance(self._control, LongText):
            self._control.refuse(str(value), words)

    def offer(self) -> None:
        """Let the user choose now: the control gets the focus, choices are shown."""
        self._control.setFocus()
        if isinstance(self._control, Choice):
            self._control.showPopup()

    def reset(self) -> None:
        """Ask for the value that the world began with."""
        self._choose(self._origin)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = ContextMenu(self)
        menu.add("Reset", self.reset)
        menu.add("Copy value", self._copy)
        menu.add("What is this?", partial(self._explain, ""))
        menu.open(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            if self._waiting:
                sign = theme.pixmap("rotate-ccw", "train", SIGN, self.devicePixelRatioF())
                painter.drawPixmap(QPoint(2, (theme.ROW - SIGN) // 2), sign)
            elif self._label.is_marked():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.current().accent))
                painter.drawEllipse(8, theme.ROW // 2 - 2, 4, 4)

    def _make_control(self, layout: QHBoxLayout) -> QWidget:
        field = self.field
        control: QWidget
        pair = QHBoxLayout()
        pair.setSpacing(theme.UNIT)
        if field.kind in ("int", "float"):
            slider = Slider(self)
            slider.setMinimumWidth(SLIDER_WIDTH)
            slider.valueChanged.connect(self._slid)
            self._number = QLineEdit(self)
            self._number.setFixedWidth(NUMBER_WIDTH)
            self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._number.setTextMargins(-6, 0, -3, 0)  # seven figures have to fit
            self._number.setAccessibleName(f"{field.title}, number")
            self._number.editingFinished.connect(self._typed)
            pair.addWidget(slider, 1)
            pair.addWidget(self._number)
            control = slider
        elif field.kind == "bool":
            control = QCheckBox(self)
            control.toggled.connect(self._choose)
            pair.addWidget(control, 1)
        elif field.kind == "choice":
            control = Choice(self)
            control.addItems(list(field.choices))
            control.setMinimumWidth(NUMBER_WIDTH)
            control.currentTextChanged.connect(self._choose)
            pair.addWidget(control, 1)
        else:
            control = QLineEdit(self)
            control.setFont(theme.font("mono"))
            control.editingFinished.connect(self._wrote)
            pair.addWidget(control, 1)
        control.setAccessibleName(field.title)
        pair.addWidget(self._unit)
        self._unit.setVisible(bool(self._unit.text()))  # else the control has its room
        layout.addLayout(pair, 1)
        return control

    def _make_long(self) -> LongText:
        """Lay the row out in lines: label, text, and what is to be said of it."""
        control = LongText(self.field.longest or 0, self.field.symbols, self)
        control.setAccessibleName(self.field.title)
        control.committed.connect(self._choose)
        control.edited.connect(self._say)
        self._label.setFixedHeight(theme.ROW)
        self._unit.hide()
        self._remark = dim_label("")
        self._remark.setWordWrap(True)
        self._remark.setFixedHeight(2 * QFontMetrics(self._remark.font()).lineSpacing() + 2)
        self._remark.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING + 4, 0, theme.UNIT, 0)
        layout.setSpacing(theme.UNIT // 2)
        for part in (self._label, control, self._remark):
            layout.addWidget(part)
        self._control = control
        self._say()
        return control

    def _say(self) -> None:
        assert isinstance(self._control, LongText)
        count, problem = len(self._control.toPlainText()), self._control.problem
        self._remark.setText(problem or f"{count} of at most {self.field.longest} characters")
        self._remark.setToolTip(problem)
        self._remark.setProperty("role", "danger" if problem else "")
        self._remark.setProperty("dim", not problem)
        self._remark.style().unpolish(self._remark)
        self._remark.style().polish(self._remark)

    def _choose(self, value: Any) -> None:
        if value != self._value:
            self.set_value(value)
            self.changed.emit(self.field.name, value)

    def _slid(self) -> None:
        assert isinstance(self._control, Slider)
        self._choose(number.value_at(self.field, self._control.fraction()))

    def _typed(self) -> None:
        self._number.setModified(False)
        if self._number.text() == number.text_of(self.field, self._value):
            return  # left as it was; what is shown may be rounded
        value = number.parse(self.field, self._number.text())
        if value is None:
            self._number.setText(number.text_of(self.field, self._value))
            allowed = f"{self.field.title} is {self.field.range_text}"
            self._explain(allowed)
            self.refused.emit(allowed)
        else:
            self._choose(value)

    def _wrote(self) -> None:
        assert isinstance(self._control, QLineEdit)
        self._control.setModified(False)
        self._choose(self._control.text())

    def _scrub(self, amount: float) -> None:
        if self.field.kind in ("int", "float"):
            start = number.fraction_of(self.field, self._label.start_value)
            fraction = min(max(start + amount, 0.0), 1.0)
            self._choose(number.value_at(self.field, fraction))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._value))

    def _explain(self, text: str = "") -> None:
        QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), text or self.toolTip(), self)


def _show(field: QLineEdit, text: str) -> None:
    """Write into a field, but not over what is being typed."""
    if field.text() != text and not (field.hasFocus() and field.isModified()):
        field.setText(text)


class _ScrubLabel(QLabel):
    """The row's label: a dot for changed values, drag to scrub, double click to reset."""

    scrubbed = Signal(float)
    reset_asked = Signal()

    def __init__(self, field: ParamField, row: ParameterRow) -> None:
        super().__init__(row)
        words = self.fontMetrics().elidedText(field.title, Qt.TextElideMode.ElideRight, LABEL_WIDTH)
        self.setText(words)
        self._row = row
        self._changed = False
        self._pressed_at: float | None = None
        self.start_value: Any = field.default
        self.setFixedWidth(LABEL_WIDTH)
        self.setProperty("dim", True)
        if field.kind in ("int", "float"):
            self.setCursor(Qt.CursorShape.SizeHorCursor)

    def set_mark(self, changed: bool) -> None:
        if changed != self._changed:
            self._changed = changed
            self.setProperty("dim", not changed)
            self.style().unpolish(self)
            self.style().polish(self)
            self._row.update()

    def is_marked(self) -> bool:
        return self._changed

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().x()
        self.start_value = self._row.value

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        gain = {
            Qt.KeyboardModifier.ShiftModifier: 0.1,
            Qt.KeyboardModifier.ControlModifier: 5.0,
        }.get(event.modifiers(), 1.0)
        self.scrubbed.emit((event.position().x() - self._pressed_at) / SCRUB_PIXELS * gain)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self.reset_asked.emit()
