"""From mouse events to brush strokes: even spacing, and only where there is a world."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CELLS", "MAX_RADIUS", "MESH", "MIN_RADIUS", "Sizes", "along", "inside"]

Point = tuple[float, float]

MIN_RADIUS = 0.5
MAX_RADIUS = 256.0


@dataclass(frozen=True)
class Sizes:
    """The sizes that a brush can have, in one unit of length.

    Attributes
    ----------
    least, most : float
    step : float
        Sizes are whole multiples of it.
    widest : float
        Of the slider; the wheel goes on to `most`.
    digits : int
        Decimal places that are shown.
    unit : str
        In words, for the slider's tooltip.
    growth : float
        Share by which a notch makes a brush larger.
    """

    least: float
    most: float
    step: float
    widest: float
    digits: int
    unit: str
    growth: float = 0.15

    def next(self, radius: float, steps: int) -> float:
        """Return the radius `steps` notches larger (or smaller)."""
        for _ in range(abs(steps)):
            by = max(1, math.floor(radius * self.growth / self.step)) * self.step
            radius = radius + by if steps > 0 else radius - by
        return self.settled(radius)

    def settled(self, radius: float) -> float:
        """Return the nearest size there is."""
        return min(max(round(radius / self.step) * self.step, self.least), self.most)

    def at(self, fraction: float) -> float:
        """Return the radius at a place of the slider, which is logarithmic."""
        return self.settled(self.least * (self.widest / self.least) ** fraction)

    def fraction(self, radius: float) -> float:
        """Return the slider's place for a radius."""
        whole = math.log(self.widest / self.least)
        return min(max(math.log(radius / self.least) / whole, 0.0), 1.0)


CELLS = Sizes(MIN_RADIUS, MAX_RADIUS, 0.5, 64.0, 1, "cells")
MESH = Sizes(0.01, 1.5, 0.005, 1.0, 3, "units of the mesh, which reaches out to 1")


def along(start: Point, end: Point, radius: float) -> tuple[Point, ...]:
    """Fill the gap between two mouse events, `end` included and `start` left out.

    Neighbouring points lie at most half a radius apart, so that a fast drag leaves no pearls.
    """
    length = math.dist(start, end)
    count = max(1, math.ceil(length / (max(radius, MIN_RADIUS) / 2)))
    return tuple(
        (
            start[0] + (end[0] - start[0]) * i / count,
            start[1] + (end[1] - start[1]) * i / count,
        )
        for i in range(1, count + 1)
    )


def inside(
    points: tuple[Point, ...], radius: float, extent: tuple[int, int], wraps: bool
) -> tuple[Point, ...]:
    """Keep the points that may touch the world.

    On a torus a disc whose centre is outside would paint the far side, which nobody aims at: there
    the centre itself must be inside.
    """
    reach = 0.0 if wraps else radius
    return tuple(
        point
        for point in points
        if -reach <= point[0] < extent[0] + reach and -reach <= point[1] < extent[1] + reach
    )
