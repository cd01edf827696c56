"""Ink, type and lines on a canvas of Pillow's."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.core.presets import RESOURCES
from engine.media.writers import Frame

__all__ = ["SERIES", "Pen", "nice_ticks", "number", "power_ticks"]

Colour = tuple[int, int, int]

FONTS = RESOURCES / "fonts"

#: Okabe and Ito's colours, told apart by colour-blind eyes (https://jfly.uni-koeln.de/color/).
SERIES: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (148, 138, 84),
)

_SHARE = 34  # the type's height is one part in so many of the picture's shorter side
_LEAST, _MOST = 9, 64  # pixels


class Pen:
    """Draws on a canvas that is transparent or has a ground.

    Parameters
    ----------
    size : (width, height)
        In pixels.
    ground : (r, g, b), optional
        None for none; ink is chosen so that it is read on a light page then.

    Attributes
    ----------
    type : int
        Height of the type in pixels.
    ink, dim : colour
        Of words and marks, and of what stands back.
    """

    def __init__(self, size: tuple[int, int], ground: Colour | None) -> None:
        self.size, self.ground = size, ground
        self.image = Image.new("RGBA", size, (*ground, 255) if ground else (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)
        self.type = min(max(min(size) // _SHARE, _LEAST), _MOST)
        dark = ground is not None and sum(ground) < 3 * 128
        self.ink: Colour = (226, 230, 236) if dark else (28, 32, 38)
        self.dim: Colour = (104, 112, 124) if dark else (150, 156, 165)
        self.faint: Colour = (44, 49, 57) if dark else (226, 229, 233)
        self.width = max(1, round(self.type / 8))

    def font(self, share: float = 1.0) -> ImageFont.FreeTypeFont:
        """Return the typeface at a share of the usual height."""
        return _font(max(7, round(self.type * share)))

    def measure(self, words: str, share: float = 1.0) -> int:
        """Return how wide words are, in pixels."""
        return round(self.font(share).getlength(words))

    def words(
        self,
        at: tuple[float, float],
        words: str,
        *,
        anchor: str = "la",
        colour: Colour | None = None,
        share: float = 1.0,
        room: float | None = None,
    ) -> None:
        """Write words, cut off with an ellipsis where there is no room for them.

        `anchor` is Pillow's: l, m, r and a, m, s for the ascender, the middle and the baseline.
        """
        if room is not None:
            words = self.fitted(words, room, share)
        self.draw.text(
            at, words, font=self.font(share), fill=(*(colour or self.ink), 255), anchor=anchor
        )

    def fitted(self, words: str, room: float, share: float = 1.0) -> str:
        """Cut words off where they do not fit."""
        if self.measure(words, share) <= room:
            return words
        while words and self.measure(f"{words}…", share) > room:
            words = words[:-1]
        return f"{words}…" if words else ""

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: Colour,
        *,
        width: int | None = None,
        dashed: bool = False,
    ) -> None:
        """Draw a line through points."""
        wide = width or self.width
        if not dashed:
            self.draw.line(list(points), fill=(*colour, 255), width=wide, joint="curve")
            return
        for start, end in _dashes(points, 3.0 * wide + 3.0):
            self.draw.line([start, end], fill=(*colour, 255), width=wide)

    def box(
        self,
        corners: tuple[float, float, float, float],
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
    ) -> None:
        """Draw a rectangle: left, top, right, bottom."""
        left, top, right, bottom = corners
        if right < left or bottom < top:
            return
        self.draw.rectangle(
            corners,
            fill=(*fill, 255) if fill else None,
            outline=(*outline, 255) if outline else None,
        )

    def dot(self, at: tuple[float, float], radius: float, colour: Colour) -> None:
        """Draw a filled circle."""
        x, y = at
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 255))

    def paste(self, pixels: Frame, at: tuple[int, int]) -> None:
        """Lay RGBA pixels with straight alpha over the canvas."""
        self.image.alpha_composite(Image.fromarray(np.ascontiguousarray(pixels)), at)

    def frame(self) -> Frame:
        """Return the pixels: RGB on a ground, else RGBA with straight alpha."""
        pixels = np.asarray(self.image)
        return np.ascontiguousarray(pixels[..., :3] if self.ground else pixels)


@functools.lru_cache(maxsize=32)
def _font(height: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / "Inter-Regular.ttf"), height)


def _dashes(
    points: Sequence[tuple[float, float]], length: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Cut a line into dashes of a length with gaps as long."""
    dashes = []
    along = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        whole = float(np.hypot(x1 - x0, y1 - y0))
        at = 0.0
        while at < whole:
            step = min(length - along % length, whole - at)
            if int(along // length) % 2 == 0:
                a, b = at / whole, (at + step) / whole
                dashes.append(
                    (
                        (x0 + a * (x1 - x0), y0 + a * (y1 - y0)),
                        (x0 + b * (x1 - x0), y0 + b * (y1 - y0)),
                    )
                )
            at += max(step, 1e-6)
            along += max(step, 1e-6)
    return dashes


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most so many round numbers between two bounds: 1, 2 or 5 times a power of ten."""
    if not (np.isfinite(low) and np.isfinite(high)) or high <= low or most < 1:
        return []
    raw = (high - low) / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [index * step for index in range(first, last + 1)][: most + 1]


def power_ticks(low: float, high: float, most: int) -> list[float]:
    """Return the logarithms of round numbers between two bounds, which are logarithms, too."""
    if not (np.isfinite(low) and np.isfinite(high)) or high <= low or high - low > 300:
        return []
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        ticks = [power + float(np.log10(f)) for power in powers for f in factors]
        ticks = [tick for tick in ticks if low - 1e-9 <= tick <= high + 1e-9]
        if len(ticks) <= most:
            return ticks
    return ticks[:: -(-len(ticks) // most)]


def number(value: float) -> str:
    """Write a number for an axis."""
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        return f"{value:.2g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{value:,.6g}"
