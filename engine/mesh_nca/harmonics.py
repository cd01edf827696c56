"""Spherical harmonics of the edges of a mesh, weighted as a rule and its controls want them.

Angle, axes, scale and aggregation all end in one factor per edge and harmonic, so that a step only
sums ``factor * (x_j - x_i)``: turning the directions is turning the aggregated vector.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["AXES", "weigh"]

AXES = ("cartesian", "polar", "bipolar")
"""What takes the places of x, y, z in the harmonics, at the position p of a vertex.

Cartesian: the axes of the world. Polar: the radius p / |p|, the polar angle from the z-axis, and
the azimuth about it. Bipolar: away from the y-axis, the azimuth about it, and the y-axis itself. On
the axis the azimuth is that of the points towards +x.
"""
_Y0 = 0.282094791773878
_Y1 = 0.48860251190292
_Y2 = 1.09254843059208
_Y20, _Y20_0 = 0.94617469575756, 0.31539156525252
_Y22 = 0.54627421529604


@njit(nogil=True, cache=True)
def _frame(position: Any, axes: Any, into: Any) -> None:
    """Rows of `into`: the unit vectors in which directions are measured, in place of x, y, z."""
    x: Any = np.float64(position[0])
    y: Any = np.float64(position[1])
    z: Any = np.float64(position[2])
    into[:] = 0.0
    if axes == 0:
        into[0, 0] = into[1, 1] = into[2, 2] = 1.0
        return
    if axes == 1:
        r, around = np.sqrt(x * x + y * y + z * z), np.sqrt(x * x + y * y)
        a, b = (-y / around, x / around) if around > 0.0 else (0.0, 1.0)
        x, y, z = (x / r, y / r, z / r) if r > 0.0 else (0.0, 0.0, 1.0)
        into[0, 0], into[0, 1], into[0, 2] = x, y, z
        into[1, 0], into[1, 1], into[1, 2] = b * z, -a * z, a * y - b * x
        into[2, 0], into[2, 1] = a, b
        return
    rho = np.sqrt(x * x + z * z)
    x, z = (x / rho, z / rho) if rho > 0.0 else (1.0, 0.0)
    into[0, 0], into[0, 2] = x, z
    into[1, 0], into[1, 2] = -z, x
    into[2, 1] = 1.0


@njit(nogil=True, cache=True)
def weigh(
    first: Any,
    last: Any,
    geometry: Any,
    border: Any,
    starts: Any,
    angles: Any,
    scales: Any,
    factors: Any,
    sums: Any,
    kind: Any,
) -> None:
    """Factors of the edges of the places first..last-1, and minus their sum at each place.

    geometry : (positions (V, 3), normals (V, 3), directions (E, 3)) float32.
    border : (V,) bool, which places lie on an open border.
    angles, scales : (V,) float64.
    factors, sums : out, (E, harmonics) and (V, harmonics) float32.
    kind : (aggregation 0 sum, 1 mean, or 6 times the mean; number of `AXES`).
    """
    positions, normals, directions = geometry
    aggregation, axes = kind
    harmonics = factors.shape[1]
    frame, turn, both = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    y = np.empty(9)
    total = np.empty(9)
    for p in range(first, last):
        begin, end = starts[p], starts[p + 1]
        total[:] = 0.0
        # Rodrigues' rotation by minus the angle: the pattern turns the other way.
        c, s = np.cos(angles[p]), -np.sin(angles[p])
        for i in range(3):
            for j in range(3):
                turn[i, j] = np.float64(normals[p, i]) * normals[p, j] * (1.0 - c)
            turn[i, i] += c
        for i in range(3):
            turn[(i + 1) % 3, i] += s * normals[p, (i + 2) % 3]
            turn[i, (i + 1) % 3] -= s * normals[p, (i + 2) % 3]
        _frame(positions[p], axes, frame)
        for i in range(3):
            for j in range(3):
                both[i, j] = (
                    frame[i, 0] * turn[0, j] + frame[i, 1] * turn[1, j] + frame[i, 2] * turn[2, j]
                )
        gain = 1.0
        if aggregation > 0 and end > begin:
            # On an even border a vertex has four neighbours; see `MeshRule`.
            missing = 2 if aggregation == 6.0 and border[p] else 0
            gain = aggregation / (end - begin + missing)
        one = gain * scales[p]
        two = one * scales[p]
        for e in range(begin, end):
            a, b, g = directions[e, 0], directions[e, 1], directions[e, 2]
            dx = both[0, 0] * a + both[0, 1] * b + both[0, 2] * g
            dy = both[1, 0] * a + both[1, 1] * b + both[1, 2] * g
            dz = both[2, 0] * a + both[2, 1] * b + both[2, 2] * g
            if harmonics < 9:
                y[0], y[1], y[2], y[3] = two, one * dy, one * dz, one * dx
            else:
                y[0] = two * _Y0
                y[1], y[2], y[3] = -one * _Y1 * dy, one * _Y1 * dz, -one * _Y1 * dx
                y[4], y[5] = two * _Y2 * dx * dy, -two * _Y2 * dy * dz
                y[6] = two * (_Y20 * dz * dz - _Y20_0)
                y[7], y[8] = -two * _Y2 * dx * dz, two * _Y22 * (dx * dx - dy * dy)
            for h in range(harmonics):
                factors[e, h] = y[h]
                total[h] += factors[e, h]
        for h in range(harmonics):
            sums[p, h] = -total[h]
