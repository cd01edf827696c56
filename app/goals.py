"""Runs to a step that last: each is listed among the activities, where it can be stopped."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.shell import Shell
from app.world import World
from engine.core.activity import Activity
from engine.core.commands import Pause, RunnerState
from engine.core.errors import Cancelled

__all__ = ["Goals", "install"]

PATIENCE = 1.0  # seconds after which a run is listed


@dataclass(eq=False)
class _Run:
    goal: int
    start: int
    began: float
    activity: Activity | None = None


class Goals(QObject):
    """Follows the runs of all worlds."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._list = shell.jobs.under_way
        self._runs: dict[World, _Run] = {}
        self._list.cancelled.connect(self._stop)
        shell.lab.opened.connect(self._opened)
        shell.lab.closed.connect(self._closed)

    def close(self) -> None:
        """Take everything off the list."""
        for world in list(self._runs):
            self._closed(world)

    def _opened(self, world: World) -> None:
        world.state_changed.connect(self._state_changed)

    def _closed(self, world: World) -> None:
        run = self._runs.pop(world, None)
        if run is not None and run.activity is not None:
            run.activity.finish()

    def _state_changed(self, state: RunnerState) -> None:
        world = self.sender()
        if not isinstance(world, World):
            return
        run, goal = self._runs.get(world), state.target_step
        if run is not None and run.goal != goal:
            self._closed(world)
            run = None
        if goal is None:
            return
        if run is None:
            run = self._runs[world] = _Run(goal, state.step, time.monotonic())
        if run.activity is None and time.monotonic() - run.began >= PATIENCE:
            run.activity = Activity(f"{world.title}: to step {goal:,}")
            self._list.add(run.activity)
        if run.activity is not None:
            try:
                run.activity.progress(state.step - run.start, goal - run.start)
            except Cancelled:
                world.submit(Pause())

    def _stop(self, activity: Activity) -> None:
        for world, run in self._runs.items():
            if run.activity is activity:
                world.submit(Pause())


def install(shell: Shell) -> Goals:
    """Follow every world from now on."""
    return Goals(shell)
