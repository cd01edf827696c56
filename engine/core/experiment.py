"""Published figures as runnable checks.

An experiment names a claim, where it was published, the value and the tolerance, and measures it
here. One that needs a file which we may not ship asks for it; without it the outcome is *skipped*,
never passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.core.activity import Activity

__all__ = ["Experiment", "Measurement", "Outcome", "reproduce"]

Status = Literal["passed", "missed", "skipped"]


@dataclass(frozen=True)
class Measurement:
    """What an experiment measured: the figure, whether it holds, and further figures by name."""

    value: float
    passed: bool
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """A published figure.

    Attributes
    ----------
    name : str
        ``family.claim``, e.g. ``"life.gosper-gun"``.
    claim : str
        One sentence that the measurement confirms or not.
    paper : str
        Where it was published, with the figure or section.
    expected, tolerance : str
        The published value and the band, in words with numbers.
    minutes : float
        Expected run time on 2 cores without a GPU.
    run : callable
        ``run(activity, files) -> Measurement``; `files` maps each name of `needs` to a path.
    needs : dict
        Name of a file to what it is, for files that we may not ship.
    """

    name: str
    claim: str
    paper: str
    expected: str
    tolerance: str
    minutes: float
    run: Callable[[Activity, Mapping[str, Path]], Measurement]
    needs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The result of one run of an experiment, as `reproduce --json` prints it."""

    name: str
    paper: str
    claim: str
    expected: str
    tolerance: str
    measured: float | None
    passed: bool | None
    seconds: float
    status: Status
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def reproduce(
    experiment: Experiment, activity: Activity, files: Mapping[str, Path] | None = None
) -> Outcome:
    """Run an experiment; without a file that it needs it is skipped."""
    given = dict(files or {})
    missing = [what for name, what in experiment.needs.items() if name not in given]
    began = time.perf_counter()
    measurement: Measurement | None = None
    status: Status = "skipped"
    if not missing:
        measurement = experiment.run(activity, given)
        status = "passed" if measurement.passed else "missed"
    return Outcome(
        name=experiment.name,
        paper=experiment.paper,
        claim=experiment.claim,
        expected=experiment.expected,
        tolerance=experiment.tolerance,
        measured=measurement.value if measurement else None,
        passed=measurement.passed if measurement else None,
        seconds=time.perf_counter() - began,
        status=status,
        note="needs the published file: " + "; ".join(missing) if missing else "",
        details=dict(measurement.details) if measurement else {},
    )
