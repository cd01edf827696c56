"""What is written upon the tile of a head: its role, that it is off, that it is patched."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap

from app import theme

__all__ = ["draw_badge", "draw_patch", "draw_veil"]

BADGE = 14
"""Height of a badge."""


def draw_veil(painter: QPainter, place: QRectF) -> None:
    """Cover what a head that is switched off would do, and strike it out."""
    veil = theme.colour("ground")
    veil.setAlpha(190)
    painter.fillRect(place, veil)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour("danger"), 1.5))
    painter.drawLine(place.bottomLeft(), place.topRight())


def draw_badge(painter: QPainter, place: QRectF, words: str, role: str, vector: bool) -> None:
    """Write a few words in the top right corner, where a causal head has nothing."""
    if not words:
        return
    metrics = QFontMetricsF(theme.font("caption"))
    words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(place.width() - 12, 4))
    wide = ceil(metrics.horizontalAdvance(words)) + 6
    corner = place.topRight() + QPointF(-2 - wide, 2)
    if vector:
        painter.save()
        painter.translate(corner)
        _write(painter, words, role, wide)
        painter.restore()
        return
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(corner, _chip(words, role, wide, ratio, theme.current().name))


@lru_cache(maxsize=256)
def _chip(words: str, role: str, wide: int, ratio: float, look: str) -> QPixmap:
    """Draw a badge once: it is laid on every tile whenever one of them changes."""
    del look  # the theme in force, part of the key
    chip = QPixmap(ceil(wide * ratio), ceil(BADGE * ratio))
    chip.setDevicePixelRatio(ratio)
    chip.fill(Qt.GlobalColor.transparent)
    painter = QPainter(chip)
    _write(painter, words, role, wide)
    painter.end()
    return chip


def _write(painter: QPainter, words: str, role: str, wide: int) -> None:
    ground = theme.colour("panel")
    ground.setAlpha(225)
    box = QRectF(0, 0, wide, BADGE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3, 3)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.colour(role))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def draw_patch(painter: QPainter, place: QRectF, words: str, vector: bool) -> None:
    """Mark a head whose weights are those of the construction: a corner, and the word."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(theme.colour("info"), 2)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place.adjusted(1, 1, -1, -1))
    if words:
        lower = QRectF(place)
        lower.setTop(place.bottom() - 18)
        draw_badge(painter, lower, words, "info", vector)
