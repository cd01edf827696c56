"""The viewport of charts: curves that a system keeps itself, as lines or as areas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.viewports.base import Viewport
from app.widgets.plot import Plot
from app.widgets.section import dim_label
from engine.core.views import ChartView, View

__all__ = ["ChartViewport"]


class ChartViewport(Viewport):
    """Shows `ChartView`s by the one plot."""

    def __init__(self, name: str = "chart", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.plot: Plot | None = None
        self._form: tuple[str, str, bool] | None = None
        self._fresh = False
        self._hint = dim_label("Curves appear here as the world runs")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(12, 56, 12, 64)  # the chrome's room
        self._box.addWidget(self._hint)

    def set_bare(self) -> None:
        """Take the whole widget."""
        self._box.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.UNIT)

    def set_view(self, view: View) -> None:
        """Show its curves; marks stay."""
        if not isinstance(view, ChartView) or not any(len(x) for _, x, _ in view.curves):
            return
        form = (view.x, view.y, view.stacked)
        if self.plot is None or form != self._form:
            self._make(form)
        assert self.plot is not None
        if view.colours is not None:
            rgb = [QColor(*(int(part) for part in row)) for row in view.colours]
            names = (name for name, _, _ in view.curves)
            self.plot.set_tones(dict(zip(names, rgb, strict=False)))
        self.plot.set_curves({name: (x, y) for name, x, y in view.curves})
        self._fresh = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that the newest view is on the screen."""
        if event.type() == QEvent.Type.Paint and self._fresh:
            self._fresh = False
            self.note_painted()
        return False

    def _make(self, form: tuple[str, str, bool]) -> None:
        if self.plot is not None:
            self._box.removeWidget(self.plot)
            self.plot.hide()
            self.plot.deleteLater()
        self._hint.hide()
        self._form = form
        self.plot = Plot(form[0], form[1], stacked=form[2])
        self.plot.canvas.installEventFilter(self)
        self._box.addWidget(self.plot, 1)
