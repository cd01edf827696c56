"""How many pixels a picture may have so that it comes in time."""

from __future__ import annotations

__all__ = ["BUDGET", "SCALES", "Pace"]

BUDGET = 1 / 40  # seconds: thirty pictures a second are asked for, and the window needs some time
SCALES = (1.0, 0.71, 0.5, 0.35, 0.25)
"""Shares of the full width and height; each has half as many pixels as the one before."""

SLACK = 1.1
ROOM = 0.45  # of the budget: twice as many pixels take at most twice as long
GAIN = 0.85  # where half the pixels take more of the time than this, they are not worth it


class Pace:
    """Finds the largest share of the resolution at which pictures keep up.

    A picture that came too late makes the next one smaller, unless that was seen not to help; one
    that left room for twice its pixels makes it larger. Pictures of a moving and of a resting eye
    cost differently and are counted apart.
    """

    def __init__(self, budget: float = BUDGET) -> None:
        self.budget = budget
        self._places = {False: 0, True: 2}
        self._seconds: dict[tuple[bool, int], float] = {}

    def scale(self, moving: bool) -> float:
        """Return the share of width and height."""
        return SCALES[self._places[moving]]

    def note(self, moving: bool, scale: float, seconds: float) -> None:
        """Learn how long a picture took."""
        place = self._places[moving]
        if scale != SCALES[place]:
            return
        known = self._seconds
        taken = known[moving, place] = (known.get((moving, place), seconds) + seconds) / 2
        larger, smaller = known.get((moving, place - 1)), known.get((moving, place + 1))
        if seconds < ROOM * self.budget or (larger is not None and taken > GAIN * larger):
            place -= 1
        elif seconds > SLACK * self.budget and (smaller is None or smaller <= GAIN * taken):
            place += 1
        self._places[moving] = min(max(place, 0), len(SCALES) - 1)
