"""The transport bar: let time run, stop it, step it, speed it, go back in it, learn."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QIntValidator, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from app.keys import tell_keys
from app.viewports.chrome import ChromeButton, FloatingPanel
from app.viewports.decorations import tabular
from app.viewports.time_strip import HEIGHT, TimeStrip, replay_words
from app.widgets.slider import Slider
from engine.core.commands import RunnerState

__all__ = ["MAX_SPEED", "TransportBar", "speed_at", "speed_fraction", "speed_words"]

MAX_SPEED = 1000.0
UNLIMITED_FROM = 0.97
STEPS = (1, 10, 100)
MOST_STEPS = 1_000_000_000


def speed_at(fraction: float) -> float | None:
    """Return the steps per second at a slider's position, 1 to 1000 by decades; None at its end."""
    if fraction >= UNLIMITED_FROM:
        return None
    speed = float(MAX_SPEED ** (fraction / UNLIMITED_FROM))
    digits = 1 if speed < 10 else 0
    return round(speed, digits)


def speed_fraction(speed: float | None) -> float:
    """Return the slider's position for a speed."""
    if speed is None:
        return 1.0
    decades = math.log(min(max(speed, 1.0), MAX_SPEED)) / math.log(MAX_SPEED)
    return min(decades * UNLIMITED_FROM, UNLIMITED_FROM - 1e-3)


def speed_words(speed: float | None) -> str:
    """Write a speed: "60 /s", or "max"."""
    return "max" if speed is None else f"{speed:,.4g} /s"


class NumberField(QLineEdit):
    """Keeps Return to itself: the menu around it would take it for its own."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Type; Return goes no further."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


class NumberAction(QWidgetAction):
    """A line of a menu that takes a number: words, a field, and Return does it."""

    chosen = Signal(int)

    def __init__(self, words: str, value: int, parent: QMenu, least: int = 1) -> None:
        super().__init__(parent)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(12, 2, 8, 2)
        layout.setSpacing(8)
        self.field = NumberField(str(value))
        self.field.setValidator(QIntValidator(least, MOST_STEPS, self.field))
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setFixedWidth(96)
        self.field.setAccessibleName(words)
        self.field.returnPressed.connect(self._choose)
        button = ChromeButton("corner-down-left", name=words, tip=f"{words}  (Return)", size=24)
        button.clicked.connect(self._choose)
        layout.addWidget(QLabel(words), 1)
        layout.addWidget(self.field)
        layout.addWidget(button)
        self.setDefaultWidget(row)

    def _choose(self) -> None:
        if not self.field.hasAcceptableInput():
            return
        menu = self.parent()
        if isinstance(menu, QMenu):
            menu.close()
        self.chosen.emit(int(self.field.text()))


class TransportBar(FloatingPanel):
    """Buttons that ask; what is really so comes back by `set_state`.

    Signals
    -------
    play_toggled(bool), step_requested(int), run_to_requested(int), reset_requested(),
    reseed_requested(), train_toggled(bool)
    jump_requested(int), replay_requested(int)
        Go to a step; go to a kept step and let time run.
    speed_changed(float or None)
        Steps per second; None is as fast as it goes.
    stride_changed(int or None)
        A picture every so many steps; None as time allows.
    """

    play_toggled = Signal(bool)
    step_requested = Signal(int)
    run_to_requested = Signal(int)
    jump_requested = Signal(int)
    replay_requested = Signal(int)
    reset_requested = Signal()
    reseed_requested = Signal()
    speed_changed = Signal(object)
    stride_changed = Signal(object)
    train_toggled = Signal(bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Transport")
        self._trainable = False
        self._level = 0
        self._step = 0
        button = ChromeButton
        self.reset = button(
            "rotate-ccw",
            name="Reset",
            tip="Begin again with the same seed",
            action="transport.reset",
        )
        self.reseed = button(
            "dices", name="New seed", tip="Begin again with another seed", action="transport.reseed"
        )
        self.back = button(
            "step-back",
            name="One step back",
            tip="One step back, then pause",
            action="transport.back",
        )
        self.play = button(
            "play",
            name="Play",
            tip="Play",
            action="transport.play",
            filled=True,
            checkable=True,
            size=32,
        )
        self.step = button(
            "step-forward", name="One step", tip="One step, then pause", action="transport.step"
        )
        self.more = button("chevron-down", name="More steps", tip="More steps", size=20)
        self.train = button(
            "graduation-cap",
            "Train",
            tip="Start learning",
            action="train.toggle",
            tone="train",
            filled=True,
            outlined=True,
            checkable=True,
        )
        self.train.reserve("Training")
        self.slider = Slider(self)
        self.slider.setAccessibleName("Speed")
        self.slider.setToolTip("Speed in steps per second\nas fast as it goes at the right end")
        tell_keys(self.slider, "transport.faster transport.slower")
        self.slider.setFixedWidth(104)
        self.speed = QLabel(self)
        self.speed.setFont(tabular("body"))
        self.speed.setFixedWidth(QFontMetrics(self.speed.font()).horizontalAdvance("1,000 /s") + 4)
        self.strip = TimeStrip(self)
        self.replay = button("history", name="Replay", size=HEIGHT)
        self._menu = self._make_menu()
        self._arrange()
        self._connect()
        for part in (self.reset, self.reseed, self.back, self.play, self.step, self.more):
            part.setEnabled(False)
        self.train.hide()
        self.replay.hide()
        self._show_speed(60.0)
        self.slider.set_fraction(speed_fraction(60.0))

    def set_state(self, state: RunnerState) -> None:
        """Show what is so."""
        running = state.playing or state.target_step is not None
        self.play.setChecked(running)
        self.play.set_icon("pause" if running else "play")
        self.play.setAccessibleName("Pause" if running else "Play")
        self.play.setToolTip("Pause" if running else "Play")
        can = state.capabilities
        self._trainable = can is not None and can.trainable
        self.train.setChecked(state.training)
        self.train.set_words("Training" if state.training else "Train")
        self.train.setToolTip("Stop learning" if state.training else "Start learning")
        self.train.setVisible(self._trainable)
        self._separator.setVisible(self._trainable)
        if not self.slider.isSliderDown():
            self.slider.set_fraction(speed_fraction(state.speed))
            self._show_speed(state.speed)
        if not self._menu.isVisible():
            self._stride.field.setText(str(state.stride or 0))
        for part in (self.reset, self.reseed, self.play, self.step, self.more, self.train):
            part.setEnabled(state.alive)
        self._set_time(state)
        self.adjustSize()

    def _set_time(self, state: RunnerState) -> None:
        self._step = state.step
        self.back.setEnabled(bool(state.moments) and state.step > state.moments[0])
        self.strip.set_state(state)
        marks = self.strip.marks
        self.replay.setVisible(bool(marks) and self._level < 3)
        if marks:
            self.replay.setToolTip(replay_words(marks[-1]))
            self.replay.setAccessibleName(replay_words(marks[-1]))

    def set_level(self, level: int) -> None:
        """Leave out more where it is narrow.

        0 nothing, 1 new seed and step back, 2 speed, 3 all but play and step.
        """
        if level == self._level:
            return
        self._level = level
        self.reseed.setVisible(level < 1)
        self.back.setVisible(level < 1)
        self.slider.setVisible(level < 2)
        self.speed.setVisible(level < 2)
        self.reset.setVisible(level < 3)
        self.more.setVisible(level < 3)
        self.strip.setVisible(level < 3)
        self.replay.setVisible(level < 3 and bool(self.strip.marks))
        self.adjustSize()

    def width_at(self, level: int) -> int:
        """Say how wide it would be at a level."""
        before = self._level
        self.set_level(level)
        width = self.sizeHint().width()
        self.set_level(before)
        return width

    def toggle_play(self) -> None:
        """Do what a click on play does."""
        self.play.click()

    def open_step_menu(self) -> None:
        """Open the menu of steps above its button."""
        corner = QPoint(self.more.x(), -self._menu.sizeHint().height() - 4)
        self._menu.popup(self.mapToGlobal(corner))

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for count in STEPS:
            action = menu.addAction("1 step" if count == 1 else f"{count} steps")
            action.setData(count)
            action.triggered.connect(self._step_chosen)
        menu.addSeparator()
        self._count = NumberAction("Steps", 1000, menu)
        self._count.chosen.connect(self.step_requested)
        self._goal = NumberAction("Go to step", 10_000, menu)
        self._goal.chosen.connect(self.run_to_requested)
        menu.addAction(self._count)
        menu.addAction(self._goal)
        menu.addSeparator()
        self._stride = NumberAction("Steps for a picture, 0 as it goes", 0, menu, 0)
        self._stride.chosen.connect(self._stride_chosen)
        menu.addAction(self._stride)
        return menu

    def _arrange(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(6, 4, 6, 4)
        rows.setSpacing(0)
        rows.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        layout, time = QHBoxLayout(), QHBoxLayout()
        layout.setSpacing(4)
        time.setSpacing(4)
        time.addWidget(self.strip, 1)
        time.addWidget(self.replay)
        rows.addLayout(layout)
        rows.addLayout(time)
        for part in (self.reset, self.reseed):
            layout.addWidget(part)
        layout.addSpacing(4)
        layout.addWidget(self.back)
        layout.addWidget(self.play)
        layout.addSpacing(4)
        layout.addWidget(self.step)
        layout.addWidget(self.more)
        layout.addWidget(self.slider)
        layout.addWidget(self.speed)
        self._separator = QWidget(self)
        self._separator.setFixedSize(4, 1)
        layout.addWidget(self._separator)
        layout.addWidget(self.train)

    def _connect(self) -> None:
        self.reset.clicked.connect(self.reset_requested)
        self.reseed.clicked.connect(self.reseed_requested)
        self.play.clicked.connect(self.play_toggled)
        self.back.clicked.connect(self._one_back)
        self.step.clicked.connect(self._one_step)
        self.more.clicked.connect(self.open_step_menu)
        self.train.clicked.connect(self.train_toggled)
        self.strip.jump_requested.connect(self.jump_requested)
        self.strip.replay_requested.connect(self.replay_requested)
        self.replay.clicked.connect(self._replay)
        self.slider.valueChanged.connect(self._slid)

    def _stride_chosen(self, steps: int) -> None:
        self.stride_changed.emit(steps or None)

    def _one_step(self) -> None:
        self.step_requested.emit(1)

    def _one_back(self) -> None:
        self.jump_requested.emit(self._step - 1)

    def _replay(self) -> None:
        self.strip.replay(self.strip.marks[-1])

    def _step_chosen(self) -> None:
        self.step_requested.emit(int(_data(self.sender())))

    def _slid(self) -> None:
        speed = speed_at(self.slider.fraction())
        self._show_speed(speed)
        self.speed_changed.emit(speed)

    def _show_speed(self, speed: float | None) -> None:
        self.speed.setText(speed_words(speed))


def _data(sender: QObject) -> Any:
    assert isinstance(sender, QAction)
    return sender.data()
