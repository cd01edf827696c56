"""The panel Reproduce: every published figure with its claim, and what was measured here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.reproduce.results import Results
from app.reproduce.runs import Check, Runs
from app.reproduce.table import VERDICTS, CheckFilter, CheckTable, ends, takes, tsv
from app.widgets.flow import FlowLayout
from app.widgets.section import dim_label
from engine.core.experiment import Experiment

__all__ = ["ReproducePanel"]

Ask = Callable[[str], Path | None]
WIDTHS = (100, 170, 80, 180, 180, 320, 70, 170)
HISTORY = ("Date", "Version", "Verdict", "Measured", "Time", "Machine", "Note")


class ReproducePanel(QWidget):
    """A table of all checks, what is known of the chosen one, and buttons to run them.

    Parameters
    ----------
    results : Results
    runs : Runs
    ask_file : callable
        Asks for a file that a check needs, in these words.
    """

    def __init__(
        self, results: Results, runs: Runs, ask_file: Ask, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._results, self._runs, self._ask = results, runs, ask_file
        self.table = CheckTable(results, runs)
        self.shown = CheckFilter(self.table)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a claim or a paper")
        self.search.setAccessibleName("Find a claim or a paper")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(200)
        self.search.textChanged.connect(self._filter)
        self.verdicts = QComboBox()
        self.verdicts.setAccessibleName("Which verdicts are shown")
        self.verdicts.addItems(list(VERDICTS))
        self.verdicts.currentIndexChanged.connect(self._filter)
        self.run_button = self._button("Run", "Run the chosen checks", self.run_chosen)
        self.all_button = self._button(
            "Run all", "Run every check that is shown and needs no file, one by one", self.run_all
        )
        self.stop_button = self._button("Cancel", "Break off what runs and waits", self.cancel)
        self.copy_button = self._button("Copy table", "Copy all rows, parted by tabs", self.copy)
        self._count = dim_label()
        self._count.setMinimumHeight(theme.CONTROL)
        self.view = self._make_view()
        self.story = QTextBrowser()
        self.story.setAccessibleName("The chosen check")
        self._told = ""
        self.story.setOpenExternalLinks(True)
        # In lines where the panel is narrow: it must never be wider than the room that it has.
        top = FlowLayout(2 * theme.UNIT)
        for widget in (
            self.search,
            self.verdicts,
            self.run_button,
            self.all_button,
            self.stop_button,
            self.copy_button,
            self._count,
        ):
            top.addWidget(widget)
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.addWidget(self.view)
        middle.addWidget(self.story)
        middle.setStretchFactor(0, 3)
        middle.setStretchFactor(1, 1)
        self._waiting = QLabel("The list of figures is being read...")
        self._waiting.setProperty("dim", True)
        self._waiting.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        layout.setSpacing(2 * theme.UNIT)
        layout.addLayout(top)
        layout.addWidget(self._waiting)
        layout.addWidget(middle, 1)
        self.setProperty("guide", "reproduce.md")
        runs.changed.connect(self._changed)
        self._changed()

    def set_experiments(self, found: tuple[Experiment, ...]) -> None:
        """Show these; the first is chosen."""
        self._waiting.hide()
        self.table.set_experiments(found)
        if found:
            self.choose(found[0].name)
        self._changed()

    def choose(self, name: str) -> bool:
        """Choose a check by its name; False where there is none."""
        row = self.table.row_of(name)
        if row is None:
            return False
        self.search.clear()
        self.verdicts.setCurrentIndex(0)
        # Not `selectRow`: with Ctrl held down for a shortcut, that would add to what is chosen.
        place = self.shown.mapFromSource(self.table.index(row, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(place, flags.ClearAndSelect | flags.Rows)
        return True

    def chosen(self) -> tuple[Experiment, ...]:
        """Return the checks that are chosen, in the order of the rows."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return tuple(self._experiment(row) for row in rows)

    def run_chosen(self) -> None:
        """Run the chosen checks; of those that need files, ask for them."""
        checks: list[Check] = []
        for experiment in self.chosen():
            files: dict[str, Path] = {}
            for name, what in experiment.needs.items():
                found = self._ask(what)
                if found is not None:
                    files[name] = found
            if len(files) == len(experiment.needs):
                checks.append(Check(experiment.name, files))
        self._runs.add(*checks)

    def run_all(self) -> None:
        """Run every check that is shown and needs no file."""
        shown = [self._experiment(row) for row in range(self.shown.rowCount())]
        self._runs.add(*(Check(one.name) for one in shown if not one.needs))

    def cancel(self) -> None:
        """Break off everything."""
        self._runs.cancel()

    def copy(self) -> None:
        """Put the table onto the clipboard."""
        QGuiApplication.clipboard().setText(tsv(self.table.lines()))

    def _experiment(self, row: int) -> Experiment:
        return self.table.experiments[self.shown.mapToSource(self.shown.index(row, 0)).row()]

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.shown)
        view.setAccessibleName("Published figures")
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)
        view.setShowGrid(False)
        view.setSortingEnabled(True)
        view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(theme.CONTROL)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate(WIDTHS):
            view.setColumnWidth(column, width)
        view.selectionModel().selectionChanged.connect(self._tell)
        view.doubleClicked.connect(self.run_chosen)
        return view

    def _button(self, words: str, tip: str, do: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.clicked.connect(do)
        return button

    def _filter(self) -> None:
        self.shown.choose(self.search.text(), self.verdicts.currentText())
        self._changed()

    def _changed(self) -> None:
        busy = bool(self._runs.current)
        self.stop_button.setEnabled(busy)
        total = len(self.table.experiments)
        passed = sum(self.table.verdict(row) == "passed" for row in range(total))
        missed = sum(self.table.verdict(row) in ("missed", "failed") for row in range(total))
        self._count.setText(f"{passed} passed, {missed} missed of {total}" if total else "")
        self._tell()

    def _tell(self) -> None:
        """Write what is known of the chosen check."""
        chosen = self.chosen()
        text = _story(chosen[0], self._results) if chosen else ""
        if text != self._told:
            self._told = text
            self.story.setMarkdown(text)


def _story(experiment: Experiment, results: Results) -> str:
    """Write a check and its history as Markdown."""
    lines = [f"**{experiment.name}**", experiment.claim, f"*{experiment.paper}*"]
    lines.append(f"Published: {experiment.expected}")
    lines.append(f"Tolerance: {experiment.tolerance}")
    lines.append(f"Takes about {takes(experiment.minutes)} on two cores.")
    lines += [
        f"Needs a file that is not ours to ship: {what}" for what in experiment.needs.values()
    ]
    text = "\n\n".join(lines)
    rows = ends(results.of(experiment.name))
    if rows:
        head = "| " + " | ".join(HISTORY) + " |\n" + "|---" * len(HISTORY) + "|\n"
        text += "\n\n**History**\n\n" + head
        text += "\n".join("| " + " | ".join(word or "-" for word in row) + " |" for row in rows)
    else:
        text += "\n\nIt was not run on this machine yet."
    return text
