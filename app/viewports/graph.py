"""The viewport of graphs: family trees of programs, and other nodes and edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.viewports.base import Viewport
from app.viewports.graph_labels import Box, readable
from app.widgets.section import dim_label
from engine.core.figures import GraphView
from engine.core.views import View

__all__ = ["GraphViewport"]

LEAST, SMALL, LARGE = 5.0, 7.0, 22.0
RING = 3
OVERLAP = 1.6
"""Times the distance of two lanes: how large the largest node is at most."""
MOST_LABELS = 80
AXIS_HEIGHT = 34
LABEL_GAP = 2.0
MARGINS = (0.06, 0.07)
"""Beside the outermost nodes, as a share of what is shown: across, down."""


class GraphViewport(Viewport):
    """Shows `GraphView`s; nodes tell about themselves under the cursor, a click picks a program."""

    def __init__(self, name: str = "graph", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._view: GraphView | None = None
        self._fresh = False
        self._picked: bytes | None = None
        self._labels: list[Any] = []
        self._diameters: NDArray[np.float64] = np.zeros(0)
        self._plot = pyqtgraph.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setAccessibleName("Graph")
        self._plot.viewport().installEventFilter(self)
        self._item = self._plot.getPlotItem()
        self._item.hideButtons()
        self._item.hideAxis("left")
        self._item.getViewBox().invertY(True)  # lanes count downwards
        self._item.getViewBox().disableAutoRange()  # it would leave room for the largest node
        self._item.getViewBox().sigRangeChangedManually.connect(self._taken)
        self._fitted = True
        self._item.getAxis("bottom").setHeight(AXIS_HEIGHT)
        # Labels and sizes depend on the pixels between the nodes; drawn after all moves of a turn.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._fit_pixels)
        self._item.getViewBox().sigRangeChanged.connect(self._moved)
        self._item.getViewBox().sigResized.connect(self._moved)
        self._edges = pyqtgraph.PlotCurveItem(connect="pairs", antialias=True)
        self._nodes = pyqtgraph.ScatterPlotItem(hoverable=True, tip=None, pxMode=True)
        self._nodes.sigClicked.connect(self._clicked)
        self._nodes.sigHovered.connect(self._hovered)
        self._note = pyqtgraph.TextItem(anchor=(0, 1))
        self._note.hide()
        self._note.setZValue(10)
        for item in (self._edges, self._nodes):
            self._item.addItem(item)
        self._item.addItem(self._note, ignoreBounds=True)
        self._hint = dim_label("The graph appears here once there is something to draw")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(12, 56, 12, 84)  # the chrome's room
        self._box.addWidget(self._hint)
        self._box.addWidget(self._plot, 1)
        self._plot.hide()
        self._dress()

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._box.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)

    def set_view(self, view: View) -> None:
        """Show a graph."""
        if not isinstance(view, GraphView) or view is self._view:
            return
        self._view = view
        shown = len(view.nodes) > 0
        self._plot.setVisible(shown)
        self._hint.setVisible(not shown)
        if shown:
            self._draw(view)
            self._fresh = True

    def set_program(self, code: bytes | None) -> None:
        """Ring the node of the program that is picked, and name it before all others."""
        if code == self._picked:
            return
        self._picked = code
        if self._view is not None and len(self._view.nodes):
            self._nodes.setPen(self._rings(self._view))
            self._later.start()

    def point_of(self, node: int) -> QPointF:
        """Return where a node lies on the viewport."""
        assert self._view is not None
        x, y = (float(part) for part in self._view.nodes[node])
        scene = self._item.getViewBox().mapViewToScene(QPointF(x, y))
        return QPointF(self._plot.mapTo(self, self._plot.mapFromScene(scene)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the newest view is on the screen; fit by a double click."""
        if event.type() == QEvent.Type.Paint and self._fresh:
            self._fresh = False
            self.note_painted()
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self._fitted = True
            self._fit()
        elif event.type() == QEvent.Type.Leave:
            self._note.hide()
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
            if self._view is not None and len(self._view.nodes):
                self._draw(self._view)
        super().changeEvent(event)

    # Inside

    def _draw(self, view: GraphView) -> None:
        nodes = np.asarray(view.nodes, np.float64)
        lines = _elbows(nodes, view.edges) if view.axis else nodes[np.asarray(view.edges).ravel()]
        self._edges.setData(lines[:, 0], lines[:, 1])
        tones = [theme.colour("accent")] * len(nodes)
        if view.colours is not None:
            tones = [QColor(*(int(part) for part in row)) for row in view.colours]
        self._nodes.setData(
            x=nodes[:, 0],
            y=nodes[:, 1],
            size=self._sizes(view),
            brush=[pyqtgraph.mkBrush(tone) for tone in tones],
            pen=self._rings(view),
            hoverPen=pyqtgraph.mkPen(theme.current().text, width=2),
            data=np.arange(len(nodes)),
        )
        self._item.showAxis("bottom", bool(view.axis))
        self._item.getAxis("bottom").setLabel(
            view.axis, **{"color": theme.current().dim, "font-size": "11px"}
        )
        self._fit()
        self._later.start()

    def _is_picked(self, view: GraphView, node: int) -> bool:
        known = node < len(view.programs)
        return self._picked is not None and known and view.programs[node] == self._picked

    def _rings(self, view: GraphView) -> list[Any]:
        tokens = theme.current()
        plain = pyqtgraph.mkPen(tokens.panel, width=1)
        ring = pyqtgraph.mkPen(tokens.text, width=RING)  # a node may have the accent's hue
        picked = (self._is_picked(view, node) for node in range(len(view.nodes)))
        return [ring if one else plain for one in picked]

    def _fit(self) -> None:
        """Show everything, unless the user looks closer."""
        if self._fitted and self._view is not None and len(self._view.nodes):
            nodes = np.asarray(self._view.nodes, np.float64)
            for side, margin in enumerate(MARGINS):
                low, high = float(nodes[:, side].min()), float(nodes[:, side].max())
                if low == high:
                    low, high = low - 1.0, high + 1.0
                move = self._plot.setXRange if side == 0 else self._plot.setYRange
                move(low, high, padding=margin)

    def _taken(self, *what: object) -> None:
        self._fitted = False

    def _moved(self, *what: object) -> None:
        self._later.start()

    def _sizes(self, view: GraphView) -> NDArray[np.float64]:
        """Return the diameters in pixels: nodes of neighbouring lanes must not hide each other."""
        count = len(view.nodes)
        sizes = np.zeros(count) if view.sizes is None else np.clip(view.sizes, 0.0, 1.0)
        lanes = np.unique(np.asarray(view.nodes, np.float64)[:, 1])
        room = LARGE
        if view.axis and len(lanes) > 1:
            pixel = self._item.getViewBox().viewPixelSize()[1]
            room = float(np.diff(lanes).min()) / pixel if pixel > 0 else LARGE
        largest = min(max(OVERLAP * room, SMALL + 2), LARGE)
        smallest = min(SMALL, max(room, LEAST))
        self._diameters = smallest + (largest - smallest) * np.sqrt(sizes.astype(np.float64))
        return self._diameters

    def _fit_pixels(self) -> None:
        """Bring sizes and labels up to date with the present zoom."""
        view = self._view
        if view is None or not len(view.nodes):
            return
        before = self._diameters
        if not np.allclose(before, self._sizes(view), atol=0.5):
            self._nodes.setSize(self._diameters)
        self._write(view)

    def _write(self, view: GraphView) -> None:
        """Write as many labels as can be read, those of the largest nodes first."""
        nodes = np.asarray(view.nodes, np.float64)
        order = np.arange(len(nodes))
        if view.sizes is not None:
            order = np.argsort(-np.asarray(view.sizes), kind="stable")
        box = self._item.getViewBox()
        metrics = QFontMetricsF(theme.font("caption"))
        labels: list[Box] = []
        circles: list[Box] = []
        for node, (x, y) in enumerate(nodes):
            middle = box.mapViewToDevice(QPointF(float(x), float(y)))
            radius = self._diameters[node] / 2
            wide = metrics.horizontalAdvance(view.labels[node]) if node < len(view.labels) else 0.0
            left, half = middle.x() + radius + LABEL_GAP, metrics.height() / 2 - 2
            labels.append((left, middle.y() - half, left + wide, middle.y() + half))
            circles.append(
                (
                    middle.x() - radius,
                    middle.y() - radius,
                    middle.x() + radius,
                    middle.y() + radius,
                )
            )
        named = [int(node) for node in order if node < len(view.labels) and view.labels[node]]
        named.sort(key=lambda node: not self._is_picked(view, node))
        wanted = readable(labels, circles, named)[:MOST_LABELS]
        while len(self._labels) < len(wanted):
            label = pyqtgraph.TextItem(anchor=(0, 0.5))
            label.setFont(theme.font("caption"))
            label.setZValue(5)
            self._labels.append(label)
            self._item.addItem(label, ignoreBounds=True)
        for label in self._labels[len(wanted) :]:
            label.hide()
        pixel = box.viewPixelSize()[0]
        for label, node in zip(self._labels, wanted, strict=False):
            label.setText(view.labels[node], color=theme.current().text)
            label.setPos(nodes[node, 0] + pixel * (self._diameters[node] / 2), nodes[node, 1])
            label.show()
            label.updateTransform(force=True)

    def _clicked(self, item: Any, points: Any) -> None:
        if self._view is None or len(points) == 0:
            return
        node = int(points[0].data())
        if node < len(self._view.programs) and self._view.programs[node]:
            self.program_picked.emit(self._view.programs[node], None)

    def _hovered(self, item: Any, points: Any) -> None:
        view = self._view
        if view is None or len(points) == 0:
            self._note.hide()
            self._plot.viewport().unsetCursor()
            return
        node = int(points[0].data())
        words = [part[node] for part in (view.labels, view.notes) if node < len(part)]
        self._note.setText("\n".join(word for word in words if word))
        box = self._item.getViewBox()
        (left, right), (top, bottom) = box.viewRange()
        x, y = (float(part) for part in view.nodes[node])
        high = y < (top + bottom) / 2
        # Beside the node, on the side where there is more room.
        self._note.setAnchor((1.15 if x > (left + right) / 2 else -0.15, -0.4 if high else 1.4))
        self._note.setPos(x, y)
        self._note.show()
        self._note.updateTransform(force=True)  # while it was hidden it did not follow the zoom
        if node < len(view.programs) and view.programs[node]:
            self._plot.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def _dress(self) -> None:
        tokens = theme.current()
        self._plot.setBackground(tokens.panel)
        thread = QColor(tokens.dim)
        thread.setAlphaF(0.6)
        self._edges.setPen(pyqtgraph.mkPen(thread, width=1))
        axis = self._item.getAxis("bottom")
        axis.setTickFont(theme.font("caption"))
        axis.setTextPen(QColor(tokens.dim))
        axis.setPen(pyqtgraph.mkPen(tokens.line))
        axis.setStyle(tickLength=0)
        axis.enableAutoSIPrefix(False)
        self._note.setColor(QColor(tokens.text))
        self._note.fill = pyqtgraph.mkBrush(QColor(tokens.control))
        self._note.textItem.setFont(theme.font("caption"))


def _elbows(nodes: NDArray[np.float64], edges: NDArray[Any]) -> NDArray[np.float64]:
    """Draw edges as a family tree does: along the lanes, then over to the child; (4 m, 2)."""
    start, end = (nodes[np.asarray(edges, np.int64)[:, side]] for side in (0, 1))
    corner = np.stack([start[:, 0], end[:, 1]], axis=1)
    return np.stack([start, corner, corner, end], axis=1).reshape(-1, 2)
