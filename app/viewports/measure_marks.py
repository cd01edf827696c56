"""How what is measured looks upon the picture: kept pins in their colours, a line, a rectangle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.viewports.inks import inks

__all__ = ["draw_kept", "draw_kept_point", "draw_line", "draw_region"]

HANDLE = 7.0


def draw_kept(painter: QPainter, cell: QRectF, colour: str) -> None:
    """Draw a frame in a pin's colour around a cell, dark around it so that it is seen anywhere."""
    least = 6.0
    if cell.width() < least:
        grow = (least - cell.width()) / 2
        cell = cell.adjusted(-grow, -grow, grow, grow)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    box = cell.adjusted(-1, -1, 1, 1)
    for width, ink in ((4.5, inks()[0][1]), (2.5, QColor(colour))):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawRect(box)


def draw_kept_point(painter: QPainter, at: QPointF, colour: str) -> None:
    """Draw a dot in a pin's colour on a surface."""
    painter.setPen(QPen(inks()[0][1], 2.0))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(at, 5.0, 5.0)


def draw_line(painter: QPainter, one: QPointF, other: QPointF) -> None:
    """Draw a line; its first end is round, so that the profile has a direction."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, ink in inks():
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(one, other)
        painter.drawEllipse(one, HANDLE / 2, HANDLE / 2)
        painter.drawRect(_handle(other))


def draw_region(painter: QPainter, box: QRectF) -> None:
    """Draw a rectangle with what it is held by at its corners."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, ink in inks():
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawRect(box)
        for corner in (box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()):
            painter.drawRect(_handle(corner))


def _handle(at: QPointF) -> QRectF:
    return QRectF(at.x() - HANDLE / 2, at.y() - HANDLE / 2, HANDLE, HANDLE)
