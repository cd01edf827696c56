"""The row of the ways to step through a trace, and where one stands in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.widgets.section import dim_label
from app.widgets.slider import Slider

__all__ = ["TapeTransport", "speed_of"]

SLOWEST, FASTEST = 1.0, 10_000.0
BUTTONS = (
    ("first", "skip-back", "First step  (Home; Shift+Home: the breakpoint before)"),
    ("back", "step-back", "One step back  (Left; Up: ten)"),
    ("play", "play", "Run to the next breakpoint or the end  (Space)"),
    ("step", "step-forward", "One step  (Right or S; Down: ten)"),
    ("next stop", "skip-forward", "To the next breakpoint or the end, at once  (Shift+End)"),
)


def speed_of(fraction: float) -> float:
    """Return the steps per second at a place of the slider, 0 to 1: 1 to 10,000."""
    return float(SLOWEST * (FASTEST / SLOWEST) ** fraction)


class TapeTransport(QWidget):
    """Buttons, speed, a slider over the steps, and counters.

    Signals
    -------
    asked : str
        What a button wants, as `TapeRun.do` has it.
    jumped : int
        A step was chosen on the slider.
    """

    asked = Signal(str)
    jumped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QToolButton] = {}
        for name, _, words in BUTTONS:
            button = QToolButton()
            button.setObjectName(name)
            button.setToolTip(words)
            button.setAccessibleName(words.partition("  (")[0])
            button.clicked.connect(self._clicked)
            self.buttons[name] = button
        self.speed = Slider()
        self.speed.setFixedWidth(72)
        self.speed.set_fraction(0.25)
        self.speed.setToolTip("Steps per second while it runs")
        self.speed.setAccessibleName("Steps per second")
        self.speed.valueChanged.connect(self._show_speed)
        self._speed = dim_label()
        self._speed.setFixedWidth(self._speed.fontMetrics().horizontalAdvance("10,000 / s "))
        self.steps = Slider()
        self.steps.setToolTip("The step that is shown: drag to go to and fro")
        self.steps.setAccessibleName("Step")
        self.steps.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrows step by one, whatever its pixels
        self.steps.valueChanged.connect(self._slid)
        self._last = 0
        self.count = QLabel()
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setMinimumWidth(self.count.fontMetrics().horizontalAdvance("8,192 / 8,192 "))
        self.count.setToolTip("The step that is shown, and the last one")
        self.operations = QLabel()
        self.operations.setFont(theme.font("strong"))
        self.operations.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.operations.setMinimumWidth(self.fontMetrics().horizontalAdvance("op 88,888 "))
        self.operations.setToolTip("Operations so far; no-ops do not count")
        self.side = QToolButton()
        self.side.setCheckable(True)
        self.side.setToolTip("Show the picture of the run instead of the code")
        self.side.setAccessibleName("Picture of the run")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addWidget(self.speed)
        row.addWidget(self._speed)
        row.addWidget(self.steps, 1)
        for widget in (self.count, self.operations, self.side):
            row.addWidget(widget)
        self._playing = False
        self._show_speed()
        self._retint()

    def rate(self) -> float:
        """Return the speed that is set, in steps per second."""
        return speed_of(self.speed.fraction())

    def set_playing(self, on: bool) -> None:
        """Show whether it runs."""
        self._playing = on
        self._retint()

    def set_place(self, step: int, last: int, operations: int) -> None:
        """Write where one stands."""
        self._last = last
        self.steps.set_fraction(step / max(1, last))
        self.count.setText(f"{step:,} / {last:,}")
        self.operations.setText(f"op {operations:,}")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._retint()
        super().changeEvent(event)

    def _clicked(self) -> None:
        self.asked.emit(self.sender().objectName())

    def _slid(self) -> None:
        self.jumped.emit(round(self.steps.fraction() * self._last))

    def _show_speed(self) -> None:
        self._speed.setText(f"{self.rate():,.0f} / s")

    def _retint(self) -> None:
        for name, icon, _ in BUTTONS:
            shown = "pause" if name == "play" and self._playing else icon
            self.buttons[name].setIcon(theme.icon(shown, "accent" if name == "play" else "text"))
        self.buttons["play"].setAccessibleName("Pause" if self._playing else "Run")
        self.side.setIcon(theme.icon("activity"))
