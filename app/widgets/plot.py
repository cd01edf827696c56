"""The one plot: curves over steps, on a linear or logarithmic axis, with a cross-hair and a menu.

pyqtgraph takes a second to import, so this module is imported when the first plot is shown.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph
import pyqtgraph.exporters
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QVBoxLayout, QWidget

from app import theme

__all__ = ["CATEGORIES", "Plot"]

CATEGORIES = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#999999",
)
"""Okabe and Ito's colours for categories, distinguishable with every kind of colour vision."""

WIDE_DECADES = 1.3
MOST_DECADES = 6

AREA = 0.72
TICK_GAP, TICK_HEIGHT = 3, 12
LABEL_GAP = 12
MARK_DEPTH = 20
GROUND = 210
MARK_HEIGHTS = (1.0, 0.84, 0.68)
"""Where the words of marks stand, in turn: marks that lie close together stay readable."""

Mark = tuple[float, str]
Points = tuple[NDArray[np.float64], NDArray[np.float64]]


class Plot(QWidget):
    """Curves with named axes.

    Signals
    -------
    clicked : float
        A place on the x axis within `set_reach` was clicked once; a double click fits.

    Parameters
    ----------
    x_name, y_name : str
        Axis labels, with units.
    logarithmic : bool
        Whether the y axis starts logarithmic; values at or below zero are left out there.
    smooth : bool
        Whether each curve is drawn raw and thin under a thick running mean.
    role : str, optional
        Theme token of a single curve; several curves take the category colours.
    stacked : bool
        Whether curves are areas upon each other; they then share their x.
    title : str
        What the values are, where the plot stands under its name and `y_name` is "".
    named : bool
        Whether several curves are named in the plot itself.
    """

    clicked = Signal(float)

    def __init__(
        self,
        x_name: str,
        y_name: str,
        *,
        logarithmic: bool = False,
        smooth: bool = False,
        role: str = "",
        stacked: bool = False,
        title: str = "",
        named: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title or y_name
        self.setAccessibleName(f"{self.title} over {x_name}")
        self._names = (x_name, y_name)
        self._logarithmic = logarithmic
        self._smooth = smooth
        self._role = role
        self._stacked = stacked
        self._tones: dict[str, QColor] = {}
        self._marks: dict[Mark, Any] = {}
        self._data: dict[str, Points] = {}
        self._curves: dict[str, tuple[Any, Any]] = {}
        self._plot = pyqtgraph.PlotWidget(
            axisItems={"left": _Axis("left"), "bottom": _Axis("bottom")}
        )
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._item = self._plot.getPlotItem()
        self._item.getViewBox().setMouseMode(pyqtgraph.ViewBox.RectMode)
        self._item.setClipToView(True)
        self._item.setDownsampling(auto=True, mode="peak")
        self._legend = None
        if named and not role:
            kind = _Swatch if stacked else pyqtgraph.ItemSample
            self._legend = self._item.addLegend(offset=(-4, 4), sampleType=kind)
        self._cross = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._cross.hide()
        self._item.addItem(self._cross, ignoreBounds=True)
        self._readout = pyqtgraph.TextItem(anchor=(0, 0))
        self._readout.hide()
        self._item.addItem(self._readout, ignoreBounds=True)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        self._plot.scene().sigMouseClicked.connect(self._click)
        self._reach: tuple[float, float] | None = None
        self._aim = 0.0
        # A double click fits: what its first half would do waits until it is none.
        self._once = QTimer(self, singleShot=True)
        self._once.timeout.connect(self._clicked_once)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._item.setLogMode(y=logarithmic)
        self._dress()

    @property
    def canvas(self) -> QWidget:
        """The widget that is painted on."""
        return self._plot.viewport()  # type: ignore[no-any-return]

    def set_curves(self, data: Mapping[str, Points]) -> None:
        """Show these curves, and no others; stacked ones from the bottom up."""
        for name in [name for name in self._curves if name not in data]:
            for curve in self._curves.pop(name):
                self._item.removeItem(curve)
        self._data = dict(data)
        for name, (x, y) in (_stacked(data) if self._stacked else data).items():
            if name not in self._curves:
                self._curves[name] = self._new_curve(name, len(self._curves))
            thin, thick = self._curves[name]
            if self._logarithmic:
                keep = y > 0
                x, y = x[keep], y[keep]
            thin.setData(x, y)
            if self._smooth:
                thick.setData(x, _running_mean(y, self._logarithmic))

    def tones(self) -> dict[str, QColor]:
        """Return the colours of the curves by name, in their order."""
        return {
            name: QColor(thick.opts["pen"].color() if self._smooth else thin.opts["pen"].color())
            for name, (thin, thick) in self._curves.items()
        }

    def set_tones(self, tones: Mapping[str, QColor]) -> None:
        """Give curves colours of their own; those without one keep a category's."""
        if dict(tones) != self._tones:
            self._tones = dict(tones)
            self._dress()

    def set_marks(self, marks: Iterable[Mark]) -> None:
        """Draw a vertical line with a word at each of these places, and at no others."""
        wanted = tuple(dict.fromkeys(marks))
        for mark in [mark for mark in self._marks if mark not in wanted]:
            self._item.removeItem(self._marks.pop(mark))
        for mark in wanted:
            if mark not in self._marks:
                height = MARK_HEIGHTS[len(self._marks) % len(MARK_HEIGHTS)]
                line = pyqtgraph.InfiniteLine(
                    mark[0],
                    angle=90,
                    movable=False,
                    label=mark[1],
                    labelOpts={"position": height, "anchors": [(0, 0), (1, 0)]},
                )
                line.setZValue(MARK_DEPTH)
                self._marks[mark] = line
                self._item.addItem(line, ignoreBounds=True)
                self._dress_mark(line)

    def set_reach(self, reach: tuple[float, float] | None, words: str = "") -> None:
        """Let places from the first to the last x be clicked; the words say what that does."""
        if reach != self._reach:
            self._reach = reach
            self._item.getViewBox().setToolTip(words if reach is not None else "")

    def fit(self) -> None:
        """Show everything."""
        self._item.enableAutoRange()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._cross.hide()
        self._readout.hide()
        self.canvas.unsetCursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Fit", self.fit)
        logarithmic = QAction("Logarithmic", menu, checkable=True, checked=self._logarithmic)
        logarithmic.toggled.connect(self.set_logarithmic)
        menu.addAction(logarithmic)
        menu.addSeparator()
        menu.addAction("Save as...", self._save_as)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def set_logarithmic(self, on: bool) -> None:
        """Choose the y axis."""
        self._logarithmic = on
        self._item.setLogMode(y=on)
        self.set_curves(self._data)
        self.fit()

    def save(self, path: Path) -> None:
        """Write the plot as PNG, SVG or CSV, by the ending of the name."""
        kind = path.suffix.lower()
        if kind == ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["curve", self._names[0], self.title])
                for name, (x, y) in self._data.items():
                    writer.writerows((name, a, b) for a, b in zip(x, y, strict=True))
        elif kind == ".svg":
            pyqtgraph.exporters.SVGExporter(self._item).export(str(path))
        else:
            exporter = pyqtgraph.exporters.ImageExporter(self._item)
            exporter.parameters()["width"] = max(1200, self.width())
            exporter.export(str(path))

    def _save_as(self) -> None:
        kinds = "PNG picture (*.png);;SVG drawing (*.svg);;CSV table (*.csv)"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save plot", "plot.png", kinds)
        if chosen:
            self.save(Path(chosen))

    def _new_curve(self, name: str, place: int) -> tuple[Any, Any]:
        thin, thick = pyqtgraph.PlotDataItem(), pyqtgraph.PlotDataItem(name=name)
        if not self._smooth:
            thin, thick = thick, thin
        self._item.addItem(thin)
        self._item.addItem(thick)
        if self._stacked:  # a lower area lies on the higher ones, which reach down to zero, too
            thin.setFillLevel(0.0)
            thin.setZValue(-place)
        self._tint(name, thin, thick, place)
        return thin, thick

    def _tint(self, name: str, thin: Any, thick: Any, place: int) -> None:
        tone = self._tones.get(name) or QColor(
            getattr(theme.current(), self._role)
            if self._role
            else CATEGORIES[place % len(CATEGORIES)]
        )
        if self._stacked:
            thin.setFillBrush(pyqtgraph.mkBrush(_mixed(tone, QColor(theme.current().panel))))
        faint = QColor(tone)
        faint.setAlphaF(0.35)
        thin.setPen(pyqtgraph.mkPen(faint if self._smooth else tone, width=1))
        thick.setPen(pyqtgraph.mkPen(tone, width=2))

    def _dress(self) -> None:
        tokens = theme.current()
        self._plot.setBackground(tokens.panel)
        dim = QColor(tokens.dim)
        for side, label in zip(("bottom", "left"), self._names, strict=True):
            axis = self._item.getAxis(side)
            axis.setTickFont(theme.font("caption"))
            axis.setTextPen(dim)
            axis.setPen(pyqtgraph.mkPen(tokens.line))
            axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP, tickTextHeight=TICK_HEIGHT)
            if label:
                axis.setLabel(label, **{"color": tokens.dim, "font-size": "11px"})
        self._item.showGrid(x=False, y=True, alpha=0.12)
        self._cross.setPen(pyqtgraph.mkPen(tokens.dim, width=1))
        self._readout.setColor(QColor(tokens.text))
        self._readout.setFont(theme.font("caption"))
        self._readout.fill = pyqtgraph.mkBrush(QColor(tokens.control))
        if self._legend is not None:
            self._legend.setLabelTextColor(QColor(tokens.text) if self._stacked else dim)
            ground = QColor(tokens.panel)
            ground.setAlpha(GROUND if self._stacked else 0)
            self._legend.setBrush(pyqtgraph.mkBrush(ground))
            self._legend.setLabelTextSize("11px")
        for line in self._marks.values():
            self._dress_mark(line)
        for place, (name, curves) in enumerate(self._curves.items()):
            self._tint(name, *curves, place)

    def _dress_mark(self, line: Any) -> None:
        tone = QColor(theme.current().train)
        line.setPen(pyqtgraph.mkPen(tone, width=1, style=Qt.PenStyle.DashLine))
        line.label.setColor(tone)
        ground = QColor(theme.current().panel)
        ground.setAlpha(GROUND)
        line.label.fill = pyqtgraph.mkBrush(ground)
        line.label.setFont(theme.font("caption"))

    def _click(self, event: Any) -> None:
        box = self._item.getViewBox()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self._once.stop()
            self.fit()
        elif box.sceneBoundingRect().contains(event.scenePos()):
            self._aim = box.mapSceneToView(event.scenePos()).x()
            if self._reaches(self._aim):
                self._once.start(QApplication.doubleClickInterval())

    def _clicked_once(self) -> None:
        self.clicked.emit(self._aim)

    def _reaches(self, x: float) -> bool:
        return self._reach is not None and self._reach[0] <= x <= self._reach[1]

    def _hover(self, where: QPoint) -> None:
        box = self._item.getViewBox()
        if not self._data or not box.sceneBoundingRect().contains(where):
            self._cross.hide()
            self._readout.hide()
            return
        x = box.mapSceneToView(where).x()
        if self._reaches(x):
            self.canvas.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.canvas.unsetCursor()
        lines = _values_at(self._data, x)
        if not lines:
            return
        self._cross.setPos(x)
        self._cross.show()
        self._readout.setText("\n".join([f"{self._names[0]} {x:,.0f}", *lines]))
        span = box.viewRange()
        right = x > (span[0][0] + span[0][1]) / 2
        self._readout.setAnchor((1, 0) if right else (0, 0))
        self._readout.setPos(x, span[1][1])
        self._readout.show()


class _Swatch(pyqtgraph.ItemSample):  # type: ignore[misc]
    """The sign of an area in the legend: a square of its colour."""

    def paint(self, painter: QPainter, *args: Any) -> None:
        painter.fillRect(QRectF(4, 5, 10, 10), self.item.opts["pen"].color())


class _Axis(pyqtgraph.AxisItem):  # type: ignore[misc]
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
        return [f"{10**value:.0e}".replace("e-0", "e-").replace("e+0", "e") for value in values]


def _stacked(data: Mapping[str, Points]) -> dict[str, Points]:
    """Add up curves from the first on; they share their x."""
    total: NDArray[np.float64] | float = 0.0
    sums = {}
    for name, (x, y) in data.items():
        total = total + np.asarray(y, np.float64)
        sums[name] = (x, total)
    return sums


def _mixed(tone: QColor, ground: QColor) -> QColor:
    """Soften a tone for an area; opaque, since areas lie upon each other."""
    parts = ((getattr(tone, part)(), getattr(ground, part)()) for part in ("red", "green", "blue"))
    return QColor(*(round(AREA * over + (1 - AREA) * under) for over, under in parts))


def _values_at(data: Mapping[str, Points], x: float) -> Sequence[str]:
    lines = []
    for name, (xs, ys) in data.items():
        if xs.size:
            nearest = min(int(np.searchsorted(xs, x)), xs.size - 1)
            lines.append(f"{name} {ys[nearest]:.4g}")
    return lines


def _running_mean(y: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    """Smooth over about a fortieth of the curve; of logarithms where the axis is logarithmic."""
    width = max(1, y.size // 40)
    if width == 1:
        return y
    values = np.log(y) if logarithmic else y
    padded = np.concatenate([np.full(width, values[0]), values, np.full(width, values[-1])])
    sums = np.cumsum(padded)
    span = 2 * width
    mean = (sums[span:] - sums[:-span]) / span
    mean = mean[: y.size]
    return np.asarray(np.exp(mean) if logarithmic else mean)
