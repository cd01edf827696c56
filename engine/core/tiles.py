"""A picture of attention heads without a window: for the gallery, files and films."""

from __future__ import annotations

import numpy as np

from engine.core.colour import lut
from engine.core.figures import HeadsView
from engine.core.views import ImageView

__all__ = ["tiled"]

_GAP = 48  # a gap between two tiles is one part in so many of the picture


def tiled(view: HeadsView, side: int) -> ImageView:
    """Draw all heads as tiles, layers in rows, in a square.

    Every tile has a colour scale of its own; what a query may not look at is transparent.

    Parameters
    ----------
    view : HeadsView
    side : int
        Width and height in pixels.
    """
    layers, heads = view.weights.shape[:2]
    gap, most = max(1, side // _GAP), max(layers, heads)
    size = max(1, (side - gap * (most - 1)) // most)
    top, left = ((side - size * n - gap * (n - 1)) // 2 for n in (layers, heads))
    picture = np.zeros((side, side, 4), np.uint8)
    for layer in range(layers):
        signed = view.is_signed(layer)
        table = lut("diverging" if signed else "viridis")
        for head in range(heads):
            weights = view.weights[layer, head]
            rows, columns = (np.arange(size) * n // size for n in weights.shape)
            seen = weights[np.ix_(rows, columns)]
            known = np.isfinite(seen)
            largest = float(np.abs(seen[known]).max(initial=0.0)) or 1.0
            share = np.where(known, seen, 0.0) / largest
            share = 0.5 + 0.5 * share if signed else share
            y, x = max(0, top) + layer * (size + gap), max(0, left) + head * (size + gap)
            tile = picture[y : y + size, x : x + size]
            if tile.shape[:2] == known.shape:  # a picture of few pixels has no room for all
                tile[..., :3] = table[np.rint(255 * np.clip(share, 0.0, 1.0)).astype(np.uint8)]
                tile[..., 3] = 255
                tile[~known] = 0
    return ImageView(
        step=view.step,
        seconds=view.seconds,
        data=picture,
        extent=(side, side),
        region=(0, 0, side, side),
        shown="attention",
    )
