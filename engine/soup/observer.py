"""What is known of a world of programs: measured beside its run, shown in panels, kept as tables.

For worlds that have no tracers and whose replication test is quick.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from numpy.typing import NDArray

from engine.core.system import Mark, Poll, ViewOffer
from engine.core.views import ChartView, View
from engine.soup import exports, portraits
from engine.soup.chronicle import Chronicle
from engine.soup.exports import Table
from engine.soup.population import Report
from engine.soup.portraits import Spell, When

__all__ = ["PANELS", "TABLES", "Observer", "Sight"]

PANELS: Final = (
    ViewOffer("population", "Population", "table", "panel"),
    ViewOffer("takeover", "Takeover", "chart", "panel"),
    ViewOffer("family tree", "Family tree", "graph", "panel"),
)
TABLES: Final[Mapping[str, str]] = {
    ".metrics.csv": "Metrics",
    ".population.csv": "Frequent programs",
    ".copies.csv": "Copies of the frequent programs",
}
"""Titles of the tables by the ending of their file."""

_PATIENCE: Final = 0.002


@dataclass(frozen=True, eq=False)
class Sight:
    """What is measured: the programs, uint8 (n, length), after `epoch` complete ticks."""

    epoch: int
    soup: NDArray[Any]
    tokens: NDArray[Any] | None = None


class Observer:
    """Follows one world; belongs to the thread that runs it, the measuring has its own.

    Parameters
    ----------
    spell : callable
        Writes a program as text.
    score : callable
        Tests a program for replication; its answers are remembered.
    tick : str
        What one step of the world is called.
    """

    def __init__(self, spell: Spell, score: Callable[[bytes], int], tick: str = "epoch") -> None:
        self._spell, self._score, self._tick = spell, score, tick
        self._chronicle = Chronicle()
        self._scores: dict[bytes, int] = {}

    def restart(self) -> None:
        """Forget everything: another world begins."""
        self._chronicle.restart()

    def close(self) -> None:
        """End the measuring."""
        self._chronicle.close()

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know of the transitions before the present: none is noticed twice."""
        self._chronicle.survey.recall(marks)

    # Measuring

    def wait(self, poll: Poll) -> None:
        """Wait until a measurement that must not be lost is taken at once."""
        while not self._chronicle.free:
            time.sleep(_PATIENCE)
            poll()

    def log(self, sight: Sight, operations: float) -> None:
        """Measure a world for the log: `operations` per pair in its last tick."""
        self._chronicle.log(sight, operations)

    def edited(self, epoch: int) -> None:
        """Forget what came after `epoch`: the world was changed then."""
        self._chronicle.edited(epoch)

    def settle(self, sight: Sight, every: int) -> None:
        """Wait for what is being measured: a file holds all that was logged."""
        self._chronicle.look(sight, every)
        self._chronicle.survey.wait()

    def take_transitions(self) -> list[Mark]:
        """Hand over the state transitions that were noticed since the last call."""
        self._chronicle.collect()
        return self._chronicle.take_transitions()

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what became ready since the last call."""
        self._chronicle.collect()
        return self._chronicle.take_log()

    @property
    def pending(self) -> bool:
        """Whether something is being measured."""
        return self._chronicle.pending

    # What is known

    def report(self, epoch: int) -> Report | None:
        """Return what was known of the population by then, None before the first look."""
        return self._chronicle.report(epoch)

    def scores(self, report: Report | None) -> dict[bytes, int]:
        """Return the replication scores of the strains of a report."""
        codes = [one.code for one in report.strains] if report is not None else []
        self._scores = {
            code: self._scores[code] if code in self._scores else self._score(code)
            for code in codes
        }
        return self._scores

    def panels(self, wanted: set[str], sight: Sight, every: int, when: When) -> dict[str, View]:
        """Draw those of `PANELS` that are wanted, of what is known about now."""
        names = wanted & {offer.name for offer in PANELS}
        if not names:
            return {}
        self._chronicle.collect()
        self._chronicle.look(sight, every)
        report = self.report(sight.epoch)
        scores = self.scores(report)
        views: dict[str, View] = {}
        if "population" in names:
            views["population"] = portraits.population_table(report, self._spell, scores, when)
        if "takeover" in names:
            chart: ChartView = portraits.takeover_chart(report, self._spell, when)
            views["takeover"] = replace(chart, x=self._tick)
        if "family tree" in names:
            tree = portraits.family_tree(report, self._spell, scores, when)
            views["family tree"] = replace(tree, axis=f"{self._tick} first seen")
        return views

    def table(self, ending: str, epoch: int) -> Table:
        """Return one of `TABLES`, by the ending of its file."""
        report = self.report(epoch)
        if ending == ".metrics.csv":
            return exports.metrics_table(self._chronicle.rows(epoch))
        if ending == ".copies.csv":
            return exports.copies_table(report)
        return exports.strains_table(report, self.scores(report))
