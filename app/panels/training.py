"""Learning as it happens: the target, the loss, how long still, and the batch being trained on."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.estimate import TimeLeft
from app.lab import Lab
from app.widgets.picture import PictureBox
from app.widgets.section import dim_label
from app.world import World
from engine.core.capabilities import Capabilities
from engine.core.commands import RunnerState
from engine.core.views import ImageView, View, ViewRequest

__all__ = ["TrainingPanel", "duration", "roughly"]

PLOT_HEIGHT = 132
REFRESH_MS = 250
HINT = "Press Train (T) to let it learn the target"
HINT_ALONE = "Press Train (T) to let it learn"


def duration(seconds: float) -> str:
    """Say a time span in a few characters."""
    if not math.isfinite(seconds):
        return "-"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"


def roughly(seconds: float) -> str:
    """Say a time that is left without figures that nobody knows."""
    if seconds < 90:
        return f"{max(10, math.ceil(seconds / 10) * 10)} s"
    return duration(math.ceil(seconds / 60) * 60).removesuffix(" 00 s")


class TrainingPanel(QWidget):
    """Everything about the training of the selected world; hidden where a system does not learn.

    Signals
    -------
    target_asked
        The target's thumbnail was clicked.
    note_changed : str
        Time left, for the section's header.
    available : bool
        Whether the selected world learns at all.
    began
        It has just begun to learn.
    """

    target_asked = Signal()
    note_changed = Signal(str)
    available = Signal(bool)
    began = Signal()

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._plot: QWidget | None = None
        self._learning = False
        self._left = TimeLeft()
        self._target = PictureBox("Drop a picture", side=64)
        self._target.clicked.connect(self.target_asked)
        self._target.setToolTip("What is being learned. Click to choose a picture, or drop one.")
        self._name = QLabel()
        self._loss = QLabel()
        self._loss.setProperty("role", "train")
        self._loss.setFont(theme.font("strong"))
        self._rate = dim_label(role="body")
        self._elapsed = dim_label(role="body")
        self._batch = PictureBox("The batch appears here while training")
        self._batch.setToolTip("The training batch after its last update: what is being compared")
        self._plot_space = QVBoxLayout()
        self._hint = dim_label(HINT)
        self._hint.setWordWrap(True)
        self._plot_space.addWidget(self._hint)
        facts = QVBoxLayout()
        facts.setSpacing(0)
        for label in (self._name, self._loss, self._rate, self._elapsed):
            label.setMinimumWidth(0)
            facts.addWidget(label)
        facts.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(theme.PADDING)
        head.addWidget(self._target)
        head.addLayout(facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.UNIT, theme.PADDING, theme.PADDING)
        layout.setSpacing(2 * theme.UNIT)
        layout.addLayout(head)
        layout.addLayout(self._plot_space)
        layout.addWidget(self._batch)
        self._dirty = False
        # Losses may arrive hundreds of times a second; the plot follows a few times a second.
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._draw)
        self._problem = lab.problem
        lab.selected.connect(self._select)
        self._select(lab.world)

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.state_changed.disconnect(self._state_changed)
            self._world.scalars_changed.disconnect(self._scalars_changed)
            self._world.views_changed.disconnect(self._views_changed)
            self._world.look("training", {})
        self._world = world
        self._target.set_view(None)
        self._batch.set_view(None)
        self._learning = world is not None and world.state.training
        self._left.restart()
        if world is None:
            self.available.emit(False)
            return
        world.state_changed.connect(self._state_changed)
        world.scalars_changed.connect(self._scalars_changed)
        world.views_changed.connect(self._views_changed)
        self._views_changed(world.views)
        self._state_changed(world.state)
        self._dirty = True
        self._draw()

    def _state_changed(self, state: RunnerState) -> None:
        can = state.capabilities
        self.available.emit(can is not None and can.trainable)
        if can is None or not can.trainable or self._world is None:
            return
        if state.training and not self._learning:
            self.began.emit()
        self._learning = state.training
        offered = {offer.name for offer in can.views}
        wanted: dict[str, ViewRequest] = {
            name: ViewRequest(max_size=256)
            for name in ("target", "batch")
            if name in offered and (name == "target" or state.training)
        }
        self._world.look("training", wanted)
        self._show_target(state, can)
        self._batch.setVisible("batch" in offered)
        rate = state.updates_per_second
        if not state.training:
            self._left.restart()
        updates = f"{state.updates:,} updates" if state.updates else ""
        self._tell(self._rate, f"{updates}, {rate:.1f} /s" if state.training and rate else updates)
        seconds = state.training_seconds
        self._tell(self._elapsed, f"in {duration(seconds)}" if seconds else "")
        note = ""
        if state.training and state.updates_planned > state.updates:
            left = self._left.seconds(time.monotonic(), state.updates, state.updates_planned)
            note = f"about {roughly(left)} left" if left is not None else ""
        elif state.training and state.updates >= state.updates_planned > 0:
            note = "as long as you like"
        self.note_changed.emit(note)
        if state.training and not self._timer.isActive():
            self._timer.start()
        elif not state.training:
            self._timer.stop()
            self._draw()

    def _show_target(self, state: RunnerState, can: Capabilities) -> None:
        """Name what is learned, where it is something that can be chosen: not every system has one.

        Without a choice of the user's it is the one that the program brings.
        """
        target = state.spec.target
        chosen = target is not None or len(can.targets) > 0
        self._target.setVisible(chosen)
        self._name.setVisible(chosen)
        self._name.setText(target.name if target is not None else "shipped with the program")
        self._hint.setText(HINT if chosen else HINT_ALONE)

    def _scalars_changed(self, kind: str) -> None:
        self._dirty = self._dirty or kind == "training"

    def _views_changed(self, views: dict[str, View]) -> None:
        for name, box in (("target", self._target), ("batch", self._batch)):
            view = views.get(name)
            if isinstance(view, ImageView):
                box.set_view(view)

    def _draw(self) -> None:
        if not self._dirty or self._world is None or not self.isVisible():
            return
        self._dirty = False
        series = self._world.series["training"].get("loss")
        last = series.last if series is not None else None
        self._tell(self._loss, f"loss {last:.2e}" if last is not None else "")
        points = series.points() if series is not None else None
        enough = points is not None and points[0].size >= 2
        if self._plot is None and enough:
            self._plot = self._make_plot()
        # Another world's curve, or one that was forgotten, must not stay.
        self._hint.setVisible(not enough)
        if self._plot is None:
            return
        self._plot.setVisible(enough)
        if points is None or not enough:
            return
        self._plot.set_curves({"loss": points})  # type: ignore[attr-defined]

    def _tell(self, label: QLabel, words: str) -> None:
        """Write a fact; nothing to say takes no room."""
        label.setText(words)
        label.setVisible(bool(words))

    def _make_plot(self) -> QWidget:
        from app.widgets.plot import Plot

        plot = Plot("updates", "loss", logarithmic=True, smooth=True, role="train")
        plot.setFixedHeight(PLOT_HEIGHT)
        plot.problem.connect(self._problem)
        self._plot_space.addWidget(plot)
        return plot
