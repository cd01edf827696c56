"""Colour maps, and the way from an image view to pixels, without OpenGL.

The maps that every start needs are made here from a few stops and need no other library; all others
come from `cmap` when they are asked for. Tables have 256 entries of RGB.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.views import ImageView

__all__ = ["categorical", "classes", "colourise", "lut", "names"]

Ground = tuple[int, int, int]
Pixels = NDArray[np.uint8]

# 33 stops of each map: interpolated, they differ from the published tables by at most 3 of 255.
# viridis: S. van der Walt and N. Smith, 2015 (CC0).
_VIRIDIS = (
    "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e 2c728e "
    "297a8e 26828e 23898e 21908c 1f978b 1f9f88 21a685 27ad81 31b57b 3ebc74 4dc26c 5cc863 6ece58 "
    "82d34d 95d840 aadc32 c0df25 d5e21a eae51a fde725"
)
# "vik" and "romaO": F. Crameri, Scientific colour maps, doi:10.5281/zenodo.1243862 (MIT licence);
# even in lightness and safe for red-green blindness.
_DIVERGING = (
    "001261 021f69 022b71 023779 034481 055189 0c5e92 1b6d9c 2f7ca6 478cb1 609dbc 79adc7 92bdd2 "
    "acccdd c5dbe6 dde6e9 ece6e1 eedacf e9cbb9 e3bba4 dcab8f d69c7b cf8d67 c97f55 c37242 bd6431 "
    "b3531f a5400f 942f06 832106 741506 670a07 590008"
)
_CYCLIC = (
    "733957 79384c 7e3942 843d3a 8b4433 924d2f 99582c a2662c aa742f b38536 bd9741 c6a951 cfbb65 "
    "d4ca7a d6d68f d3dea2 cce1b2 c0e1be b0ddc7 9fd6cc 8ccccf 7abfce 69b2cb 5da3c7 5494c0 4f86b8 "
    "4f76ae 5267a1 585993 5f4d83 664474 6c3d65 723959"
)

_BUILT_IN = {
    "viridis": _VIRIDIS,
    "diverging": _DIVERGING,
    "cyclic": _CYCLIC,
    "grey": "000000 ffffff",
}
_FROM_CMAP = (
    "magma inferno plasma cividis turbo batlow lapaz oslo tokyo davos hawaii lajolla vik berlin"
)
_FROM_CMAP += " cork romaO vikO twilight cubehelix gist_earth"
_SPELLINGS = {"gray": "grey"}

# How many colours each has. Okabe and Ito's are safe for red-green blindness; Glasbey's are many.
_CATEGORICAL = {"okabe-ito": 8, "tab10": 10, "tab20": 20, "glasbey": 256}
_REVERSED = "_r"


def names() -> tuple[str, ...]:
    """Name the maps that the menus offer; `lut` knows all of `cmap`'s besides.

    Each may be turned round by "_r" at its end.
    """
    return (*_BUILT_IN, *_FROM_CMAP.split())


def categorical() -> tuple[str, ...]:
    """Name the maps of distinct colours, for classes that are numbered 0, 1, 2, ..."""
    return tuple(_CATEGORICAL)


def classes(name: str) -> int:
    """Return how many distinct colours a map has, 0 for a continuous one.

    Over the limits (0, classes - 1) every whole number has a colour of its own.
    """
    return _CATEGORICAL.get(name.removesuffix(_REVERSED), 0)


@functools.lru_cache(maxsize=64)
def lut(name: str) -> Pixels:
    """Return the table of a colour map: uint8 (256, 3), read-only.

    Raises
    ------
    BadInput
        If nobody knows the name.
    """
    plain = name.removesuffix(_REVERSED)
    key = _SPELLINGS.get(plain, plain)
    table = _interpolate(_BUILT_IN[key]) if key in _BUILT_IN else _look_up(plain)
    if key in _CATEGORICAL:
        count = _CATEGORICAL[key]
        # Bands of equal width: 0 and count - 1 lie in the middle of the first and the last one's.
        table = table[np.arange(256) * count // 256]
    if plain != name:
        table = table[::-1].copy()
    table.setflags(write=False)
    return table


def _interpolate(stops: str) -> Pixels:
    points = np.array([list(bytes.fromhex(stop)) for stop in stops.split()], float)
    at = np.linspace(0, len(points) - 1, 256)
    columns = [np.interp(at, np.arange(len(points)), points[:, k]) for k in range(3)]
    return np.asarray(np.rint(np.stack(columns, axis=1)), np.uint8)


def _look_up(name: str) -> Pixels:
    import cmap

    try:
        colours = np.asarray(cmap.Colormap(name).lut(256))
    except (ValueError, TypeError, KeyError):
        raise BadInput(
            f"there is no colour map {name!r}", remedy=f"Use one of: {', '.join(names())}"
        ) from None
    return np.asarray(np.rint(colours[:, :3] * 255), np.uint8)


def colourise(view: ImageView, ground: Ground | None = None) -> Pixels:
    """Draw an image view as pixels.

    Parameters
    ----------
    view : ImageView
        Its `data`: scalars are drawn through the colour map over the limits (values that are not
        numbers get its first colour), colours are taken as they are.
    ground : (r, g, b), optional
        What transparent worlds lie on; None keeps their alpha.

    Returns
    -------
    ndarray
        uint8 (h, w, 3), or (h, w, 4) with straight alpha where `ground` is None and the world
        has one.
    """
    data = view.data
    if data.ndim == 2:
        return _scalars(data, view.limits, lut(view.colormap))
    if data.shape[2] == 3:
        return np.ascontiguousarray(data, np.uint8)
    return _straight(data) if ground is None else _over(data, ground)


def _scalars(data: NDArray[Any], limits: tuple[float, float], table: Pixels) -> Pixels:
    low, high = limits
    scale = 255.0 / (high - low) if high > low else 0.0
    # Clipped before it is scaled, so that nothing overflows; fmax and fmin drop NaN for the bound,
    # so that the cast is defined.
    values = np.fmax(np.asarray(data, np.float32), np.float32(low))
    np.fmin(values, np.float32(high), out=values)
    values -= np.float32(low)
    values *= np.float32(scale)
    values += np.float32(0.5)
    return np.take(table, values.astype(np.uint8), axis=0)


@functools.cache
def _divided() -> Pixels:
    """Return colour / alpha for every pair of bytes, at alpha * 256 + colour."""
    alpha, colour = np.divmod(np.arange(65536), 256)
    quotient = (colour * 255 + alpha // 2) // np.maximum(alpha, 1)
    return np.asarray(np.minimum(quotient, 255), np.uint8)


def _straight(data: Pixels) -> Pixels:
    """Undo the multiplication by alpha: uint8 (h, w, 4)."""
    result = np.array(data, np.uint8, order="C")
    pixels = result.reshape(-1, 4)
    # Most pixels of a solid are opaque or empty: only the others are looked up.
    partly = np.flatnonzero((pixels.view(np.uint32)[:, 0] != 0) & (pixels[:, 3] != 255))
    some = pixels[partly]
    pairs = some[:, 3:].astype(np.uint16) << 8 | some[:, :3]
    some[:, :3] = np.take(_divided(), pairs)
    pixels[partly] = some
    return result


def _over(data: Pixels, ground: Ground) -> Pixels:
    """Lay premultiplied colours over a ground: uint8 (h, w, 3)."""
    rest = np.arange(255, -1, -1)[:, None]
    table = np.zeros((256, 4), np.uint8)
    table[:, :3] = (rest * np.array(ground) + 127) // 255
    # Looked up as one number a pixel: rows of a table are copied one by one, ten times as slowly.
    behind = np.take(table.view(np.uint32)[:, 0], data[..., 3]).view(np.uint8).reshape(data.shape)
    result = 255 - behind
    np.minimum(result, data, out=result)  # colours above their alpha must not wrap
    result += behind
    return np.ascontiguousarray(result[..., :3])
