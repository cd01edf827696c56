"""Play, pause, step and run-to: whether time runs, how fast and how far."""

from __future__ import annotations

from engine.core.errors import BadInput
from engine.core.pacing import Pace

__all__ = ["Transport"]


class Transport:
    """What the transport bar asked for.

    Attributes
    ----------
    free : bool
        Time runs until somebody stops it.
    pace : Pace
        Speed of free running; on the way to a goal there is no limit.
    """

    def __init__(self, playing: bool) -> None:
        self.free = playing
        self.pace = Pace()
        self._goals: list[tuple[int, int]] = []

    @property
    def running(self) -> bool:
        """Whether ticks are wanted at all."""
        return self.free or bool(self._goals)

    @property
    def target(self) -> int | None:
        """The step at which time will stop, if one was named."""
        return max(step for step, _ in self._goals) if self._goals else None

    def play(self, now: float) -> list[int]:
        """Run freely; returns the ids of the goals given up."""
        if not self.free:
            self.pace.restart(now)
        self.free = True
        return self._clear()

    def pause(self) -> list[int]:
        """Stop; returns the ids of the goals given up."""
        self.free = False
        return self._clear()

    def step(self, count: int, now_at: int, command: int) -> None:
        """Ask for `count` more ticks, after those that are asked for already.

        Raises
        ------
        BadInput
            If `count` is not positive.
        """
        if count < 1:
            raise BadInput(f"cannot do {count} steps", remedy="Choose a number from 1 up")
        target = self.target
        self._goals.append(((now_at if target is None else target) + count, command))
        self.free = False

    def run_to(self, step: int, now_at: int, command: int) -> list[int]:
        """Go to `step`; returns the ids of the goals that it replaces.

        Raises
        ------
        BadInput
            If the step is past.
        """
        if step < now_at:
            raise BadInput(
                f"step {step} lies before the present step {now_at}", remedy="Jump back to it"
            )
        given_up = self.pause()
        self._goals.append((step, command))
        return given_up

    def reached(self, now_at: int) -> list[int]:
        """Take out the goals that are fulfilled; returns their ids."""
        if not self._goals:
            return []
        done = [command for step, command in self._goals if step <= now_at]
        self._goals = [goal for goal in self._goals if goal[0] > now_at]
        return done

    def _clear(self) -> list[int]:
        ids = [command for _, command in self._goals]
        self._goals.clear()
        return ids
