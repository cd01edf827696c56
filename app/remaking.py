"""Pictures and films made again from their sidecars, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject

from app.child_job import ChildJob
from app.shell import Shell
from engine.core.activity import Activity
from engine.core.errors import BadInput, UserError

__all__ = ["Remaking", "install"]


def install(shell: Shell) -> Remaking:
    """Let a window make pictures again."""
    return Remaking(shell)


class Remaking(QObject):
    """Makes one picture or film after its sidecar."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._job: ChildJob | None = None
        shell.jobs.under_way.cancelled.connect(self._cancelled)
        shell.filing.sidecar_chosen.connect(self._dropped)

    def start(self, argument: str = "") -> None:
        """Make what a sidecar tells of; a script gives its name."""
        if self._job is not None:
            raise BadInput("another picture is being made again", remedy="Wait until it is there")
        path = Path(argument) if argument else self._shell.asking.to_open("Sidecars (*.json)")
        if path is None:
            return
        job = self._job = ChildJob(f"Making {path.stem} again", self._ended, self)
        self._shell.jobs.under_way.add(job.activity)
        job.start("render", str(path.absolute()), "--json")

    def close(self) -> None:
        """Break off."""
        job, self._job = self._job, None
        if job is not None:
            job.stop()

    def _dropped(self, path: Path) -> None:
        try:
            self.start(str(path))
        except UserError as error:
            self._shell.teller.tell(error)

    def _cancelled(self, activity: Activity) -> None:
        if self._job is not None and activity is self._job.activity:
            self.close()

    def _ended(self, output: bytes, words: str) -> None:
        self._job = None
        try:
            made = json.loads(output)
            name, same = Path(made["out"]).name, bool(made["same"])
            notes = "; ".join(str(note) for note in made["notes"])
        except (ValueError, KeyError, TypeError):
            why = words.removeprefix("primordia: ") or "the process ended early"
            self._shell.teller.tell(UserError(f"It could not be made again: {why}"))
            return
        if same:
            self._shell.teller.say(f"Made {name}: every pixel is the same", "accent")
        else:
            told = f"Made {name}, but not every pixel is the same"
            self._shell.teller.say(f"{told} ({notes})" if notes else told, "train")
