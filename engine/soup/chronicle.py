"""What was measured of a soup since its birth: rows for plots and files, marks, the population.

Rows are kept by epoch. Going back in time forgets none: what follows from the same soup is the same
again, and only an edit makes the later ones untrue.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from engine.core.system import Mark
from engine.soup.metrics import Entropies
from engine.soup.population import Report
from engine.soup.survey import Finding, Survey

__all__ = ["Chronicle", "Living", "Row"]


class Living(Protocol):
    """What is measured: programs after `epoch` completed epochs, and their tracers, if any."""

    @property
    def epoch(self) -> int:
        """Completed epochs."""

    @property
    def soup(self) -> NDArray[Any]:
        """The programs, uint8 (n, length)."""

    @property
    def tokens(self) -> NDArray[Any] | None:
        """uint32 (2, n, length)."""


@dataclass(frozen=True)
class Row:
    """What was measured after `epoch` completed epochs.

    Attributes
    ----------
    operations : float
        Per pair, in the last epoch.
    unique : int
        Different programs.
    tokens, common : int, float
        Different tracer tokens, and the part of all bytes that carry one of the ten most common
        ones; -1 without tracers.
    """

    epoch: int
    operations: float
    entropies: Entropies
    unique: int
    tokens: int = -1
    common: float = -1.0

    def values(self) -> dict[str, float]:
        """Return the scalars worth a plot, by name."""
        values = {
            "high-order entropy": self.entropies.high_order,
            "Shannon entropy": self.entropies.h0,
            "brotli bits per byte": self.entropies.bits_per_byte,
            "unique programs": float(self.unique),
        }
        if self.tokens >= 0:
            values["share of ten tokens"] = self.common
        return values


class Chronicle:
    """Follows one world; belongs to the thread that runs it, the measuring has its own."""

    def __init__(self, survey: Survey | None = None) -> None:
        self.survey = survey or Survey()
        self._clear()

    def _clear(self) -> None:
        self._rows: list[Row] = []
        self._last: int | None = None
        self._fresh: list[Row] = []
        self._report: Report | None = None
        self._edited = False
        self._risen: list[int] = []

    def restart(self) -> None:
        """Forget everything: another soup begins."""
        self.survey.restart()
        self._clear()

    def close(self) -> None:
        """End the measuring."""
        self.survey.close()

    # Measuring.

    @property
    def free(self) -> bool:
        """Whether a measurement that must not be lost would be taken without waiting."""
        return self.survey.free

    @property
    def pending(self) -> bool:
        """Whether something is being measured or was not collected."""
        return self.survey.pending

    def log(self, soup: Living, operations: float) -> None:
        """Measure a soup for the log: `operations` per pair in its last epoch."""
        self.survey.request(soup.epoch, soup.soup, soup.tokens, due=True, extra=operations)
        self._edited = False

    def look(self, soup: Living, every: int) -> None:
        """Measure a soup for its population only, where what is known is not of about now."""
        last = self._report.epoch if self._report is not None else -1
        known = self.report(soup.epoch) is not None and soup.epoch < last + every
        if (not known or self._edited) and not self.survey.busy:
            self.survey.request(soup.epoch, soup.soup, soup.tokens)
            self._edited = False

    def edited(self, epoch: int) -> None:
        """Forget what came after `epoch` completed epochs: the soup was changed then."""
        self._edited = True
        del self._rows[bisect_right(self._rows, epoch, key=_epoch) :]
        self._risen = [at for at in self._risen if at <= epoch]
        self._fresh = [row for row in self._fresh if row.epoch <= epoch]
        if self._last is not None and self._last > epoch:
            self._last = self._rows[-1].epoch if self._rows else None
        self.survey.forget(epoch + 1)

    def recall(self, epoch: int, marks: tuple[Mark, ...]) -> None:
        """Go on from `epoch` of this world's own past, up to which these transitions were."""
        self.survey.recall(epoch, marks)
        self._fresh = [row for row in self._fresh if row.epoch <= epoch]
        self._risen = [at for at in self._risen if at <= epoch]
        self._last = epoch  # rows between it and the next one are of other intervals

    def collect(self) -> None:
        """Take what is ready."""
        for finding in self.survey.take():
            self._report = finding.population
            if finding.due:
                self._note(_row(finding))
            if finding.transition and finding.epoch not in self._risen:
                self._risen.append(finding.epoch)

    def _note(self, row: Row) -> None:
        """Keep a row; those between it and the one measured before were of another time."""
        start = bisect_left(self._rows, row.epoch, key=_epoch)
        end = bisect_right(self._rows, row.epoch, key=_epoch)
        if self._last is not None and self._last < row.epoch:
            start = bisect_right(self._rows, self._last, key=_epoch)
        self._rows[start:end] = [row]
        self._last = row.epoch
        self._fresh.append(row)

    # What is known.

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over the rows that became ready since the last call."""
        fresh, self._fresh = self._fresh, []
        return [(row.epoch, row.values()) for row in fresh]

    def take_transitions(self) -> list[Mark]:
        """Hand over the state transitions that were noticed since the last call."""
        risen, self._risen = self._risen, []
        return [Mark(epoch, "transition") for epoch in risen]

    def rows(self, epoch: int) -> tuple[Row, ...]:
        """Return the rows up to `epoch` completed epochs, in order."""
        return tuple(self._rows[: bisect_right(self._rows, epoch, key=_epoch)])

    def report(self, epoch: int) -> Report | None:
        """Return what was known of the population by then, None before the first look."""
        report = self._report.until(epoch) if self._report is not None else None
        return report if report is not None and report.moments else None


def _epoch(row: Row) -> int:
    return row.epoch


def _row(finding: Finding) -> Row:
    common = finding.population.tokens
    return Row(
        finding.epoch,
        float(finding.extra),
        finding.entropies,
        finding.population.unique,
        common.distinct if common is not None else -1,
        common.share if common is not None else -1.0,
    )
