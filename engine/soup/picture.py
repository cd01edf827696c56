"""The picture of a soup of programs, and what lies under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.views import TapesView, ViewRequest
from engine.soup import drawing
from engine.soup.colourings import Colouring
from engine.soup.ordering import Arrangement
from engine.soup.portraits import When

__all__ = ["GLYPH_CELLS", "tapes_view"]

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
    )
