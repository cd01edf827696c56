"""Small charts without axes: curves and bars, the ends of their scales written in their corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.painting import painting

__all__ = ["Curve", "Sparkline", "thinned"]

Array = NDArray[Any]

MARGIN = 3.0
_BEHIND = 210


@dataclass(frozen=True, eq=False)
class Curve:
    """Points from left to right.

    Attributes
    ----------
    x, y : ndarray
        ``(n,)``; what is not finite is left out.
    colour : str
        "#RRGGBB", or a role of the theme.
    name : str
    """

    x: Array
    y: Array
    colour: str = "accent"
    name: str = ""


class Sparkline(QWidget):
    """Draws curves over one scale, or bars that stand on the ground.

    Parameters
    ----------
    name : str
        What it shows, for those who do not see it.
    height : int
        Pixels.
    unit : str
        What the figures along it are, such as "step".
    """

    def __init__(
        self, name: str, height: int = 40, unit: str = "step", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._unit = unit
        self._curves: tuple[Curve, ...] = ()
        self._bars: tuple[Array, tuple[float, float], bool] | None = None

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show curves."""
        self._curves, self._bars = tuple(c for c in curves if len(c.x)), None
        self.update()

    def set_bars(self, counts: Array, ends: tuple[float, float], log: bool) -> None:
        """Show counts (n,) of equal bins between two ends; `log` draws ones and millions alike."""
        self._curves, self._bars = (), (counts, ends, log)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._curves, self._bars = (), None
        self.update()

    def sizeHint(self) -> QSize:
        """Be as wide as there is room."""
        return QSize(200, self.height())

    def reach(self) -> tuple[float, float, float, float]:
        """Return the least and the greatest x and y that are shown."""
        x = np.concatenate([curve.x for curve in self._curves])
        y = np.concatenate([curve.y for curve in self._curves])
        y = y[np.isfinite(y)]
        low, high = (float(y.min()), float(y.max())) if y.size else (0.0, 1.0)
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-30):
            low, high = low - 0.5, high + 0.5
        return float(x.min()), max(float(x.max()), float(x.min()) + 1e-9), low, high

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        with painting(self) as painter:
            tokens = theme.current()
            painter.fillRect(self.rect(), QColor(tokens.ground))
            painter.setFont(theme.font("caption"))
            if self._bars is not None:
                self._draw_bars(painter, *self._bars)
            elif self._curves:
                self._draw_curves(painter)

    def _draw_curves(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right, low, high = self.reach()
        wide, tall = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        for curve in self._curves:
            x, y = thinned(curve.x, curve.y, self.width())
            across = MARGIN + (x - left) / (right - left) * wide
            down = MARGIN + (high - y) / (high - low) * tall
            painter.setPen(QPen(_ink(curve.colour), 1.4))
            if len(across) == 1:
                painter.drawPoint(QPointF(float(across[0]), float(down[0])))
            else:
                points = [
                    QPointF(a, d) for a, d in zip(across.tolist(), down.tolist(), strict=True)
                ]
                painter.drawPolyline(QPolygonF(points))
        above, below = _told_apart(high, low)
        self._write(painter, above, Qt.AlignmentFlag.AlignTop)
        self._write(painter, below, Qt.AlignmentFlag.AlignBottom)

    def _draw_bars(
        self, painter: QPainter, counts: Array, ends: tuple[float, float], log: bool
    ) -> None:
        heights = np.log1p(counts) if log else counts.astype(float)
        most = float(heights.max(initial=0.0)) or 1.0
        wide, tall = self.width() / max(len(counts), 1), self.height() - 2 * MARGIN - 12
        ink = theme.colour("accent")
        for place in np.flatnonzero(counts).tolist():
            high = max(float(heights[place]) / most * tall, 1.0)
            top = self.height() - 12 - high
            painter.fillRect(QRectF(place * wide, top, max(wide - 0.5, 0.5), high), ink)
        bottom = Qt.AlignmentFlag.AlignBottom
        self._write(painter, f"{ends[0]:.3g}", bottom)
        self._write(painter, f"{ends[1]:.3g}", bottom, Qt.AlignmentFlag.AlignRight)
        self._write(painter, f"{int(counts.max(initial=0)):,}", Qt.AlignmentFlag.AlignTop)

    def _write(
        self,
        painter: QPainter,
        words: str,
        edge: Qt.AlignmentFlag,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        room = self.rect().adjusted(4, 0, -4, 0)
        behind = QColor(theme.current().ground)
        behind.setAlpha(_BEHIND)  # a curve runs on beneath the words, which stay readable
        painter.fillRect(painter.boundingRect(room, edge | side, words), behind)
        painter.setPen(theme.colour("dim"))
        painter.drawText(room, edge | side, words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the figures under the mouse."""
        words = self.words_at(event.position().x())
        if words:
            QToolTip.showText(self.mapToGlobal(event.position().toPoint()), words, self)

    def words_at(self, across: float) -> str:
        """Return what is at a place of the widget, "" where nothing is shown."""
        if self._bars is not None:
            counts, (low, high), _ = self._bars
            place = min(max(int(across / max(self.width(), 1) * len(counts)), 0), len(counts) - 1)
            width = (high - low) / len(counts)
            begin = low + place * width
            return f"{begin:.4g} to {begin + width:.4g}: {int(counts[place]):,}"
        if not self._curves:
            return ""
        left, right, _, _ = self.reach()
        at = left + (across - MARGIN) / max(self.width() - 2 * MARGIN, 1.0) * (right - left)
        lines = []
        for curve in self._curves:
            place = int(np.abs(curve.x - at).argmin())
            name = f"{curve.name}  " if curve.name else ""
            lines.append(f"{name}{float(curve.y[place]):.5g}")
        first = self._curves[0]
        where = float(first.x[int(np.abs(first.x - at).argmin())])
        return "\n".join([f"{self._unit} {where:,.0f}", *lines])

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


def thinned(x: Array, y: Array, width: int) -> tuple[Array, Array]:
    """Return a curve of as many points as can be seen: least and greatest of each pixel.

    Parameters
    ----------
    x, y : ndarray
        ``(n,)``, x ascending.
    width : int
        Pixels.
    """
    known = np.isfinite(y)
    x, y = np.asarray(x, float)[known], np.asarray(y, float)[known]
    if len(x) <= 4 * max(width, 1):
        return x, y
    size = math.ceil(len(x) / max(width, 1))
    whole = len(x) // size * size
    blocks = y[:whole].reshape(-1, size)
    ends = np.sort(np.stack([blocks.argmin(axis=1), blocks.argmax(axis=1)], axis=1), axis=1)
    chosen = (ends + np.arange(0, whole, size)[:, None]).ravel()
    chosen = np.append(chosen, np.arange(whole, len(x)))
    return x[chosen], y[chosen]


def _told_apart(high: float, low: float) -> tuple[str, str]:
    """Write two numbers with as many digits as tell one from the other."""
    digits = next((n for n in (3, 5, 7) if f"{high:.{n}g}" != f"{low:.{n}g}"), 9)
    return f"{high:.{digits}g}", f"{low:.{digits}g}"


def _ink(colour: str) -> QColor:
    return QColor(colour) if colour.startswith("#") else theme.colour(colour)
