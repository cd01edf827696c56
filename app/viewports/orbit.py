"""Where the eye stands over a mesh: orbit, pan, zoom to a point, fit, and the sides to look from.

Lengths are in units of the mesh, which reaches out to 1 from the origin; places on the
screen are (x, y) in pixels from the viewport's top left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.views import Eye

__all__ = ["SIDES", "Orbit", "Room"]

Vector = tuple[float, float, float]
Size = tuple[float, float]

TURN = 0.4  # degrees per pixel of a drag
NEAREST, FARTHEST = 0.05, 12.0
REACH = 1.0  # of the centre: the mesh cannot be lost
MARGIN = 1.03
TURNS = 36  # azimuths at which what is fitted is looked at

SIDES: dict[str, tuple[float, float]] = {
    "front": (0.0, 0.0),
    "back": (180.0, 0.0),
    "right": (90.0, 0.0),
    "left": (270.0, 0.0),
    "top": (0.0, 90.0),
    "bottom": (0.0, -90.0),
}
"""Azimuth and elevation of the sides, in degrees."""


@dataclass(frozen=True)
class Room:
    """The part of a picture in which a solid is to be seen.

    Attributes
    ----------
    size : (width, height)
        Of the whole picture, in pixels.
    left, top, right, bottom : float
        What is taken from it on each side.
    """

    size: Size
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def free(self) -> Size:
        """Width and height of what is left."""
        return self.size[0] - self.left - self.right, self.size[1] - self.top - self.bottom

    @property
    def shift(self) -> tuple[float, float]:
        """How far to the right and down its middle lies from that of the picture."""
        return (self.left - self.right) / 2, (self.top - self.bottom) / 2


@dataclass(frozen=True)
class Orbit:
    """An eye, and how a hand moves it.

    Attributes
    ----------
    eye : Eye
    """

    eye: Eye = field(default_factory=Eye)

    def turned(self, dx: float, dy: float) -> Orbit:
        """Drag the mesh round by (dx, dy) pixels."""
        elevation = min(max(self.eye.elevation + dy * TURN, -90.0), 90.0)
        azimuth = (self.eye.azimuth - dx * TURN) % 360.0
        return Orbit(replace(self.eye, azimuth=azimuth, elevation=elevation))

    def panned(self, dx: float, dy: float, height: float) -> Orbit:
        """Drag what lies at the centre's distance by (dx, dy) pixels of a picture so high."""
        unit = self.units_per_pixel(height)
        right, up, _ = self.axes()
        centre = _sum(self.eye.centre, (right, -dx * unit), (up, dy * unit))
        return Orbit(replace(self.eye, centre=_within(centre)))

    def zoomed(self, factor: float, about: Vector) -> Orbit:
        """Come nearer to a point by `factor`; it stays where it is on the screen.

        Going away, the mesh drifts back to the middle.
        """
        distance = min(max(self.eye.distance / factor, NEAREST), FARTHEST)
        share = distance / self.eye.distance
        if share > 1.0:
            centre = _scaled(self.eye.centre, 1.0 / share)
        else:
            centre = _sum(about, (_sum(self.eye.centre, (about, -1.0)), share))
        return Orbit(replace(self.eye, distance=distance, centre=_within(centre)))

    def fitted(self, room: Room, centre: Vector, points: NDArray[Any]) -> Orbit:
        """Come as near as shows points in the free part of a picture, from all around.

        The solid may then be turned about its upright axis: no point leaves that part, once the
        picture is `shifted`.
        """
        if not len(points):
            return self
        focal = max(room.size[1], 1.0) / (2.0 * math.tan(math.radians(self.eye.fov) / 2))
        wide, high = (2.0 * MARGIN / max(side, 1.0) for side in room.free)
        dx, dy = room.shift
        around = (replace(self.eye, azimuth=360.0 * turn / TURNS) for turn in range(TURNS))
        axes = np.array([Orbit(eye).axes() for eye in around])
        x, y, z = np.moveaxis((points - np.array(centre)) @ axes.transpose(0, 2, 1), 2, 0)
        if self.eye.orthographic:
            z = np.zeros_like(z)
        # what lies before the centre is shifted farther than it
        across, along = np.abs(focal * x + dx * z) * wide, np.abs(focal * y - dy * z) * high
        needed = float((z + np.maximum(across, along)).max())
        distance = min(max(needed, NEAREST), FARTHEST)
        return Orbit(replace(self.eye, centre=_within(centre), distance=distance))

    def shifted(self, room: Room) -> Orbit:
        """Look so that the centre is seen in the middle of the free part of a picture."""
        dx, dy = room.shift
        unit = self.units_per_pixel(room.size[1])
        right, up, _ = self.axes()
        centre = _sum(self.eye.centre, (right, -dx * unit), (up, dy * unit))
        return Orbit(replace(self.eye, centre=centre))

    def from_side(self, side: str) -> Orbit:
        """Look from one of `SIDES`, as near as now."""
        azimuth, elevation = SIDES[side]
        return Orbit(replace(self.eye, azimuth=azimuth, elevation=elevation))

    def opposite(self) -> Orbit:
        """Look from the other side."""
        azimuth = (self.eye.azimuth + 180.0) % 360.0
        return Orbit(replace(self.eye, azimuth=azimuth, elevation=-self.eye.elevation))

    def with_projection(self, orthographic: bool) -> Orbit:
        """Look in parallel lines, or in perspective."""
        return Orbit(replace(self.eye, orthographic=orthographic))

    def axes(self) -> tuple[Vector, Vector, Vector]:
        """Return the unit vectors to the right, upwards and towards the eye."""
        azimuth, elevation = math.radians(self.eye.azimuth), math.radians(self.eye.elevation)
        sine, cosine = math.sin(azimuth), math.cos(azimuth)
        high, flat = math.sin(elevation), math.cos(elevation)
        return (
            (cosine, 0.0, -sine),
            (-sine * high, flat, -cosine * high),
            (sine * flat, high, cosine * flat),
        )

    def units_per_pixel(self, height: float) -> float:
        """Return how long a pixel is at the centre, in a picture so many pixels high."""
        whole = 2.0 * math.tan(math.radians(self.eye.fov) / 2) * self.eye.distance
        return whole / max(height, 1.0)

    def on_plane(self, x: float, y: float, size: Size) -> Vector:
        """Return the point under a pixel in the plane through the centre that faces the eye."""
        unit = self.units_per_pixel(size[1])
        right, up, _ = self.axes()
        across, down = (x - size[0] / 2) * unit, (y - size[1] / 2) * unit
        return _sum(self.eye.centre, (right, across), (up, -down))


def _sum(start: Vector, *more: tuple[Vector, float]) -> Vector:
    x, y, z = start
    for vector, share in more:
        x, y, z = x + share * vector[0], y + share * vector[1], z + share * vector[2]
    return x, y, z


def _scaled(vector: Vector, share: float) -> Vector:
    return vector[0] * share, vector[1] * share, vector[2] * share


def _within(centre: Vector) -> Vector:
    length = math.hypot(*centre)
    return centre if length <= REACH else _scaled(centre, REACH / length)
