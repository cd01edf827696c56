"""One heat-map of a head, with the labels of its tokens and its scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from app import theme
from app.viewports.heads_colour import Scale, pixels
from app.viewports.heads_labels import RIBBON, draw_labels, draw_ribbon, plan_labels
from app.viewports.heads_look import Map
from app.viewports.heads_scene import Scene

__all__ = ["draw_cells", "draw_cross", "draw_map", "draw_marks", "draw_scale", "ink"]

VECTOR_CELLS = 40_000
SEAM = 0.4
BAR = (56.0, 6.0)
GUIDE_BOX_FROM = 9.0
"""Pixels of a cell from which a place of theory is framed; below it is a dot."""


def ink(signed: bool) -> QColor:
    """Return a colour of lines that is seen upon a map: zero is dark, or the ground."""
    return theme.colour("text") if signed else QColor(theme.DARK.text)


def draw_map(
    painter: QPainter, seen: QRectF, whole: QRectF, scene: Scene, one: Map, vector: bool = False
) -> None:
    """Draw the cells of a map: `whole` is where all of them lie, `seen` what is not cut off."""
    painter.save()
    painter.setClipRect(seen)
    colours = pixels(one.values, one.scale)
    if vector and colours.size <= VECTOR_CELLS:
        draw_cells(painter, whole, colours)
    else:
        rows, columns = colours.shape
        colours = np.ascontiguousarray(colours)
        picture = QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(whole, picture)
    _guide(painter, whole, scene, one.scale.signed)
    painter.restore()
    painter.setPen(QPen(theme.colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(seen.adjusted(-0.5, -0.5, 0.5, 0.5))


def draw_cells(painter: QPainter, place: QRectF, colours: NDArray[Any]) -> None:
    """Draw cells as rectangles, neighbours of one colour in a row as one."""
    rows, columns = colours.shape
    wide, high = place.width() / columns, place.height() / rows
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for row in range(rows):
        line = colours[row]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(line)) + 1])
        for start, end in zip(starts, [*starts[1:], columns], strict=True):
            # Each reaches a little under its neighbours, lest the ground shine through between.
            right = end * wide + (SEAM if end < columns else 0.0)
            below = (row + 1) * high + (SEAM if row + 1 < rows else 0.0)
            corner = place.topLeft() + QPointF(start * wide, row * high)
            box = QRectF(corner, place.topLeft() + QPointF(right, below))
            painter.fillRect(box, QColor(int(line[start])))


def _guide(painter: QPainter, whole: QRectF, scene: Scene, signed: bool) -> None:
    view, (rows, columns) = scene.view, scene.counts
    if view is None or not view.guide or not rows:
        return
    wide, high = whole.width() / columns, whole.height() / rows
    tone = ink(signed)
    tone.setAlpha(120)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(tone, 1))
    for row, column in view.guide:
        box = QRectF(whole.left() + column * wide, whole.top() + row * high, wide, high)
        if min(wide, high) >= GUIDE_BOX_FROM:
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            dot = min(max(wide / 2, 1.0), 2.0)
            painter.fillRect(QRectF(box.center(), QSizeF(dot, dot)), tone)


def draw_marks(
    painter: QPainter, seen: QRectF, whole: QRectF, scene: Scene, *, beside: bool, above: bool
) -> None:
    """Write the labels of tokens beside and above a map, with the strips of segments."""
    view, (rows, columns) = scene.view, scene.counts
    if view is None or not rows or not columns:
        return
    wide, high = whole.width() / columns, whole.height() / rows
    strips = len(view.groups) == columns
    gap = RIBBON + 3 if strips else 3.0
    pointed = scene.current
    painter.save()
    if above:
        painter.setClipRect(QRectF(seen.left() - 6, seen.top() - 64, seen.width() + 12, 64))
        draw_labels(
            painter,
            view.keys,
            plan_labels(view.keys, wide),
            QPointF(whole.left() + wide / 2, seen.top() - gap),
            QPointF(wide, 0),
            strong=(pointed[1],) if pointed is not None else (),
        )
        if strips:
            first = QPointF(whole.left(), seen.top() - 1)
            painter.setClipRect(QRectF(seen.left(), seen.top() - 8, seen.width(), 8))
            draw_ribbon(painter, view.groups, first, QPointF(wide, 0), QPointF(0, -RIBBON))
    if beside:
        labels = view.queries or view.keys[:rows]
        painter.setClipRect(QRectF(seen.left() - 80, seen.top() - 8, 80, seen.height() + 16))
        draw_labels(
            painter,
            labels,
            plan_labels(labels, high, down=True),
            QPointF(seen.left() - gap, whole.top() + high / 2),
            QPointF(0, high),
            strong=(pointed[0],) if pointed is not None else (),
        )
        if strips and not view.queries and rows == columns:
            first = QPointF(seen.left() - 1, whole.top())
            painter.setClipRect(QRectF(seen.left() - 8, seen.top(), 8, seen.height()))
            draw_ribbon(painter, view.groups, first, QPointF(0, high), QPointF(-RIBBON, 0))
    painter.restore()


def draw_cross(painter: QPainter, seen: QRectF, whole: QRectF, scene: Scene, one: Map) -> None:
    """Draw lines through what is pointed at, frame it, and set off the row that is being read."""
    view, (rows, columns) = scene.view, scene.counts
    assert view is not None
    wide, high = whole.width() / columns, whole.height() / rows
    painter.save()
    painter.setClipRect(seen.adjusted(-10, -10, 10, 10))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if 0 <= view.cursor < rows:
        y = whole.top() + view.cursor * high
        painter.setPen(QPen(theme.colour("accent"), 1.5))
        for edge in (y, y + high):
            if seen.top() <= edge <= seen.bottom():
                painter.drawLine(QPointF(seen.left(), edge), QPointF(seen.right(), edge))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent"))
        tip = QPointF(seen.right() + 2, y + high / 2)
        if seen.top() <= tip.y() <= seen.bottom():
            painter.drawPolygon([tip, tip + QPointF(6, -4), tip + QPointF(6, 4)])
    painter.setClipRect(seen)
    tone = ink(one.scale.signed)
    if scene.token is not None:
        faint = QColor(tone)
        faint.setAlpha(60)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faint)
        row, column = scene.query_of(scene.token), scene.key_of(scene.token)
        if row is not None:
            painter.drawRect(QRectF(seen.left(), whole.top() + row * high, seen.width(), high))
        if column is not None:
            painter.drawRect(QRectF(whole.left() + column * wide, seen.top(), wide, seen.height()))
    cell = scene.current
    if cell is not None:
        box = QRectF(whole.left() + cell[1] * wide, whole.top() + cell[0] * high, wide, high)
        line = QColor(tone)
        line.setAlpha(150)
        painter.setPen(QPen(line, 1))
        x, y = box.center().x(), box.center().y()
        painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
        painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))
    if scene.locked is not None:
        box = QRectF(
            whole.left() + scene.locked[1] * wide, whole.top() + scene.locked[0] * high, wide, high
        )
        box.adjust(-1.5, -1.5, 1.5, 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, shade in ((3.5, QColor(theme.LIGHT.text)), (1.5, QColor(theme.LIGHT.control))):
            painter.setPen(QPen(shade, width))
            painter.drawRect(box)
    painter.restore()


def draw_scale(
    painter: QPainter, right: float, middle: float, scale: Scale, *, brief: bool = False
) -> float:
    """Draw the colours between their ends, in words; returns where it begins."""
    face = theme.font("caption")
    metrics = QFontMetricsF(face)
    painter.setFont(face)
    painter.setPen(theme.colour("dim"))
    low, high = scale.ends
    room = metrics.horizontalAdvance("-0.000")
    centre = Qt.AlignmentFlag.AlignVCenter
    box = QRectF(right - room, middle - 9, room, 18)
    painter.drawText(box, centre | Qt.AlignmentFlag.AlignLeft, high)
    bar = QRectF(0, middle - BAR[1] / 2, BAR[0] / (2 if brief else 1), BAR[1])
    bar.moveRight(box.left() - 4)
    table = scale.table()[::8]
    wide = bar.width() / len(table)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for place, (r, g, b) in enumerate(table):
        piece = QRectF(bar.left() + place * wide, bar.top(), wide + 0.5, bar.height())
        painter.fillRect(piece, QColor(int(r), int(g), int(b)))
    box = QRectF(bar.left() - 4 - room, middle - 9, room, 18)
    painter.drawText(box, centre | Qt.AlignmentFlag.AlignRight, low)
    return box.right() - metrics.horizontalAdvance(low)
