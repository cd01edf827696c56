"""A queue of checks, each in a process of its own and one at a time, so that worlds live on."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

import app
from app.child import command
from app.reproduce.results import Result, machine, now
from engine.core.activity import Activity
from engine.core.child import frozen

__all__ = ["Check", "Runs"]

NICE = 10
"""How far a check stands back behind the window, of 19."""

LAST_WORDS = 4000


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
        self._process: QProcess | None = None
        self._check: Check | None = None
        self._words = ""
        self._since = 0.0
        self.activity: Activity | None = None

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
        if self._process is not None or not self._queue:
            return
        check = self._check = self._queue.popleft()
        words = command("reproduce", check.name, "--json")
        for name, path in check.files.items():
            words += [f"--{name}", str(path)]
        self._words, self._since = "", time.monotonic()
        self.activity = Activity(f"Check {check.name}")
        process = self._process = QProcess(self)
        if not frozen():
            process.setWorkingDirectory(str(Path(app.__path__[0]).parent))
        process.readyReadStandardError.connect(self._heard)
        process.started.connect(self._stand_back)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._finished)
        process.start(words[0], words[1:])
        self.began.emit(self.activity)
        self.changed.emit()

    def _stand_back(self) -> None:
        """Give the window and its worlds the first turn."""
        import psutil

        if self._process is not None:
            with contextlib.suppress(psutil.Error, OSError):
                child = psutil.Process(int(self._process.processId()))
                child.nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", NICE))

    def _heard(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._words = (self._words + text)[-LAST_WORDS:]
        shares = re.findall(r"(\d+)\s?%", text)
        if shares and self.activity is not None and not self.activity.cancelled:
            self.activity.progress(min(int(shares[-1]), 100), 100)
            self.changed.emit()

    def _finished(self) -> None:
        process = self._process
        if process is None:
            return
        self._heard()
        output = bytes(process.readAllStandardOutput().data())
        try:
            outcome = json.loads(output)
            status, measured = str(outcome["status"]), outcome["measured"]
            note = str(outcome.get("note", ""))
            if status not in ("passed", "missed", "skipped"):
                raise ValueError(status)
            if measured is not None:
                measured = float(measured)
        except (ValueError, KeyError, TypeError):
            lines = self._words.strip().splitlines()
            self._end("failed", None, lines[-1] if lines else "the check ended unexpectedly")
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
        process, self._process, self._check = self._process, None, None
        if process is not None:
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._finished)
            process.started.disconnect(self._stand_back)
            process.readyReadStandardError.disconnect(self._heard)
            if process.state() != QProcess.ProcessState.NotRunning:
                process.kill()
                process.waitForFinished(2000)
            process.deleteLater()
        if self.activity is not None:
            self.activity.finish()
            self.activity = None
