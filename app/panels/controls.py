"""The right-hand column: parameters, training, actions and inspector as sections that scroll."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.lab import Lab
from app.panels.inspector import InspectorPanel
from app.panels.own_actions import OwnActionsPanel
from app.panels.parameters import ParametersPanel
from app.panels.training import TrainingPanel
from app.widgets.parameter_row import ParameterRow
from app.widgets.section import Section, dim_label
from app.world import World

__all__ = ["ControlsPanel"]


class ControlsPanel(QWidget):
    """Sections for everything that is controlled by numbers.

    Attributes
    ----------
    area : QScrollArea
        Holds the sections; what waits to be applied stays in sight below it.
    """

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setAccessibleName("Controls")
        # It follows the keyboard through its rows, and is no stop of its own.
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parameters = ParametersPanel(lab)
        self.training = TrainingPanel(lab)
        self.actions_panel = OwnActionsPanel(lab)
        self.inspector = InspectorPanel(lab)
        self._nothing = dim_label("The parameters of the world that is open appear here")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(theme.PADDING, 0, theme.PADDING, theme.PADDING)
        holder = QWidget()
        held = QVBoxLayout(holder)
        held.setContentsMargins(0, 0, 0, 0)
        held.setSpacing(0)
        held.addWidget(self._nothing)
        held.addWidget(self.parameters)
        parameters = Section("Parameters", holder)
        training = Section("Training", self.training)
        actions = Section("Actions", self.actions_panel)
        inspector = Section("Inspector", self.inspector)
        self.parameters.note_changed.connect(parameters.set_note)
        self.training.note_changed.connect(training.set_note)
        self.inspector.note_changed.connect(inspector.set_note)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (parameters, training, actions, inspector):
            column.addWidget(section)
        column.addStretch(1)
        self.training.available.connect(training.setVisible)
        training.setVisible(False)
        self.actions_panel.available.connect(actions.setVisible)
        actions.setVisible(False)
        self.area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.parameters.bar)
        self._parameters, self._inspector, self._training = parameters, inspector, training
        self._slug = ""
        lab.opened.connect(self._show_top)
        lab.selected.connect(self._selected)
        self.training.began.connect(self.show_training)
        self.inspector.filled.connect(self.show_inspector)

    def _selected(self, world: World | None) -> None:
        """Begin at the top where the rows are others than before."""
        self._nothing.setVisible(world is None)
        if world is not None and world.slug != self._slug:
            self._slug = world.slug
            self._show_top()

    def _show_top(self) -> None:
        self.area.verticalScrollBar().setValue(0)

    def show_training(self) -> None:
        """Scroll to what is being learnt, once it is laid out."""
        QTimer.singleShot(0, self._scroll_to_training)

    def _scroll_to_training(self) -> None:
        if self._training.isVisible():
            self.area.verticalScrollBar().setValue(self._training.y())

    def search_parameters(self, typed: str = "") -> None:
        """Give the keyboard to the search of parameters, with something typed already."""
        self._parameters.set_open(True)
        self._show_top()
        self.parameters.find_rows(typed)

    def show_parameter(self, name: str) -> None:
        """Scroll to a parameter, once it is laid out, and offer its choices."""
        self._parameters.set_open(True)
        row = self.parameters.row(name)
        if row is not None:
            QTimer.singleShot(0, row, partial(self._scroll_to_row, row))

    def _scroll_to_row(self, row: ParameterRow) -> None:
        self.area.ensureWidgetVisible(row, 0, 3 * row.height())
        row.offer()

    def show_inspector(self) -> None:
        """Scroll to what is pinned, once it is laid out: its card from the top."""
        QTimer.singleShot(0, self._scroll_to_inspector)

    def _scroll_to_inspector(self) -> None:
        self.area.verticalScrollBar().setValue(self._inspector.y())
