"""Frames at a chosen size, independent of the window: cells stay squares, nothing is smeared."""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.media.writers import Frame

__all__ = ["enlarge", "fit_frame", "fitted_size"]


def enlarge(frame: Frame, factor: int) -> Frame:
    """Return the frame (H, W, C) with every pixel as a square of `factor` x `factor`."""
    if factor < 1:
        raise ValueError(f"{factor=} is under 1")
    if factor == 1:
        return np.ascontiguousarray(frame)
    return np.ascontiguousarray(frame.repeat(factor, axis=0).repeat(factor, axis=1))


def fitted_size(width: int, height: int, into: tuple[int, int]) -> tuple[int, int]:
    """Return the size that `fit_frame` gives to the picture itself.

    The largest whole multiple that fits into the width and height `into`; where not even the
    picture itself fits, the largest size of the same aspect.
    """
    factor = min(into[0] // width, into[1] // height)
    if factor >= 1:
        return width * factor, height * factor
    scale = min(into[0] / width, into[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def fit_frame(frame: Frame, size: tuple[int, int], ground: tuple[int, ...] = (0, 0, 0)) -> Frame:
    """Return the frame in the middle of a canvas of the wanted size.

    Parameters
    ----------
    frame : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        RGB or straight RGBA.
    size : (int, int)
        Width and height of the result.
    ground : tuple of int
        Colour of the margins, RGB or RGBA, 0 to 255. Missing alpha is opaque; a frame without
        alpha ignores it.

    Returns
    -------
    ndarray of uint8, shape (height, width, C)
        Enlarged by a whole number with hard edges, or reduced by averaging areas.
    """
    height, width, channels = frame.shape
    inner = fitted_size(width, height, size)
    if inner[0] >= width and inner[1] >= height:
        small = enlarge(frame, inner[0] // width)
    else:
        # Pillow averages RGBA premultiplied, so hidden colours do not bleed.
        image = Image.fromarray(np.ascontiguousarray(frame))
        small = np.asarray(image.resize(inner, Image.Resampling.BOX))
    if inner == tuple(size):
        return np.ascontiguousarray(small)
    canvas = np.empty((size[1], size[0], channels), dtype=np.uint8)
    canvas[:] = (*ground, 255)[:channels]
    top, left = (size[1] - inner[1]) // 2, (size[0] - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = small
    return canvas
