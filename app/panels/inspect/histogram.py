"""How often the values of a channel occur, in the region or in the whole world."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QCheckBox, QWidget

from app.panels.inspect.reading import Reading, Table
from app.widgets.section import dim_label
from app.widgets.sparkline import Sparkline
from engine.core.readings import Histogram
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["HistogramReading", "sampled_words"]

BINS = 64


class HistogramReading(Reading):
    """Bars, and of how many cells, bytes or vertices they are."""

    title = "Histogram"
    fills = True
    hint = "The values of the chosen channel appear here as the world is drawn"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Histogram | None = None
        self._unit = ""
        self.bars = Sparkline("Histogram of the chosen channel", 96)
        self.column.addWidget(self.bars)
        self._count = dim_label()
        self.log = QCheckBox("Log")
        self.log.setToolTip("Draw the logarithm of the counts, so that rare values are seen")
        self.log.toggled.connect(self.show_all)
        self.buttons.insertWidget(0, self.log)
        self.column.addWidget(self._count)
        self.finish()
        self.measured()

    def serves(self, kind: str) -> bool:
        """Show the bytes of programs, too."""
        return kind in ("image", "mesh", "tapes")

    def want(self) -> ViewRequest | None:
        """Want the counts of the channel, in the region if there is one."""
        region = self.measures.region if self.measures is not None and not self.solid else None
        return ViewRequest(channels=(self.channel,), bins=BINS, stats=region)

    def take(self, view: ImageView | MeshView) -> None:
        """Show the counts."""
        if view.histogram is not None:
            first = self._shown is None
            self._shown, self._unit = view.histogram, view.unit
            if first:
                self._there()
            self.show_all()

    def measured(self) -> None:
        """Forget what was counted elsewhere."""
        self._shown = None
        self._there()
        self.show_all()

    def show_all(self) -> None:
        """Draw the bars."""
        shown = self._shown
        if shown is None or self.channel not in shown.channels:
            self.bars.clear()
            self._count.setText("")
            return
        place = shown.channels.index(self.channel)
        low, high = shown.edges[place].tolist()
        self.bars.set_bars(shown.counts[place], (low, high), self.log.isChecked())
        self._count.setText(sampled_words(shown.cells, shown.sampled, self._unit))

    def table(self) -> Table | None:
        """Return a row a bin."""
        shown = self._shown
        if shown is None:
            return None
        names = [self.names[c] for c in shown.channels if c < len(self.names)]
        low, high = shown.edges[0].tolist()
        edges = np.linspace(low, high, shown.counts.shape[1] + 1).tolist()
        counts = shown.counts.T.tolist()
        rows = zip(edges, edges[1:], counts, strict=False)
        return Table("histogram", ["from", "to", *names], ((a, b, *c) for a, b, c in rows))

    def _there(self) -> None:
        there = self._shown is not None
        self.has_something(there)
        for widget in (self.bars, self._count):
            widget.setVisible(there)


def sampled_words(places: int, sampled: int, unit: str) -> str:
    """Say of how many places numbers are, and of how many of them if not of all."""
    return f"{places:,} {unit}" if places == sampled else f"{sampled:,} of {places:,} {unit}"
