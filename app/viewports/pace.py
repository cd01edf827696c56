"""How many pixels a picture may have so that it comes in time."""

from __future__ import annotations

__all__ = ["BUDGET", "SCALES", "Pace"]

BUDGET = 1 / 30
SCALES = (1.0, 0.71, 0.5, 0.35, 0.25)
"""Shares of the full width and height; each has half as many pixels as the one before."""

SLACK = 1.2
ROOM = 0.45  # of the budget: twice as many pixels take at most twice as long


class Pace:
    """Finds the largest share of the resolution at which pictures keep up.

    A picture that came too late makes the next one smaller; one that left room for twice its pixels
    makes it larger. Pictures of a moving and of a resting eye cost differently and are counted
    apart.
    """

    def __init__(self, budget: float = BUDGET) -> None:
        self.budget = budget
        self._places = {False: 0, True: 2}

    def scale(self, moving: bool) -> float:
        """Return the share of width and height."""
        return SCALES[self._places[moving]]

    def note(self, moving: bool, scale: float, seconds: float) -> None:
        """Learn how long a picture took."""
        place = self._places[moving]
        if scale != SCALES[place]:
            return
        if seconds > SLACK * self.budget:
            place += 1
        elif seconds < ROOM * self.budget:
            place -= 1
        self._places[moving] = min(max(place, 0), len(SCALES) - 1)
