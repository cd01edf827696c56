"""How many ticks a round of two linked worlds should do: learned from the rounds before."""

from __future__ import annotations

__all__ = ["Rounds"]

_AIM = 1.0 / 12.0  # seconds that a round should take
_LONGEST = 0.5  # seconds that the ticks of a round take at most: what the hand does waits so long
_MEMORY = 0.85  # of what is known, after each round
_GROWTH = 4


class Rounds:
    """Finds what fits from the time that the worlds need, and what the way to them takes besides.

    That delay (two worlds hear of a round, answer, and the window draws meanwhile) does not grow
    with the round. Rounds take about a twelfth of a second, so that an edit waits no longer; where
    the delay is most of that they take longer, so that at least half of the time goes into ticks.

    Attributes
    ----------
    delay : float
        Seconds of a round in which neither world moves on.
    cost : float
        Seconds of a tick.
    """

    def __init__(self) -> None:
        self.delay, self.cost = 0.0, _AIM
        self._last = 1
        self._weight = self._ticks = self._busy = self._idle = 0.0

    def take(self, ticks: int, seconds: float, busy: float) -> None:
        """Learn from a round of `ticks` that took `seconds`; the slower world was `busy` in it."""
        self._last = ticks
        self._weight = _MEMORY * self._weight + 1.0
        self._ticks = _MEMORY * self._ticks + ticks
        self._busy = _MEMORY * self._busy + busy
        self._idle = _MEMORY * self._idle + max(seconds - busy, 0.0)
        self.cost = self._busy / self._ticks
        self.delay = self._idle / self._weight

    def most(self) -> int:
        """Return how many ticks the next round should do, 1 at least."""
        seconds = min(max(_AIM - self.delay, self.delay), _LONGEST)
        wanted = seconds / self.cost if self.cost > 0.0 else float("inf")
        return max(1, round(min(wanted, _GROWTH * self._last)))
