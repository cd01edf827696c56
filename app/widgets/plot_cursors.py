"""Lines across a plot that say where something is, and may be taken hold of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import Qt

from app import theme
from app.widgets.plot_pens import pen
from app.widgets.plot_words import HEIGHTS
from engine.core.figures import Cursor

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["CursorLines"]

DEPTH = 25
GROUND = 225


class CursorLines:
    """Draws cursors: those that may be dragged solid, others dashed.

    Attributes
    ----------
    lines : list of pyqtgraph.InfiniteLine
    """

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.lines: list[Any] = []
        plot.words.follow(lambda: self.lines)

    def draw(self, cursors: Sequence[Cursor], places: Sequence[float], lit: int | None) -> None:
        """Draw these, and no others.

        Parameters
        ----------
        cursors : sequence of Cursor
        places : sequence of float
            Where they are, in units of the axis; NaN for one that has no place on it.
        lit : int or None
            The one that is pointed at.
        """
        while len(self.lines) > len(cursors):
            self._plot.item.removeItem(self.lines.pop())
        while len(self.lines) < len(cursors):
            options = {"position": HEIGHTS[0], "anchors": [(0, 0.5), (1, 0.5)]}
            line = pyqtgraph.InfiniteLine(angle=90, movable=False, label="", labelOpts=options)
            line.setZValue(DEPTH)
            self.lines.append(line)
            self._plot.item.addItem(line, ignoreBounds=True)
        ground = theme.colour("panel")
        ground.setAlpha(GROUND)
        rows = zip(cursors, self.lines, places, strict=True)
        for number, (cursor, line, at) in enumerate(rows):
            free = bool(cursor.action)
            tone = theme.colour("accent" if free else "train")
            style = Qt.PenStyle.SolidLine if free else Qt.PenStyle.DashLine
            ink = theme.colour("text") if number == lit else tone
            line.setPen(pen(self._plot, ink, 2 if free else 1, style))
            line.setVisible(bool(np.isfinite(at)))
            if np.isfinite(at):
                line.setPos(at)
            line.label.setFormat(cursor.words.replace("{", "{{").replace("}", "}}"))
            line.label.setColor(tone)
            line.label.fill = pyqtgraph.mkBrush(ground)
            line.label.setFont(theme.font("caption"))
        self._plot.words.place()
