"""Numbers of every channel within a rectangle, and the mean of the chosen one over time."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app import theme
from app.panels.inspect.histogram import sampled_words
from app.panels.inspect.places import Places
from app.panels.inspect.reading import Reading, Table
from app.viewports.decorations import tabular
from app.widgets.section import dim_label
from app.widgets.sparkline import Curve, Sparkline
from engine.core.readings import Summary
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["RegionReading", "short"]

COLUMNS = ("Mean", "Std", "Min", "Max")
MOST_ROWS = 8
"""Rows that are seen without scrolling."""
MOST_SIGNS = 6
"""Of a number in a column."""


class RegionReading(Reading):
    """The rectangle that was drawn; on a mesh all of its vertices."""

    title = "Region"
    hint = "Choose the tool Region and drag a rectangle to see its numbers here"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Summary | None = None
        self._unit = ""
        self._places = Places(("x", "y", "width", "height"), (0, 0, 1, 1), self)
        self._places.edited.connect(self._edited)
        self.cells = QTableWidget(0, len(COLUMNS))
        self.cells.setAccessibleName("Numbers of the region")
        self.cells.setHorizontalHeaderLabels(list(COLUMNS))
        self.cells.setTabKeyNavigation(False)
        corner = self.cells.findChild(QAbstractButton)
        if corner is not None:  # it would choose all cells, which nobody needs
            corner.hide()
        self.cells.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.cells.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.cells.verticalHeader().setDefaultSectionSize(theme.CONTROL)
        self.cells.setFont(tabular("caption"))
        self.mean = Sparkline("Mean of the chosen channel in the region", 48)
        self._count = dim_label()
        self._drop = QPushButton("Remove region")
        self._drop.clicked.connect(self._remove)
        for widget in (self._places, self.cells, self.mean, self._count):
            self.column.addWidget(widget)
        self.buttons.insertWidget(1, self._drop)
        self.finish()
        self.measured()

    def want(self) -> ViewRequest | None:
        """Want the numbers, if there is a rectangle; of a mesh always."""
        if self.solid:
            return ViewRequest(stats=(0, 0, 1, 1))
        region = self.measures.region if self.measures is not None else None
        return ViewRequest(stats=region) if region is not None else None

    def take(self, view: ImageView | MeshView) -> None:
        """Show the numbers."""
        if view.summary is None or not self._wanted():
            return
        self._shown, self._unit = view.summary, view.unit
        self.records.take_summary(view.step, view.channels, view.summary)
        self.show_all()

    def measured(self) -> None:
        """Follow the rectangle."""
        region = self.measures.region if self.measures is not None else None
        there = self._wanted()
        self._shown = None
        self.has_something(there)
        for part in (self.cells, self.mean, self._count):
            part.setVisible(there)
        for movable in (self._places, self._drop):
            movable.setVisible(region is not None and not self.solid)
        self.note_changed.emit("")
        if self.solid:
            self.note_changed.emit("all vertices")
        elif region is not None:
            row, column, rows, columns = region
            self._places.show_values((column, row, columns, rows))
            self.note_changed.emit(f"{columns:,} x {rows:,}")
        self.show_all()

    def show_all(self) -> None:
        """Write the table and draw the mean."""
        shown = self._shown
        if shown is None:
            self.mean.clear()
            self._count.setText("")
            return
        self._count.setText(sampled_words(shown.cells, shown.sampled, self._unit))
        self._fill(shown)
        name = self.names[self.channel] if self.channel < len(self.names) else ""
        if name in self.records.means:
            x, y = self.records.means[name].points()
            self.mean.set_curves([Curve(x, y, "accent", f"mean {name}")])

    def table(self) -> Table | None:
        """Return a row a channel."""
        shown = self._shown
        if shown is None:
            return None
        columns = ["channel", "mean", "std", "min", "max", "finite", "sampled", "cells"]
        parts = (shown.mean, shown.std, shown.least, shown.greatest, shown.counted)
        rows = [
            (name, *(part[index].item() for part in parts), shown.sampled, shown.cells)
            for index, name in enumerate(self.names)
        ]
        return Table("region", columns, rows)

    def _wanted(self) -> bool:
        return self.solid or (self.measures is not None and self.measures.region is not None)

    def _fill(self, shown: Summary) -> None:
        if self.cells.rowCount() != len(self.names):
            self.cells.setRowCount(len(self.names))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for row in range(len(self.names)):
                for column in range(len(COLUMNS)):
                    item = QTableWidgetItem()
                    item.setTextAlignment(right)
                    self.cells.setItem(row, column, item)
            tall = self.cells.horizontalHeader().sizeHint().height() + 4
            self.cells.setFixedHeight(tall + min(len(self.names), MOST_ROWS) * theme.CONTROL)
        self.cells.setVerticalHeaderLabels(list(self.names))
        for column, part in enumerate((shown.mean, shown.std, shown.least, shown.greatest)):
            for row, value in enumerate(part.tolist()):
                cell = self.cells.item(row, column)
                if cell is not None:
                    cell.setText(short(value))
                    cell.setToolTip(f"{value:.6g}")

    def _edited(self, values: tuple[int, int, int, int]) -> None:
        if self.measures is not None:
            column, row, columns, rows = values
            self.measures.set_region((row, column, rows, columns))

    def _remove(self) -> None:
        if self.measures is not None:
            self.measures.set_region(None)


def short(value: float) -> str:
    """Write a number with as many digits as a narrow column holds, and never cut."""
    if math.isnan(value):
        return "-"
    for digits in (3, 2, 1):
        words = f"{value:.{digits}g}"
        if len(words) <= MOST_SIGNS:
            return words
    return f"{value:.0e}"
