"""The gallery's pictures: a preset run headless to the moment that shows it best."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import openers
from engine.core import registry
from engine.core.activity import Activity
from engine.core.colour import colourise
from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.presets import Preset
from engine.core.tiles import tiled
from engine.core.views import Eye, ImageView, ViewRequest

__all__ = ["EYE", "MARGIN", "MOST_BYTES", "SIDE", "draw", "encode_small"]

SIDE = 192
"""Width and height in pixels."""

MOST_BYTES = 20_000

EYE = Eye(distance=2.75)
"""Where solids are looked at from; what is seen then fills the tile."""

MARGIN = 0.04
"""Of the tile of a solid, on each side."""


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
        return encode_small(colourise(tiled(heads, SIDE)))
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
