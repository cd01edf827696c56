"""The viewport of charts: curves that a system keeps itself, as lines or as areas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app import theme
from app.viewports.base import Viewport
from app.widgets.legend import Legend
from app.widgets.plot import Plot
from app.widgets.section import dim_label
from engine.core.figures import ChartView
from engine.core.system import Mark
from engine.core.views import View

__all__ = ["ChartViewport"]

FEW = 4
"""Up to so many curves the plot itself has room for their names."""


class ChartViewport(Viewport):
    """Shows `ChartView`s by the one plot, with the names of many curves beside it."""

    def __init__(self, name: str = "chart", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.plot: Plot | None = None
        self.legend = Legend()
        self.legend.hide()
        self._form: tuple[str, str, bool, bool] | None = None
        self._marks: tuple[Mark, ...] = ()
        self._shown: View | None = None
        self._fresh = False
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
        """Show its curves; marks stay."""
        if not isinstance(view, ChartView) or not any(len(x) for _, x, _ in view.curves):
            return
        if view is self._shown:
            return
        self._shown = view
        many = len(view.curves) > FEW
        form = (view.x, view.y, view.stacked, many)
        if self.plot is None or form != self._form:
            self._make(form)
        assert self.plot is not None
        if view.colours is not None:
            rgb = [QColor(*(int(part) for part in row)) for row in view.colours]
            names = (name for name, _, _ in view.curves)
            self.plot.set_tones(dict(zip(names, rgb, strict=False)))
        self.plot.set_curves({name: (x, y) for name, x, y in view.curves})
        self._name_curves()
        self._fresh = True

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw what happened in the world."""
        self._marks = marks
        if self.plot is not None:
            self.plot.set_marks((mark.step, mark.title) for mark in marks)

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

    def _name_curves(self) -> None:
        """Areas lie upon each other from the first one up, and so do their names."""
        if self.plot is not None and self._form is not None:
            tones = tuple(self.plot.tones().items())
            self.legend.set_entries(tones[::-1] if self._form[2] else tones)

    def _make(self, form: tuple[str, str, bool, bool]) -> None:
        if self.plot is not None:
            self._box.removeWidget(self.plot)
            self.plot.hide()
            self.plot.deleteLater()
        self._hint.hide()
        self._form = form
        x, y, stacked, many = form
        self.plot = Plot(x, y, stacked=stacked, named=not many)
        self.plot.canvas.installEventFilter(self)
        self._box.insertWidget(0, self.plot, 1)
        self.legend.setVisible(many)
        self.set_marks(self._marks)
