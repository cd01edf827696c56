"""The picture of a soup of programs, and what lies under the mouse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.measuring import MOST_CELLS
from engine.core.readings import Histogram
from engine.core.views import TapesView, ViewRequest
from engine.soup import drawing
from engine.soup.colourings import Colouring
from engine.soup.ordering import Arrangement
from engine.soup.portraits import When

__all__ = ["GLYPH_CELLS", "byte_counts", "tapes_view"]

GLYPH_CELLS = 16_384
"""The most cells for which the bytes themselves are handed out."""


def tapes_view(
    programs: NDArray[np.uint8],
    where: Arrangement,
    colour: Callable[[range | None], Colouring],
    request: ViewRequest,
    found: NDArray[Any] | None,
    when: When,
) -> TapesView:
    """Paint what is asked for.

    Parameters
    ----------
    programs : ndarray
        uint8 (n, length).
    where : Arrangement
    colour : callable
        Colours the programs of a range, all of them for None.
    request : ViewRequest
    found : ndarray, optional
        bool (n,): the programs that a search found; the others are dimmed.
    when : When
    """
    layout = where.layout
    region = drawing.clip(request.region, layout.extent)
    look = colour(where.span(region))
    texels = drawing.paint(
        layout, region, request.max_size, look.keys, look.palette, where.order, found
    )
    single = texels.shape[:2] == region[2:]
    small = region[2] * region[3] <= GLYPH_CELLS
    return TapesView(
        step=when.step,
        seconds=when.seconds,
        data=texels,
        extent=layout.extent,
        region=region,
        shown=look.shown,
        tile=layout.tile,
        codes=drawing.codes(layout, region, programs, where.order) if single and small else None,
        legend=look.legend,
        histogram=byte_counts(programs, request.bins) if request.bins > 0 else None,
    )


def byte_counts(programs: NDArray[np.uint8], bins: int) -> Histogram:
    """Count how often bytes occur in programs (n, length), in equal bins from 0 to 256.

    Of more than `MOST_CELLS` bytes those of every k-th program are counted. The number of bins is
    made one that divides 256.
    """
    bins = 1 << min(max(bins, 1).bit_length() - 1, 8)
    step = max(1, math.ceil(programs.size / MOST_CELLS))
    part = programs[::step]
    counts = np.bincount(part.ravel(), minlength=256).reshape(bins, -1).sum(axis=1)
    return Histogram(
        channels=(0,),
        counts=counts[None].astype(np.int64),
        edges=np.array([[0.0, 256.0]]),
        region=(0, 0, *programs.shape),
        cells=programs.size,
        sampled=part.size,
    )
