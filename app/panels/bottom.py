"""The bottom dock: plots of the world's metrics, what is being worked on, and the log."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from app.activities import ActivityPanel
from app.jobs import Jobs
from app.lab import Lab
from app.log.panel import LogPanel
from app.panels.metrics import MetricsPanel
from app.panels.offered import OfferedTabs
from app.panels.tape import TapePanel

__all__ = ["BottomPanel"]

TAPE_HEIGHT = 216
"""The tab bar, two rows of controls, four rows of bytes and a line of registers."""


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
        self.activity = ActivityPanel(jobs.under_way)
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

    def show_log(self) -> None:
        """Bring up the log."""
        self._show(self.log)

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
