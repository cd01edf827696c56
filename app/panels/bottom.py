"""The bottom dock: plots of the world's metrics, what is being worked on, and the log."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
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
from app.lab import Lab
from app.panels.metrics import MetricsPanel
from app.panels.offered import OfferedTabs
from app.panels.tape import TapePanel
from app.panels.training import duration
from app.widgets.section import dim_label
from engine.core.activity import Activity

__all__ = ["ActivityPanel", "BottomPanel", "LogPanel"]

LOG_LINES = 2000
TAPE_HEIGHT = 216
"""The tab bar, two rows of controls, four rows of bytes and a line of registers."""


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
    """Plots, the views that the world offers for here, activity and log as tabs.

    Signals
    -------
    wanted
        What was clicked in the picture is shown here: the panel should be seen.
    act_asked : ActionOffer, dict
        One of the world's own actions was chosen here, with the place it is for.
    story
        The preset of the world tells its story here.
    """

    wanted = Signal()
    act_asked = Signal(object, object)
    story = Signal()

    def __init__(self, lab: Lab, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = ""
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
        self.tape.wanted.connect(self._show_tape)
        self._offer_tape(self.tape.alphabet is not None)
        self.offered = OfferedTabs(lab, self, before=self.activity)
        self.offered.opened.connect(self._show_tape)
        self.offered.wanted.connect(self._tell)
        self.offered.act_asked.connect(self.act_asked)
        self._wanted = self.tabText(self.currentIndex())
        self.currentChanged.connect(self._changed)
        self.tabBarClicked.connect(self._choose)
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        """Let the widest tab be cut before the picture and the panels beside it are."""
        return QSize(240, TAPE_HEIGHT if self.currentWidget() is self.tape else 120)

    def _show_tape(self) -> None:
        self._show(self.tape)

    def _show(self, page: QWidget) -> None:
        self._wanted = self.tabText(self.indexOf(page))
        self.setCurrentWidget(page)
        self.wanted.emit()

    def _tell(self, page: QWidget) -> None:
        self._wanted = self.tabText(self.indexOf(page))
        self.setCurrentWidget(page)
        self.story.emit()

    def _offer_tape(self, on: bool) -> None:
        self.setTabVisible(self.indexOf(self.tape), on)
        self._restore()

    def tabInserted(self, index: int) -> None:
        """Go back to the tab that was wanted."""
        self._restore()

    def tabRemoved(self, index: int) -> None:
        """Show the plots where the tab that was wanted has gone."""
        if self._place() is None:
            self.setCurrentIndex(0)

    def _choose(self, index: int) -> None:
        if index >= 0:
            self._wanted = self.tabText(index)

    def _changed(self, index: int) -> None:
        """Remember a tab that was chosen, but not one that came up because its neighbour went."""
        if self._place() is not None:
            self._choose(index)

    def _place(self) -> int | None:
        """Find the tab that is wanted; it comes and goes with what a world offers."""
        for index in range(self.count()):
            if self.tabText(index) == self._wanted and self.isTabVisible(index):
                return index
        return None

    def _restore(self) -> None:
        place = self._place()
        if place is not None:
            self.setCurrentIndex(place)
