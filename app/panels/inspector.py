"""A pinned cell: its channels now as bars, and over time as curves."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.lab import Lab, World
from app.series import Series
from app.widgets.bars import ChannelBars
from app.widgets.section import dim_label
from engine.core.views import ImageView, View, ViewRequest

__all__ = ["InspectorPanel"]

PLOT_HEIGHT = 120
PLOTTED = 8
REFRESH_MS = 250


class InspectorPanel(QWidget):
    """Follows one cell that the user clicked.

    Signals
    -------
    note_changed : str
        Which cell, for the section's header.
    released
        No cell is followed any more.
    """

    note_changed = Signal(str)
    released = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._cell: tuple[int, int] | None = None
        self._names: tuple[str, ...] = ()
        self._values: tuple[float, ...] = ()
        self._history: dict[str, Series] = {}
        self._plot: QWidget | None = None
        self._dirty = False
        self._hint = dim_label("Choose Inspect and click a cell to follow its channels here")
        self._hint.setWordWrap(True)
        self._bars = ChannelBars()
        self._copy = QPushButton("Copy values")
        self._copy.clicked.connect(self._copy_values)
        self._release = QPushButton("Unpin")
        self._release.clicked.connect(self.unpin)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._copy)
        row.addWidget(self._release)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        self._layout.setSpacing(2 * theme.UNIT)
        for widget in (self._hint, self._bars, self._buttons):
            self._layout.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        self.unpin()
        lab.selected.connect(self._select)
        self._select(lab.world)

    def pin(self, cell: tuple[int, int]) -> None:
        """Follow a cell from now on."""
        if self._world is None:
            return
        self._cell = cell
        self._history = {}
        self._bars.restart()
        self._world.look("inspector", {"world": ViewRequest(probes=(cell,))})
        self._hint.hide()
        self._bars.show()
        self._buttons.show()
        self.note_changed.emit(f"cell {cell[1]}, {cell[0]}  pinned")
        self._timer.start()

    def unpin(self) -> None:
        """Follow no cell."""
        self._cell = None
        self.released.emit()
        self._timer.stop()
        if self._world is not None:
            self._world.look("inspector", {})
        self._hint.show()
        self._bars.hide()
        self._buttons.hide()
        if self._plot is not None:
            self._plot.hide()
        self.note_changed.emit("")

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.views_changed.disconnect(self._views_changed)
        self.unpin()
        self._world = world
        if world is not None:
            world.views_changed.connect(self._views_changed)

    def _views_changed(self, views: dict[str, View]) -> None:
        view = views.get("world")
        if not isinstance(view, ImageView) or self._cell is None:
            return
        if self._cell[0] >= view.extent[0] or self._cell[1] >= view.extent[1]:
            self.unpin()  # the world became smaller
            return
        if self._cell not in view.probed:
            return
        self._names = view.channels
        self._values = tuple(map(float, view.probes[view.probed.index(self._cell)]))
        for name, value in zip(self._names[:PLOTTED], self._values, strict=False):
            self._history.setdefault(name, Series(4096)).append(view.step, value)
        self._dirty = True

    def _draw(self) -> None:
        if not self._dirty or not self.isVisible():
            return
        self._dirty = False
        self._bars.set_values(self._names, self._values)
        curves = {name: series.points() for name, series in self._history.items()}
        if not curves or max(points[0].size for points in curves.values()) < 2:
            return
        if self._plot is None:
            from app.widgets.plot import Plot

            self._plot = Plot("step", "value")
            self._plot.setFixedHeight(PLOT_HEIGHT)
            self._layout.insertWidget(2, self._plot)
        self._plot.show()
        self._plot.set_curves(curves)  # type: ignore[attr-defined]

    def _copy_values(self) -> None:
        lines = [f"{n}\t{v:.6g}" for n, v in zip(self._names, self._values, strict=True)]
        QGuiApplication.clipboard().setText("\n".join(lines))
