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
from engine.core.system import Trainable
from engine.core.tiles import tiled
from engine.core.views import Eye, ImageView, ViewRequest

__all__ = [
    *("EYE", "MARGIN", "MOST_BYTES", "SIDE"),
    *("draw", "encode_small", "middle", "picture", "request"),
]

SIDE = 192
"""Width and height in pixels."""

MOST_BYTES = 20_000

EYE = Eye(distance=2.75)
"""Where solids are looked at from; what is seen then fills the tile."""

MARGIN = 0.04
"""Of the tile of a solid, on each side."""


def draw(slug: str, preset: Preset, activity: Activity) -> bytes:
    """Train a preset for its `updates`, run it for its `steps` and draw its `crop`.

    Without a crop it is the middle square of its world.

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
    if preset.updates:
        if not isinstance(world, Trainable):
            raise BadInput(f"{slug} does not learn", remedy=f"Take updates out of {preset.id}")
        for done in range(1, preset.updates + 1):
            world.train_step(activity.check)
            activity.progress(done, preset.updates, f"{slug}: {preset.title}, training")
        world.reset()
    for done in range(1, preset.steps + 1):
        world.step(activity.check)
        activity.progress(done, preset.steps, f"{slug}: {preset.title}")
    offer = world.view_offers()[0]
    name = offer.name if offer.kind == "heads" else "world"
    view = world.views({name: request(offer.kind, crop=preset.crop)}).get(name)
    if not isinstance(view, ImageView | HeadsView):
        raise BadInput(f"{slug} shows no picture", remedy="Draw its thumbnails by hand")
    return picture(view, solid=offer.kind == "mesh")


def request(
    kind: str, *, crop: tuple[int, int, int, int] | None = None, eye: Eye = EYE
) -> ViewRequest:
    """Say how a view of a kind has to be asked for, for `picture`."""
    if kind == "heads":
        return ViewRequest(max_size=SIDE)
    if kind == "mesh":
        return ViewRequest(eye=eye, size=(2 * SIDE, 2 * SIDE))
    return ViewRequest(region=crop, max_size=2**16)


def picture(view: ImageView | HeadsView, *, solid: bool = False) -> bytes:
    """Draw a thumbnail of a view: its middle square, or what is seen of a solid."""
    if isinstance(view, HeadsView):
        return encode_small(colourise(tiled(view, SIDE)))
    pixels = colourise(view)
    return encode_small(middle(_trimmed(pixels) if solid else pixels))


def middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the square in the middle of a picture (h, w, ...)."""
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]


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
