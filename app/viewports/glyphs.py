"""The signs on the cells of a tape: drawn once per byte, then laid out by numpy.

A zoomed-in soup shows many thousand bytes. Asking QPainter for each of them would take longer than
the picture itself, so every byte's sign is drawn once at the size of a cell, and a picture of all
signs is put together from those.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app import theme
from engine.core.colour import colourise
from engine.core.programs import Alphabet
from engine.core.views import TapesView

__all__ = ["GLYPHS_FROM", "HEX_FROM", "GlyphSheet", "cell_side", "compose", "inks"]

GLYPHS_FROM = 11.0
"""Device-independent pixels of a cell from which it shows its sign."""

HEX_FROM = 18.0
"""... and from which bytes without a sign are written in hex."""

Codes = NDArray[np.uint8]
Pixels = NDArray[np.uint32]

_LIGHT, _DARK = "#ffffff", "#0b0d10"
_GLYPH, _HEX = 0.95, 0.55


class GlyphSheet:
    """The signs of all bytes at one size, light and dark: premultiplied ARGB (512, side, side)."""

    def __init__(self, alphabet: Alphabet, side: int, ratio: float) -> None:
        self.alphabet = alphabet
        self.side = side
        self.ratio = ratio
        self.pixels: Pixels = np.zeros((512, side, side), np.uint32)
        small = side / ratio < HEX_FROM
        for code, glyph in enumerate(alphabet.glyphs):
            words = glyph or ("" if small or code == 0 else f"{code:02X}")
            if words:
                for dark, ink in enumerate((_LIGHT, _DARK)):
                    self.pixels[code + 256 * dark] = self._draw(words, ink, bool(glyph))

    def fits(self, alphabet: Alphabet, side: int, ratio: float) -> bool:
        """Tell whether this is the sheet for an alphabet and a size."""
        return self.alphabet is alphabet and (self.side, self.ratio) == (side, ratio)

    def _draw(self, words: str, ink: str, is_glyph: bool) -> Pixels:
        image = QImage(self.side, self.side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        face = theme.font("mono")
        face.setPixelSize(max(1, round(self.side * (0.68 if is_glyph else 0.46))))
        colour = QColor(ink)
        colour.setAlphaF(_GLYPH if is_glyph else _HEX)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setFont(face)
        painter.setPen(colour)
        room = QRectF(0, 0, self.side, self.side)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
        rows = np.frombuffer(image.constBits(), np.uint32).reshape(self.side, -1)
        return rows[:, : self.side].copy()


def inks(view: TapesView) -> NDArray[np.bool_]:
    """Return which cells (h, w) of a view are so light that they need a dark sign."""
    red, green, blue = (
        np.asarray(part, np.float32) for part in np.moveaxis(_rgb(view)[..., :3], -1, 0)
    )
    return np.asarray(0.299 * red + 0.587 * green + 0.114 * blue > 128.0)


def _rgb(view: TapesView) -> NDArray[Any]:
    ground = theme.current().ground_rgb()
    return colourise(view, ground) if view.data.shape[-1] != 3 or view.data.ndim == 2 else view.data


def compose(sheet: GlyphSheet, codes: Codes, dark: NDArray[np.bool_], scale: float) -> QImage:
    """Lay out the signs of `codes` (h, w) for cells of `scale` device pixels.

    Cells start at whole pixels, as the picture under them does: the left edge of column c is
    round(c * scale).
    """
    side = sheet.side
    high, wide = codes.shape
    index = codes.astype(np.int64) + 256 * dark
    blocks = sheet.pixels[index].transpose(0, 2, 1, 3).reshape(high * side, wide * side)
    if scale != side:
        blocks = blocks[_places(high, side, scale)][:, _places(wide, side, scale)]
    blocks = np.ascontiguousarray(blocks)
    image = QImage(
        blocks.data,
        blocks.shape[1],
        blocks.shape[0],
        4 * blocks.shape[1],
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    return image.copy()  # the array goes away


def _places(count: int, side: int, scale: float) -> NDArray[np.int64]:
    """Say for each device pixel which pixel of the blocks it shows; a cell's last may repeat."""
    pixels = np.arange(round(count * scale))
    cells = np.minimum(np.floor((pixels + 0.5) / scale).astype(np.int64), count - 1)
    first = np.ceil(cells * scale - 0.5).astype(np.int64)
    return np.asarray(cells * side + np.minimum(pixels - first, side - 1), np.int64)


def cell_side(scale: float) -> int:
    """Return the whole size of a sign for cells of `scale` device pixels."""
    return max(1, math.floor(scale + 1e-6))
