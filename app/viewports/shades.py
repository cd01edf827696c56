"""Colour maps of figures on the window's own ground: what is zero steps back in both themes.

`engine.core.colour` draws worlds, whose pixels are the same everywhere; figures belong to the
window, and a signed one would glare on a dark panel if its zero were white.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app import theme
from engine.core import colour

__all__ = ["MIDDLE", "STEPS", "contrasting", "places", "shades"]

Pixels = NDArray[np.uint8]

STEPS = 255
MIDDLE = STEPS // 2
"""An odd number of colours: one of them is that of zero alone."""

# "vik" and "berlin": F. Crameri, Scientific colour maps, doi:10.5281/zenodo.1243862 (MIT licence),
# without their greyish middles, for which the ground stands in.
_LIGHT = ("001261 034481 1b6d9c 479db6 92bdd2", "e3bba4 d08c66 bd6431 942f06 590008")
_DARK = ("9eb0ff 5aa3da 2d7597 194155", "501802 8a3f2a c37469 ffacac")


def shades(colormap: str) -> Pixels:
    """Return the colours of a map in the theme in force: uint8 (255, 3), read-only.

    "diverging" goes from blue over what is zero, white or the dark panel, at `MIDDLE` to red; both
    halves are told apart with every kind of colour vision.
    """
    tokens = theme.current()
    return _table(colormap, tokens.dark, tokens.panel if tokens.dark else "#ffffff")


def places(values: NDArray[np.floating], limits: tuple[float, float], colormap: str) -> Pixels:
    """Return where values lie in `shades`; those that are not numbers lie at 0.

    Zero of a diverging map is its middle, whatever the limits are.
    """
    low, high = limits
    if colormap == "diverging":
        bound = max(abs(low), abs(high))
        low, high = -bound, bound
    scale = (STEPS - 1) / (high - low) if high > low else 0.0
    scaled = (np.clip(np.asarray(values, np.float64), low, high) - low) * scale
    return np.asarray(np.rint(np.where(np.isfinite(scaled), scaled, 0.0)), np.uint8)


def contrasting(rgb: NDArray[np.uint8]) -> QColor:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = (int(part) for part in rgb)
    return QColor("#000000" if 299 * red + 587 * green + 114 * blue > 140_000 else "#ffffff")


@functools.lru_cache(maxsize=16)
def _table(colormap: str, dark: bool, zero: str) -> Pixels:
    if colormap == "diverging":
        below, above = _DARK if dark else _LIGHT
        ground = zero.removeprefix("#")
        low = _between((*below.split(), ground), MIDDLE + 1)
        high = _between((ground, *above.split()), MIDDLE + 1)
        table = np.concatenate([low, high[1:]])
    else:
        table = colour.lut(colormap)[np.rint(np.linspace(0, 255, STEPS)).astype(int)]
    table.setflags(write=False)
    return table


def _between(stops: tuple[str, ...], count: int) -> Pixels:
    points = np.array([list(bytes.fromhex(stop)) for stop in stops], float)
    at = np.linspace(0, len(points) - 1, count)
    columns = [np.interp(at, np.arange(len(points)), points[:, k]) for k in range(3)]
    return np.asarray(np.rint(np.stack(columns, axis=1)), np.uint8)
