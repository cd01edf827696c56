"""What pyqtgraph's axes and legends lack: numbers as they are, decades, squares for areas."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app import theme

__all__ = ["LABEL_GAP", "Swatch", "ValueAxis", "mixed"]

AREA = 0.72
"""Share of a tone in its area."""

WIDE_DECADES = 1.3
MOST_DECADES = 6
LABEL_GAP = 12
PLAIN = (-3, 3)
"""Powers of ten that are written as plain numbers."""


class Swatch(pyqtgraph.ItemSample):  # type: ignore[misc]
    """The sign of an area in the legend: a square of its colour."""

    def paint(self, painter: QPainter, *args: Any) -> None:
        painter.fillRect(QRectF(4, 5, 10, 10), self.item.opts["pen"].color())


class ValueAxis(pyqtgraph.AxisItem):  # type: ignore[misc]
    """A value axis whose logarithmic form labels decades; 2 and 5 between where few are seen.

    Along the bottom, where numbers stand side by side, it labels only as many as have room.
    """

    def updateAutoSIPrefix(self) -> None:
        """Draw anew for a new range, but never scale the numbers, as pyqtgraph would."""
        self.picture = None
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logMode:
            levels = list(super().tickValues(low, high, size))
            if self.orientation == "left":
                return levels
            return self._with_room([spacing for spacing, _ in levels], low, high, size)
        parts = (1, 2, 5) if high - low < WIDE_DECADES else (1,)
        stride = max(1, round((high - low) / MOST_DECADES))
        decades = range(int(np.floor(low)), int(np.ceil(high)) + 1, stride)
        ticks = [decade + float(np.log10(part)) for decade in decades for part in parts]
        return [(1.0, [tick for tick in ticks if low <= tick <= high])]

    def _with_room(
        self, spacings: Sequence[float], low: float, high: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Take the finest ticks whose numbers do not run into each other."""
        metrics = QFontMetricsF(theme.font("caption"))
        finer = sorted({factor * spacing for spacing in spacings for factor in (1, 2)})
        spacing, ticks = finer[0], list[float]()
        for spacing in (*finer, 5 * finer[-1], 10 * finer[-1]):
            ticks = [n * spacing for n in range(ceil(low / spacing), floor(high / spacing) + 1)]
            words = super().tickStrings(ticks, 1.0, spacing)
            widest = max((metrics.horizontalAdvance(word) for word in words), default=0.0)
            if len(ticks) * (widest + LABEL_GAP) <= size:
                break
        return [(spacing, ticks)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        if not self.logMode:
            return list(super().tickStrings(values, scale, spacing))
        return [_decade(value) for value in values]


def mixed(tone: QColor, ground: QColor) -> QColor:
    """Soften a tone for an area; opaque, since areas lie upon each other."""
    parts = ((getattr(tone, part)(), getattr(ground, part)()) for part in ("red", "green", "blue"))
    return QColor(*(round(AREA * over + (1 - AREA) * under) for over, under in parts))


def _decade(power: float) -> str:
    if PLAIN[0] <= power <= PLAIN[1]:
        return f"{10**power:.3g}"
    return f"{10**power:.0e}".replace("e-0", "e-").replace("e+0", "e")
