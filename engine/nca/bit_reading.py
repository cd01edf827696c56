"""Read a world of bits as cells of three channels: alive, age and trail; any part of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core.readings import Region
from engine.nca import bit_cells
from engine.nca.blocks import over_rows

__all__ = ["BitReader"]

_EXACT = 2**30  # texels: more than any world has cells, so that nothing is averaged


@dataclass(frozen=True, eq=False)
class BitReader:
    """Measures the bits as they are now.

    Attributes
    ----------
    words : ndarray
        ``(height, ceil(width / 64))`` uint64, the living cells.
    ages : ndarray
        ``(AGES, height, ...)`` uint64, as `engine.nca.bit_cells` has them.
    palette : ndarray
        Colours of newborn, old and fading cells and of the ground.
    trail : bool
        Whether what has died is drawn.
    """

    words: NDArray[np.uint64]
    ages: NDArray[np.uint64]
    palette: NDArray[np.float32]
    trail: bool

    def texels(
        self, region: Region, size: int, coloured: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Average a region over square blocks into (h, w, 3), and draw them if `coloured`."""
        _, _, rows, columns = region
        block = math.ceil(max(rows, columns) / max(1, size))
        texels = np.empty((-(-rows // block), -(-columns // block), 3), np.float32)
        rgb = np.empty(texels.shape if coloured else (0, 0, 3), np.uint8)

        def work(first: int, last: int) -> None:
            bit_cells.measure_blocks(self.words, self.ages, region, block, first, last, texels)
            if coloured:
                part = texels[first:last]
                bit_cells.mix_colours(part, self.palette, self.trail, rgb[first:last])

        over_rows(len(texels), 2**21 // (columns * block), work)
        return texels, rgb

    def block(self, down: slice, across: slice) -> NDArray[np.float32]:
        """Return the cells of some rows and columns, (h, w, 3)."""
        wide = across.stop - across.start
        if down.step == 1:
            part = (down.start, across.start, down.stop - down.start, wide)
            return self.texels(part, _EXACT)[0][:, :: across.step]
        rows = range(down.start, down.stop, down.step)
        lines = [self.texels((row, across.start, 1, wide), _EXACT)[0] for row in rows]
        return np.concatenate(lines)[:, :: across.step]

    def points(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return single cells, (k, 3)."""
        places = zip(rows.tolist(), columns.tolist(), strict=True)
        cells = [self.texels((r, c, 1, 1), 1)[0][0, 0] for r, c in places]
        return np.array(cells, np.float32).reshape(-1, 3)
