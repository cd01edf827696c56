"""The channel along a line: now, and over time as a picture whose rows are steps."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtGui import QImage, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolTip, QWidget

from app import theme
from app.painting import painting
from app.panels.inspect.places import Places
from app.panels.inspect.reading import Maker, Reading, Table
from app.widgets.picture import image_of
from app.widgets.section import dim_label
from app.widgets.sparkline import Curve, Sparkline
from engine.core.views import ImageView, MeshView, ViewRequest

__all__ = ["LineReading"]

HEIGHT = 140


class _Past(QWidget):
    """A picture stretched over the whole width: places from left to right, steps downwards."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Profile over time, the newest step below")
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self._view: ImageView | None = None
        self._steps: tuple[int, ...] = ()
        self._image: QImage | None = None

    def show_history(self, view: ImageView | None, steps: tuple[int, ...]) -> None:
        """Show values, (steps, places)."""
        self._view, self._steps, self._image = view, steps, None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("ground"))
            if self._view is None:
                return
            if self._image is None:
                self._image = image_of(self._view, theme.current().ground_rgb())
            painter.drawImage(self.rect(), self._image)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the step, the place and the value under the mouse."""
        if self._view is None:
            return
        rows, columns = self._view.data.shape
        row = min(int(event.position().y() / self.height() * rows), rows - 1)
        column = min(int(event.position().x() / max(self.width(), 1) * columns), columns - 1)
        value = float(self._view.data[row, column])
        words = f"step {self._steps[row]:,}, place {column}: {value:.5g}"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)


class LineReading(Reading):
    """The profile of the line that was drawn."""

    title = "Line"
    hint = "Choose the tool Line and drag across the picture to see its profile here"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places = Places(("from x", "from y", "to x", "to y"), (0, 0, 0, 0), self)
        self._places.edited.connect(self._edited)
        self.now = Sparkline("Profile of the line", 72, "place")
        self.past = _Past(self)
        self._span = dim_label()
        self._drop = QPushButton("Remove line")
        self._drop.clicked.connect(self._remove)
        self.over_time = QPushButton("Export history...")
        self.over_time.setToolTip("Write the chosen channel of all steps that are shown")
        self.over_time.clicked.connect(self._export_history)
        for widget in (self._places, self.now, self.past, self._span):
            self.column.addWidget(widget)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.over_time)
        self.column.addLayout(row)
        self.buttons.insertWidget(1, self._drop)
        self.finish()
        self.measured()

    def serves(self, kind: str) -> bool:
        """Measure planes of cells only."""
        return kind == "image"

    def want(self) -> ViewRequest | None:
        """Want the profile, if there is a line."""
        line = self.measures.line if self.measures is not None else None
        return ViewRequest(line=line) if line is not None else None

    def take(self, view: ImageView | MeshView) -> None:
        """Add a profile."""
        line = self.measures.line if self.measures is not None else None
        if isinstance(view, ImageView) and view.profile is not None and line is not None:
            self.records.take_profile(view.step, view.profile)
            self.show_all()

    def measured(self) -> None:
        """Follow the line."""
        line = self.measures.line if self.measures is not None else None
        there = line is not None
        self.has_something(there)
        parts = (self._places, self.now, self.past, self._span, self._drop, self.over_time)
        for widget in parts:
            widget.setVisible(there)
        if line is not None:
            (row, column), (low, right) = line
            self._places.show_values((column, row, right, low))
            self.note_changed.emit(f"{max(abs(low - row), abs(right - column)) + 1:,} cells")
        else:
            self.note_changed.emit("")
        self.show_all()

    def show_all(self) -> None:
        """Draw the newest profile and those before it."""
        profile = self.records.profile
        if profile is None or self.channel >= profile.values.shape[1]:
            self.now.clear()
            self.past.show_history(None, ())
            self._span.setText("")
            return
        values = profile.values[:, self.channel]
        name = self.names[self.channel] if self.channel < len(self.names) else ""
        self.now.set_curves([Curve(np.arange(len(values)), values, "accent", name)])
        history, steps = self.records.history(self.channel), self.records.steps()
        self.past.show_history(_picture(history, steps[-1]), steps)
        self._span.setText(f"Steps {steps[0]:,} to {steps[-1]:,}, {len(steps):,} profiles")

    def table(self) -> Table | None:
        """Return the newest profile, a row a cell."""
        profile = self.records.profile
        if profile is None:
            return None
        columns = ["place", "row", "column", *self.names]
        rows = (
            (place, int(row), int(column), *values)
            for place, ((row, column), values) in enumerate(
                zip(profile.cells.tolist(), profile.values.tolist(), strict=True)
            )
        )
        return Table("line", columns, rows)

    def history_table(self) -> Table | None:
        """Return the chosen channel over time, a row a step."""
        history, steps = self.records.history(self.channel), self.records.steps()
        if not steps:
            return None
        columns = ["step", *(str(place) for place in range(history.shape[1]))]
        rows = ((step, *row) for step, row in zip(steps, history.tolist(), strict=True))
        return Table("line-history", columns, rows)

    def tables(self) -> dict[str, Maker]:
        """Return what can be written."""
        return {**super().tables(), "history": self.history_table}

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.show_all()
        super().changeEvent(event)

    def _edited(self, values: tuple[int, int, int, int]) -> None:
        if self.measures is not None:
            left, row, right, low = values
            self.measures.set_line(((row, left), (low, right)))

    def _remove(self) -> None:
        if self.measures is not None:
            self.measures.set_line(None)

    def _export_history(self) -> None:
        self.export_asked.emit(self.history_table)


def _picture(history: np.ndarray[tuple[int, int], np.dtype[np.float32]], step: int) -> ImageView:
    finite = history[np.isfinite(history)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    signed = low < 0 < high
    if signed:
        high = max(-low, high)
        low = -high
    rows, columns = history.shape
    return ImageView(
        step=step,
        data=history,
        extent=(rows, columns),
        region=(0, 0, rows, columns),
        limits=(low, high if high > low else low + 1.0),
        colormap="diverging" if signed else "viridis",
    )
