"""Sliced Wasserstein distance of pictures with any number of channels, value and gradient by hand.

The distance of `patch_swd` in another make, for patches of a surface: pictures have borders that
belong to nobody, perhaps pixels that show nothing, and their channels may be a whole material
(colour, normal, height, roughness, occlusion). Every random filter spans all channels, so that how
the maps go together is matched with each of them. Levels are plain averages, filters are fresh at
every call, and of each level at most 4,096 whole windows are looked at. After Heitz, Vanhoey,
Chambon and Belcour (arXiv 2006.07229).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.style.ranking import ascending_places

__all__ = ["HELD_OUT_WINDOW", "LEVELS", "WINDOW", "ChannelSwd", "halved"]

LEVELS = 3
WINDOW = 5  # pixels on a side of a filter
HELD_OUT_WINDOW = 7  # of the filters that training never sees
PLACES = 4096
SHARPENING = 2.0
_POINT_FILTERS = 8  # that see a single pixel: the distribution of colours
_POINT_WEIGHT = 0.3

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


class ChannelSwd:
    """Style distance of pictures to one example with k channels.

    Parameters
    ----------
    target : ndarray, shape (h, w, k), range 0..1
        The example, each side at least 7 * 2^(levels - 1) pixels.
    levels : int
        Resolutions that are compared, each half of the one before.
    filters : int
        Random filters of `WINDOW` x `WINDOW` pixels at every level.
    sharpening : float
        How often what a 3 x 3 binomial blur takes away is added again before the filters look:
        without it the mean colour of a window drowns its detail.

    Raises
    ------
    BadInput
        If the example is too small, has another shape or is not finite.
    """

    name = "patch-swd"

    def __init__(
        self,
        target: NDArray[Any],
        levels: int = LEVELS,
        filters: int = 32,
        sharpening: float = SHARPENING,
    ) -> None:
        example = np.ascontiguousarray(target, np.float32)
        least = HELD_OUT_WINDOW * 2 ** (levels - 1)
        if example.ndim != 3 or min(example.shape[:2]) < least:
            raise BadInput(
                f"an example of the shape {example.shape} is too small for style statistics",
                remedy=f"Use one of at least {least} x {least} pixels",
            )
        if not np.isfinite(example).all():
            raise BadInput("the example has values that are not finite")
        self.target = example
        self._filters, self._sharpening = filters, sharpening
        self._levels = [example[None]]
        for _ in range(levels - 1):
            self._levels.append(halved(self._levels[-1]))

    def measure(
        self,
        pictures: Floats,
        draw: np.random.Generator,
        valid: Mask | None = None,
        poll: Callable[[], None] | None = None,
    ) -> tuple[float, Floats]:
        """Distance of a batch and how it changes with every value.

        Parameters
        ----------
        pictures : ndarray, shape (B, h, w, k), float32
            As shown, not clamped; a level that is smaller than its filters says nothing.
        draw : numpy.random.Generator
            Of filters and places.
        valid : ndarray of bool, shape (B, h, w), optional
            Which pixels show something; windows with others are not looked at.
        poll : callable, optional
            Called between the levels, a few milliseconds each.

        Returns
        -------
        loss : float
            Sum over levels of the mean squared difference of sorted responses.
        gradient : ndarray, shape (B, h, w, k)
        """
        levels, masks = [np.ascontiguousarray(pictures, np.float32)], [valid]
        for _ in self._levels[1:]:
            mask = masks[-1]
            masks.append(None if mask is None else _halved_mask(mask))
            levels.append(halved(levels[-1]))
        total, gradients = 0.0, []
        for level, mask, example in zip(levels, masks, self._levels, strict=True):
            bank, weights = _bank(draw, self._filters, WINDOW, level.shape[-1])
            window = WINDOW
            if self._sharpening:
                bank, window = _sharpened(bank, WINDOW, self._sharpening), WINDOW + 2
            value, gradient = _compare(level, mask, example, bank, weights, window, draw)
            total += value
            gradients.append(gradient)
            if poll is not None:
                poll()
        below = gradients.pop()
        while gradients:
            above = gradients.pop()
            _spread_half(below, above)
            below = above
        return total, below

    def held_out(self, pictures: Floats, valid: Mask | None = None, seed: int = 0) -> float:
        """Distance by 7 x 7 filters drawn from `seed`, which training never sees; for reports."""
        draw = np.random.default_rng([seed, HELD_OUT_WINDOW])
        level, mask, total = np.ascontiguousarray(pictures, np.float32), valid, 0.0
        for number, example in enumerate(self._levels):
            if number:
                level, mask = halved(level), None if mask is None else _halved_mask(mask)
            bank, weights = _bank(draw, 96, HELD_OUT_WINDOW, level.shape[-1])
            total += _compare(level, mask, example, bank, weights, HELD_OUT_WINDOW, draw)[0]
        return total

    def noise_distance(self, side: int, count: int = 4, seed: int = 0) -> float:
        """Held-out distance of `count` pictures of the example's pixels in random places."""
        draw = np.random.default_rng(seed)
        pixels = self.target.reshape(-1, self.target.shape[-1])
        shuffled = pixels[draw.integers(len(pixels), size=(count, side, side))]
        return self.held_out(shuffled, seed=seed)


def halved(pictures: Floats) -> Floats:
    """Average blocks of 2 x 2 of (B, h, w, k); a last odd row or column is left out."""
    batch, height, width, channels = pictures.shape
    made = np.empty((batch, height // 2, width // 2, channels), np.float32)
    _halve(pictures, made)
    return made


def _halved_mask(mask: Mask) -> Mask:
    height, width = mask.shape[1] // 2 * 2, mask.shape[2] // 2 * 2
    even, odd = mask[:, 0:height:2], mask[:, 1:height:2]
    found: Mask = (
        even[:, :, 0:width:2] & even[:, :, 1:width:2] & odd[:, :, 0:width:2] & odd[:, :, 1:width:2]
    )
    return found


def _bank(
    draw: np.random.Generator, filters: int, window: int, channels: int
) -> tuple[Floats, Floats]:
    """Unit filters as rows (filters + 8, window^2 k), the last 8 of one pixel; weights of rows."""
    wide = draw.standard_normal((filters, window * window * channels), np.float32)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    points = draw.standard_normal((_POINT_FILTERS, channels), np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    bank = np.zeros((filters + _POINT_FILTERS, wide.shape[1]), np.float32)
    bank[:filters] = wide
    middle = window * window // 2 * channels
    bank[filters:, middle : middle + channels] = points
    weights = np.full(len(bank), 1.0 / filters, np.float32)
    weights[filters:] = _POINT_WEIGHT / _POINT_FILTERS
    return bank, weights


def _sharpened(bank: Floats, window: int, amount: float) -> Floats:
    """Filters two pixels wider that see x + amount (x - blurred x) as `bank` sees x."""
    filters = bank.reshape(len(bank), window, window, -1)
    made = np.zeros((len(bank), window + 2, window + 2, filters.shape[-1]), np.float32)
    made[:, 1:-1, 1:-1] = np.float32(1.0 + amount) * filters
    for down, right in np.ndindex(3, 3):
        share = np.float32(amount * (1 + down % 2) * (1 + right % 2) / 16.0)
        made[:, down : down + window, right : right + window] -= share * filters
    return made.reshape(len(bank), -1)


def _compare(
    level: Floats,
    mask: Mask | None,
    example: Floats,
    bank: Floats,
    weights: Floats,
    window: int,
    draw: np.random.Generator,
) -> tuple[float, Floats]:
    """Distance at one level and its gradient; 0 where no whole window is to be seen."""
    gradient = np.zeros_like(level)
    places = _places(level, mask, window, draw, PLACES)
    count = len(places)
    if not count:
        return 0.0, gradient
    wanted = _places(example, None, window, draw, 2 * PLACES)
    own, theirs = _responses(level, places, window, bank), _responses(example, wanted, window, bank)
    theirs = _quantiles(theirs, count)
    order = ascending_places(own)
    difference = own.reshape(-1)[order].reshape(own.shape)
    difference -= theirs
    value = float((difference**2).mean(axis=1, dtype=np.float64) @ weights)
    difference *= (2.0 / count) * weights[:, None]
    own.reshape(-1)[order] = difference.reshape(-1)
    _put_back(gradient, places, window, np.ascontiguousarray(own.T) @ bank)
    return value, gradient


def _windows(shape: tuple[int, ...], window: int) -> NDArray[np.int64]:
    """Flat pixel numbers of the first pixels of all windows in (B, h, w, k)."""
    batch, height, width = shape[:3]
    pixels = np.arange(batch * height * width).reshape(batch, height, width)
    return pixels[:, : max(0, height - window + 1), : max(0, width - window + 1)].ravel()


def _places(
    level: Floats, mask: Mask | None, window: int, draw: np.random.Generator, most: int
) -> NDArray[np.int64]:
    """At most so many of the windows that lie wholly on valid pixels."""
    found = _windows(level.shape, window)
    if mask is not None and len(found):
        found = found[_whole(mask, window)]
    if len(found) > most:
        found = found[draw.choice(len(found), most, replace=False)]
    return found


def _whole(mask: Mask, window: int) -> Mask:
    """Which windows of (B, h, w) have no pixel that shows nothing, flat."""
    windows = np.lib.stride_tricks.sliding_window_view(mask, (window, window), axis=(1, 2))
    whole: Mask = windows.all(axis=(3, 4)).ravel()
    return whole


def _quantiles(values: Floats, count: int) -> Floats:
    """Sort rows (in place) and read their quantile functions at (i + 0.5) / count, linearly."""
    values.sort(axis=-1)
    have = values.shape[1]
    if have == count:
        return values
    place = ((np.arange(count) + 0.5) * (have / count) - 0.5).clip(0, have - 1)
    low = place.astype(np.intp)
    part = np.asarray(place - low, np.float32)
    read: Floats = values[:, low] * (1 - part) + values[:, np.minimum(low + 1, have - 1)] * part
    return read


def _responses(level: Floats, places: NDArray[np.int64], window: int, bank: Floats) -> Floats:
    """Responses (filters, places)."""
    rows = np.empty((len(places), bank.shape[1]), np.float32)
    _take_out(level, places, window, rows)
    answers: Floats = bank @ rows.T
    return np.ascontiguousarray(answers)


@njit(nogil=True, cache=True)
def _take_out(level: Any, places: Any, window: Any, rows: Any) -> None:
    """Copy the window at every place into a row."""
    width, channels = level.shape[2], level.shape[3]
    flat, line = level.reshape(-1), window * channels
    for i in range(len(places)):
        for y in range(window):
            start = (places[i] + y * width) * channels
            for j in range(line):
                rows[i, y * line + j] = flat[start + j]


@njit(nogil=True, cache=True)
def _put_back(gradient: Any, places: Any, window: Any, rows: Any) -> None:
    """Add every row to the window that it came from."""
    width, channels = gradient.shape[2], gradient.shape[3]
    flat, line = gradient.reshape(-1), window * channels
    for i in range(len(places)):
        for y in range(window):
            start = (places[i] + y * width) * channels
            for j in range(line):
                flat[start + j] += rows[i, y * line + j]


@njit(nogil=True, cache=True)
def _halve(pictures: Any, made: Any) -> None:
    quarter = np.float32(0.25)
    for b in range(made.shape[0]):
        for y in range(made.shape[1]):
            for x in range(made.shape[2]):
                for c in range(made.shape[3]):
                    made[b, y, x, c] = quarter * (
                        pictures[b, 2 * y, 2 * x, c]
                        + pictures[b, 2 * y, 2 * x + 1, c]
                        + pictures[b, 2 * y + 1, 2 * x, c]
                        + pictures[b, 2 * y + 1, 2 * x + 1, c]
                    )


@njit(nogil=True, cache=True)
def _spread_half(below: Any, above: Any) -> None:
    """Add the transpose of `_halve` of `below` to `above`."""
    quarter = np.float32(0.25)
    for b in range(below.shape[0]):
        for y in range(below.shape[1]):
            for x in range(below.shape[2]):
                for c in range(below.shape[3]):
                    part = quarter * below[b, y, x, c]
                    above[b, 2 * y, 2 * x, c] += part
                    above[b, 2 * y, 2 * x + 1, c] += part
                    above[b, 2 * y + 1, 2 * x, c] += part
                    above[b, 2 * y + 1, 2 * x + 1, c] += part
