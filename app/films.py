"""Which recordings are complete: told once, whether a film was stopped or had its length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.lab import Lab
from app.world import World
from engine.core.commands import Failure, Reply, RunnerState, StopRecording

__all__ = ["Films"]

GRACE_MS = 150
"""The end of a recording is published just before the reason of a failure: wait for that one."""


class Films(QObject):
    """Follows the recordings of all worlds.

    Signals
    -------
    completed : Path
        A film, or a folder of frames, is whole.
    """

    completed = Signal(object)

    def __init__(self, lab: Lab, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._under_way: dict[World, Path] = {}
        self._ended: dict[World, Path] = {}
        self._timer = QTimer(self, singleShot=True, interval=GRACE_MS)
        self._timer.timeout.connect(self._tell)
        lab.opened.connect(self._follow)
        lab.closed.connect(self._forget)

    def _follow(self, world: World) -> None:
        world.state_changed.connect(self._state_changed)
        world.failed.connect(self._failed)
        world.answered.connect(self._answered)

    def _forget(self, world: World) -> None:
        self._under_way.pop(world, None)
        self._ended.pop(world, None)

    def _state_changed(self, state: RunnerState) -> None:
        world: Any = self.sender()
        if state.recording is not None:
            self._under_way[world] = state.recording.path
        elif world in self._under_way:
            self._ended[world] = self._under_way.pop(world)
            self._timer.start()

    def _failed(self, failure: Failure) -> None:
        if failure.during == "recording":
            self._forget(self.sender())  # type: ignore[arg-type]

    def _answered(self, command: Any, reply: Reply) -> None:
        if isinstance(command, StopRecording) and (not reply.ok or command.discard):
            self._forget(self.sender())  # type: ignore[arg-type]

    def _tell(self) -> None:
        ended, self._ended = self._ended, {}
        for path in ended.values():
            self.completed.emit(path)
