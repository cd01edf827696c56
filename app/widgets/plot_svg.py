"""A plot as a drawing of vectors.

By Qt's own generator: pyqtgraph's exporter stumbles over the rounded shapes of symbols.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

__all__ = ["draw_vectors"]


def draw_vectors(plot: Any, path: Path, title: str) -> None:
    """Write what a pyqtgraph plot shows as SVG; symbols stay shapes.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.write_bytes(b"")  # the generator says nothing where it cannot write
    drawing = QSvgGenerator()
    drawing.setFileName(str(path))
    drawing.setSize(plot.size())
    room = QRectF(0, 0, plot.width(), plot.height())
    drawing.setViewBox(room)
    drawing.setTitle(title)
    drawing.setResolution(plot.logicalDpiX())  # axes are replayed at the screen's resolution
    exported = [item for item in plot.scene().items() if hasattr(item, "setExportMode")]
    painter = QPainter(drawing)
    options = {"antialias": True, "resolutionScale": 1.0, "painter": painter}
    for item in exported:
        item.setExportMode(True, options)
    try:
        painter.fillRect(room, plot.backgroundBrush())
        plot.render(painter, room, room.toRect())
    finally:
        for item in exported:
            item.setExportMode(False)
        painter.end()
