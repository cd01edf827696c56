"""What a script may wait for: ``wait-for alive|updates N|step N|drawn|warm|recorded|idle|file``."""

from __future__ import annotations

import time
from pathlib import Path

from app.script import Awaited
from app.warmup import WarmUp
from app.window import MainWindow
from engine.core.errors import BadInput
from engine.core.reports import RecordingState

__all__ = ["Waits", "for_seconds"]

SETTLED = 0.3
"""Seconds after which a file that does not grow is whole."""


def for_seconds(seconds: float) -> Awaited:
    """Wait so long: the time that goes by is the sign."""
    until = time.monotonic() + seconds
    return Awaited(lambda: time.monotonic() >= until, time.monotonic)


class Waits:
    """Makes what a script waits for from its words."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def __call__(self, argument: str) -> Awaited:
        """Return what to wait for.

        Raises
        ------
        BadInput
            If nobody can wait for such a thing.
        ValueError
            If a number is none.
        """
        what, _, rest = argument.partition(" ")
        goal = int(rest) if what in ("updates", "step") else 0
        file = _Grown(rest)
        known = {
            "alive": Awaited(self._alive),
            "updates": Awaited(lambda: self._updates() >= goal, self._updates),
            "step": Awaited(lambda: self._step() >= goal, self._step),
            "drawn": Awaited(self._drawn),
            "warm": Awaited(self._warm),
            "recorded": Awaited(self._recorded, self._film),
            "idle": Awaited(self._idle, self._work),
            "file": Awaited(file, lambda: file.size),
        }
        if what not in known:
            raise BadInput(f"cannot wait for {what!r}", remedy=f"Use {', '.join(known)}")
        return known[what]

    # Of the world in front; -1 without one.

    def _alive(self) -> bool:
        world = self._window.lab.world
        return world is not None and world.state.alive

    def _updates(self) -> int:
        world = self._window.lab.world
        return world.state.updates if world is not None else -1

    def _step(self) -> int:
        world = self._window.lab.world
        return world.state.step if world is not None else -1

    def _film(self) -> RecordingState | None:
        world = self._window.lab.world
        return world.state.recording if world is not None else None

    def _recorded(self) -> bool:
        return self._window.lab.world is not None and self._film() is None

    # Of the window.

    def _drawn(self) -> bool:
        page = self._window.page
        return page is not None and page.viewport.frames_drawn > 0

    def _warm(self) -> bool:
        warm_up = self._window.findChild(WarmUp)
        return warm_up is None or warm_up.done

    def _idle(self) -> bool:
        """Tell whether nothing is awaited: no job, and no answer of a world."""
        unanswered = any(world.unanswered for world in self._window.lab.worlds)
        return not (unanswered or self._window.jobs.busy)

    def _work(self) -> object:
        """Return what changes while jobs and worlds get on."""
        jobs = [activity.status for activity in self._window.jobs.activities.values()]
        states = [world.state for world in self._window.lab.worlds]
        return jobs, [(state.step, state.updates, state.recording) for state in states]


class _Grown:
    """Tells whether a file is there and grows no more."""

    def __init__(self, name: str) -> None:
        self._path = Path(name)
        self.size, self._since = -1, time.monotonic()

    def __call__(self) -> bool:
        size = self._path.stat().st_size if self._path.is_file() else -1
        if size != self.size:
            self.size, self._since = size, time.monotonic()
        return size > 0 and time.monotonic() - self._since > SETTLED
