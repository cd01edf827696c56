"""Read what `app.timing` wrote: pictures per second, lateness and stalls between two marks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from engine.core.errors import BadInput

__all__ = ["Timeline", "quantile"]


@dataclass(frozen=True)
class Timeline:
    """What happened in a window, in seconds of `time.monotonic`.

    Attributes
    ----------
    period : float
        Seconds from beat to beat, if nothing holds the event loop up.
    viewport : (int, int)
        Width and height in pixels.
    marks : tuple of (float, str)
    beats : tuple of (float, int)
        When the timer came, and the pictures drawn so far in the world in front.
    steps : tuple of (float, int)
        The same times, and the step that the last picture shows.
    paints : tuple of (float, int)
        The same times, and how often any picture was painted, also one that only moved.
    """

    period: float
    viewport: tuple[int, int]
    marks: tuple[tuple[float, str], ...]
    beats: tuple[tuple[float, int], ...]
    steps: tuple[tuple[float, int], ...] = ()
    paints: tuple[tuple[float, int], ...] = ()

    @classmethod
    def read(cls, path: Path) -> Timeline:
        """Read a trace.

        Raises
        ------
        BadInput
            If there is none, or it is not one.
        """
        try:
            found = json.loads(path.read_text())
            width, height = found["viewport"]
            return cls(
                period=float(found["period"]),
                viewport=(int(width), int(height)),
                marks=tuple((float(at), str(name)) for at, name in found["marks"]),
                beats=tuple((float(beat[0]), int(beat[1])) for beat in found["beats"]),
                steps=tuple((float(beat[0]), int(beat[2])) for beat in found["beats"]),
                paints=tuple((float(beat[0]), int(beat[3])) for beat in found["beats"]),
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise BadInput(f"this is not a trace of the window: {error}", path=path) from None

    def at(self, name: str) -> float:
        """Return when a mark was first made.

        Raises
        ------
        BadInput
            If it never was.
        """
        for at, mark in self.marks:
            if mark == name:
                return at
        raise BadInput(f"the window never came to {name!r}")

    def lateness(self, first: float, last: float) -> list[float]:
        """Return by how much each beat between two times came late, in seconds.

        A beat counts if any of the wait for it lies between the two: a stall that goes on beyond
        the end is one.
        """
        return [
            max(0.0, after - before - self.period)
            for (before, _), (after, _) in pairwise(self.beats)
            if after >= first and before <= last
        ]

    def frames_per_second(self, first: float, last: float) -> float:
        """Return how many pictures were drawn per second between two times.

        The count begins anew where another world comes to the front.
        """
        return _rate(self.beats, first, last)

    def steps_per_second(self, first: float, last: float) -> float:
        """Return how many steps the world made per second between two times."""
        return _rate(self.steps, first, last)

    def paints_per_second(self, first: float, last: float) -> float:
        """Return how often the picture was painted per second between two times."""
        return _rate(self.paints, first, last)


def _rate(counts: Sequence[tuple[float, int]], first: float, last: float) -> float:
    within = [count for count in counts if first <= count[0] <= last]
    if len(within) < 2:
        return 0.0
    total = sum(
        after - before if after >= before else after for (_, before), (_, after) in pairwise(within)
    )
    return total / (within[-1][0] - within[0][0])


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of all values do not exceed; 0 without values."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
