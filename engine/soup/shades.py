"""Colours of strains: a hue for a family, a shade of it for each, seen on dark and light ground."""

from __future__ import annotations

import colorsys
import functools
import math
from typing import Final

__all__ = ["shade"]

_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_DARKEST: Final = 0.14  # relative luminance: 3 to 1 against the dark theme's panels
_BRIGHTEST: Final = 0.29  # 3 to 1 against white
_SATURATION: Final = 0.62


@functools.lru_cache(maxsize=1024)
def shade(family: int, key: int) -> tuple[int, int, int]:
    """Return the sRGB colour of a strain, three bytes; equal numbers have equal colours for ever.

    Its relative luminance (WCAG 2.2) is such that its contrast is at least 3 to 1 on the ground of
    the dark theme and on white.

    Parameters
    ----------
    family : int
        Decides the hue.
    key : int
        The strain: decides the shade, and shifts the hue a bit.
    """
    own = key * _GOLDEN % 1
    hue = (family * _GOLDEN + 0.16 * (own - 0.5)) % 1
    wanted = _DARKEST + (_BRIGHTEST - _DARKEST) * (own * _GOLDEN % 1)
    low, high = 0.0, 1.0
    for _ in range(12):
        light = (low + high) / 2
        if _luminance(*colorsys.hls_to_rgb(hue, light, _SATURATION)) < wanted:
            low = light
        else:
            high = light
    red, green, blue = colorsys.hls_to_rgb(hue, light, _SATURATION)
    return round(red * 255), round(green * 255), round(blue * 255)


def _luminance(red: float, green: float, blue: float) -> float:
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(part: float) -> float:
    """Return how bright a part of an sRGB colour is, in 0 to 1 (IEC 61966-2-1)."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
