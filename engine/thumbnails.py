"""The gallery's pictures: a preset run headless to the moment that shows it best."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import openers
from engine.core import registry
from engine.core.activity import Activity
from engine.core.colour import colourise, lut
from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.presets import Preset
from engine.core.views import Eye, ImageView, ViewRequest

__all__ = ["EYE", "GAP", "MARGIN", "MOST_BYTES", "SIDE", "draw", "encode_small", "tiles"]

SIDE = 192
"""Width and height in pixels."""

MOST_BYTES = 20_000

EYE = Eye(distance=2.75)
"""Where solids are looked at from; what is seen then fills the tile."""

MARGIN = 0.04
"""Of the tile of a solid, on each side."""

GAP = 4
"""Pixels between two heads."""


def draw(slug: str, preset: Preset, activity: Activity) -> bytes:
    """Run a preset for its `steps` and draw its `crop`, or the middle square of its world.

    Returns
    -------
    bytes
        A PNG of 192 x 192 pixels and at most 20 kB, transparent where the world is.

    Raises
    ------
    BadInput
        If the preset cannot be used or its world is no picture.
    """
    world = registry.system_class(slug)(openers.spec_of(slug, preset.id))
    for done in range(1, preset.steps + 1):
        world.step(activity.check)
        activity.progress(done, preset.steps, f"{slug}: {preset.title}")
    offer = world.view_offers()[0]
    if offer.kind == "heads":
        heads = world.views({offer.name: ViewRequest(max_size=SIDE)})[offer.name]
        assert isinstance(heads, HeadsView)
        return encode_small(tiles(heads))
    if offer.kind == "mesh":
        request = ViewRequest(eye=EYE, size=(2 * SIDE, 2 * SIDE))
    else:
        request = ViewRequest(region=preset.crop, max_size=2**16)
    view = world.views({"world": request}).get("world")
    if not isinstance(view, ImageView):
        raise BadInput(f"{slug} shows no picture", remedy="Draw its thumbnails by hand")
    pixels = colourise(view)
    if offer.kind == "mesh":
        pixels = _trimmed(pixels)
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return encode_small(pixels[top : top + side, left : left + side])


def tiles(view: HeadsView) -> NDArray[np.uint8]:
    """Draw all heads, layers in rows: RGBA in the thumbnail's size.

    Every tile has a colour scale of its own; what a query may not look at is transparent.
    """
    layers, heads, _, _ = view.weights.shape
    most = max(layers, heads)
    side = (SIDE - GAP * (most - 1)) // most
    top, left = ((SIDE - side * n - GAP * (n - 1)) // 2 for n in (layers, heads))
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    table = lut("diverging" if view.signed else "viridis")
    for layer in range(layers):
        for head in range(heads):
            weights = view.weights[layer, head]
            rows, columns = (np.arange(side) * n // side for n in weights.shape)
            seen = weights[np.ix_(rows, columns)]
            known = np.isfinite(seen)
            largest = float(np.abs(seen[known]).max(initial=0.0)) or 1.0
            share = np.where(known, seen, 0.0) / largest
            share = 0.5 + 0.5 * share if view.signed else share
            y, x = top + layer * (side + GAP), left + head * (side + GAP)
            tile = picture[y : y + side, x : x + side]
            tile[..., :3] = table[np.rint(255 * np.clip(share, 0.0, 1.0)).astype(np.uint8)]
            tile[..., 3] = 255 * known
    picture[picture[..., 3] == 0] = 0
    return picture


def _trimmed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut a picture (h, w, 4) to the square around what is seen, with a margin."""
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return pixels
    middle = (rows[0] + rows[-1] + 1) // 2, (columns[0] + columns[-1] + 1) // 2
    reach = int(max(np.ptp(rows), np.ptp(columns)) * (0.5 + MARGIN)) + 1
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)))
    top, left = middle
    return padded[top : top + 2 * reach, left : left + 2 * reach]


def encode_small(pixels: NDArray[np.uint8]) -> bytes:
    """Scale a square to the thumbnail's size and write it as a PNG with as many colours as fit."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    small = min(image.size) < SIDE
    # Enlarged cells keep their edges; reduced ones are averaged.
    image = image.resize((SIDE, SIDE), Image.Resampling.BOX if small else Image.Resampling.LANCZOS)
    data = b""
    for colours in (256, 128, 64, 32, 16):
        method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
        reduced = image.quantize(colours, method=method, dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        reduced.save(buffer, "PNG", optimize=True)
        data = buffer.getvalue()
        if len(data) <= MOST_BYTES:
            break
    return data
