"""Pictures of what the training looks at: the example before the windows on the surface.

Of a picture they stand in a square, so that each is as large as it can be; a material has a column
for each and a row for each of its maps (albedo, normal, height, roughness, occlusion).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.core.views import ImageView, Legend, ViewRequest

__all__ = ["batch_view", "target_view"]

GAP = 2  # transparent pixels between tiles
_MAPS = (slice(0, 3), slice(3, 6), slice(6, 7), slice(7, 8), slice(8, 9))

FloatArray = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def batch_view(
    pictures: FloatArray, examples: FloatArray, request: ViewRequest, step: int, seconds: float
) -> ImageView:
    """Lay windows (n, h, w, k) out beside examples (m, h', w', k), values 0 to 1 as shown."""
    columns = [*examples, *pictures]
    words = "The first is the target, the others are what is seen of the surface"
    legend = Legend(note=words if len(pictures) else "Press Train (T): what is seen comes here")
    sheet = _sheet(columns)
    return replace(_image(sheet, "target, then seen", request, step, seconds), legend=legend)


def target_view(target: FloatArray, request: ViewRequest, step: int, seconds: float) -> ImageView:
    """Show the example (h, w, k): its colours."""
    return _image(_opaque(target[..., _MAPS[0]]), "example", request, step, seconds)


def _sheet(columns: list[FloatArray]) -> Pixels:
    height = max(tile.shape[0] for tile in columns)
    width = max(tile.shape[1] for tile in columns)
    maps = _MAPS if columns[0].shape[2] > 3 else _MAPS[:1]
    wide = math.ceil(math.sqrt(len(columns))) if len(maps) == 1 else len(columns)
    rows = [columns[start : start + wide] for start in range(0, len(columns), wide)]
    pitch = height + GAP, width + GAP
    high = pitch[0] * len(rows) * len(maps) - GAP
    sheet = np.zeros((high, pitch[1] * wide - GAP, 4), np.uint8)
    for row, (tiles, chosen) in enumerate(itertools.product(rows, maps)):
        for column, tile in enumerate(tiles):
            drawn = _opaque(tile[..., chosen])
            top, left = row * pitch[0], column * pitch[1]
            sheet[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return sheet


def _opaque(values: FloatArray) -> Pixels:
    """Turn values (h, w, 1 or 3) in 0 to 1 into RGBA."""
    drawn = np.full((*values.shape[:2], 4), 255, np.uint8)
    drawn[..., :3] = np.clip(values * 255.0 + 0.5, 0.0, 255.0)
    return drawn


def _image(data: Pixels, shown: str, request: ViewRequest, step: int, seconds: float) -> ImageView:
    """Reduce a picture to the size that is wanted."""
    block = max(1, math.ceil(max(data.shape[:2]) / max(1, request.max_size)))
    drawn = np.ascontiguousarray(data[::block, ::block])
    height, width = data.shape[:2]
    return ImageView(
        step=step,
        seconds=seconds,
        data=drawn,
        extent=(height, width),
        region=(0, 0, height, width),
        shown=shown,
    )
