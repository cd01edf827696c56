"""Points of a plot that may be dragged, and the ring around the one in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray

from app import theme

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["GripDots"]

SIZE, RING = 12, 22
DEPTH = 30
HELD, POINTED = 70, 40
"""How opaque the ring is filled around a point that is dragged, and that is pointed at."""


class GripDots:
    """Draws them above everything else."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._name = ""
        self._dots = pyqtgraph.ScatterPlotItem(size=SIZE, pxMode=True)
        self._dots.setZValue(DEPTH)
        self._ring = pyqtgraph.ScatterPlotItem(size=RING, pxMode=True)
        self._ring.setZValue(DEPTH - 1)
        plot.item.addItem(self._dots)
        plot.item.addItem(self._ring, ignoreBounds=True)

    def set_name(self, name: str) -> None:
        """Name them in the plot's own legend, if it has one."""
        legend: Any = self._plot.item.legend
        if name != self._name and legend is not None:
            legend.removeItem(self._dots)
            if name:
                legend.addItem(self._dots, name)
        self._name = name

    def draw(
        self, places: NDArray[np.float64], ringed: tuple[float, float] | None, held: bool
    ) -> None:
        """Draw points where they have a place on the axes, and a ring around one of them.

        Parameters
        ----------
        places : ndarray of float64, (n, 2)
            In units of the axes.
        ringed : (x, y), optional
        held : bool
            Whether the one with the ring is being dragged.
        """
        tokens = theme.current()
        keep = np.isfinite(places).all(axis=1)
        edge, tone = pyqtgraph.mkPen(tokens.panel, width=2), pyqtgraph.mkBrush(tokens.text)
        self._dots.setData(x=places[keep, 0], y=places[keep, 1], pen=edge, brush=tone)
        ring = np.array([ringed] if ringed is not None else []).reshape(-1, 2)
        glow = theme.colour("accent")
        glow.setAlpha(HELD if held else POINTED)
        pen = pyqtgraph.mkPen(tokens.accent, width=2)
        self._ring.setData(x=ring[:, 0], y=ring[:, 1], pen=pen, brush=pyqtgraph.mkBrush(glow))
