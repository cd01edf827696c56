"""The scalars of the selected world over time: one small plot each, for scales differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.jumping import Jumper
from app.lab import Lab
from app.series import Series
from app.widgets.elided import ElidedLabel
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import RunnerState
from engine.core.system import Mark

if TYPE_CHECKING:
    from app.widgets.plot import Plot
from engine.core.courtesy import please

__all__ = ["MetricsPanel"]

REFRESH_MS = 250
LEAST_WIDTH = 130
JUMP_HINT = "Click: go to that step. Drag: zoom. Double-click: see everything."
MOST = 12
"""Plots at most; a system with more scalars than that has another way to show them."""


class MetricsPanel(QScrollArea):
    """Follows the scalars of the selected world while it is seen."""

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._curves: dict[str, _Curve] = {}
        self._dirty = False
        self._marks: tuple[Mark, ...] = ()
        self._reach: tuple[float, float] | None = None
        self._jumper: Jumper | None = None
        self._hint = dim_label("Curves appear here as the world runs")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = QWidget()
        self._layout = QHBoxLayout(inner)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        self._layout.setSpacing(theme.PADDING)
        self._layout.addWidget(self._hint)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Plots")
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        self._problem = lab.problem
        lab.selected.connect(self._select)
        self._select(lab.world)

    @property
    def plots(self) -> dict[str, Plot]:
        """The plots by the names of their scalars."""
        return {name: curve.plot for name, curve in self._curves.items()}

    def showEvent(self, event: object) -> None:
        self._dirty = True
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.scalars_changed.disconnect(self._changed)
            self._world.state_changed.disconnect(self._state_changed)
            assert self._jumper is not None
            self._jumper.deleteLater()
        self._world = world
        self._jumper = Jumper(world, self) if world is not None else None
        self._reach = _reach(world.state) if world is not None else None
        self._marks = world.state.marks if world is not None else ()
        self._dirty = True
        for name in list(self._curves):
            self._remove(name)
        if world is not None:
            world.scalars_changed.connect(self._changed)
            world.state_changed.connect(self._state_changed)

    def _state_changed(self, state: RunnerState) -> None:
        reach = _reach(state)
        if (state.marks, reach) != (self._marks, self._reach):
            self._marks, self._reach = state.marks, reach
            self._dirty = True

    def _changed(self, kind: str) -> None:
        self._dirty = self._dirty or kind == "world"

    def _draw(self) -> None:
        if not self._dirty or self._world is None:
            return
        self._dirty = False
        with please():  # a new plot is dear
            self._show_plots(self._world)

    def _show_plots(self, world: World) -> None:
        known = world.series["world"]
        for name in [name for name in self._curves if name not in known]:
            self._remove(name)
        new = False
        for name, series in list(known.items())[:MOST]:
            if name not in self._curves:
                if len(series) < 2:
                    continue
                if new:  # one in a turn of the event loop: the rest follow
                    self._dirty = True
                    QTimer.singleShot(0, self, self._draw)
                    break
                new = True
                curve = self._curves[name] = _Curve(name)
                curve.plot.clicked.connect(self._jump)
                curve.plot.problem.connect(self._problem)
                self._layout.addWidget(self._curves[name], 1)
            self._curves[name].show_series(series)
            self._curves[name].plot.set_marks((mark.step, mark.title) for mark in self._marks)
            self._curves[name].plot.set_reach(self._reach, JUMP_HINT)
        self._hint.setVisible(not self._curves)

    def _jump(self, x: float) -> None:
        """Put the world where a plot was clicked; the reach may have moved since."""
        if self._jumper is not None and self._reach is not None:
            low, high = self._reach
            self._jumper.jump(round(min(max(x, low), high)))

    def _remove(self, name: str) -> None:
        curve = self._curves.pop(name)
        self._layout.removeWidget(curve)
        curve.hide()
        curve.deleteLater()
        self._hint.setVisible(not self._curves)


class _Curve(QWidget):
    """A plot under its name and newest value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        from app.widgets.plot import Plot

        self.plot = Plot("step", "", role="accent", title=name)
        self._value = QLabel()
        self._value.setFont(theme.font("caption"))
        head = QHBoxLayout()
        head.setSpacing(theme.UNIT)
        head.addWidget(ElidedLabel(name), 1)
        head.addWidget(self._value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        self.setMinimumWidth(LEAST_WIDTH)

    def show_series(self, series: Series) -> None:
        """Draw a series, and write its newest value."""
        self.plot.set_curves({self.plot.title: series.points()})
        if series.last is not None:
            self._value.setText(_figure(series.last))


def _reach(state: RunnerState) -> tuple[float, float] | None:
    """Return the first and the last step that is known to be reached; None without a past."""
    if not state.moments:
        return None
    marked = state.marks[-1].step if state.marks else 0
    return state.moments[0], max(state.step, state.moments[-1], marked)


def _figure(value: float) -> str:
    """Write a value in the width of a caption."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
