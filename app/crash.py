"""What is left of a process that did not end well, told at the next start.

While the program runs, `faulthandler` may write the stacks of all threads into a file of this
process, and a marker says that the process runs. Whoever starts later and finds the marker of a
process that is gone knows that it crashed (there are stacks) or was killed (there are none).
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

__all__ = ["Crash", "Watch", "find"]

KEPT = 5
"""Files of former crashes that stay in the folder of the log."""
LINES = 50
_LONGEST = 200_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Crash:
    """A process that did not end well.

    Attributes
    ----------
    began : float
        When it was started, seconds since the epoch.
    version : str
        Of the program.
    stacks : str
        What every thread did; "" if the process was killed from without.
    log : str
        Its last lines in the log.
    """

    began: float
    version: str
    stacks: str
    log: str

    @property
    def details(self) -> str:
        """All that is known, as text."""
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.began))
        parts = [f"Primordia {self.version}, started {began}", self.stacks]
        parts += [f"Its last lines in the log:\n{self.log}"] if self.log else []
        return "\n\n".join(part for part in parts if part)


class Watch:
    """Marks that this process runs, and lets its stacks be written if it crashes."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self._marker = folder / f"running-{os.getpid()}.json"
        self._stacks = folder / f"stacks-{os.getpid()}.txt"
        self._file: IO[str] | None = None
        self._version = version

    def begin(self) -> None:
        """Begin; a folder that cannot be written is logged, and nothing is watched."""
        began = psutil.Process().create_time()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            facts = {"pid": os.getpid(), "began": began, "version": self._version}
            self._marker.write_text(json.dumps(facts), encoding="utf-8")
            self._file = self._stacks.open("w", encoding="utf-8")
            faulthandler.enable(self._file, all_threads=True)
        except OSError:
            logger.warning("crashes cannot be watched", exc_info=True)

    def end(self) -> None:
        """Say that the process ends well."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        for path in (self._marker, self._stacks):
            path.unlink(missing_ok=True)


def find(folder: Path) -> list[Crash]:
    """Return what former processes left behind, and take away their markers.

    Stacks stay in the folder as ``crash-DATE.txt``, the newest `KEPT` of them.
    """
    found = []
    for marker in sorted(folder.glob("running-*.json")) if folder.is_dir() else ():
        facts = _read(marker)
        if facts is not None and _lives(*facts[:2]):
            continue
        pid, began, version = facts if facts is not None else (0, marker.stat().st_mtime, "?")
        stacks = folder / f"stacks-{pid}.txt"
        try:
            words = stacks.read_text("utf-8", "replace")[:_LONGEST].strip()
        except OSError:
            words = ""
        found.append(Crash(began, version, words, "\n".join(_last_lines(folder, pid))))
        marker.unlink(missing_ok=True)
        _put_away(stacks, words, began)
    return found


def _read(marker: Path) -> tuple[int, float, str] | None:
    try:
        facts = json.loads(marker.read_text("utf-8"))
        return int(facts["pid"]), float(facts["began"]), str(facts["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lives(pid: int, began: float) -> bool:
    """Tell whether it is that process: a number is given to another one after a while."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - began) < 1.0)
    except (psutil.Error, ValueError, OverflowError):
        return False


def _last_lines(folder: Path, pid: int) -> Iterator[str]:
    """Yield the last lines that a process wrote into the log."""
    try:
        text = (folder / "primordia.log").read_text("utf-8", "replace")[-_LONGEST:]
    except OSError:
        return
    ours = re.compile(rf"\d{{4}}-\d\d-\d\d [\d:,]+ {pid} ")
    any_record = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ \d+ ")
    kept, follows = [], False
    for line in text.splitlines():
        follows = bool(ours.match(line)) or (follows and not any_record.match(line))
        if follows:
            kept.append(line)
    yield from kept[-LINES:]


def _put_away(stacks: Path, words: str, began: float) -> None:
    if not words:
        stacks.unlink(missing_ok=True)
        return
    date = time.strftime("%Y%m%d-%H%M%S", time.localtime(began))
    stacks.replace(stacks.with_name(f"crash-{date}.txt"))
    for old in sorted(stacks.parent.glob("crash-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
