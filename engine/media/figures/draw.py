"""Which figure is drawn how."""

from __future__ import annotations

from engine.core.errors import BadInput
from engine.core.figures import ChartView, GraphView, MatrixView, PointsView, TableView
from engine.core.views import View
from engine.media.figures.chart import draw_chart, draw_points
from engine.media.figures.graph import draw_graph
from engine.media.figures.matrix import draw_matrices
from engine.media.figures.pen import Pen
from engine.media.figures.table import draw_table
from engine.media.writers import Frame

__all__ = ["figure"]


def figure(view: View, size: tuple[int, int], ground: tuple[int, int, int] | None) -> Frame:
    """Draw a figure.

    Parameters
    ----------
    view : View
        A chart, a graph, matrices, points or a table.
    size : (width, height)
        In pixels.
    ground : (r, g, b), optional
        What it lies on; None leaves it transparent, with ink for a light page.

    Returns
    -------
    ndarray
        uint8 (height, width, 3), or 4 with straight alpha where there is no ground.
    """
    pen = Pen(size, ground)
    if isinstance(view, ChartView):
        draw_chart(pen, view)
    elif isinstance(view, MatrixView):
        draw_matrices(pen, view)
    elif isinstance(view, GraphView):
        draw_graph(pen, view)
    elif isinstance(view, PointsView):
        draw_points(pen, view)
    elif isinstance(view, TableView):
        draw_table(pen, view)
    else:
        raise BadInput("this view is no figure", remedy="Choose another one")
    return pen.frame()
