"""The picture as the rest of the engine sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Picture", "premultiplied"]

Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Parameters
    ----------
    pixels : ndarray of float32, shape (H, W, 4)
        Straight (not premultiplied) RGBA, 0 to 1, sRGB-encoded; contiguous and read-only.
    format : str
        "PNG", "JPEG", "WEBP", "BMP", "GIF" or "TIFF".
    sha256 : str
        Of the file's bytes, hexadecimal.
    name : str
        What the user knows it by; it leads messages about it.
    frames : int
        How many frames the file holds; `pixels` is the first.
    notes : tuple of str
        What was lost or changed on the way in, as the user should read it.
    """

    pixels: Floats
    format: str
    sha256: str
    name: str = "picture"
    frames: int = 1
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])

    @property
    def has_alpha(self) -> bool:
        """Whether some pixel is not wholly opaque."""
        return bool(self.pixels[..., 3].min() < 1.0)


def premultiplied(pixels: Floats) -> Floats:
    """Return RGBA pixels of any shape (..., 4) with the colours multiplied by their alpha."""
    result = pixels.copy()
    result[..., :3] *= pixels[..., 3:]
    return result
