"""Where the words of lines across a plot stand: on no curve, and on no other words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from app.widgets.plot_data import drawable

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["HEIGHTS", "LineWords"]

HEIGHTS = tuple(round(0.94 - 0.06 * n, 2) for n in range(15))
"""Shares of the plot's height at which words may stand; the first that is free is taken."""
GAP = 4.0
POINT = 6.0
"""Half the height of a point, in pixels."""

Band = tuple[float, float]


class LineWords:
    """Moves the words of vertical lines up and down to where they hide nothing.

    Words that hide nothing stay where they are: nothing jumps while curves grow. Where no height
    is free they cross curves, but still hide no point and no other words.
    """

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._sources: list[Callable[[], Iterable[Any]]] = []
        box = plot.item.getViewBox()
        box.sigRangeChanged.connect(self.place)
        box.sigResized.connect(self.place)

    def follow(self, lines: Callable[[], Iterable[Any]]) -> None:
        """Care for the words of these lines of pyqtgraph, too."""
        self._sources.append(lines)

    def place(self, *_: object) -> None:
        """Look whether all words are free, and move those that are not."""
        box = self._plot.item.getViewBox()
        (left, right), (low, high) = box.viewRange()
        wide, tall = box.viewPixelSize()
        spread = high - low
        if not (np.isfinite([left, right, spread, wide, tall]).all() and spread > 0):
            return
        taken: list[tuple[Band, Band]] = []
        for line in (line for lines in self._sources for line in lines()):
            if not line.isVisible() or not line.label.format:
                continue
            size = line.label.textItem.boundingRect()
            across, half = size.width() * wide, (size.height() / 2 + 1) * tall
            # pyqtgraph writes on the side where there is more room.
            at = float(line.value())
            start = at if at < (left + right) / 2 else at - across
            span = start - GAP * wide, start + across + GAP * wide
            others = [band for beside, band in taken if _meet(beside, span)]
            points, curves = self._bands(span, POINT * tall)
            heights = (line.label.orthoPos, *HEIGHTS)
            places = [(h, (low + h * spread - half, low + h * spread + half)) for h in heights]
            choices = (_free(places, [*others, *points, *curves]), _free(places, others + points))
            height, band = next((free[0] for free in choices if free), places[0])
            taken.append((span, band))
            if height != line.label.orthoPos:
                line.label.setPosition(height)

    def _bands(self, span: Band, point: float) -> tuple[list[Band], list[Band]]:
        """Return the heights that points take within a span of x, and those that curves take."""
        logs, drawn = self._plot.logs, self._plot.drawn_curves()
        points: list[Band] = []
        curves: list[Band] = []
        for name, data in self._plot.everything():
            x, y = (
                np.log10(v) if log else v
                for v, log in zip(drawable(drawn.get(name, data), logs), logs, strict=True)
            )
            inside = y[(x >= span[0]) & (x <= span[1])]
            if name not in drawn:
                points += [(float(v) - point, float(v) + point) for v in inside]
                continue
            if x.size > 1 and bool((np.diff(x) >= 0).all()):
                ends = [end for end in span if x[0] <= end <= x[-1]]
                inside = np.concatenate([inside, np.interp(ends, x, y)])
            inside = inside[np.isfinite(inside)]
            if inside.size:
                curves.append((float(inside.min()) - point / 3, float(inside.max()) + point / 3))
        return points, curves


def _free(places: list[tuple[float, Band]], taken: list[Band]) -> list[tuple[float, Band]]:
    return [place for place in places if not any(_meet(place[1], band) for band in taken)]


def _meet(one: Band, other: Band) -> bool:
    return one[0] < other[1] and other[0] < one[1]
