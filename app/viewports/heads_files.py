"""Heads as files and as text: what is seen as PNG or SVG, its weights as CSV or to paste."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from app import theme
from app.viewports.heads_pane import HeadsPane
from app.viewports.heads_scene import Scene
from engine.core.errors import BadInput

__all__ = ["KINDS", "as_text", "save"]

KINDS = "PNG picture (*.png);;SVG drawing (*.svg);;CSV table (*.csv)"
SCALE = 2
MARGIN = 16


def save(scene: Scene, panes: Sequence[HeadsPane], path: Path) -> None:
    """Write the panes that are seen as PNG or SVG, or the weights in them as CSV.

    Raises
    ------
    BadInput
        If the file cannot be written, or its ending is none of the three.
    """
    kind = path.suffix.lower()
    if kind not in (".png", ".svg", ".csv"):
        raise BadInput(
            "is neither a picture nor a table", path=path, remedy="Use .png, .svg or .csv"
        )
    try:
        if kind == ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(_lines(scene))
        else:
            _draw(panes, path, vector=kind == ".svg")
    except OSError as error:
        raise BadInput(
            f"cannot be written ({error.strerror})", path=path, remedy="Choose another folder"
        ) from None


def as_text(scene: Scene) -> str:
    """Write the head in focus as lines of weights, tabs between, queries downwards."""
    view = scene.view
    if view is None or not scene.ready:
        return ""
    values = scene.values(scene.focused)
    whole = values.shape == scene.counts
    lines = []
    if whole:
        lines.append("\t".join(["", *view.keys]))
    for row, line in enumerate(values):
        head = [scene.query_label(row)] if whole else []
        lines.append("\t".join(head + [_number(value) for value in line]))
    return "\n".join(lines)


def _lines(scene: Scene) -> Iterator[list[object]]:
    """List the weights that are seen: of all heads where there are tiles alone, else of one.

    All counts are from 1. Where tiles are reduced, query and key are the first ones of what a
    weight stands for.
    """
    view = scene.view
    if view is None or not scene.ready:
        return
    compared = view.other is not None
    yield [
        *("layer", "head", "query", "key", "query token", "key token", "weight"),
        *(["other weight"] if compared else []),
    ]
    layers, heads = scene.size
    everyone = [(layer, head) for layer in range(layers) for head in range(heads)]
    rows, columns = scene.counts
    for head in everyone if scene.look.mode == "grid" else [scene.focused]:
        if not scene.exists(head):
            continue
        values = scene.values(head)
        other = scene.values(head, "other") if compared else None
        high, wide = values.shape
        for row in range(high):
            query = row * rows // high
            for column in range(wide):
                if math.isnan(values[row, column]):
                    continue
                key = column * columns // wide
                words = (scene.query_label(query), view.keys[key])
                place = [head[0] + 1, head[1] + 1, query + 1, key + 1]
                line = [*place, *words, _number(values[row, column])]
                yield line + ([_number(other[row, column])] if other is not None else [])


def _number(value: float) -> str:
    return f"{float(value):.9g}" if math.isfinite(value) else ""


def _draw(panes: Sequence[HeadsPane], path: Path, *, vector: bool) -> None:
    left = min(pane.x() for pane in panes) - MARGIN
    top = min(pane.y() for pane in panes) - MARGIN
    wide = max(pane.geometry().right() for pane in panes) + MARGIN - left
    high = max(pane.geometry().bottom() for pane in panes) + MARGIN - top
    painter = QPainter()
    if vector:
        path.write_bytes(b"")  # the generator says nothing where it cannot write
        drawing = QSvgGenerator()
        drawing.setFileName(str(path))
        drawing.setSize(QSize(wide, high))
        drawing.setViewBox(QRectF(0, 0, wide, high))
        drawing.setTitle("Attention")
        painter.begin(drawing)
        _paint(painter, panes, (left, top, wide, high), vector=True)
        painter.end()
        return
    image = QImage(SCALE * wide, SCALE * high, QImage.Format.Format_RGB32)
    painter.begin(image)
    painter.scale(SCALE, SCALE)
    _paint(painter, panes, (left, top, wide, high), vector=False)
    painter.end()
    if not image.save(str(path)):
        raise BadInput("cannot be written", path=path, remedy="Choose another folder")


def _paint(
    painter: QPainter, panes: Sequence[HeadsPane], area: tuple[int, int, int, int], *, vector: bool
) -> None:
    left, top, wide, high = area
    painter.fillRect(QRectF(0, 0, wide, high), theme.colour("ground"))
    for pane in panes:
        painter.save()
        painter.translate(QPointF(pane.x() - left, pane.y() - top))
        pane.draw(painter, vector)
        painter.restore()
        painter.save()
        painter.translate(QPointF(pane.x() - left, pane.y() - top))
        pane.mark(painter, vector)
        painter.restore()
