"""Motion: that the pattern at a later step is the earlier one, moved along a field.

The advected-frame loss compares what a window shows of the later state with what it would show of
the earlier one had the surface moved under it; both are operators on the states that are made once
(`engine.meshes`). It needs no trained network.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["AHEAD", "AdvectedFrames", "Frames", "MotionLoss", "drift"]

AHEAD = 8
"""Steps between the two frames."""

_LEAST_VARIANCE = 1e-3  # the seed has none

Frames = NDArray[np.float32]


class MotionLoss(Protocol):
    """How far a pair of frames is from the motion that was asked for."""

    def measure(
        self, before: Frames, moved: Frames, after: Frames
    ) -> tuple[float, Frames, Frames, Frames]:
        """Loss of frames (B, h, w, k) as shown, and its gradient by each of the three.

        `before` and `after` are `AHEAD` steps apart; `moved` is `before` carried along the field.
        """
        ...


class AdvectedFrames:
    """m = mean |after - moved|^2 / (var before + 0.001), the variance taken as a constant."""

    def measure(
        self, before: Frames, moved: Frames, after: Frames
    ) -> tuple[float, Frames, Frames, Frames]:
        """See `MotionLoss`."""
        away = after - moved
        scale = 1.0 / (float(before.var(dtype=np.float64)) + _LEAST_VARIANCE)
        value = float(np.mean(away * away, dtype=np.float64)) * scale
        gradient = away * np.float32(2.0 * scale / away.size)
        return value, np.zeros_like(before), -gradient, gradient


def drift(before: Frames, after: Frames, reach: int) -> NDArray[np.float64]:
    """How far the pictures moved from one frame to the next, by the peak of their correlation.

    Parameters
    ----------
    before, after : ndarray, shape (B, h, w, k)
    reach : int
        Largest move that is looked for, in pixels; below half of the pattern's period.

    Returns
    -------
    ndarray, shape (B, 2)
        (right, down) in pixels, to a fraction of one by a parabola through the peak.
    """
    height, width = before.shape[1:3]
    window = np.outer(np.hanning(height), np.hanning(width))[None, :, :, None]
    first, second = (
        (f - f.mean(axis=(1, 2), keepdims=True, dtype=np.float64)) * window for f in (before, after)
    )
    spectrum = np.conj(np.fft.rfft2(first, axes=(1, 2))) * np.fft.rfft2(second, axes=(1, 2))
    correlation = np.fft.irfft2(spectrum, (height, width), axes=(1, 2)).sum(axis=3)
    near = np.roll(correlation, (reach + 1, reach + 1), (1, 2))[:, : 2 * reach + 3, : 2 * reach + 3]
    found = np.empty((len(near), 2))
    for number, sheet in enumerate(near):
        inner = sheet[1:-1, 1:-1]
        y, x = (int(i) + 1 for i in np.unravel_index(inner.argmax(), inner.shape))
        found[number] = (
            x - reach - 1 + _vertex(*sheet[y, x - 1 : x + 2]),
            y - reach - 1 + _vertex(*sheet[y - 1 : y + 2, x]),
        )
    return found


def _vertex(left: float, middle: float, right: float) -> float:
    """Where the parabola through three values at -1, 0 and 1 has its peak."""
    bend = left - 2.0 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
