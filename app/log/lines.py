"""Records of the log as lines that can be filtered: level, where it comes from, words."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass

__all__ = ["LEVELS", "MOST", "Line", "Lines"]

MOST = 2000
"""Lines that are kept in memory; the file keeps more."""

LEVELS = (
    ("Everything", logging.DEBUG),
    ("Messages", logging.INFO),
    ("Warnings", logging.WARNING),
    ("Errors", logging.ERROR),
)
"""What the filter offers: words, and the least level that is shown."""


@dataclass(frozen=True)
class Line:
    """One record.

    Attributes
    ----------
    when : float
        Seconds since the epoch.
    level : int
        As of `logging`.
    source : str
        The logger's name.
    text : str
        The message with its traceback, which may have several lines.
    """

    when: float
    level: int
    source: str
    text: str

    def __str__(self) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(self.when))
        return f"{clock}  {logging.getLevelName(self.level):<7}  {self.source}: {self.text}"


class Lines:
    """The newest lines, and which of them are asked for."""

    def __init__(self, most: int = MOST) -> None:
        self._lines: deque[Line] = deque(maxlen=most)

    def add(self, line: Line) -> None:
        """Keep a line; the oldest goes where there are too many."""
        self._lines.append(line)

    def newest(self, count: int) -> list[Line]:
        """Return the last lines."""
        return list(self._lines)[-count:]

    def found(self, least: int, words: str) -> list[Line]:
        """Return the lines of at least a level that hold every word, whatever its case."""
        return [line for line in self._lines if matches(line, least, words)]


def matches(line: Line, least: int, words: str) -> bool:
    """Tell whether a line is asked for."""
    if line.level < least:
        return False
    text = str(line).lower()
    return all(word in text for word in words.lower().split())
