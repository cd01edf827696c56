"""The row above a tape: what runs, with whom, the ways to step, and where one stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from app import theme
from app.widgets.section import dim_label
from app.widgets.slider import Slider

__all__ = ["TapeTools", "speed_of"]

SLOWEST, FASTEST = 1.0, 10_000.0
BUTTONS = (
    ("first", "skip-back", "First step  (Home)"),
    ("back", "step-back", "One step back  (Left; Up: ten)"),
    ("play", "play", "Run to the next breakpoint or the end  (Space)"),
    ("step", "step-forward", "One step  (Right or S; Down: ten)"),
    ("last", "skip-forward", "To the next breakpoint or the end, at once  (End)"),
)


def speed_of(fraction: float) -> float:
    """Return the steps per second at a place of the slider, 0 to 1: 1 to 10,000."""
    return float(SLOWEST * (FASTEST / SLOWEST) ** fraction)


class TapeTools(QWidget):
    """Buttons and fields only; the panel knows what they do.

    Signals
    -------
    asked : str
        The name of a button: "first", "back", "play", "step", "last".
    typed : str
        A program was typed.
    """

    asked = Signal(str)
    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel("No program")
        self.title.setFont(theme.font("strong"))
        self.text = QLineEdit()
        self.text.setMinimumWidth(120)
        self.text.setFont(theme.font("mono"))
        self.text.setPlaceholderText("Type a program, or hex:...")
        self.text.setAccessibleName("Text of the program")
        self.text.returnPressed.connect(self._enter)
        self.partner = _menu_button("with noise", "Whom it runs with")
        self.more = _menu_button("", "More to do with this program")
        self.side = QToolButton()
        self.side.setCheckable(True)
        self.side.setToolTip("Show the picture of the run instead of the code")
        self.side.setAccessibleName("Picture of the run")
        self.buttons: dict[str, QToolButton] = {}
        for name, _, words in BUTTONS:
            button = QToolButton()
            button.setObjectName(name)
            button.setToolTip(words)
            button.setAccessibleName(words.partition("  (")[0])
            button.clicked.connect(self._clicked)
            self.buttons[name] = button
        self.slider = Slider()
        self.slider.setMaximumWidth(72)
        self.slider.set_fraction(0.25)
        self.slider.setAccessibleName("Steps per second")
        self.slider.valueChanged.connect(self._show_speed)
        self.speed = dim_label()
        self.speed.setFixedWidth(self.speed.fontMetrics().horizontalAdvance("10,000 / s"))
        self.operations = QLabel()
        self.count = QLabel()
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setFixedWidth(self.count.fontMetrics().horizontalAdvance("8,192 / 8,192 "))
        self.count.setToolTip("The step that is shown, and the last one")
        self.operations.setToolTip("Operations so far; no-ops do not count")
        self.operations.setFont(theme.font("strong"))
        self.operations.setFixedWidth(self.fontMetrics().horizontalAdvance("op 88,888 "))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.title)
        row.addWidget(self.text, 1)
        row.addWidget(self.partner)
        for button in self.buttons.values():
            row.addWidget(button)
        for widget in (self.slider, self.speed, self.operations, self.count, self.side, self.more):
            row.addWidget(widget)
        self._playing = False
        self._show_speed()
        self._retint()

    def set_playing(self, on: bool) -> None:
        """Show whether it runs."""
        self._playing = on
        self._retint()

    def set_place(self, step: int, last: int, operations: int) -> None:
        """Write where one stands."""
        self.count.setText(f"{step:,} / {last:,}")
        self.operations.setText(f"op {operations:,}")

    def set_ready(self, on: bool) -> None:
        """Say whether there is a run to step through."""
        for button in self.buttons.values():
            button.setEnabled(on)
        if not on:
            self.count.clear()
            self.operations.clear()

    def set_text(self, text: str) -> None:
        """Write the program, unless another is being typed."""
        if not self.text.hasFocus() or not self.text.isModified():
            self.text.setText(text)
            self.text.setCursorPosition(0)

    @property
    def steps_per_second(self) -> float:
        """The speed that is set."""
        return speed_of(self.slider.fraction())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _enter(self) -> None:
        self.typed.emit(self.text.text())

    def _clicked(self) -> None:
        self.asked.emit(self.sender().objectName())

    def _show_speed(self) -> None:
        self.speed.setText(f"{self.steps_per_second:,.0f} / s")

    def _retint(self) -> None:
        for name, icon, _ in BUTTONS:
            shown = "pause" if name == "play" and self._playing else icon
            self.buttons[name].setIcon(theme.icon(shown, "accent" if name == "play" else "text"))
        self.buttons["play"].setAccessibleName("Pause" if self._playing else "Run")
        self.side.setIcon(theme.icon("activity"))
        self.more.setIcon(theme.icon("ellipsis"))


def _menu_button(words: str, help: str) -> QToolButton:
    button = QToolButton()
    button.setText(words)
    button.setToolTip(help)
    button.setAccessibleName(help)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(QMenu(button))
    return button
