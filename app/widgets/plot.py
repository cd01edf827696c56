"""The one plot: curves and points on linear or logarithmic axes, with a cross-hair and a menu.

pyqtgraph takes a second to import, so this module is imported when the first plot is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app import theme
from app.context_menu import ContextMenu
from app.widgets.plot_axis import LABEL_GAP, Swatch, ValueAxis, mixed
from app.widgets.plot_data import Points, drawable, running_mean, stacked
from app.widgets.plot_files import ask_and_save, save
from app.widgets.plot_marks import CATEGORIES, Mark, Marks, Scatters
from app.widgets.plot_pens import pen
from app.widgets.plot_readout import Readout
from app.widgets.plot_words import LineWords

__all__ = ["CATEGORIES", "LABEL_GAP", "Plot"]

TICK_GAP, TICK_HEIGHT = 3, 12
GROUND = 210
LINE = 1.6

Range = tuple[float, float]


class Plot(QWidget):
    """Curves with named axes.

    Signals
    -------
    clicked : float
        A place on the x axis within `set_reach` was clicked once; a double click fits.
    redrawn
        Axes went logarithmic or back, or took the colours of another theme.
    problem : UserError
        The plot could not be saved.

    Parameters
    ----------
    x_name, y_name : str
        Axis labels, with units.
    logarithmic : bool
        Whether the y axis starts logarithmic; values at or below zero are left out there.
    logarithmic_x : bool
        Whether the x axis is logarithmic.
    equal : bool
        Whether one unit is as long in x as in y.
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
    redrawn = Signal()
    problem = Signal(object)

    def __init__(
        self,
        x_name: str,
        y_name: str,
        *,
        logarithmic: bool = False,
        logarithmic_x: bool = False,
        equal: bool = False,
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
        self._logarithmic_x = logarithmic_x
        self.equal = equal
        self._dashed: frozenset[str] = frozenset()
        self._limits: tuple[Range, Range] | None = None
        self._others: dict[str, Points] = {}
        self._smooth = smooth
        self._role = role
        self.stacked = stacked
        self._tones: dict[str, QColor] = {}
        self._data: dict[str, Points] = {}
        self._curves: dict[str, tuple[Any, Any]] = {}
        self._plot = pyqtgraph.PlotWidget(
            axisItems={"left": ValueAxis("left"), "bottom": ValueAxis("bottom")}
        )
        self._plot.setAccessibleName(self.accessibleName())
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
            kind = Swatch if stacked else pyqtgraph.ItemSample
            self._legend = self._item.addLegend(offset=(-4, 4), sampleType=kind)
        self._scatters = Scatters(self._item)
        self.words = LineWords(self)
        self._lines = Marks(self._item, self.words)
        self.readout = Readout(self)
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
        self._item.setLogMode(x=logarithmic_x, y=logarithmic)
        self._item.getViewBox().setAspectLocked(equal)
        self._dress()

    @property
    def canvas(self) -> QWidget:
        """The widget that is painted on."""
        return self._plot.viewport()  # type: ignore[no-any-return]

    @property
    def surface(self) -> Any:
        """The view of pyqtgraph's scene, which has the keyboard."""
        return self._plot

    @property
    def item(self) -> Any:
        """What pyqtgraph's items are added to."""
        return self._item

    @property
    def logs(self) -> tuple[bool, bool]:
        """Whether x and y go by powers of ten."""
        return self._logarithmic_x, self._logarithmic

    @property
    def names(self) -> tuple[str, str]:
        """What x and y are."""
        return self._names[0], self._names[1] or self.title

    @property
    def curves(self) -> Mapping[str, Points]:
        """The numbers of the curves by name."""
        return self._data

    def everything(self) -> list[tuple[str, Points]]:
        """Return the numbers of all that is drawn: curves, marks, and what others draw."""
        return [*self._data.items(), *self._scatters.points.items(), *self._others.items()]

    def place_of(self, x: float, y: float) -> QPointF:
        """Return where a point of the axes' units is drawn on the canvas."""
        place = self._item.getViewBox().mapViewToScene(QPointF(x, y))
        return QPointF(self._plot.mapFromScene(place))

    def place_at(self, point: QPointF) -> tuple[float, float]:
        """Return what a point of the canvas is in the axes' units."""
        scene = self._plot.mapToScene(point.toPoint())
        found = self._item.getViewBox().mapSceneToView(scene)
        return found.x(), found.y()

    def set_limits(self, limits: tuple[Range, Range] | None) -> None:
        """Fix what is seen of x and y; None fits the curves. A zoom of the hand stays."""
        if limits != self._limits:
            self._limits = limits
            self.fit()

    def set_dashed(self, names: Collection[str]) -> None:
        """Draw these curves as references: dashed."""
        if frozenset(names) != self._dashed:
            self._dashed = frozenset(names)
            self._dress()

    def set_points(self, points: Mapping[str, Points]) -> None:
        """Show these marks without lines, and no others; one named as a curve takes its colour."""
        self._scatters.set(points, self.logs, self.tones())
        self._moved()

    def set_curves(self, data: Mapping[str, Points]) -> None:
        """Show these curves, and no others; stacked ones from the bottom up."""
        for name in [name for name in self._curves if name not in data]:
            for curve in self._curves.pop(name):
                self._item.removeItem(curve)
        self._data = dict(data)
        for name, pair in self.drawn_curves().items():
            if name not in self._curves:
                self._curves[name] = self._new_curve(name, len(self._curves))
            thin, thick = self._curves[name]
            x, y = drawable(pair, self.logs)
            thin.setData(x, y)
            if self._smooth:
                thick.setData(x, running_mean(y, self._logarithmic))
        self._moved()

    def drawn_curves(self) -> Mapping[str, Points]:
        """Return where the curves are drawn: stacked ones upon each other."""
        return stacked(self._data) if self.stacked else self._data

    def _moved(self) -> None:
        """Look where words stand, and say anew what is under the mouse: curves are elsewhere."""
        self.words.place()
        self.readout.refresh()

    def tones(self) -> dict[str, QColor]:
        """Return the colours of the curves by name, in their order."""
        return {
            name: QColor(thick.opts["pen"].color() if self._smooth else thin.opts["pen"].color())
            for name, (thin, thick) in self._curves.items()
        }

    def point_tones(self) -> dict[str, QColor]:
        """Return the colours of marks that are not named as a curve."""
        tones = self._scatters.tones().items()
        return {name: tone for name, tone in tones if name not in self._curves}

    def set_others(self, others: Mapping[str, Points]) -> None:
        """Take what somebody else draws here, for what is told and saved."""
        self._others = dict(others)

    def set_tones(self, tones: Mapping[str, QColor]) -> None:
        """Give curves colours of their own; those without one keep a category's."""
        if dict(tones) != self._tones:
            self._tones = dict(tones)
            self._dress()

    def set_marks(self, marks: Iterable[Mark]) -> None:
        """Draw a vertical line with a word at each of these places, and at no others."""
        self._lines.set(marks)

    def set_reach(self, reach: tuple[float, float] | None, words: str = "") -> None:
        """Let places from the first to the last x be clicked; the words say what that does."""
        if reach != self._reach:
            self._reach = reach
            self._item.getViewBox().setToolTip(words if reach is not None else "")

    def fit(self) -> None:
        """Show everything, or what the limits say."""
        if self._limits is None:
            self._item.enableAutoRange()
            return
        (left, right), (low, high) = self._limits
        x, y = (
            np.log10(ends) if log else np.asarray(ends)
            for ends, log in zip(((left, right), (low, high)), self.logs, strict=True)
        )
        self._item.getViewBox().setRange(xRange=tuple(x), yRange=tuple(y), padding=0.0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._dress()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.readout.hide()
        self.canvas.unsetCursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = ContextMenu(self)
        menu.add("Fit", self.fit)
        logarithmic = QAction("Logarithmic", menu, checkable=True, checked=self._logarithmic)
        logarithmic.toggled.connect(self.set_logarithmic)
        menu.addAction(logarithmic)
        menu.addSeparator()
        menu.add("Save as...", partial(ask_and_save, self))
        menu.open(event.globalPos())

    def set_logarithmic(self, on: bool) -> None:
        """Choose the y axis."""
        self._logarithmic = on
        self._item.setLogMode(y=on)
        self.set_curves(self._data)
        self.set_points(self._scatters.points)
        self.fit()
        self.redrawn.emit()

    def save(self, path: Path) -> None:
        """Write the plot as PNG, SVG or CSV, by the ending of the name; see `plot_files.save`."""
        self.readout.hide()
        drawn = [(thin, name) for name, (thin, _) in self._curves.items()]
        drawn += [(scatter, name) for name, scatter in self._scatters.items.items()]
        within = self._legend is not None or self._role or len(drawn) < 2
        save(self, path, () if within else drawn)

    def _new_curve(self, name: str, place: int) -> tuple[Any, Any]:
        thin = pyqtgraph.PlotDataItem(antialias=True)
        thick = pyqtgraph.PlotDataItem(name=name, antialias=True)
        if not self._smooth:
            thin, thick = thick, thin
        self._item.addItem(thin)
        self._item.addItem(thick)
        if self.stacked:  # a lower area lies on the higher ones, which reach down to zero, too
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
        if self.stacked:
            thin.setFillBrush(pyqtgraph.mkBrush(mixed(tone, QColor(theme.current().panel))))
        faint = QColor(tone)
        faint.setAlphaF(0.35)
        style = Qt.PenStyle.DashLine if name in self._dashed else Qt.PenStyle.SolidLine
        raw, wide = (faint, 1.0) if self._smooth else (tone, LINE)
        thin.setPen(pen(self, raw, wide, style))
        thick.setPen(pen(self, tone, 2, style))

    def _dress(self) -> None:
        tokens = theme.current()
        self._plot.setBackground(tokens.panel)
        dim = QColor(tokens.dim)
        for side, label in zip(("bottom", "left"), self._names, strict=True):
            axis = self._item.getAxis(side)
            axis.setTickFont(theme.font("caption"))
            axis.setTextPen(dim)
            axis.setPen(pen(self, tokens.line, 1))
            axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP, tickTextHeight=TICK_HEIGHT)
            if label:
                axis.setLabel(label, **{"color": tokens.dim, "font-size": "11px"})
        self._item.showGrid(x=False, y=True, alpha=0.12)
        self.readout.dress()
        if self._legend is not None:
            self._legend.setLabelTextColor(QColor(tokens.text) if self.stacked else dim)
            ground = QColor(tokens.panel)
            ground.setAlpha(GROUND if self.stacked else 0)
            self._legend.setBrush(pyqtgraph.mkBrush(ground))
            self._legend.setLabelTextSize("11px")
            for _, label in self._legend.items:
                label.setText(label.text)  # pyqtgraph writes words anew only if told to
        self._lines.dress()
        for place, (name, curves) in enumerate(self._curves.items()):
            self._tint(name, *curves, place)
        self._scatters.tint(self.tones())
        self.redrawn.emit()

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
        if self.readout.silent or not box.sceneBoundingRect().contains(where):
            self.readout.hide()
            return
        if self._reaches(box.mapSceneToView(where).x()):
            self.canvas.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.canvas.unsetCursor()
        self.readout.hover(where)
