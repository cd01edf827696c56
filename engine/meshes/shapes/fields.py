"""Signed distances (negative inside, most of them exact) and ways to join them smoothly.

Formulas: Quilez, "Distance functions" and "Smooth minimum" (iquilezles.org). Points are (n, 3),
lengths in the unit of the body that is built.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "beads",
    "box",
    "capsule",
    "closed_tube",
    "cylinder",
    "ellipsoid",
    "intersection",
    "sphere",
    "torus",
    "union",
]

Points = NDArray[np.float64]
Values = NDArray[np.float64]
Place = tuple[float, float, float]
Curve = Callable[[Values, int], Points]

_SAMPLES = 96
_CHUNK = 2**21  # distances held at once: 16 MiB


def sphere(p: Points, centre: Place, radius: float) -> Values:
    """Ball."""
    return np.asarray(np.linalg.norm(p - np.array(centre), axis=1) - radius)


def ellipsoid(p: Points, centre: Place, radii: Place) -> Values:
    """Ball with three radii; exact to first order at the surface."""
    q = p - np.array(centre)
    near, slope = np.linalg.norm(q / radii, axis=1), np.linalg.norm(q / np.square(radii), axis=1)
    return np.asarray(near * (near - 1) / np.maximum(slope, 1e-9))


def capsule(p: Points, start: Place, end: Place, first: float, second: float) -> Values:
    """Rod with round ends whose radius goes from `first` to `second`; exact where they agree."""
    a, axis = np.array(start), np.array(end) - np.array(start)
    along = np.clip((p - a) @ axis / (axis @ axis), 0, 1)
    radius = first + (second - first) * along
    return np.asarray(np.linalg.norm(p - a - along[:, None] * axis, axis=1) - radius)


def torus(p: Points, centre: Place, ring: float, tube: float, axis: int) -> Values:
    """Ring around one of the axes 0, 1, 2."""
    q = p - np.array(centre)
    flat = np.delete(q, axis, axis=1)
    return np.asarray(np.hypot(np.linalg.norm(flat, axis=1) - ring, q[:, axis]) - tube)


def cylinder(
    p: Points, centre: Place, radius: float, half: float, axis: int, edge: float
) -> Values:
    """Cylinder along an axis; `half` its height, `edge` the radius of its rounded rims."""
    q = p - np.array(centre)
    outwards = np.linalg.norm(np.delete(q, axis, axis=1), axis=1) - radius + edge
    upwards = np.abs(q[:, axis]) - half + edge
    outside = np.hypot(np.maximum(outwards, 0), np.maximum(upwards, 0))
    return np.asarray(np.minimum(np.maximum(outwards, upwards), 0) + outside - edge)


def box(p: Points, half: Place, edge: float) -> Values:
    """Box around the origin with rounded edges."""
    q = np.abs(p) - half + edge
    outside = np.linalg.norm(np.maximum(q, 0), axis=1)
    return np.asarray(np.minimum(q.max(axis=1), 0) + outside - edge)


def closed_tube(p: Points, curve: Curve, radius: float) -> Values:
    """Tube around a smooth closed curve: its nearest sample, then Newton's method.

    `curve` gives its points at parameters from 0 to 2 pi, or a derivative of them.
    """
    samples = np.linspace(0, 2 * np.pi, _SAMPLES, endpoint=False)
    known = curve(samples, 0)
    t = np.concatenate([samples[_squares(q, known).argmin(axis=1)] for q in _parts(p, _SAMPLES)])
    for _ in range(3):
        away, first, second = curve(t, 0) - p, curve(t, 1), curve(t, 2)
        speed = (first**2).sum(axis=1)
        bend = np.maximum(speed + (away * second).sum(axis=1), 0.3 * speed)
        t = t - np.clip((away * first).sum(axis=1) / bend, -np.pi / _SAMPLES, np.pi / _SAMPLES)
    return np.asarray(np.linalg.norm(p - curve(t, 0), axis=1) - radius)


def beads(p: Points, centres: Points, radii: Values, blend: float) -> Values:
    """Smooth union of many balls: -blend log sum exp(-distance / blend)."""
    return np.concatenate([_beads(part, centres, radii, blend) for part in _parts(p, len(centres))])


def _beads(p: Points, centres: Points, radii: Values, blend: float) -> Values:
    distances = np.sqrt(np.maximum(_squares(p, centres), 0)) - radii
    least = distances.min(axis=1)
    # Single precision where it is added up: half the time of all.
    powers = ((least[:, None] - distances) / blend).astype(np.float32)
    return np.asarray(least - blend * np.log(np.exp(powers).sum(axis=1, dtype=np.float64)))


def union(blend: float, *values: Values) -> Values:
    """Join bodies; where they meet, a fillet of about the size `blend` (polynomial minimum)."""
    joined = values[0]
    for value in values[1:]:
        share = np.maximum(blend - np.abs(joined - value), 0) / blend
        joined = np.minimum(joined, value) - share * share * blend / 4
    return joined


def intersection(blend: float, *values: Values) -> Values:
    """What lies in all bodies, edges rounded by about `blend`; negate a value to cut it away."""
    return -union(blend, *(-value for value in values))


def _squares(p: Points, q: Points) -> Values:
    """Squared distances (n, m) by one matrix product."""
    return np.asarray((p**2).sum(axis=1)[:, None] - 2 * p @ q.T + (q**2).sum(axis=1))


def _parts(p: Points, width: int) -> list[Points]:
    return np.array_split(p, max(1, -(-len(p) * width // _CHUNK)))
