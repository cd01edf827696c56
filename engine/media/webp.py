"""WebP by Pillow: one lossless picture, or an animation that is written at the end of a film."""

from __future__ import annotations

import io

from PIL import Image, features

from engine.core.errors import BadInput
from engine.media.writers import Frame

__all__ = ["check_webp", "encode_webp"]

_MOST = 16383  # pixels a side: WebP container specification, section "VP8X"
_EFFORT = 1  # of 6: four times as fast as Pillow's default of 4, for some per cent of size


def check_webp(size: tuple[int, int]) -> None:
    """Refuse a size that WebP cannot hold, and a Pillow that was built without it."""
    if not features.check("webp"):
        raise BadInput("WebP cannot be written here", remedy="Use PNG or GIF")
    if max(size) > _MOST:
        raise BadInput("is too large for WebP", remedy=f"Use up to {_MOST} pixels a side")


def encode_webp(frame: Frame) -> bytes:
    """Return the bytes of a lossless WebP picture; colours of what is empty are kept, too.

    Parameters
    ----------
    frame : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        RGB or straight RGBA.
    """
    check_webp((frame.shape[1], frame.shape[0]))
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "WEBP", lossless=True, exact=True, method=_EFFORT)
    return buffer.getvalue()
