"""The parameters of the selected world, made from their typed description."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.lab import Lab
from app.widgets.elided import ElidedLabel
from app.widgets.parameter_row import ParameterRow
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import Command, Reply, RunnerState, SetParam
from engine.core.errors import UserError
from engine.core.params import ParamField

__all__ = ["ParametersPanel"]


class ParametersPanel(QWidget):
    """Rows for every parameter, under the headings of their groups.

    Attributes
    ----------
    bar : QFrame
        Counts the changes that wait for a new world, and applies them. Whoever lays the panel out
        puts it where it stays in sight.

    Signals
    -------
    note_changed : str
        How many values differ from those that the world began with, for the section's header.
    """

    note_changed = Signal(str)

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._world: World | None = None
        self._slug = ""
        self._rows: dict[str, ParameterRow] = {}
        self._experts: list[ParamField] = []
        self._groups: dict[tuple[bool, str], tuple[QWidget, QVBoxLayout]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, theme.UNIT, theme.UNIT, theme.PADDING)
        self._layout.setSpacing(0)
        self._more = QToolButton()
        self._more.setText("More")
        self._more.setCheckable(True)
        self._more.setProperty("dim", True)
        self._more.toggled.connect(self._show_experts)
        self.bar = self._make_bar()
        self._layout.addWidget(self._more)
        lab.selected.connect(self._select)
        self._select(lab.world)

    def _make_bar(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("pendingBar")
        self._waiting = QLabel()
        self._waiting.setProperty("role", "train")
        apply = QPushButton("Apply and restart")
        apply.clicked.connect(self._apply)
        discard = QPushButton("Discard")
        discard.clicked.connect(self._discard)
        self._leaving = ElidedLabel()
        rows = QVBoxLayout(bar)
        rows.setContentsMargins(2 * theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        rows.addWidget(self._leaving)
        inner = QHBoxLayout()
        rows.addLayout(inner)
        inner.addWidget(self._waiting, 1)
        inner.addWidget(discard)
        inner.addWidget(apply)
        bar.hide()
        return bar

    def _select(self, world: World | None) -> None:
        if self._world is not None:
            self._world.state_changed.disconnect(self._state_changed)
            self._world.pending_changed.disconnect(self._refresh)
            self._world.answered.disconnect(self._answered)
        self._world = world
        self.setVisible(world is not None)
        if world is None:
            self.bar.hide()
            self.note_changed.emit("")
            return
        world.state_changed.connect(self._state_changed)
        world.pending_changed.connect(self._refresh)
        world.answered.connect(self._answered)
        if world.slug != self._slug:
            self._build(world)
        self._refresh()

    def _build(self, world: World) -> None:
        for part, _ in self._groups.values():
            self._layout.removeWidget(part)
            part.hide()  # it dies in the next turn of the event loop only
            part.deleteLater()
        self._rows, self._groups = {}, {}
        self._slug = world.slug
        self._experts = [field for field in world.fields if field.expert]
        for field in world.fields:
            if not field.expert:
                self._add_row(field)
        self._more.setVisible(bool(self._experts))
        if self._more.isChecked():
            self._show_experts(True)

    def _add_row(self, field: ParamField) -> None:
        row = ParameterRow(field)
        row.changed.connect(self._chosen)
        self._rows[field.name] = row
        key = (field.expert, field.group)
        if key not in self._groups:
            self._groups[key] = self._add_group(field)
        self._groups[key][1].addWidget(row)

    def _add_group(self, field: ParamField) -> tuple[QWidget, QVBoxLayout]:
        """Make room for a group in the order in which groups begin; experts come below "More"."""
        part = QWidget()
        rows = QVBoxLayout(part)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        if field.group:
            title = dim_label(field.group)
            title.setContentsMargins(theme.PADDING + 4, 2 * theme.UNIT, 0, theme.UNIT // 2)
            rows.addWidget(title)
        end = self._layout.count() if field.expert else self._layout.indexOf(self._more)
        self._layout.insertWidget(end, part)
        return part, rows

    def _state_changed(self, state: RunnerState) -> None:
        if self._world is not None and state.spec.slug != self._slug:
            self._build(self._world)
        self._refresh()

    def _refresh(self) -> None:
        world = self._world
        if world is None:
            return
        current, origin, mesh = world.params, world.origin, world.state.spec.mesh
        for name, row in self._rows.items():
            waiting = name in world.pending
            row.set_origin(origin.get(name))
            row.set_value(world.pending.get(name, current.get(name)), waiting=waiting)
            if mesh is not None and name in world.replaced and not waiting:
                row.set_instead(mesh.name)
        count = len(world.pending)
        self.bar.setVisible(count > 0)
        self._waiting.setText(f"{count} change{'s' if count > 1 else ''}")
        leaves = mesh is not None and bool(world.replaced & set(world.pending))
        self._leaving.say(f"Leaves {mesh.name}" if mesh is not None else "", "train")
        self._leaving.setVisible(leaves)
        values = {**current, **world.pending}
        changed = sum(values.get(field.name) != origin[field.name] for field in world.fields)
        self.note_changed.emit(f"{changed} changed" if changed else "")

    def _answered(self, command: Command, reply: Reply) -> None:
        if isinstance(command, SetParam) and isinstance(reply.error, UserError):
            row = self._rows.get(command.name)
            if row is not None:
                # The field shows the text itself: what it may be is what is wanted here.
                row.refuse(command.value, reply.error.remedy or str(reply.error))

    def _chosen(self, name: str, value: Any) -> None:
        if self._world is not None:
            self._world.set_param(name, value)

    def _apply(self) -> None:
        if self._world is not None:
            self._world.apply_pending()

    def _discard(self) -> None:
        if self._world is not None:
            self._world.discard_pending()

    def _show_experts(self, on: bool) -> None:
        self._more.setText("Less" if on else "More")
        for field in self._experts:
            if on and field.name not in self._rows:
                self._add_row(field)
        for (expert, _), (part, _) in self._groups.items():
            part.setVisible(on or not expert)
        self._refresh()

    def row(self, name: str) -> ParameterRow | None:
        """Return a parameter's row, unfolded if it was folded away."""
        if name not in self._rows and any(field.name == name for field in self._experts):
            self._more.setChecked(True)
        return self._rows.get(name)

    def reset_all(self) -> None:
        """Bring every parameter back to what the world began with."""
        world = self._world
        if world is not None:
            for field in world.fields:
                self._chosen(field.name, world.origin[field.name])
