"""From mouse events to brush strokes: even spacing, and only where there is a world."""

from __future__ import annotations

import math

__all__ = ["MAX_RADIUS", "MIN_RADIUS", "along", "inside", "next_radius"]

Point = tuple[float, float]

MIN_RADIUS = 0.5
MAX_RADIUS = 256.0


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


def next_radius(radius: float, steps: int) -> float:
    """Return the brush radius `steps` notches larger (or smaller), in halves of a cell."""
    for _ in range(abs(steps)):
        step = max(0.5, math.floor(radius * 0.3) / 2)
        radius = radius + step if steps > 0 else radius - step
    return min(max(round(radius * 2) / 2, MIN_RADIUS), MAX_RADIUS)
