"""A plot as a picture, as a drawing of vectors, and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyqtgraph.exporters
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from app import theme
from app.widgets.plot_axis import Swatch
from app.widgets.plot_data import write_table
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from app.widgets.plot import Plot

__all__ = ["ask_and_save", "save"]

KINDS = "PNG picture (*.png);;SVG drawing (*.svg);;CSV table (*.csv)"
LEAST_WIDTH = 1200
"""Pixels of a picture."""


def ask_and_save(plot: Plot) -> None:
    """Ask for a name and write a plot; one that cannot be written is the plot's problem."""
    chosen, _ = QFileDialog.getSaveFileName(plot, "Save plot", "plot.png", KINDS)
    if not chosen:
        return
    try:
        plot.save(Path(chosen))
    except OSError as error:
        words = f"cannot be written ({error.strerror})"
        plot.problem.emit(BadInput(words, path=Path(chosen), remedy="Choose another folder"))


def save(plot: Plot, path: Path, named: Iterable[tuple[Any, str]]) -> None:
    """Write what a plot shows as PNG, SVG or CSV, by the ending of the name.

    Parameters
    ----------
    plot : Plot
    path : Path
    named : iterable of (item, name)
        What is to be named within, since its names stand beside it on the screen.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.write_bytes(b"")  # those who write pictures say nothing where they cannot
    kind = path.suffix.lower()
    if kind == ".csv":
        write_table(path, (plot.names[0], plot.title), plot.everything())
        return
    with _named(plot, tuple(named)):
        if kind == ".svg":
            _draw(plot.surface, path, plot.title)
        else:
            exporter = pyqtgraph.exporters.ImageExporter(plot.item)
            exporter.parameters()["width"] = max(LEAST_WIDTH, plot.width())
            exporter.export(str(path))


@contextmanager
def _named(plot: Plot, named: tuple[tuple[Any, str], ...]) -> Iterator[None]:
    """Name curves within the plot while it is drawn."""
    if not named:
        yield
        return
    legend = plot.item.addLegend(offset=(-4, 4), sampleType=Swatch if plot.stacked else None)
    legend.setLabelTextColor(QColor(theme.current().text))
    legend.setLabelTextSize("11px")
    for item, name in named:
        legend.addItem(item, name)
    try:
        yield
    finally:
        legend.scene().removeItem(legend)
        plot.item.legend = None


def _draw(surface: Any, path: Path, title: str) -> None:
    """Write SVG by Qt's own generator: pyqtgraph's exporter stumbles over round symbols."""
    drawing = QSvgGenerator()
    drawing.setFileName(str(path))
    drawing.setSize(surface.size())
    room = QRectF(0, 0, surface.width(), surface.height())
    drawing.setViewBox(room)
    drawing.setTitle(title)
    drawing.setResolution(surface.logicalDpiX())  # axes are replayed at the screen's resolution
    exported = [item for item in surface.scene().items() if hasattr(item, "setExportMode")]
    painter = QPainter(drawing)
    options = {"antialias": True, "resolutionScale": 1.0, "painter": painter}
    for item in exported:  # symbols stay shapes
        item.setExportMode(True, options)
    try:
        painter.fillRect(room, surface.backgroundBrush())
        surface.render(painter, room, room.toRect())
    finally:
        for item in exported:
            item.setExportMode(False)
        painter.end()
