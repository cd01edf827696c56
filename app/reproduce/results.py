"""What checks measured on this machine, in a file of one JSON object a line.

Lines are only added, so that two programs may write at once and a crash costs one line at most;
lines that cannot be read are passed over and stay where they are.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.core.errors import BadInput

__all__ = ["FILE", "STATUSES", "Result", "Results", "machine", "now"]

FILE = "reproduced.jsonl"
STATUSES = ("passed", "missed", "skipped", "failed", "cancelled")


@dataclass(frozen=True)
class Result:
    """The end of one run of a check.

    Attributes
    ----------
    name : str
        Of the experiment.
    status : str
        "passed", "missed", "skipped", "failed" or "cancelled".
    measured : float, optional
    seconds : float
    version : str
        Of the program.
    date : str
        ISO 8601, local time with its offset, to the second.
    machine : str
        What it ran on, in a few words.
    note : str
        Why it was skipped or failed.
    """

    name: str
    status: str
    measured: float | None
    seconds: float
    version: str
    date: str
    machine: str = ""
    note: str = ""


class Results:
    """All results that are known, the oldest first.

    Parameters
    ----------
    path : Path, optional
        The file; None keeps them in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, list[Result]] = {}
        for result in _read(path) if path is not None else ():
            self._known.setdefault(result.name, []).append(result)

    def of(self, name: str) -> tuple[Result, ...]:
        """Return the results of an experiment, the oldest first."""
        return tuple(self._known.get(name, ()))

    def verdict(self, name: str) -> Result | None:
        """Return the newest one that says something: no run that was broken off."""
        found = [one for one in self._known.get(name, ()) if one.status != "cancelled"]
        return found[-1] if found else None

    def add(self, result: Result) -> None:
        """Remember a result.

        Raises
        ------
        BadInput
            If it could not be written; it is remembered until the program ends, all the same.
        """
        self._known.setdefault(result.name, []).append(result)
        if self._path is None:
            return
        line = json.dumps(asdict(result), ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _append(self._path, line.encode())
        except OSError as error:
            raise BadInput(
                f"the result cannot be kept ({error.strerror})",
                path=self._path,
                remedy="Make room, or make the folder writable",
            ) from error


def now() -> str:
    """Return the present time as it is written."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def machine() -> str:
    """Name what this runs on: system, processor, number of cores."""
    cores = os.cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {cores} core{'s' if cores > 1 else ''}"


def _append(path: Path, line: bytes) -> None:
    """Add a line by one write; a line that a crash left without its end is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":
                line = b"\n" + line
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> list[Result]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [result for line in text.splitlines() if (result := _parsed(line)) is not None]


def _parsed(line: str) -> Result | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    words = {name: found.get(name, "") for name in ("name", "status", "version", "date")}
    more = {name: found.get(name, "") for name in ("machine", "note")}
    measured, seconds = _number(found, "measured"), _number(found, "seconds")
    if not all(isinstance(value, str) for value in (*words.values(), *more.values())):
        return None
    if not words["name"] or words["status"] not in STATUSES:
        return None
    return Result(measured=measured, seconds=seconds or 0.0, **words, **more)


def _number(found: Mapping[str, Any], name: str) -> float | None:
    value = found.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
