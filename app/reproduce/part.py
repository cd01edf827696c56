"""Checks as a part of the window: the queue, the file of results and the panel."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox, QWidget

from app import paths
from app.palette.entries import Entry
from app.reproduce.results import FILE, Result, Results
from app.reproduce.runs import Check, Runs
from app.shell import Shell
from engine.core.activity import Activity
from engine.core.errors import BadInput, UserError
from engine.core.experiment import Experiment
from engine.experiments import catalogue, names

__all__ = ["DOCK", "Reproducing", "install"]

DOCK = "reproduce"


class Reproducing(QObject):
    """Holds the queue for as long as the window lives, and the panel once it was seen.

    Attributes
    ----------
    asks : bool
        Whether it asks before a window closes in which a check runs; a script's does not.
    runs : Runs
    results : Results
    panel : ReproducePanel, optional
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self.runs = Runs(self)
        self.results = Results(paths.data_folder() / FILE if shell.persist else None)
        self.panel: Any = None
        self.asks = shell.persist
        self._question: QMessageBox | None = None
        self._wanted = ""  # a check that is to be chosen once the list is there
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        shell.docks.add(DOCK, "Reproduce", self._make, bottom, tab_with="bottom")
        self.runs.began.connect(shell.jobs.under_way.add)
        self.runs.ended.connect(self._ended)
        shell.jobs.under_way.cancelled.connect(self.runs.stop_for)
        if "palette" in shell.parts:
            shell.parts["palette"].add(_entries)

    def may_close(self) -> bool:
        """Tell whether the window may close; while a check runs, ask, and close it later."""
        if not (self.asks and self.runs.current):
            return True
        if self._question is None:
            box = self._question = QMessageBox(self._shell.window)
            box.setWindowTitle("Primordia")
            box.setText(f"The check {self.runs.current} is under way.")
            waiting = len(self.runs.queued)
            more = f" and forgets {waiting} that wait" if waiting else ""
            box.setInformativeText(f"Closing breaks it off{more}; results so far are kept.")
            box.addButton("Break off and close", QMessageBox.ButtonRole.AcceptRole)
            box.addButton(QMessageBox.StandardButton.Cancel)
            box.finished.connect(self._answered)
            box.open()
        return False

    def _answered(self) -> None:
        box, self._question = self._question, None
        if box is None:
            return
        role = box.buttonRole(box.clickedButton())
        box.deleteLater()
        if role == QMessageBox.ButtonRole.AcceptRole:
            self.runs.cancel()
            # Not from within the question that goes: the last window would still be there.
            QTimer.singleShot(0, self._shell.window, self._shell.window.close)

    def close(self) -> None:
        """End the child that runs."""
        self.runs.close()

    def show(self, name: str = "") -> None:
        """Bring the panel to the front, with a check chosen."""
        if name:
            _check_name(name)
        self._wanted = name
        self._shell.docks.bring(DOCK)
        if self.panel is not None and name and self.panel.choose(name):
            self._wanted = ""

    def run(self, name: str) -> None:
        """Queue a check that needs no file, or all of them for "all"."""
        if name != "all":
            _check_name(name)
            self.runs.add(Check(name))
            return

        def queue(found: tuple[Experiment, ...]) -> None:
            self.runs.add(*(Check(one.name) for one in found if not one.needs))

        def load(activity: Activity) -> tuple[Experiment, ...]:
            return catalogue()

        self._shell.jobs.start(load, queue, self._shell.teller.tell)

    def _make(self) -> QWidget:
        from app.reproduce.panel import ReproducePanel

        self.panel = ReproducePanel(self.results, self.runs, self._ask_file)

        def load(activity: Activity) -> tuple[Experiment, ...]:
            # Half a second of imports: not in the window's thread.
            return catalogue()

        self._shell.jobs.start(load, self._loaded, self._shell.teller.tell)
        panel: QWidget = self.panel
        return panel

    def _loaded(self, found: tuple[Experiment, ...]) -> None:
        self.panel.set_experiments(found)
        if self._wanted:
            self.panel.choose(self._wanted)
            self._wanted = ""

    def _ask_file(self, what: str) -> Path | None:
        teller = self._shell.teller
        teller.said(f"Choose {what}", "info", None)
        return self._shell.asking.to_open(f"{what} (*)")

    def _ended(self, result: Result) -> None:
        try:
            self.results.add(result)
        except UserError as error:
            self._shell.teller.tell(error)
        if result.status == "cancelled":
            return
        figure = f", measured {result.measured:.4g}" if result.measured is not None else ""
        note = f": {result.note}" if result.note else ""
        role = {"passed": "accent", "skipped": "info"}.get(result.status, "danger")
        self._shell.teller.said(f"{result.name} {result.status}{figure}{note}", role, None)


def _entries(shell: Shell) -> Iterable[Entry]:
    """List the figures for the palette; nothing is imported for that."""
    for name in names():
        yield Entry(
            f"figure:{name}",
            f"Figure {name}",
            "Reproduce",
            partial(shell.run, "reproduce.open", name),
            words="check reproduce published claim paper",
            icon="flask-conical",
        )


def _check_name(name: str) -> None:
    """Refuse a name that no experiment has; a plugin's is looked up by its system."""
    from engine.core import registry

    known = names()
    if name not in known and name.partition(".")[0] not in registry.slugs():
        raise BadInput(f"there is no experiment {name!r}", remedy=f"Use one of: {', '.join(known)}")


def install(shell: Shell) -> Reproducing:
    """Add checks to a window."""
    return Reproducing(shell)
