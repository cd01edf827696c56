"""The checks as rows: claim, published and measured value, verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QIcon

from app import theme
from app.reproduce.results import Result, Results
from app.reproduce.runs import Runs
from engine.core.experiment import Experiment

__all__ = ["COLUMNS", "VERDICTS", "CheckFilter", "CheckTable", "ends", "takes", "tsv"]

Index = QModelIndex | QPersistentModelIndex

COLUMNS = ("Verdict", "Figure", "Measured", "Published", "Tolerance", "Claim", "Takes", "Last run")
#: Words of the filter, and which verdicts they leave; none leaves all.
VERDICTS: dict[str, tuple[str, ...]] = {
    "All": (),
    "Passed": ("passed",),
    "Missed or failed": ("missed", "failed"),
    "Not run": ("not run", "skipped"),
    "Under way": ("running", "waiting"),
}
_ICONS = {
    "passed": ("circle-check", "accent"),
    "missed": ("circle-x", "danger"),
    "failed": ("circle-alert", "danger"),
    "skipped": ("file", "dim"),
    "running": ("hourglass", "info"),
    "waiting": ("clock", "dim"),
    "not run": ("circle", "dim"),
}


@dataclass(frozen=True)
class _State:
    verdict: str
    result: Result | None


class CheckTable(QAbstractTableModel):
    """One row a check.

    Parameters
    ----------
    results : Results
    runs : Runs
    """

    def __init__(self, results: Results, runs: Runs) -> None:
        super().__init__()
        self._results, self._runs = results, runs
        self.experiments: tuple[Experiment, ...] = ()
        runs.changed.connect(self.refresh)

    def set_experiments(self, found: tuple[Experiment, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self.experiments = found
        self.endResetModel()

    def refresh(self) -> None:
        """Write verdicts and measured values anew."""
        if self.experiments:
            last = self.index(len(self.experiments) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def row_of(self, name: str) -> int | None:
        """Return the row of an experiment, None if there is none."""
        names = [one.name for one in self.experiments]
        return names.index(name) if name in names else None

    def verdict(self, row: int) -> str:
        """Return "running", "waiting", "not run" or how the last run ended."""
        return self._state(row).verdict

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.experiments)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        experiment, state = self.experiments[index.row()], self._state(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(experiment, state)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return _icon(*_ICONS[state.verdict])
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._words(experiment, state)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return experiment.name
        return None

    def lines(self) -> list[list[str]]:
        """Return all of it as words, the header first."""
        rows = range(len(self.experiments))
        words = [list(self._words(self.experiments[row], self._state(row))) for row in rows]
        return [list(COLUMNS), *words]

    def _state(self, row: int) -> _State:
        name = self.experiments[row].name
        result = self._results.verdict(name)
        if name == self._runs.current:
            return _State("running", result)
        if name in self._runs.queued:
            return _State("waiting", result)
        return _State(result.status if result is not None else "not run", result)

    def _words(self, experiment: Experiment, state: _State) -> tuple[str, ...]:
        verdict = state.verdict
        if verdict == "running" and self._runs.share is not None:
            verdict = f"running, {self._runs.share:.0%}"
        result = state.result
        measured = result.measured if result is not None else None
        return (
            verdict,
            experiment.name,
            f"{measured:.4g}" if measured is not None else "",
            experiment.expected,
            experiment.tolerance,
            experiment.claim,
            takes(experiment.minutes),
            f"{day(result.date)}, {result.version}" if result is not None else "",
        )


class CheckFilter(QSortFilterProxyModel):
    """Leaves rows by words that are in any column, and by verdict."""

    def __init__(self, table: CheckTable) -> None:
        super().__init__()
        self._table = table
        self._words: tuple[str, ...] = ()
        self._verdicts: tuple[str, ...] = ()
        self.setSourceModel(table)
        self.setDynamicSortFilter(True)

    def choose(self, words: str, verdicts: str) -> None:
        """Leave rows that have all words, and one of the verdicts of `VERDICTS`."""
        self._words = tuple(words.lower().split())
        self._verdicts = VERDICTS[verdicts]
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        experiment = self._table.experiments[row]
        text = f"{experiment.name} {experiment.claim} {experiment.paper}".lower()
        named = all(word in text for word in self._words)
        return named and (not self._verdicts or self._table.verdict(row) in self._verdicts)


def _icon(name: str, role: str) -> QIcon:
    """Return an icon that is seen on the ground of a chosen row as well."""
    icon = QIcon(theme.icon(name, role))
    icon.addPixmap(theme.pixmap(name, "ground"), QIcon.Mode.Selected)
    return icon


def tsv(lines: Iterable[Iterable[str]]) -> str:
    """Write lines of words as spreadsheets take them; no word breaks its line."""
    return "\n".join("\t".join(" ".join(word.split()) for word in line) for line in lines)


def takes(minutes: float) -> str:
    """Say how long a check takes on two cores."""
    return f"{minutes * 60:.0f} s" if minutes < 1 else f"{minutes:g} min"


def day(date: str) -> str:
    """Write the time of a result shortly; what cannot be read stays as it is."""
    try:
        return datetime.fromisoformat(date).strftime("%d %b %Y %H:%M")
    except ValueError:
        return date


def ends(results: tuple[Result, ...]) -> list[list[str]]:
    """Return the history of a check as words, the newest first."""
    return [
        [
            day(one.date),
            one.version,
            one.status,
            f"{one.measured:.6g}" if one.measured is not None else "",
            f"{one.seconds:.1f} s",
            one.machine,
            one.note,
        ]
        for one in reversed(results)
    ]
