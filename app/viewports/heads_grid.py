"""All heads at once: a tile for each, layers downwards, with what is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.viewports.heads_badges import draw_badge, draw_patch, draw_veil
from app.viewports.heads_colour import Scale, hue, pixels
from app.viewports.heads_layout import (
    ALONE,
    COLUMN_LABELS,
    LARGEST_TILE,
    ROW_LABELS,
    GridPlan,
    plan_grid,
    snapped,
    stride,
)
from app.viewports.heads_look import Head
from app.viewports.heads_map import draw_cells
from app.viewports.heads_pane import HeadsPane
from app.viewports.heads_scene import Scene

__all__ = ["GridPane"]

WORDS_FROM, LETTER_FROM = 60.0, 24.0
"""Sides of a tile from which a role is written as a word, or as its first letter."""

HEADED_FROM = 52.0
VECTOR_CELLS = 24_000
"""Up to so many cells a vector drawing has shapes; then it holds pictures."""


class GridPane(HeadsPane):
    """The tiles of all heads.

    Signals
    -------
    soloed()
        A head was clicked twice: it is to be seen alone.
    """

    soloed = Signal()

    def __init__(self, scene: Scene, parent: QWidget) -> None:
        super().__init__(scene, parent)
        self.setAccessibleName("Heads")

    def plan(self) -> GridPlan:
        """Return where the tiles are, zoomed."""
        layers, heads = self.scene.size
        largest = ALONE if self.scene.look.mode == "grid" else LARGEST_TILE
        plain = plan_grid(self.width(), self.height(), layers, heads, largest)
        texels = max(self.scene.texels, 1)
        area, zoom = self.seen(), self.zoom
        if zoom.scale == 1.0:
            return replace(plain, tile=snapped(plain.tile / texels) * texels)
        whole = zoom.target(area)
        gap = min(plain.gap * zoom.scale, 16.0)
        pitch = plain.pitch * zoom.scale
        return GridPlan(whole.left(), whole.top(), pitch - gap, gap, layers, heads)

    def rect_of(self, head: Head) -> QRectF:
        """Return the place of a tile."""
        return QRectF(*self.plan().rect(*head))

    def texels(self) -> int:
        """Return the side of a tile in pixels of the screen."""
        return round(self.plan().tile * self.devicePixelRatioF())

    def seen(self) -> QRectF:
        """Return where tiles may be."""
        return QRectF(self.rect()).adjusted(ROW_LABELS, COLUMN_LABELS, 0, 0)

    def key(self) -> tuple[Any, ...]:
        """Return what the tiles depend on."""
        view, look = self.scene.view, self.scene.look
        assert view is not None
        marks = (view.roles, view.off, view.patched, view.signed)
        drawn = (look.share, look.logarithmic, look.masked, look.source, look.compare)
        return (id(view.weights), id(view.other), marks, drawn)

    def draw(self, painter: QPainter, vector: bool = False) -> None:
        """Draw labels, tiles and what is known of each head."""
        plan = self.plan()
        self._label(painter, plan)
        painter.save()
        if self.zoom.scale > 1.0:
            painter.setClipRect(self.seen())
        self._tiles(painter, plan, vector)
        self._badges(painter, plan, vector)
        painter.restore()

    def mark(self, painter: QPainter, vector: bool = False) -> None:
        """Ring the head in focus, those among the arcs, and the one under the cursor."""
        scene, plan = self.scene, self.plan()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.zoom.scale > 1.0:
            painter.setClipRect(self.seen().adjusted(-3, -3, 3, 3))
        out = min(max(plan.gap / 2 - 0.5, 1.0), 2.0)
        for head in scene.added:
            _ring(painter, QRectF(*plan.rect(*head)), out, hue(head[1], scene.size[1]), 2)
        if scene.exists(scene.focused):
            _ring(painter, QRectF(*plan.rect(*scene.focused)), out, theme.colour("accent"), 2)
        if scene.previewed is not None:
            _ring(painter, QRectF(*plan.rect(*scene.previewed)), out, theme.colour("text"), 1)
        self._cross(painter, plan)

    def hover(self, point: QPointF) -> None:
        """Show the head under the cursor in the other parts, too, and where in it that is."""
        head = self.plan().at(point.x(), point.y())
        known = head is not None and self.scene.exists(head) and self._inside(point)
        self.setCursor(Qt.CursorShape.PointingHandCursor if known else Qt.CursorShape.ArrowCursor)
        if not known or head is None:
            self.scene.point()
            return
        tile = self.rect_of(head)
        rows, columns = self.scene.counts
        row = int((point.y() - tile.top()) / tile.height() * rows)
        column = int((point.x() - tile.left()) / tile.width() * columns)
        self.scene.point(
            cell=(min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)), head=head
        )

    def click(self, point: QPointF, keys: Qt.KeyboardModifier) -> None:
        """Put a head in focus; with Shift, add it to the arcs."""
        head = self.plan().at(point.x(), point.y())
        if head is None or not self._inside(point):
            return
        if keys & Qt.KeyboardModifier.ShiftModifier:
            self.scene.toggle(head)
        else:
            self.scene.focus(head)

    def double_click(self, point: QPointF) -> None:
        """Show a head alone; beside the tiles, show all of them."""
        head = self.plan().at(point.x(), point.y())
        if head is None or not self.scene.exists(head):
            self.fit()
        else:
            self.scene.focus(head)
            self.soloed.emit()

    def tip(self, point: QPointF) -> str:
        """Tell which head this is, and everything that is known of it."""
        scene, head = self.scene, self.plan().at(point.x(), point.y())
        view = scene.view
        if head is None or view is None:
            return ""
        if not scene.exists(head):
            return f"Layer {head[0] + 1} has no head {head[1] + 1}"
        lines = [f"Layer {head[0] + 1}, head {head[1] + 1}"]
        if scene.role(head):
            lines[0] += f": {scene.role(head)}"
        lines += [f"{name} {float(values[head]):.2f}" for name, values in view.scores]
        lines += ["switched off"] if head in view.off else []
        lines += ["patched with its construction"] if head in view.patched else []
        low, high = scene.scale(head, scene.look.source).ends
        return "\n".join([*lines, f"colours from {low} to {high}"])

    # Inside

    def _inside(self, point: QPointF) -> bool:
        return self.zoom.scale == 1.0 or self.seen().contains(point)

    def _label(self, painter: QPainter, plan: GridPlan) -> None:
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("dim"))
        metrics = QFontMetricsF(painter.font())
        words = "head {}" if plan.pitch >= HEADED_FROM else "{}"
        wide = metrics.horizontalAdvance(words.format(plan.columns)) + 6
        area = self.seen()
        for head in range(0, plan.columns, stride(plan.pitch, wide)):
            left, _, side, _ = plan.rect(0, head)
            if left + side / 2 >= area.left():
                box = QRectF(left + side / 2 - 40, 0, 80, COLUMN_LABELS - 5)
                centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
                painter.drawText(box, centre, words.format(head + 1))
        for layer in range(0, plan.rows, stride(plan.pitch, metrics.height())):
            _, top, side, _ = plan.rect(layer, 0)
            if top + side / 2 >= area.top():
                box = QRectF(0, top + side / 2 - 9, ROW_LABELS - 8, 18)
                painter.drawText(
                    box,
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    f"L{layer + 1}",
                )

    def _tiles(self, painter: QPainter, plan: GridPlan, vector: bool) -> None:
        scene = self.scene
        view = scene.view
        assert view is not None
        source = scene.look.source if view.other is not None else "model"
        layers, heads = scene.size
        high = [[scene.scale((la, he), source).high for he in range(heads)] for la in range(layers)]
        weights = scene.tiles()
        shares = weights / np.asarray(high, np.float32)[:, :, None, None]
        scales = [
            Scale(1.0, view.is_signed(layer) or source == "difference", scene.look.logarithmic)
            for layer in range(layers)
        ]
        colours = np.stack([pixels(*one) for one in zip(shares, scales, strict=True)])
        rows, columns = weights.shape[2:]
        there = ~np.isnan(weights).all(axis=(2, 3))
        as_shapes = vector and layers * heads * rows * columns <= VECTOR_CELLS
        whole = QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for layer in range(layers):
            for head in range(heads):
                place = QRectF(*plan.rect(layer, head))
                if not there[layer, head] or not whole.intersects(place):
                    continue
                tile = colours[layer, head]
                painter.fillRect(place.adjusted(-1, -1, 1, 1), theme.colour("line"))
                if as_shapes:
                    draw_cells(painter, place, tile)
                    continue
                picture = QImage(tile.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
                painter.drawImage(place, picture)

    def _badges(self, painter: QPainter, plan: GridPlan, vector: bool) -> None:
        scene = self.scene
        view = scene.view
        assert view is not None
        side = plan.tile
        painter.setFont(theme.font("caption"))
        for layer in range(plan.rows):
            for head in range(plan.columns):
                place = QRectF(*plan.rect(layer, head))
                role = scene.role((layer, head))
                if (layer, head) in view.off:
                    draw_veil(painter, place)
                    words = "off" if side >= LETTER_FROM else ""
                    draw_badge(painter, place, words, "danger", vector)
                elif role and side >= LETTER_FROM:
                    words = role if side >= WORDS_FROM else role[:1].upper()
                    draw_badge(painter, place, words, "text", vector)
                if (layer, head) in view.patched:
                    words = "patched" if side >= WORDS_FROM else ""
                    draw_patch(painter, place, words, vector)

    def _cross(self, painter: QPainter, plan: GridPlan) -> None:
        """Show in the head that is shown where the cursor is, if it is elsewhere."""
        scene = self.scene
        cell, rows, columns = scene.current, *scene.counts
        if cell is None or not scene.exists(scene.shown) or plan.tile < LETTER_FROM:
            return
        place = QRectF(*plan.rect(*scene.shown))
        x = place.left() + (cell[1] + 0.5) / columns * place.width()
        y = place.top() + (cell[0] + 0.5) / rows * place.height()
        reach = max(place.width() / columns, 5.0)
        ring = QRectF(x - reach / 2, y - reach / 2, reach, reach)
        painter.setPen(QPen(QColor(theme.LIGHT.text), 2.5))
        painter.drawEllipse(ring)
        painter.setPen(QPen(QColor(theme.LIGHT.control), 1.2))
        painter.drawEllipse(ring)


def _ring(painter: QPainter, place: QRectF, out: float, tone: QColor, width: float) -> None:
    painter.setPen(QPen(tone, width))
    painter.drawRoundedRect(place.adjusted(-out, -out, out, out), 2, 2)
