"""How many pixels a picture of a moving eye may have so that it comes in time."""

from __future__ import annotations

__all__ = ["BUDGET", "SCALES", "Pace"]

BUDGET = 1 / 40  # seconds: thirty pictures a second are asked for, and the window needs some time
SCALES = (1.0, 0.71, 0.5)
"""Shares of the full width and height; each has half as many pixels as the one before.

Coarser ones would be blocks that one sees before the body.
"""

SLACK = 1.1
ROOM = 0.45  # of the budget: twice as many pixels take at most twice as long
GAIN = 0.85  # where half the pixels take more of the time than this, they are not worth it


class Pace:
    """Finds the largest share of the resolution at which pictures keep up.

    A picture that came too late makes the next one smaller, unless that was seen not to help; one
    that left room for twice its pixels makes it larger.
    """

    def __init__(self, budget: float = BUDGET) -> None:
        self.budget = budget
        self._place = len(SCALES) - 1
        self._seconds: dict[int, float] = {}

    @property
    def scale(self) -> float:
        """The share of width and height."""
        return SCALES[self._place]

    def note(self, scale: float, seconds: float) -> None:
        """Learn how long a picture took."""
        place = self._place
        if scale != SCALES[place]:
            return
        known = self._seconds
        taken = known[place] = (known.get(place, seconds) + seconds) / 2
        larger, smaller = known.get(place - 1), known.get(place + 1)
        if seconds < ROOM * self.budget or (larger is not None and taken > GAIN * larger):
            place -= 1
        elif seconds > SLACK * self.budget and (smaller is None or smaller <= GAIN * taken):
            place += 1
        self._place = min(max(place, 0), len(SCALES) - 1)
