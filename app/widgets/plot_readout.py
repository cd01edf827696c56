"""What a plot says of the place under the cursor: the cross-hair and the words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from app import theme
from app.widgets.plot_data import (
    Points,
    drawable,
    nearest_point,
    place_words,
    runs_on,
    values_at,
)
from app.widgets.plot_pens import pen

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["Readout"]

AWAY = 14.0
"""Pixels from a point to what is said of it."""
REACH = 16.0
"""Pixels from a point at which it still tells where it is."""


class Readout:
    """Tells the values at a place along x; where there is no such thing, the point that is next.

    Attributes
    ----------
    silent : bool
        The hand points at something else that tells about itself.
    """

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.silent = False
        self._where: QPoint | None = None
        self._cross = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._words = pyqtgraph.TextItem(anchor=(0, 0))
        for item in (self._cross, self._words):
            item.hide()
            plot.item.addItem(item, ignoreBounds=True)

    def dress(self) -> None:
        """Take the colours of the theme."""
        tokens = theme.current()
        self._cross.setPen(pen(self._plot, tokens.dim, 1))
        self._words.setColor(QColor(tokens.text))
        self._words.setFont(theme.font("caption"))
        self._words.fill = pyqtgraph.mkBrush(QColor(tokens.control))

    def hide(self) -> None:
        """Say nothing."""
        self._where = None
        self._clear()

    def hover(self, where: QPoint) -> None:
        """Tell of a place of the scene."""
        self._where = where
        self.refresh()

    def refresh(self) -> None:
        """Tell anew what is at the place that was pointed at: curves move under the mouse."""
        if self._where is None or self.silent:
            return
        at = self._plot.item.getViewBox().mapSceneToView(self._where)
        if self._plot.equal or not self._plot.curves or not runs_on(self._plot.curves):
            self._tell_point((at.x(), at.y()))
        else:
            self._tell_place(at.x())

    def tell(self, x: float, y: float, lines: list[str]) -> None:
        """Write lines beside a place, on the side where there is more room."""
        self._words.setText("\n".join(lines))
        box = self._plot.item.getViewBox()
        (left, right), (low, high) = box.viewRange()
        across = 1 if x > (left + right) / 2 else 0
        self._words.setAnchor((across, 0 if y > (low + high) / 2 else 1))
        away = AWAY * box.viewPixelSize()[0]
        self._words.setPos(x - away if across else x + away, y)
        self._words.show()

    def words_of(self, x: float, y: float) -> list[str]:
        """Say where a point in units of the axes is, a line for each of them."""
        values = (10**v if log else v for v, log in zip((x, y), self._plot.logs, strict=True))
        names = self._plot.names
        return [f"{name} {v:.4g}" for name, v in zip(names, values, strict=True)]

    def _clear(self) -> None:
        self._cross.hide()
        self._words.hide()

    def _tell_place(self, drawn: float) -> None:
        """Say what each curve is at a place along x."""
        log = self._plot.logs[0]
        x = 10**drawn if log else drawn
        lines = values_at(self._plot.curves, x)
        if not lines:
            self._clear()
            return
        self._cross.setPos(drawn)
        self._cross.show()
        (left, right), (_, high) = self._plot.item.getViewBox().viewRange()
        span = 10**right - 10**left if log else right - left
        self.tell(drawn, high, [place_words(self._plot.names[0], x, span), *lines])

    def _tell_point(self, at: tuple[float, float]) -> None:
        """Say which point is next, and where it is."""
        shown = [(name, self._drawn(pair)) for name, pair in self._plot.everything()]
        pixel = self._plot.item.getViewBox().viewPixelSize()
        found = nearest_point(shown, at, pixel, REACH)
        self._clear()
        if found is not None:
            name, x, y = found
            self.tell(x, y, [name, *self.words_of(x, y)])

    def _drawn(self, points: Points) -> Points:
        logs = self._plot.logs
        pair = drawable(points, logs)
        x, y = (np.log10(v) if log else v for v, log in zip(pair, logs, strict=True))
        return x, y
