"""A small toroidal drawing kit: what is drawn past one edge comes back at the other.

Pictures are drawn three times as large and averaged, so that edges are smooth; lengths are in
cells of the finished picture.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Canvas", "NearestPoints", "blend", "mix", "rgb", "smoothstep"]

Array = NDArray[np.float64]

_OVERSAMPLING = 3


class NearestPoints(NamedTuple):
    """Of every place: distances to the two nearest points, and the way from the nearest."""

    first: Array
    second: Array
    which: NDArray[np.int64]
    down: Array
    right: Array


def rgb(code: str) -> Array:
    """The colour of a code such as ``"ffb000"``, range 0..1, shape (3,)."""
    return np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high` and a smooth S between them; `low` may exceed `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blend(below: Array, above: Array, opacity: Array) -> Array:
    """Lay a colour or picture over another, (H, W, 3), with an opacity (H, W) in 0..1."""
    return below + (above - below) * opacity[..., None]


def mix(colours: Array, amount: Array) -> Array:
    """Read a ramp of colours (N, 3) at `amount` (H, W) in 0..1."""
    position = np.clip(amount, 0, 1) * (len(colours) - 1)
    return np.stack(
        [np.interp(position, np.arange(len(colours)), colours[:, band]) for band in range(3)], -1
    )


class Canvas:
    """A square torus to draw on.

    Parameters
    ----------
    size : int
        Cells on a side of the finished picture.
    seed : int
        Of everything random.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.random = np.random.default_rng(seed)
        fine = size * _OVERSAMPLING
        self.y: Array
        self.x: Array
        self.y, self.x = (np.mgrid[:fine, :fine] + 0.5) / _OVERSAMPLING

    def finish(self, picture: Array) -> NDArray[np.float32]:
        """Average down to (size, size, 3) and clip to 0..1."""
        fine = picture.reshape(self.size, _OVERSAMPLING, self.size, _OVERSAMPLING, 3)
        picture32: NDArray[np.float32] = np.clip(fine.mean(axis=(1, 3)), 0, 1).astype(np.float32)
        return picture32

    def fill(self, colour: Array) -> Array:
        """A picture of one colour."""
        return np.broadcast_to(colour, (*self.y.shape, 3)).copy()

    def noise(self, scale: float) -> Array:
        """Smooth noise of mean 0 and variance 1 whose blobs are about `scale` cells wide."""
        white = self.random.standard_normal(self.y.shape)
        vertical = np.fft.fftfreq(self.y.shape[0]) * _OVERSAMPLING
        horizontal = np.fft.rfftfreq(self.y.shape[1]) * _OVERSAMPLING
        squared = vertical[:, None] ** 2 + horizontal[None] ** 2
        smooth = np.fft.irfft2(np.fft.rfft2(white) * np.exp(-squared * scale**2 * 2), white.shape)
        return self._standardised(smooth)

    def band_noise(self, period: float, width: float = 0.18) -> Array:
        """Noise of one wavelength in every direction: its level sets are a labyrinth."""
        white = self.random.standard_normal(self.y.shape)
        vertical = np.fft.fftfreq(self.y.shape[0]) * _OVERSAMPLING
        horizontal = np.fft.rfftfreq(self.y.shape[1]) * _OVERSAMPLING
        radius = np.sqrt(vertical[:, None] ** 2 + horizontal[None] ** 2) * period
        ring = np.exp(-(((radius - 1) / width) ** 2) / 2)
        return self._standardised(np.fft.irfft2(np.fft.rfft2(white) * ring, white.shape))

    def lattice(self, rows: int, columns: int, jitter: float, shift: float = 0.5) -> Array:
        """Points (N, 2) in rows, every other row shifted by `shift` columns, moved at random.

        `rows` is even; `jitter` is the largest move in units of the spacing.
        """
        row, column = np.divmod(np.arange(rows * columns), columns)
        points = np.stack([(row + 0.5) / rows, (column + 0.25 + shift * (row % 2)) / columns], -1)
        points += self.random.uniform(-jitter, jitter, points.shape) / [rows, columns]
        points *= self.size
        return points

    def nearest(self, points: Array) -> NearestPoints:
        """Which of the points (N, 2) is nearest to every place, and how near the first two are."""
        first = np.full(self.y.shape, np.inf)
        second = np.full(self.y.shape, np.inf)
        index = np.zeros(self.y.shape, np.int64)
        rows, columns = self.y[:, :1], self.x[:1]
        for number, (row, column) in enumerate(points):
            squared = self._shortest(rows - row) ** 2 + self._shortest(columns - column) ** 2
            index[squared < first] = number
            np.minimum(second, np.maximum(first, squared), out=second)
            np.minimum(first, squared, out=first)
        down = self._shortest(self.y - points[index, 0])
        right = self._shortest(self.x - points[index, 1])
        return NearestPoints(np.sqrt(first), np.sqrt(second), index, down, right)

    def pick(self, colours: Array, count: int) -> Array:
        """`count` rows of `colours` in random order, each as often as the others."""
        order = self.random.permutation(np.arange(count) % len(colours))
        return np.take(colours, order, axis=0)

    def _shortest(self, way: Array) -> Array:
        half = self.size / 2
        wrapped: Array = (way + half) % self.size - half
        return wrapped

    @staticmethod
    def _standardised(values: Array) -> Array:
        standard: Array = (values - values.mean()) / values.std()
        return standard
