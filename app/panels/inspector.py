"""A pinned place: what the world says of it, and its channels as bars and as curves."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.lab import Lab
from app.measures import measures_of
from app.panels.inspected import Vertex, cell_of, nearest
from app.series import Series
from app.widgets.bars import ChannelBars
from app.widgets.facts import Facts, facts_text
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import Reply, RunnerState
from engine.core.programs import Place
from engine.core.system import Row
from engine.core.views import ImageView, MeshView, Pick, View, ViewRequest

__all__ = ["InspectorPanel"]

PLOT_HEIGHT = 120
PLOTTED = 8
REFRESH_MS = 300
VIEW = "world"
CELL_HINT = "Choose Inspect and click a cell to follow its channels here"
WEIGHT_HINT = "Click a weight of a head: what its query and its key are is written here"
VERTEX_HINT = "Choose Inspect and click the surface to follow a vertex here"
PROGRAM_HINT = "Click a program: what it is and where it comes from is written here"


class InspectorPanel(QWidget):
    """Follows one place that the user clicked: a cell, a vertex, a byte of a program, a weight.

    Signals
    -------
    note_changed : str
        Which place, for the section's header.
    released
        No place is followed any more.
    filled
        All that is known of a place that was just pinned is there.
    """

    note_changed = Signal(str)
    released = Signal()
    filled = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._cell: tuple[int, int] | None = None
        self._vertex: Vertex | None = None
        self._weight: tuple[float, ...] | None = None  # (layer, head, query, key)
        self._program: tuple[int, int] | None = None  # and which of its bytes
        self._question: int | None = None
        self._names: tuple[str, ...] = ()
        self._values: tuple[float, ...] = ()
        self._history: dict[str, Series] = {}
        self._plot: QWidget | None = None
        self._dirty = False
        self._hint = dim_label(CELL_HINT)
        self._hint.setWordWrap(True)
        self.facts = Facts("What is at the pinned place")
        self._bars = ChannelBars()
        self._copy = QPushButton("Copy values")
        self._copy.clicked.connect(self._copy_values)
        self._keep = QPushButton("Keep")
        self._keep.setToolTip("Follow it in the panel Inspect, with others  (Shift+click)")
        self._keep.clicked.connect(self._keep_it)
        self._release = QPushButton("Unpin")
        self._release.clicked.connect(self.unpin)
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._keep)
        row.addWidget(self._copy)
        row.addWidget(self._release)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        self._layout.setSpacing(2 * theme.UNIT)
        for widget in (self._hint, self.facts, self._bars, self._buttons):
            self._layout.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self.unpin()
        self._problem = lab.problem
        lab.selected.connect(self._select)
        self._select(lab.world)

    def pin(self, place: tuple[float, ...]) -> None:
        """Follow a cell (row, column), or the vertex nearest to (face, u, v), and its channels.

        Of a weight (layer, head, query, key) the world is asked what there is to tell.
        """
        if self._world is None:
            return
        if len(place) == 4:
            self._pin_weight(place)
            return
        if len(place) == 2:
            cell, vertex = (int(place[0]), int(place[1])), None
            probe: tuple[int, ...] = cell
            words = f"cell {cell[1]}, {cell[0]}  pinned"
        else:
            vertex = nearest(self._world.views.get(VIEW), place)
            if vertex is None:
                return
            cell, probe, words = None, (vertex.number,), f"vertex {vertex.number:,}  pinned"
        self._world.look("inspector", {VIEW: ViewRequest(probes=(probe,))})
        self._history = {}
        self._bars.restart()
        self._bars.show()
        self._begin(cell, None, words, vertex)

    def _pin_weight(self, place: tuple[float, ...]) -> None:
        assert self._world is not None
        layer, head, query, key = (int(part) for part in place)
        self._world.look("inspector", {})
        self._without_channels()
        words = f"layer {layer + 1}, head {head + 1}, {query + 1} to {key + 1}"
        if self._weight is None:
            self._begin(None, None, words, weight=place)
            return
        # Keys move on from weight to weight: what is written stays until there is something new.
        self._weight, self._question = place, None
        self.note_changed.emit(words)
        self._ask()

    def pin_program(self, place: Place) -> None:
        """Follow a program, wherever the picture shows it; its bytes are no channels."""
        if self._world is None:
            return
        self._world.look("inspector", {})
        self._without_channels()
        words = f"program {place.program:,}  pinned"
        self._begin(cell_of(place, place.byte), (place.program, place.byte), words)

    def unpin(self) -> None:
        """Follow no place."""
        self._cell = self._vertex = self._weight = self._program = self._question = None
        self.released.emit()
        self._timer.stop()
        if self._world is not None:
            self._world.look("inspector", {})
        self._hint.show()
        self.facts.set_rows(())
        for widget in (self.facts, self._bars, self._buttons):
            widget.hide()
        if self._plot is not None:
            self._plot.hide()
        self.note_changed.emit("")

    def _begin(
        self,
        cell: tuple[int, int] | None,
        program: tuple[int, int] | None,
        words: str,
        vertex: Vertex | None = None,
        weight: tuple[float, ...] | None = None,
    ) -> None:
        self._cell, self._vertex, self._program = cell, vertex, program
        self._weight = weight
        self._question = None
        self._keep.setVisible((cell is not None and program is None) or vertex is not None)
        self.facts.set_rows(())
        self._hint.hide()
        self._buttons.show()
        self.note_changed.emit(words)
        self._ask()
        self._timer.start()

    # The world.

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.views_changed.disconnect(self._views_changed)
            self._world.state_changed.disconnect(self._state_changed)
            self._world.program_picked.disconnect(self._program_picked)
        self.unpin()
        self._world = world
        if world is not None:
            world.views_changed.connect(self._views_changed)
            world.state_changed.connect(self._state_changed)
            world.program_picked.connect(self._program_picked)
            self._state_changed(world.state)

    def _state_changed(self, state: RunnerState) -> None:
        can = state.capabilities
        words = CELL_HINT
        if can is not None and can.alphabet is not None:
            words = PROGRAM_HINT
        elif can is not None and any(o.name == VIEW and o.kind == "mesh" for o in can.views):
            words = VERTEX_HINT
        elif self._heads():
            words = WEIGHT_HINT
        if self._hint.text() != words:
            self._hint.setText(words)

    def _program_picked(self, code: bytes, place: Place | None) -> None:
        if place is not None:
            self.pin_program(place)

    def _views_changed(self, views: dict[str, View]) -> None:
        view = views.get(VIEW)
        if isinstance(view, MeshView):
            self._surface_changed(view)
            return
        if not isinstance(view, ImageView) or self._cell is None or self._program is not None:
            return
        if self._cell[0] >= view.extent[0] or self._cell[1] >= view.extent[1]:
            self.unpin()  # the world became smaller
            return
        if self._cell in view.probed:
            self._take(view, view.probed.index(self._cell))

    def _surface_changed(self, view: MeshView) -> None:
        vertex = self._vertex
        if vertex is not None and vertex.topology != view.topology:
            self.unpin()  # it lives on another mesh
        elif vertex is not None and vertex.number in view.probed:
            self._take(view, view.probed.index(vertex.number))

    def _take(self, view: ImageView | MeshView, row: int) -> None:
        self._names = view.channels
        self._bars.setVisible(bool(self._names))
        self._values = tuple(map(float, view.probes[row]))
        for name, value in zip(self._names[:PLOTTED], self._values, strict=False):
            self._history.setdefault(name, Series(4096)).append(view.step, value)
        self._dirty = True

    # Questions and answers.

    def _ask(self) -> None:
        """Ask what is at the place; of a program first where it is now."""
        world = self._world
        can = world.state.capabilities if world is not None else None
        if world is None or can is None or not can.inspectable or self._question is not None:
            return
        if self._program is None:
            self._inspect()
        else:
            self._question = world.ask("program", {"index": self._program[0]}, self._placed)

    def _placed(self, reply: Reply) -> None:
        if reply.id != self._question or self._program is None:
            return
        if isinstance(reply.value, Place):
            self._cell = cell_of(reply.value, self._program[1])
            self._inspect()
        else:
            self.unpin()  # the world became smaller

    def _inspect(self) -> None:
        place = self._vertex.place if self._vertex is not None else self._cell
        view = VIEW
        if self._weight is not None:
            place, view = self._weight, self._heads()
        if self._world is not None and place is not None:
            pick = Pick(view, tuple(map(float, place)))
            self._question = self._world.ask("inspect", {"pick": pick}, self._answered)

    def _answered(self, reply: Reply) -> None:
        if reply.id != self._question:
            return
        self._question = None
        rows: tuple[Row, ...] = reply.value if reply.error is None else ()
        if rows:
            first = not self.facts.rows
            self.facts.set_rows(rows)
            self.facts.show()
            if first:
                self.filled.emit()
        else:
            self.unpin()  # nothing is there any more

    def _heads(self) -> str:
        """Name the view of the heads of attention, "" where the world has none."""
        can = self._world.state.capabilities if self._world is not None else None
        views = can.views if can is not None else ()
        return next((offer.name for offer in views if offer.kind == "heads"), "")

    # What is shown.

    def _without_channels(self) -> None:
        self._bars.hide()
        if self._plot is not None:
            self._plot.hide()

    def _refresh(self) -> None:
        if not self.visibleRegion().isEmpty():
            self._ask()
            self._draw()

    def _draw(self) -> None:
        if not self._dirty or self._program is not None or self._weight is not None:
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
            self._plot.problem.connect(self._problem)
            self._layout.insertWidget(self._layout.indexOf(self._buttons), self._plot)
        self._plot.show()
        self._plot.set_curves(curves)  # type: ignore[attr-defined]

    def _copy_values(self) -> None:
        rows = self.facts.rows or tuple(map(Row, self._names, self._values))
        QGuiApplication.clipboard().setText(facts_text(rows))

    def _keep_it(self) -> None:
        if self._world is None:
            return
        if self._vertex is not None:
            measures_of(self._world).keep(self._vertex.place, (self._vertex.number,))
        elif self._cell is not None:
            row, column = self._cell
            measures_of(self._world).keep((float(row), float(column)), self._cell)
