"""Pens for plots: as wide on every screen."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

__all__ = ["pen"]

_SOLID = Qt.PenStyle.SolidLine


def pen(on: QWidget, tone: QColor | str, width: float, style: Qt.PenStyle = _SOLID) -> Any:
    """Make a pen of a width in logical pixels.

    pyqtgraph's pens keep their width whatever the scale of the axes, and Qt counts the width of
    such pens in pixels of the device.
    """
    return pyqtgraph.mkPen(tone, width=width * on.devicePixelRatioF(), style=style)
