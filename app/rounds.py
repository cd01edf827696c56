"""How many ticks a round of two linked worlds should do: learned from the rounds before."""

from __future__ import annotations

__all__ = ["Rounds"]

_AIM = 1.0 / 12.0  # seconds that a round should take
_MEMORY = 0.85  # of what is known, after each round
_GROWTH = 4
_DEAR = 0.5  # seconds of a tick that is not done twice just to learn
_SWING = 1.25  # rounds are a little longer and shorter in turn: else nothing could be learned


class Rounds:
    """Fits ``seconds = delay + cost * ticks`` to the rounds seen, the last ones counting most.

    The delay (two worlds hear of it, answer, and the window draws meanwhile) does not grow with
    the round. Rounds take about a twelfth of a second, so that an edit waits no longer; where the
    delay is most of that they take longer, so that at least half of the time goes into ticks.
    """

    def __init__(self) -> None:
        self.delay, self.cost = 0.0, _AIM
        self._ticks = 1.0
        self._number, self._known = 0, False
        self._sums = (0.0, 0.0, 0.0, 0.0, 0.0)

    def take(self, ticks: int, seconds: float) -> None:
        """Learn from a round of `ticks` that took `seconds`."""
        self._number += 1
        self._ticks = float(ticks)
        new = (1.0, ticks, ticks * ticks, seconds, ticks * seconds)
        self._sums = tuple(_MEMORY * s + x for s, x in zip(self._sums, new, strict=True))  # type: ignore[assignment]
        count, t, tt, y, ty = self._sums
        spread = count * tt - t * t
        highest = y / t  # as if there were no delay
        self._known = spread > 1e-6 * tt * count
        if self._known:
            self.cost = min(max((count * ty - t * y) / spread, 0.02 * highest), highest)
        else:
            self.cost = highest
        self.delay = max((y - self.cost * t) / count, 0.0)

    def most(self) -> int:
        """Return how many ticks the next round should do, 1 at least."""
        if not self._known and self.cost < _DEAR and self._number % 4 == 3:
            return round(2 * self._ticks)  # a longer one tells how much of it was delay
        wanted = max(_AIM - self.delay, self.delay) / self.cost
        wanted = min(wanted, _GROWTH * self._ticks)
        swing = _SWING if self._number % 2 else 1.0 / _SWING
        return max(1, round(wanted * swing))
