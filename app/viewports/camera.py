"""Where the eye stands over a grid world: pan, zoom to the cursor, fit, and what is visible.

Pure Python. Positions in the world are (row, column) in cells, with a cell's centre at +0.5;
positions on the screen are (x, y) in device-independent pixels from the viewport's top left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engine.core.views import Region

__all__ = ["CRISP", "FIT_MARGIN", "MAX_SCALE", "Camera", "Placement", "texel_budget"]

Extent = tuple[int, int]
Size = tuple[float, float]

FIT_MARGIN = 12.0
MAX_SCALE = 128.0
CRISP = 1.003
"""Texels per pixel up to which pixels are chosen, not smoothed; the last texel may be a part."""

MIN_WORLD = 32.0
WHOLE_LOSS = 0.84


@dataclass(frozen=True)
class Placement:
    """A camera settled onto the pixels of one screen; what is drawn and what is picked agree on it.

    Attributes
    ----------
    left, top : int
        Device pixels from the viewport's top left to the world's; whole, so that cells stay crisp.
    scale : float
        Device pixels per cell.
    ratio : float
        Device pixels per device-independent pixel.
    """

    left: int
    top: int
    scale: float
    ratio: float = 1.0

    def cell_at(self, x: float, y: float) -> tuple[float, float]:
        """Return the (row, column) under a point of the viewport, in fractions of a cell."""
        return (
            (y * self.ratio - self.top) / self.scale,
            (x * self.ratio - self.left) / self.scale,
        )

    def point_of(self, row: float, column: float) -> tuple[float, float]:
        """Return the (x, y) in the viewport of a place in the world."""
        return (
            (self.left + column * self.scale) / self.ratio,
            (self.top + row * self.scale) / self.ratio,
        )


@dataclass(frozen=True)
class Camera:
    """The cell in the middle of the viewport, and the size of a cell.

    Attributes
    ----------
    row, column : float
        The place in the world that is in the middle of the viewport.
    scale : float
        Device-independent pixels per cell.
    """

    row: float
    column: float
    scale: float

    @classmethod
    def fit(
        cls, extent: Extent, size: Size, ratio: float = 1.0, inset: Size = (0.0, 0.0)
    ) -> Camera:
        """Show the whole world, centred.

        Cells get a whole number of device pixels where that costs at most 16 % of the size: uneven
        cells show as stripes. A larger world gets a whole number of cells in each pixel likewise,
        for which a pixel of the margin is given up on each side: nothing has to be smoothed then.
        `inset` is kept free at the top and at the bottom.
        """
        high = size[1] - max(inset[0], FIT_MARGIN) - max(inset[1], FIT_MARGIN)
        room = (max(size[0] - 2 * FIT_MARGIN, 1.0), max(high, 1.0))
        exact = min(room[0] / extent[1], room[1] / extent[0]) * ratio
        whole = float(math.floor(exact))
        if not whole:
            loose = min((room[0] + 2) / extent[1], (room[1] + 2) / extent[0]) * ratio
            whole = 1.0 / math.ceil(1.0 / loose)
        scale = whole if whole >= WHOLE_LOSS * exact else exact
        scale = min(scale / ratio, MAX_SCALE)
        down = (max(inset[0], FIT_MARGIN) - max(inset[1], FIT_MARGIN)) / 2
        return cls(extent[0] / 2 - down / scale, extent[1] / 2, scale)

    @classmethod
    def one_to_one(cls, extent: Extent, ratio: float = 1.0) -> Camera:
        """Show one cell per device pixel, the world's middle in the middle."""
        return cls(extent[0] / 2, extent[1] / 2, 1.0 / ratio)

    def clamped(self, extent: Extent) -> Camera:
        """Keep the middle of the viewport inside the world, so that it cannot be lost."""
        least = min(MIN_WORLD / max(extent), 1.0)
        return Camera(
            min(max(self.row, 0.0), float(extent[0])),
            min(max(self.column, 0.0), float(extent[1])),
            min(max(self.scale, least), MAX_SCALE),
        )

    def panned(self, dx: float, dy: float, extent: Extent) -> Camera:
        """Move the picture by (dx, dy) pixels."""
        moved = replace(self, row=self.row - dy / self.scale, column=self.column - dx / self.scale)
        return moved.clamped(extent)

    def zoomed(self, factor: float, at: tuple[float, float], size: Size, extent: Extent) -> Camera:
        """Enlarge the picture by `factor`, holding still what lies under the point `at`."""
        scale = replace(self, scale=self.scale * factor).clamped(extent).scale
        away = (at[0] - size[0] / 2, at[1] - size[1] / 2)
        shift = 1 / self.scale - 1 / scale
        moved = Camera(self.row + away[1] * shift, self.column + away[0] * shift, scale)
        return moved.clamped(extent)

    def placed(self, size: Size, ratio: float = 1.0) -> Placement:
        """Settle onto the device pixels of a viewport."""
        scale = self.scale * ratio
        return Placement(
            round(size[0] * ratio / 2 - self.column * scale),
            round(size[1] * ratio / 2 - self.row * scale),
            scale,
            ratio,
        )

    def visible(self, extent: Extent, size: Size, margin: float = 0.25) -> Region | None:
        """Return the region (row, column, rows, columns) in sight, or None where that is all.

        `margin` is added on each side as a fraction of what is in sight, so that a small pan shows
        something at once.
        """
        high, wide = size[1] / self.scale, size[0] / self.scale
        top = max(0, math.floor(self.row - high * (0.5 + margin)))
        left = max(0, math.floor(self.column - wide * (0.5 + margin)))
        bottom = min(extent[0], math.ceil(self.row + high * (0.5 + margin)))
        right = min(extent[1], math.ceil(self.column + wide * (0.5 + margin)))
        region = (top, left, max(bottom - top, 1), max(right - left, 1))
        return None if region == (0, 0, *extent) else region


def texel_budget(cells: int, device_scale: float) -> int:
    """Say how many texels `cells` cells deserve along the longer side.

    At least one texel per device pixel, by whole cells per texel: a system averages blocks of whole
    cells, and the renderer smooths the factor below two that is left.
    """
    block = max(1, math.floor(1.0 / device_scale + 1e-9)) if device_scale > 0 else 1
    return max(1, math.ceil(cells / block))
