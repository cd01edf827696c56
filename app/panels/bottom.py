"""The bottom dock: plots of the world's metrics, what is being worked on, and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.jobs import Jobs
from app.lab import Lab, World
from app.panels.offered import OfferedTabs
from app.panels.tape import TapePanel
from app.panels.training import duration
from app.widgets.section import dim_label
from engine.core.activity import Activity
from engine.core.commands import RunnerState
from engine.core.system import Mark

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["ActivityPanel", "BottomPanel", "LogPanel", "MetricsPanel"]

REFRESH_MS = 250
LOG_LINES = 2000
PLOTS = 4


class MetricsPanel(QWidget):
    """The scalars of the selected world over time: one small plot each, for scales differ."""

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._plots: dict[str, Plot] = {}
        self._dirty = False
        self._marks: tuple[Mark, ...] = ()
        self._hint = dim_label("Curves appear here as the world runs")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        self._layout.setSpacing(theme.PADDING)
        self._layout.addWidget(self._hint)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        lab.selected.connect(self._select)
        self._select(lab.world)

    def showEvent(self, event: object) -> None:
        self._dirty = True
        self._timer.start()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.scalars_changed.disconnect(self._changed)
            self._world.state_changed.disconnect(self._state_changed)
        self._world = world
        self._marks = world.state.marks if world is not None else ()
        self._dirty = True
        for plot in self._plots.values():
            self._layout.removeWidget(plot)
            plot.hide()
            plot.deleteLater()
        self._plots = {}
        self._hint.show()
        if world is not None:
            world.scalars_changed.connect(self._changed)
            world.state_changed.connect(self._state_changed)

    def _state_changed(self, state: RunnerState) -> None:
        if state.marks != self._marks:
            self._marks = state.marks
            self._dirty = True

    def _changed(self, kind: str) -> None:
        self._dirty = self._dirty or kind == "world"

    def _draw(self) -> None:
        if not self._dirty or self._world is None:
            return
        self._dirty = False
        for plot in self._plots.values():
            plot.set_marks((mark.step, mark.title) for mark in self._marks)
        for name, series in list(self._world.series["world"].items())[:PLOTS]:
            if len(series) < 2:
                continue
            if name not in self._plots:
                from app.widgets.plot import Plot

                self._plots[name] = Plot("step", name, role="accent")
                self._hint.hide()
                self._layout.addWidget(self._plots[name], 1)
                self._plots[name].set_marks((mark.step, mark.title) for mark in self._marks)
            self._plots[name].set_curves({name: series.points()})


class ActivityPanel(QWidget):
    """One row for everything that lasts: what, how far, how long still, Cancel."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rows: dict[int, _ActivityRow] = {}
        self._hint = dim_label("Nothing is being worked on")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        self._layout.addWidget(self._hint)
        self._layout.addStretch(1)
        jobs.progressed.connect(self._refresh)
        jobs.ended.connect(self._refresh)

    def _refresh(self) -> None:
        running = self._jobs.activities
        for number in [number for number in self._rows if number not in running]:
            row = self._rows.pop(number)
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        for number, activity in running.items():
            if number not in self._rows:
                self._rows[number] = _ActivityRow(activity)
                self._layout.insertWidget(self._layout.count() - 1, self._rows[number])
            self._rows[number].refresh()
        self._hint.setVisible(not running)


class _ActivityRow(QWidget):
    def __init__(self, activity: Activity) -> None:
        super().__init__()
        self._activity = activity
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._note = QLabel()
        self._note.setProperty("dim", True)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.PADDING)
        row.addWidget(QLabel(activity.title))
        row.addWidget(self._bar)
        row.addWidget(self._note, 1)
        row.addWidget(self._cancel)

    def refresh(self) -> None:
        status = self._activity.status
        fraction = status.fraction
        self._bar.setRange(0, 1000 if fraction is not None else 0)
        if fraction is not None:
            self._bar.setValue(round(1000 * fraction))
        left = f"{duration(status.eta)} left" if status.eta is not None else ""
        parts = (status.note, duration(status.elapsed), left)
        self._note.setText("  ".join(part for part in parts if part))

    def _stop(self) -> None:
        self._cancel.setEnabled(False)
        self._activity.cancel()


class LogPanel(QPlainTextEdit):
    """The newest lines of the log."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setFont(theme.font("mono"))
        self.setMaximumBlockCount(LOG_LINES)
        self.setPlaceholderText("Messages of the program appear here")
        self.setAccessibleName("Log")

    def add(self, line: str) -> None:
        """Append a line."""
        self.appendPlainText(line)


class BottomPanel(QTabWidget):
    """Plots, the views that the world offers for here, activity and log as tabs."""

    def __init__(self, lab: Lab, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.metrics = MetricsPanel(lab)
        self.activity = ActivityPanel(jobs)
        self.log = LogPanel()
        self.addTab(self.metrics, "Plots")
        self.addTab(self.activity, "Activity")
        self.addTab(self.log, "Log")
        self.tape = TapePanel(lab)
        self.insertTab(1, self.tape, "Tape")
        self.tape.offered.connect(self._offer_tape)
        self._offer_tape(self.tape.alphabet is not None)
        self.offered = OfferedTabs(lab, self, before=self.activity)

    def minimumSizeHint(self) -> QSize:
        """Let the widest tab be cut before the picture and the panels beside it are."""
        return QSize(240, 120)

    def _offer_tape(self, on: bool) -> None:
        self.setTabVisible(self.indexOf(self.tape), on)
