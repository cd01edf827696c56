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

__all__ = [
    "DARK",
    "FAINT",
    "GLYPHS_FROM",
    "HEX_FROM",
    "LIGHT",
    "GlyphSheet",
    "cell_side",
    "compose",
    "inks",
]

GLYPHS_FROM = 11.0
"""Device-independent pixels of a cell from which it shows its sign."""

HEX_FROM = 18.0
"""... and from which bytes without a sign are written in hex."""

Codes = NDArray[np.uint8]
Pixels = NDArray[np.uint32]

LIGHT, DARK, FAINT = range(3)
"""Inks: upon cells of middle brightness, upon light ones, and upon cells that are set back."""

_INKS = (("#ffffff", 1.0), ("#0b0d10", 1.0), ("#ffffff", 0.45))  # colour, strength
_GLYPH, _HEX = 0.95, 0.55
_LIGHT_FROM, _FAINT_TO = 128.0, 62.0  # luma of a cell


class GlyphSheet:
    """The signs of all bytes at one size in each ink: premultiplied ARGB (768, side, side)."""

    def __init__(self, alphabet: Alphabet, side: int, ratio: float) -> None:
        self.alphabet = alphabet
        self.side = side
        self.ratio = ratio
        self.pixels: Pixels = np.zeros((256 * len(_INKS), side, side), np.uint32)
        small = side / ratio < HEX_FROM
        for code, glyph in enumerate(alphabet.glyphs):
            words = glyph or ("" if small or code == 0 else f"{code:02X}")
            if words:
                for ink in range(len(_INKS)):
                    self.pixels[code + 256 * ink] = self._draw(words, ink, bool(glyph))

    def fits(self, alphabet: Alphabet, side: int, ratio: float) -> bool:
        """Tell whether this is the sheet for an alphabet and a size."""
        return self.alphabet is alphabet and (self.side, self.ratio) == (side, ratio)

    def _draw(self, words: str, ink: int, is_glyph: bool) -> Pixels:
        image = QImage(self.side, self.side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        face = theme.font("mono")
        face.setPixelSize(max(1, round(self.side * (0.68 if is_glyph else 0.46))))
        name, strength = _INKS[ink]
        colour = QColor(name)
        colour.setAlphaF(strength * (_GLYPH if is_glyph else _HEX))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.setFont(face)
        painter.setPen(colour)
        room = QRectF(0, 0, self.side, self.side)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
        rows = np.frombuffer(image.constBits(), np.uint32).reshape(self.side, -1)
        return rows[:, : self.side].copy()


def inks(view: TapesView) -> NDArray[np.int64]:
    """Return the ink of each cell (h, w): dark upon light ones, faint upon those set back.

    Programs that a search did not find are darkened, and so are zeros: their signs must not be
    louder than they are.
    """
    red, green, blue = (
        np.asarray(part, np.float32) for part in np.moveaxis(_rgb(view)[..., :3], -1, 0)
    )
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.where(luma > _LIGHT_FROM, DARK, np.where(luma < _FAINT_TO, FAINT, LIGHT))


def _rgb(view: TapesView) -> NDArray[Any]:
    ground = theme.current().ground_rgb()
    return colourise(view, ground) if view.data.shape[-1] != 3 or view.data.ndim == 2 else view.data


def compose(sheet: GlyphSheet, codes: Codes, ink: NDArray[np.int64], scale: float) -> QImage:
    """Lay out the signs of `codes` (h, w) for cells of `scale` device pixels.

    Cells start at whole pixels, as the picture under them does: the left edge of column c is
    round(c * scale).
    """
    side = sheet.side
    high, wide = codes.shape
    index = codes.astype(np.int64) + 256 * ink
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
