"""The viewport of charts: curves that a system keeps itself, and what the hand moves on them."""

from __future__ import annotations

from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import theme
from app.viewports.base import Viewport
from app.viewports.dragging import Dragging
from app.widgets.legend import Legend, Sign
from app.widgets.plot import Plot
from app.widgets.plot_holds import Holds
from app.widgets.section import dim_label
from engine.core.figures import ChartView
from engine.core.system import Mark
from engine.core.views import View

__all__ = ["ChartViewport"]

TIMES = ("step", "epoch")
"""Axes along which things happen in the world: its marks are drawn there."""


class _Form(NamedTuple):
    """What a plot is made for; another one needs another plot."""

    x: str
    y: str
    stacked: bool
    many: bool
    logarithmic: tuple[bool, bool]
    equal: bool


class ChartViewport(Viewport):
    """Shows `ChartView`s by the one plot, with the names of many curves beside it."""

    hint = "Drag a point"

    def __init__(self, name: str = "chart", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.plot: Plot | None = None
        self.holds: Holds | None = None
        self.legend = Legend()
        self.legend.hide()
        self._form: _Form | None = None
        self._marks: tuple[Mark, ...] = ()
        self._shown: ChartView | None = None
        self._fresh = False
        self._dragging = Dragging(self)
        self._dragging.send.connect(self.acted)
        self._dragging.settled.connect(self._settle)
        self._hint = dim_label("Curves appear here as the world runs")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(12, 56, 12, 84)  # the chrome's room
        self._box.setSpacing(theme.PADDING)
        self._box.addWidget(self._hint)
        self._box.addWidget(self.legend)

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._box.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)

    def set_view(self, view: View) -> None:
        """Show its curves and points; marks stay."""
        if not isinstance(view, ChartView) or view is self._shown:
            return
        self._shown = view
        some = _has_something(view)
        self._hint.setVisible(not some)
        if not some:
            self.legend.hide()
            if self.plot is not None:
                self.plot.hide()
            return
        named = len(view.curves) + len(view.points) + (view.grip is not None)
        many = named > 1  # in the plot names would lie over curves
        form = _Form(view.x, view.y, view.stacked, many, view.logarithmic, view.equal)
        if self.plot is None or form != self._form:
            self._make(form)
        assert self.plot is not None
        assert self.holds is not None
        self.plot.show()
        self.legend.setVisible(many)
        if view.colours is not None:
            rgb = [QColor(*(int(part) for part in row)) for row in view.colours]
            names = (name for name, _, _ in view.curves)
            self.plot.set_tones(dict(zip(names, rgb, strict=False)))
        self.plot.set_dashed(view.dashed)
        self.plot.set_curves({name: (x, y) for name, x, y in view.curves})
        self.plot.set_points({name: (x, y) for name, x, y in view.points})
        self.plot.set_limits(view.limits)
        self.holds.set(view.grip, view.cursors)
        self._name_curves()
        self._fresh = True

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw what happened in the world, where the axis is its time."""
        self._marks = marks
        if self.plot is not None and self._form is not None and self._form.x in TIMES:
            self.plot.set_marks((mark.step, mark.title) for mark in marks)

    def about(self, place: Any) -> tuple[str, dict[str, Any]]:
        """Name a point that may be dragged: (index, x, y)."""
        index, x, y = place
        grip = self._shown.grip if self._shown is not None else None
        words = grip.word_of(index) if grip is not None else f"point {index + 1}"
        return words, {"index": index, "x": x, "y": y}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the newest view is on the screen."""
        if event.type() == QEvent.Type.Paint and self._fresh:
            self._fresh = False
            self.note_painted()
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Follow another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._name_curves()

    def _settle(self) -> None:
        if self.holds is not None:
            self.holds.settle()

    def _context(self, where: QPoint, index: int) -> None:
        grip = self._shown.grip if self._shown is not None else None
        if grip is not None:
            x, y = (float(part) for part in grip.points[index])
            self.context_menu.emit(where, (index, x, y))

    def _name_curves(self) -> None:
        """Areas lie upon each other from the first one up, and so do their names."""
        if self.plot is None or self._form is None or self._shown is None:
            return
        lines, marks = self.plot.tones(), self.plot.point_tones()
        if self._form.stacked:
            self.legend.set_entries(tuple(lines.items())[::-1])
            return
        if self._shown.grip is not None and self.holds is not None:
            marks[self._shown.grip.name] = self.holds.tone()
        signs: dict[str, Sign] = dict.fromkeys(lines, "line")
        signs |= dict.fromkeys(self._shown.dashed, "dash")
        signs |= dict.fromkeys(marks, "point")
        self.legend.set_entries(tuple((lines | marks).items()), signs)

    def _make(self, form: _Form) -> None:
        if self.plot is not None:
            self._box.removeWidget(self.plot)
            self.plot.hide()
            self.plot.deleteLater()
        self._form = form
        self.plot = Plot(
            form.x,
            form.y,
            logarithmic=form.logarithmic[1],
            logarithmic_x=form.logarithmic[0],
            equal=form.equal,
            stacked=form.stacked,
            named=not form.many,
        )
        self.plot.problem.connect(self.problem)
        self.plot.canvas.installEventFilter(self)
        self.holds = Holds(self.plot)
        self.holds.moved.connect(self._dragging.ask)
        self.holds.context.connect(self._context)
        self._box.insertWidget(0, self.plot, 1)
        self.plot.lower()  # chips that float on the picture were made before it
        self.setFocusProxy(self.plot.surface)
        self.set_marks(self._marks)


def _has_something(view: ChartView) -> bool:
    drawn = any(len(x) for _, x, _ in (*view.curves, *view.points))
    return drawn or (view.grip is not None and len(view.grip.points) > 0)
