"""What is known of a world of programs: measured beside its run, drawn in panels, put in tables.

Pictures and files are made of the last measurement at or before the present.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from numpy.typing import NDArray

from engine.core.system import Mark, Poll, ViewOffer, no_poll
from engine.core.views import View
from engine.soup import exports, portraits
from engine.soup.chronicle import Chronicle, Living
from engine.soup.detector import TransitionDetector
from engine.soup.exports import Table
from engine.soup.metrics import TRANSITION
from engine.soup.population import Population, Report
from engine.soup.portraits import Spell, When
from engine.soup.survey import Survey

__all__ = ["Observer", "Remembered", "Scores", "Sight"]

_PATIENCE: Final = 0.002


@dataclass(frozen=True, eq=False)
class Sight:
    """What is measured: the programs, uint8 (n, length), after `epoch` complete ticks."""

    epoch: int
    soup: NDArray[Any]
    tokens: NDArray[Any] | None = None


class Scores(Protocol):
    """Replication scores by program; `engine.soup.scorer.Scorer` works them out beside the run."""

    def known(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return those that are known by now; the others will be."""

    def now(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return all of them."""


class Remembered:
    """Scores of a test that is quick: worked out when they are asked for, and remembered."""

    def __init__(self, score: Callable[[bytes], int]) -> None:
        self._score = score
        self._last: dict[bytes, int] = {}

    def known(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return all of them, as `now` does."""
        last = self._last
        self._last = {code: last[code] if code in last else self._score(code) for code in codes}
        return self._last

    def now(self, codes: Iterable[bytes]) -> dict[bytes, int]:
        """Return all of them."""
        return self.known(codes)


class Observer:
    """Follows one world; belongs to the thread that runs it, the measuring has its own.

    Parameters
    ----------
    spell : callable
        Writes a program as text.
    scores : Scores
        Tests programs for replication.
    tick : str
        What one step of the world is called.
    tracers : bool
        Whether every byte carries a token.
    threshold : float
        High-order entropy from which the soup counts as transformed, in bits per byte.
    meaning : ndarray, optional
        uint8 (256,): which bytes mean the same, as `engine.soup.kin.meanings` gives it; None where
        each means something else.

    """

    def __init__(
        self,
        spell: Spell,
        scores: Scores,
        tick: str = "epoch",
        *,
        tracers: bool = False,
        threshold: float = TRANSITION,
        meaning: NDArray[Any] | None = None,
    ) -> None:
        self._spell, self._scores, self._tick = spell, scores, tick
        self._tracers = tracers
        population = Population(meaning=meaning)
        self._chronicle = Chronicle(Survey(population, TransitionDetector(threshold)))
        self._restored = False  # a state whose past is unknown, until `recall` tells of it
        self._unprimed = False

    @property
    def chronicle(self) -> Chronicle:
        """What was measured in this world."""
        self._adopt()
        return self._chronicle

    def _adopt(self) -> None:
        """Begin anew where another world was restored, and nobody told of its past."""
        if self._restored:
            self.restart()
            self._unprimed = True

    def restart(self) -> None:
        """Forget everything: another world begins."""
        self._restored = self._unprimed = False
        self._chronicle.restart()

    def close(self) -> None:
        """End the measuring."""
        self._chronicle.close()

    def restored(self) -> None:
        """Note that a state was restored: that of another world, unless `recall` follows."""
        self._adopt()
        self._restored = True

    def recall(self, epoch: int, marks: tuple[Mark, ...]) -> None:
        """Go on from `epoch` of this world's own past, up to which these transitions were.

        None of them is noticed twice, and what is being measured of a later time is dropped.
        """
        self._restored = False
        self._chronicle.recall(epoch, marks)

    def prime(self, sight: Living, poll: Poll = no_poll) -> None:
        """Measure a restored world before it changes: order that it has is no transition."""
        chronicle = self.chronicle
        if self._unprimed:
            self.wait(poll)
            chronicle.survey.prime(sight.epoch, sight.soup)
            self._unprimed = False

    # Measuring

    def wait(self, poll: Poll) -> None:
        """Wait until a measurement that must not be lost is taken at once."""
        while not self.chronicle.free:
            time.sleep(_PATIENCE)
            poll()

    def rest(self, poll: Poll = no_poll, *, before: float = math.inf) -> None:
        """Wait until programs of epochs before `before` may be written to: they are not copied."""
        self._chronicle.survey.rest(poll, before=before)

    def log(self, sight: Living, operations: float) -> None:
        """Measure a world for the log: `operations` per pair in its last tick."""
        self.chronicle.log(sight, operations)

    def edited(self, epoch: int) -> None:
        """Forget what came after `epoch`: the world was changed then."""
        self.chronicle.edited(epoch)

    def settle(self, sight: Living, every: int) -> None:
        """Wait for what is being measured: a file holds all that was logged."""
        self.chronicle.look(sight, every)
        self.chronicle.survey.wait()

    def take_transitions(self) -> list[Mark]:
        """Hand over the state transitions that were noticed since the last call."""
        self.chronicle.collect()
        return self.chronicle.take_transitions()

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over the rows that `take_transitions` found ready."""
        return self.chronicle.take_log()

    @property
    def pending(self) -> bool:
        """Whether something is being measured."""
        return self.chronicle.pending

    # What is known

    def report(self, epoch: int) -> Report | None:
        """Return what was known of the population by then, None before the first look."""
        return self.chronicle.report(epoch)

    def offers(self) -> tuple[ViewOffer, ...]:
        """Return the views that `panels` can make."""
        return portraits.offers(tracers=self._tracers)

    def panels(
        self, wanted: Iterable[str], sight: Living, every: int, when: When
    ) -> dict[str, View]:
        """Draw those of the panels that are wanted, of what is known about now."""
        names = {offer.name for offer in self.offers()} & set(wanted)
        if not names:
            return {}
        self.chronicle.collect()
        self.chronicle.look(sight, every)
        report = self.report(sight.epoch)
        scores = self._scores.known(_codes(report))
        views: dict[str, View] = {}
        if "population" in names:
            views["population"] = portraits.population_table(
                report, self._spell, scores, when, tracers=self._tracers
            )
        if "takeover" in names:
            chart = portraits.takeover_chart(report, self._spell, when)
            views["takeover"] = replace(chart, x=self._tick)
        if "family tree" in names:
            tree = portraits.family_tree(report, self._spell, scores, when)
            views["family tree"] = replace(tree, axis=f"{self._tick} first seen")
        if "tracers" in names:
            views["tracers"] = portraits.tracer_chart(report, sight.soup.shape[1], when)
        return views

    def table(self, ending: str, epoch: int) -> Table:
        """Return one of `engine.soup.exports.TABLES`, by the ending of its file."""
        report = self.report(epoch)
        if ending == ".metrics.csv":
            return exports.metrics_table(self.chronicle.rows(epoch))
        if ending == ".copies.csv":
            return exports.copies_table(report)
        return exports.strains_table(report, self._scores.now(_codes(report)))


def _codes(report: Report | None) -> list[bytes]:
    return [one.code for one in report.strains] if report is not None else []
