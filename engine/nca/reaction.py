"""One explicit step of the Gray-Scott equations, fused: diffusion, reaction and noise in one pass.

The Laplacian is the kernel ``[[1, 2, 1], [2, -12, 2], [1, 2, 1]] / 16``, which is the binomial blur
less the cell itself, so that a row needs only three sums down and three across. Buffers are float32
(2, height + 2, width + 2): u and v with a margin that `fill_margin` writes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["fill_margin", "shade", "step_rows"]

Floats = NDArray[np.float32]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fill_margin(field: Floats, wraps: bool) -> None:
    """Write the margin: the opposite edge on a torus, else the edge itself (no flux)."""
    height, width = field.shape[1] - 2, field.shape[2] - 2
    for c in range(field.shape[0]):
        plane = field[c]
        for y in range(1, height + 1):
            plane[y, 0] = plane[y, width] if wraps else plane[y, 1]
            plane[y, width + 1] = plane[y, 1] if wraps else plane[y, width]
        plane[0, :] = plane[height, :] if wraps else plane[1, :]
        plane[height + 1, :] = plane[1, :] if wraps else plane[height, :]


@njit(nogil=True, cache=True, fastmath={"contract", "nnan", "ninf", "nsz"})  # type: ignore[untyped-decorator]
def step_rows(
    field: Floats,
    result: Floats,
    first: int,
    last: int,
    rates: tuple[Any, Any, Any, Any, Any],
    noise: Any,
    key: int,
) -> None:
    """Advance rows `first` to `last` (exclusive, margin not counted) of `field` into `result`.

    Parameters
    ----------
    field, result : (2, height + 2, width + 2)
        u and v; diffusion comes first, the reaction acts on what has spread.
    rates : (Du, Dv, F, k, dt)
        float32; Du and Dv per step of one time unit, of the kernel above.
    noise : float32
        Half width of the uniform noise that is added to v.
    key : int
        Of the noise: equal keys give equal noise, whatever the blocks.
    """
    du, dv, feed, kill, dt = rates
    du, dv = dt * du, dt * dv
    width = field.shape[2] - 2
    one, two, sixteenth = np.float32(1), np.float32(2), np.float32(1 / 16)
    low, nothing = np.uint64(0xFFFFFFFF), np.float32(1e-15)
    down_u = np.empty(width + 2, np.float32)
    down_v = np.empty(width + 2, np.float32)
    spread_u = np.empty(width, np.float32)
    spread_v = np.empty(width, np.float32)
    for y in range(first, last):
        above, here, below = field[0, y], field[0, y + 1], field[0, y + 2]
        for x in range(width + 2):
            down_u[x] = above[x] + two * here[x] + below[x]
        above_v, here_v, below_v = field[1, y], field[1, y + 1], field[1, y + 2]
        for x in range(width + 2):
            down_v[x] = above_v[x] + two * here_v[x] + below_v[x]
        out_u, out_v = result[0, y + 1], result[1, y + 1]
        # Short loops: with more arrays in one the vectoriser gives up checking what overlaps.
        for x in range(width):
            blur = (down_u[x] + two * down_u[x + 1] + down_u[x + 2]) * sixteenth
            spread_u[x] = here[x + 1] + du * (blur - here[x + 1])
        for x in range(width):
            blur = (down_v[x] + two * down_v[x + 1] + down_v[x + 2]) * sixteenth
            spread_v[x] = here_v[x + 1] + dv * (blur - here_v[x + 1])
        for x in range(width):
            u, v = spread_u[x], spread_v[x]
            out_u[x + 1] = u + dt * (feed * (one - u) - u * v * v)
        for x in range(width):
            u, v = spread_u[x], spread_v[x]
            v += dt * (u * v * v - (feed + kill) * v)
            # Numbers too small for float32's full precision would be a hundred times slower.
            out_v[x + 1] = v if abs(v) > nothing else np.float32(0)
        if noise > 0:
            row = np.uint64(key) ^ (np.uint64(y) * np.uint64(0x9E3779B1))
            for x in range(width):
                # The mixing function lowbias32 of C. Wellons, "Hash function prospector", 2018.
                h = (row + np.uint64(x) * np.uint64(0x85EBCA6B)) & low
                h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x7FEB352D)) & low
                h = ((h ^ (h >> np.uint64(15))) * np.uint64(0x846CA68B)) & low
                h = h ^ (h >> np.uint64(16))
                draw = np.float32(h >> np.uint64(8)) * np.float32(2**-23) - one
                out_v[x + 1] += noise * draw


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def shade(
    heights: Floats,
    colours: Floats,
    top: Any,
    relief: Any,
    first: int,
    last: int,
    out: NDArray[np.uint8],
) -> None:
    """Draw rows of a scalar field (h, w) through a colour ramp, lit from the upper left; RGB.

    Parameters
    ----------
    colours : (256, 3)
        The ramp over 0 to `top`; 0 to 255.
    relief : float32
        Strength of the light on slopes, 0 for a flat map.
    """
    height, width = heights.shape
    for y in range(first, last):
        up, down = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            level = heights[y, x] / top * np.float32(255)
            level = min(max(level, np.float32(0)), np.float32(255))
            slope = (heights[down, x] - heights[up, x]) + (heights[y, right] - heights[y, left])
            slope = slope / top * relief
            light = np.float32(1) + np.float32(0.9) * slope / (np.float32(1) + abs(slope))
            gloss = max(slope - np.float32(0.35), np.float32(0)) * np.float32(70)
            low = int(level)
            part = level - np.float32(low)
            high = min(low + 1, 255)
            for c in range(3):
                value = colours[low, c] + part * (colours[high, c] - colours[low, c])
                value = value * light + gloss
                out[y, x, c] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
