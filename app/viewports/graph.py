"""The viewport of graphs: family trees of programs, and other nodes and edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.viewports.base import Viewport
from app.widgets.section import dim_label
from engine.core.views import GraphView, View

__all__ = ["GraphViewport"]

SMALL, LARGE = 7.0, 22.0
MOST_LABELS = 80


class GraphViewport(Viewport):
    """Shows `GraphView`s; nodes tell about themselves under the cursor, a click picks a program."""

    def __init__(self, name: str = "graph", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._view: GraphView | None = None
        self._fresh = False
        self._labels: list[Any] = []
        self._plot = pyqtgraph.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setAccessibleName("Graph")
        self._plot.viewport().installEventFilter(self)
        self._item = self._plot.getPlotItem()
        self._item.hideButtons()
        self._item.hideAxis("left")
        self._item.getViewBox().invertY(True)  # lanes count downwards
        self._item.getViewBox().setDefaultPadding(0.08)
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
        self._hint = dim_label("The tree appears here once there is something to draw")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(12, 56, 12, 64)  # the chrome's room
        self._box.addWidget(self._hint)
        self._box.addWidget(self._plot, 1)
        self._plot.hide()
        self._dress()

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._box.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)

    def set_view(self, view: View) -> None:
        """Show a graph."""
        if not isinstance(view, GraphView):
            return
        self._view = view
        shown = len(view.nodes) > 0
        self._plot.setVisible(shown)
        self._hint.setVisible(not shown)
        if shown:
            self._draw(view)
            self._fresh = True

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
            self._item.enableAutoRange()
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
        sizes = np.zeros(len(nodes)) if view.sizes is None else np.clip(view.sizes, 0.0, 1.0)
        tones = [theme.colour("accent")] * len(nodes)
        if view.colours is not None:
            tones = [QColor(*(int(part) for part in row)) for row in view.colours]
        self._nodes.setData(
            x=nodes[:, 0],
            y=nodes[:, 1],
            size=SMALL + (LARGE - SMALL) * np.sqrt(sizes),
            brush=[pyqtgraph.mkBrush(tone) for tone in tones],
            pen=pyqtgraph.mkPen(theme.current().panel, width=1),
            hoverPen=pyqtgraph.mkPen(theme.current().text, width=2),
            data=np.arange(len(nodes)),
        )
        self._item.showAxis("bottom", bool(view.axis))
        self._item.getAxis("bottom").setLabel(
            view.axis, **{"color": theme.current().dim, "font-size": "11px"}
        )
        self._write(view, nodes)

    def _write(self, view: GraphView, nodes: NDArray[np.float64]) -> None:
        """Write the labels; among very many nodes only those of the largest would be readable."""
        order = np.arange(len(nodes))
        if view.sizes is not None:
            order = np.argsort(-np.asarray(view.sizes), kind="stable")
        wanted = [int(node) for node in order[:MOST_LABELS] if node < len(view.labels)]
        while len(self._labels) < len(wanted):
            label = pyqtgraph.TextItem(anchor=(0.5, -0.35))
            label.setFont(theme.font("caption"))
            self._labels.append(label)
            self._item.addItem(label, ignoreBounds=True)
        for label in self._labels[len(wanted) :]:
            label.hide()
        for label, node in zip(self._labels, wanted, strict=False):
            label.setText(view.labels[node], color=theme.current().dim)
            label.setPos(nodes[node, 0], nodes[node, 1])
            label.show()

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
        if node < len(view.programs) and view.programs[node]:
            self._plot.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def _dress(self) -> None:
        tokens = theme.current()
        self._plot.setBackground(tokens.panel)
        self._edges.setPen(pyqtgraph.mkPen(tokens.dim, width=1))
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
