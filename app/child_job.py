"""One verb of the program in a process of its own: started, followed, broken off, ended.

The process has its own threads and its own memory, so that open worlds go on undisturbed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

import app
from app.child import command
from engine.core.activity import Activity
from engine.core.child import frozen

__all__ = ["ChildJob"]

LAST_WORDS = 4000  # characters of what it said
_LOWEST = 19
_SHARE = re.compile(r"(\d+)\s?%")


class ChildJob(QObject):
    """A child that writes how far it is to its standard error, and its result to the other one.

    Parameters
    ----------
    title : str
        Of the activity.
    ended : callable
        Called once with what the child wrote and its last words, one line or "", when it ended by
        itself, however it did; not after `stop`.
    nice : int
        How far it stands back behind the window, which itself has 0 to 19.

    Signals
    -------
    moved
        It is further on.

    Attributes
    ----------
    activity : Activity
        To be listed by whoever starts the child; it ends with the child.
    """

    moved = Signal()

    def __init__(
        self,
        title: str,
        ended: Callable[[bytes, str], object],
        parent: QObject | None = None,
        *,
        nice: int = 0,
    ) -> None:
        super().__init__(parent)
        self.activity = Activity(title)
        self._told, self._nice = ended, nice
        self._words = ""
        self._over = False
        process = self._process = QProcess(self)
        if not frozen():
            process.setWorkingDirectory(str(Path(app.__path__[0]).parent))
        process.started.connect(self._stand_back)
        process.readyReadStandardError.connect(self._heard)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._finished)

    @property
    def pid(self) -> int:
        """Number of the process, 0 while there is none."""
        return int(self._process.processId())

    def start(self, *arguments: str) -> None:
        """Start ``primordia ARGUMENTS``."""
        words = command(*arguments)
        self._process.start(words[0], words[1:])

    def stop(self) -> None:
        """Break it off, and tell nobody; what ended already is only let go."""
        if self._over:
            return
        self._over = True
        process = self._process
        process.started.disconnect(self._stand_back)
        process.readyReadStandardError.disconnect(self._heard)
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._finished)
        if process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(2000)
        self.activity.finish()
        self.deleteLater()

    def _stand_back(self) -> None:
        """Give the window and its worlds the first turn."""
        if not self._nice:
            return
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            child = psutil.Process(self.pid)
            lowered = min(child.nice() + self._nice, _LOWEST)
            child.nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", lowered))

    def _heard(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._words = (self._words + text)[-LAST_WORDS:]
        shares = _SHARE.findall(text)
        if shares and not self.activity.cancelled:
            self.activity.progress(min(int(shares[-1]), 100), 100)
            self.moved.emit()

    def _finished(self) -> None:
        self._heard()
        output = bytes(self._process.readAllStandardOutput().data())
        lines = self._words.strip().splitlines()
        self.stop()
        self._told(output, lines[-1] if lines else "")
