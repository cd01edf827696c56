"""Nodes in lanes and the lines between them."""

from __future__ import annotations

import numpy as np

from engine.core.figures import GraphView
from engine.media.figures.pen import SERIES, Pen, nice_ticks, number

__all__ = ["draw_graph"]


def draw_graph(pen: Pen, view: GraphView) -> None:
    """Draw a graph: x as its axis says, lanes from the top down."""
    nodes = np.asarray(view.nodes, np.float64).reshape(-1, 2)
    width, height = pen.size
    gap, foot = 2.0 * pen.type, 3.0 * pen.type if view.axis else 1.5 * pen.type
    if not len(nodes):
        pen.words((width / 2, height / 2), "Nothing yet", anchor="mm", colour=pen.dim)
        return
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    share = np.where(high > low, (nodes - low) / span, 0.5)
    x = gap + share[:, 0] * (width - 2 * gap)
    y = gap + share[:, 1] * (height - gap - foot - gap)
    for start, end in np.asarray(view.edges, np.intp).reshape(-1, 2):
        pen.line([(x[start], y[start]), (x[end], y[end])], pen.dim)
    sizes = view.sizes if view.sizes is not None else np.full(len(nodes), 0.3)
    for index in range(len(nodes)):
        colour = SERIES[0]
        if view.colours is not None:
            red, green, blue = (int(part) for part in view.colours[index][:3])
            colour = red, green, blue
        radius = pen.width * (1.5 + 6.0 * float(np.sqrt(max(0.0, sizes[index]))))
        pen.dot((x[index], y[index]), radius, colour)
    for index, label in enumerate(view.labels):
        if label and len(nodes) <= 60:
            pen.words((x[index] + pen.type, y[index]), label, anchor="lm", share=0.8)
    if view.axis:
        pen.words((width / 2, height - 0.5 * pen.type), view.axis, anchor="ms")
        for value in nice_ticks(float(low[0]), float(high[0]), max(2, width // (8 * pen.type))):
            at = gap + (value - low[0]) / span[0] * (width - 2 * gap)
            pen.words(
                (at, height - 1.7 * pen.type), number(value), anchor="ms", colour=pen.dim, share=0.9
            )
