"""Pictures and films made again from their sidecars, in a process of its own.

The process has its own threads and its own memory, so that open worlds go on undisturbed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from PySide6.QtCore import QObject, QProcess

import app
from app.child import command
from app.shell import Shell
from engine.core.activity import Activity
from engine.core.child import frozen
from engine.core.errors import BadInput, Cancelled, UserError

__all__ = ["Remaking", "install"]

LAST_WORDS = 2000  # characters of what it said


def install(shell: Shell) -> Remaking:
    """Let a window make pictures again."""
    return Remaking(shell)


class Remaking(QObject):
    """Makes one picture or film after its sidecar."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._process: QProcess | None = None
        self._activity: Activity | None = None
        self._words = ""
        shell.jobs.under_way.cancelled.connect(self._cancelled)
        shell.filing.sidecar_chosen.connect(self._dropped)

    def start(self, argument: str = "") -> None:
        """Make what a sidecar tells of; a script gives its name."""
        if self._process is not None:
            raise BadInput("another picture is being made again", remedy="Wait until it is there")
        path = Path(argument) if argument else self._shell.asking.to_open("Sidecars (*.json)")
        if path is None:
            return
        words = command("render", str(path.absolute()), "--json")
        self._words = ""
        self._activity = Activity(f"Making {path.stem} again")
        self._shell.jobs.under_way.add(self._activity)
        process = self._process = QProcess(self)
        if not frozen():
            process.setWorkingDirectory(str(Path(app.__path__[0]).parent))
        process.readyReadStandardError.connect(self._heard)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._finished)
        process.start(words[0], words[1:])

    def close(self) -> None:
        """Break off."""
        self._stop()

    def _dropped(self, path: Path) -> None:
        try:
            self.start(str(path))
        except UserError as error:
            self._shell.teller.tell(error)

    def _cancelled(self, activity: Activity) -> None:
        if activity is self._activity:
            self._stop()

    def _heard(self) -> None:
        if self._process is None or self._activity is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._words = (self._words + text)[-LAST_WORDS:]
        shares = re.findall(r"(\d+)\s?%", text)
        if shares:
            try:
                self._activity.progress(min(int(shares[-1]), 100), 100)
            except Cancelled:
                return

    def _finished(self) -> None:
        process = self._process
        if process is None:
            return
        self._heard()
        output = bytes(process.readAllStandardOutput().data())
        words = self._words.strip().splitlines()
        self._stop()
        try:
            made = json.loads(output)
            name, same = Path(made["out"]).name, bool(made["same"])
            notes = "; ".join(str(note) for note in made["notes"])
        except (ValueError, KeyError, TypeError):
            why = words[-1].removeprefix("primordia: ") if words else "the process ended early"
            self._shell.teller.tell(UserError(f"It could not be made again: {why}"))
            return
        if same:
            self._shell.teller.say(f"Made {name}: every pixel is the same", "accent")
        else:
            told = f"Made {name}, but not every pixel is the same"
            self._shell.teller.say(f"{told} ({notes})" if notes else told, "train")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardError.disconnect(self._heard)
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._finished)
            if process.state() != QProcess.ProcessState.NotRunning:
                process.kill()
                process.waitForFinished(2000)
            process.deleteLater()
        if self._activity is not None:
            self._activity.finish()
            self._activity = None
