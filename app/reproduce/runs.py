"""A queue of checks, each in a process of its own and one at a time, so that worlds live on."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.child_job import ChildJob
from app.reproduce.results import Result, machine, now
from engine.core.activity import Activity

__all__ = ["Check", "Runs"]

NICE = 10
"""How far a check stands back behind the window, of 19."""


@dataclass(frozen=True)
class Check:
    """What is to be run.

    Attributes
    ----------
    name : str
        Of the experiment.
    files : mapping of str to Path
        What it needs.
    """

    name: str
    files: Mapping[str, Path] = field(default_factory=dict)


class Runs(QObject):
    """Runs checks one after the other.

    Signals
    -------
    changed()
        One was queued, began, moved or ended.
    began : Activity
    ended : Result
    """

    changed = Signal()
    began = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: deque[Check] = deque()
        self._job: ChildJob | None = None
        self._check: Check | None = None
        self._since = 0.0

    @property
    def activity(self) -> Activity | None:
        """That of the present one."""
        return self._job.activity if self._job is not None else None

    @property
    def current(self) -> str:
        """Name of the check that runs, "" if none does."""
        return self._check.name if self._check is not None else ""

    @property
    def queued(self) -> tuple[str, ...]:
        """Names of those that wait."""
        return tuple(check.name for check in self._queue)

    @property
    def share(self) -> float | None:
        """How much of the present one is done, None if nobody knows."""
        return self.activity.status.fraction if self.activity is not None else None

    def add(self, *checks: Check) -> None:
        """Queue checks; one that runs or waits already is not queued twice."""
        for check in checks:
            if check.name != self.current and check.name not in self.queued:
                self._queue.append(check)
        self.changed.emit()
        self._next()

    def cancel(self, name: str = "") -> None:
        """Break off one check, by its name, or all."""
        kept = [check for check in self._queue if name and check.name != name]
        self._queue = deque(kept)
        if self._check is not None and name in ("", self._check.name):
            self._end("cancelled")
        self.changed.emit()

    def close(self) -> None:
        """Break off everything, and tell nobody."""
        self._queue.clear()
        self._stop()

    def stop_for(self, activity: Activity) -> None:
        """Break off the check that this activity is of."""
        if activity is self.activity:
            self.cancel(self.current)

    def _next(self) -> None:
        if self._job is not None or not self._queue:
            return
        check = self._check = self._queue.popleft()
        files = check.files.items()
        words = [word for name, path in files for word in (f"--{name}", str(path))]
        self._since = time.monotonic()
        job = self._job = ChildJob(f"Check {check.name}", self._finished, self, nice=NICE)
        job.moved.connect(self.changed)
        job.start("reproduce", check.name, "--json", *words)
        self.began.emit(job.activity)
        self.changed.emit()

    def _finished(self, output: bytes, words: str) -> None:
        try:
            outcome = json.loads(output)
            status, measured = str(outcome["status"]), outcome["measured"]
            note = str(outcome.get("note", ""))
            if status not in ("passed", "missed", "skipped"):
                raise ValueError(status)
            if measured is not None:
                measured = float(measured)
        except (ValueError, KeyError, TypeError):
            self._end("failed", None, words or "the check ended unexpectedly")
            return
        self._end(status, measured, note)

    def _end(self, status: str, measured: float | None = None, note: str = "") -> None:
        check = self._check
        if self.activity is not None and status == "cancelled":
            self.activity.cancel()
        self._stop()
        if check is None:
            return
        result = Result(
            name=check.name,
            status=status,
            measured=measured,
            seconds=round(time.monotonic() - self._since, 3),
            version=version("primordia"),
            date=now(),
            machine=machine(),
            note=note,
        )
        self.ended.emit(result)
        self._next()
        self.changed.emit()

    def _stop(self) -> None:
        job, self._job, self._check = self._job, None, None
        if job is not None:
            job.stop()
