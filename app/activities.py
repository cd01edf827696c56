"""The list of what is under way: what, how far, since when, how long still, a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.notices import Activities
from app.panels.training import duration
from app.widgets.section import dim_label
from engine.core.activity import Activity

__all__ = ["ActivityPanel", "words_of_time"]

TITLE_WIDTH = 200
BEAT_MS = 500
"""How often the times are written where nothing else moves."""


class ActivityPanel(QWidget):
    """One row for everything that lasts."""

    def __init__(self, activities: Activities, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._activities = activities
        self._rows: dict[Activity, _Row] = {}
        self._hint = dim_label("Nothing is being worked on")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)
        self._layout.addWidget(self._hint)
        self._layout.addStretch(1)
        self._beat = QTimer(self, interval=BEAT_MS)
        self._beat.timeout.connect(self._refresh)
        activities.changed.connect(self._refresh)

    def _refresh(self) -> None:
        running = self._activities.running()
        for activity in [activity for activity in self._rows if activity not in running]:
            row = self._rows.pop(activity)
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        for activity in running:
            if activity not in self._rows:
                self._rows[activity] = _Row(activity, self._activities)
                self._layout.insertWidget(self._layout.count() - 1, self._rows[activity])
            self._rows[activity].refresh()
        self._hint.setVisible(not running)
        if bool(running) != self._beat.isActive():
            if running:
                self._beat.start()
            else:
                self._beat.stop()


class _Row(QWidget):
    def __init__(self, activity: Activity, activities: Activities) -> None:
        super().__init__()
        self._activity, self._activities = activity, activities
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setAccessibleName(f"Progress of {activity.title}")
        self._note = QLabel()
        self._note.setProperty("dim", True)
        self._cancel = QPushButton(activity.stop)
        self._cancel.setAccessibleName(f"{activity.stop} {activity.title}")
        self._cancel.setVisible(activity.cancellable)
        self._cancel.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.PADDING)
        title = QLabel(activity.title)
        title.setMinimumWidth(TITLE_WIDTH)
        row.addWidget(title)
        row.addWidget(self._bar)
        row.addWidget(self._note, 1)
        row.addWidget(self._cancel)

    def refresh(self) -> None:
        status = self._activity.status
        fraction = status.fraction
        self._bar.setRange(0, 1000 if fraction is not None else 0)
        if fraction is not None:
            self._bar.setValue(round(1000 * fraction))
        share = f"{fraction:.0%}" if fraction is not None else ""
        parts = (share, status.note, words_of_time(status.elapsed, status.eta))
        self._note.setText("  ".join(part for part in parts if part))
        if self._activity.cancelled:
            self._cancel.setEnabled(False)
            self._cancel.setText("Stopping...")

    def _stop(self) -> None:
        self._activities.cancel(self._activity)
        self.refresh()


def words_of_time(elapsed: float, eta: float | None) -> str:
    """Say how long it has been going on, and how long it still takes where that is known."""
    left = f", {duration(eta)} left" if eta is not None else ""
    return f"{duration(elapsed)}{left}"
