"""Clocks of the runner: when the next tick, the next picture and the next measurement are due.

Every clock is told the time (seconds of `time.monotonic`) and never reads it, so that tests need
not wait.
"""

from __future__ import annotations

import math
from collections import deque

from engine.core.errors import BadInput

__all__ = ["FrameClock", "Meter", "Pace", "Share"]

_CATCH_UP = 0.25  # seconds behind after which lost ticks are given up instead of caught up
_REFRESH = 4  # an unread picture is replaced only every so many frames
_REST = 4.0  # seconds of rest per second of drawing: views take a fifth of the time,
_LEAST_REST = 1.5  # or up to two fifths where that is what it takes
_FLUID = 1.0 / 45.0  # to come every so many seconds; ticks between them cost a third of it
_WINDOW = 1.0  # seconds over which a rate is measured
_SAMPLE = 0.05


class Pace:
    """Spaces ticks evenly: the n-th is due n / speed after the start, so errors do not add up."""

    def __init__(self) -> None:
        self.speed: float | None = None
        self._origin = 0.0
        self._ticks = 0

    def set_speed(self, speed: float | None, now: float) -> None:
        """Change to `speed` ticks per second, None for no limit.

        Raises
        ------
        BadInput
            If the speed is not a positive number.
        """
        if speed is not None and not (math.isfinite(speed) and speed > 0):
            raise BadInput(
                f"the speed cannot be {speed!r} steps per second",
                remedy="Choose a positive number or no limit",
            )
        self.speed = speed
        self.restart(now)

    def restart(self, now: float) -> None:
        """Make the next tick due at once and count from it."""
        self._origin, self._ticks = now, 0

    def delay(self, now: float) -> float:
        """Return the seconds until the next tick is due, 0 when it is."""
        if self.speed is None:
            return 0.0
        late = now - (self._origin + self._ticks / self.speed)
        if late > max(_CATCH_UP, 1.0 / self.speed):
            self.restart(now)
        return max(0.0, -late)

    def ticked(self) -> None:
        """Count one tick."""
        self._ticks += 1


class FrameClock:
    """Says when the next picture is due: within the frame rate, and for a part of the time only.

    A fifth of the time goes into pictures; two fifths at most where they would not be fluid else.
    """

    def __init__(self, frames_per_second: float = 60.0) -> None:
        self.set_rate(frames_per_second)
        self._start = -math.inf
        self._rested = -math.inf
        self._apart = 0.0

    def set_rate(self, frames_per_second: float) -> None:
        """Make at most so many pictures per second, more than 0."""
        self._period = 1.0 / frames_per_second

    def drawn(self, start: float, end: float, apart: float = 0.0) -> None:
        """Note that a picture was made between `start` and `end`; the next is `apart` seconds on.

        `apart` is the least that lies between the beginnings of two pictures of such a world.
        """
        self._start, self._apart = start, apart
        took = end - start
        self._rested = max(end + _LEAST_REST * took, min(end + _REST * took, start + _FLUID))

    def delay(self, now: float, *, unread: bool, idle: bool = False) -> float:
        """Return the seconds until the next picture is due.

        Parameters
        ----------
        unread : bool
            The last one was not taken: nobody needs new ones at the full rate.
        idle : bool
            The thread would sleep otherwise, so that drawing takes no time from anything.
        """
        due = self._start + max(self._apart, self._period * (_REFRESH if unread else 1))
        return max(0.0, (due if idle else max(due, self._rested)) - now)


class Share:
    """Gives the live world a fifth of the time while training: credit is earned and spent.

    A tick that is longer than the credit is allowed, and paid back afterwards.
    """

    def __init__(self, fraction: float = 0.2, most: float = 0.5) -> None:
        self._rate = fraction / (1.0 - fraction)
        self._most = most
        self._credit = 0.0

    def earn(self, seconds: float) -> None:
        """Note `seconds` of training."""
        self._credit = min(self._most, self._credit + seconds * self._rate)

    def spend(self, seconds: float) -> None:
        """Note `seconds` of the world."""
        self._credit -= seconds

    @property
    def open(self) -> bool:
        """Whether the world may tick now."""
        return self._credit > 0.0


class Meter:
    """Counts events and tells their rate over about the last second."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._total = 0

    def clear(self, now: float) -> None:
        """Begin again."""
        self._samples.clear()
        self._samples.append((now, self._total))

    def add(self, now: float) -> None:
        """Count one event."""
        if not self._samples:
            self.clear(now)
        self._total += 1
        if now - self._samples[-1][0] >= _SAMPLE:
            self._samples.append((now, self._total))

    def rate(self, now: float) -> float:
        """Return events per second; 0 before anything was counted."""
        while len(self._samples) > 1 and now - self._samples[1][0] > _WINDOW:
            self._samples.popleft()
        if not self._samples or now <= self._samples[0][0]:
            return 0.0
        start, before = self._samples[0]
        return (self._total - before) / (now - start)
