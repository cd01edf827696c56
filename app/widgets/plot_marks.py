"""What stands on a plot beside its curves: points without lines, and lines across with words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app import theme
from app.widgets.plot_data import Points, drawable
from app.widgets.plot_pens import pen
from app.widgets.plot_words import HEIGHTS, LineWords

__all__ = ["CATEGORIES", "Mark", "Marks", "Scatters"]

CATEGORIES = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#CC79A7",
    "#0072B2",
    "#D55E00",
    "#F0E442",
    "#999999",
)
"""Okabe and Ito's colours for categories, distinguishable with every kind of colour vision.

Yellow comes late: it is pale on the light panel.
"""

SYMBOL = 9
DEPTH = 20
GROUND = 210

Mark = tuple[float, str]


class Marks:
    """Vertical lines with a word each.

    Attributes
    ----------
    lines : dict of (place, word) to line
    """

    def __init__(self, item: Any, words: LineWords) -> None:
        self._item, self._words = item, words
        words.follow(lambda: self.lines.values())
        self.lines: dict[Mark, Any] = {}

    def set(self, marks: Iterable[Mark]) -> None:
        """Draw these, and no others."""
        wanted = tuple(dict.fromkeys(marks))
        for mark in [mark for mark in self.lines if mark not in wanted]:
            self._item.removeItem(self.lines.pop(mark))
        for mark in wanted:
            if mark not in self.lines:
                line = pyqtgraph.InfiniteLine(
                    mark[0],
                    angle=90,
                    movable=False,
                    label=mark[1],
                    labelOpts={"position": HEIGHTS[0], "anchors": [(0, 0.5), (1, 0.5)]},
                )
                line.setZValue(DEPTH)
                self.lines[mark] = line
                self._item.addItem(line, ignoreBounds=True)
                self._dress(line)
        self._words.place()

    def dress(self) -> None:
        """Take the colours of the theme."""
        for line in self.lines.values():
            self._dress(line)

    def _dress(self, line: Any) -> None:
        tone = QColor(theme.current().train)
        line.setPen(pen(self._item.getViewWidget(), tone, 1, Qt.PenStyle.DashLine))
        line.label.setColor(tone)
        ground = QColor(theme.current().panel)
        ground.setAlpha(GROUND)
        line.label.fill = pyqtgraph.mkBrush(ground)
        line.label.setFont(theme.font("caption"))


class Scatters:
    """Points without lines between them, by name.

    Attributes
    ----------
    points : mapping of str to (x, y)
    items : dict of str to item
    """

    def __init__(self, item: Any) -> None:
        self._item = item
        self.points: Mapping[str, Points] = {}
        self.items: dict[str, Any] = {}

    def set(
        self, points: Mapping[str, Points], logs: tuple[bool, bool], tones: Mapping[str, QColor]
    ) -> None:
        """Draw these, and no others; one named as a curve has the curve's colour and no name."""
        for name in [name for name in self.items if name not in points]:
            self._item.removeItem(self.items.pop(name))
        self.points = dict(points)
        for name, pair in points.items():
            if name not in self.items:
                own = None if name in tones else name
                scatter = pyqtgraph.PlotDataItem(pen=None, symbol="o", symbolSize=SYMBOL, name=own)
                scatter.setZValue(DEPTH / 2)
                self.items[name] = scatter
                self._item.addItem(scatter)
                self.tint(tones)
            self.items[name].setData(*drawable(pair, logs))

    def tint(self, tones: Mapping[str, QColor]) -> None:
        """Fill them in the colours of their curves, or in the next ones of the categories."""
        own = [name for name in self.items if name not in tones]
        for name, scatter in self.items.items():
            place = len(tones) + own.index(name) if name in own else 0
            tone = tones.get(name) or QColor(CATEGORIES[place % len(CATEGORIES)])
            scatter.setSymbolBrush(pyqtgraph.mkBrush(tone))
            scatter.setSymbolPen(pyqtgraph.mkPen(theme.current().text, width=1))

    def tones(self) -> dict[str, QColor]:
        """Return their colours by name."""
        found = self.items.items()
        return {name: QColor(scatter.opts["symbolBrush"].color()) for name, scatter in found}
