"""The parameters of the selected world, made from their typed description."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
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
from engine.core.courtesy import please
from engine.core.errors import UserError
from engine.core.params import ParamField

__all__ = ["ParametersPanel"]

SLICE = 0.008
"""Seconds of a turn of the event loop that go into making rows."""
SEARCHED_FROM = 8
"""Fewer parameters are seen at a glance: there is no field to search them."""


class ParametersPanel(QWidget):
    """Rows for every parameter, under the headings of their groups.

    Attributes
    ----------
    bar : QFrame
        Counts the changes that wait for a new world, and applies them. Whoever lays the panel out
        puts it where it stays in sight.
    search : QLineEdit
        Where there are many, only rows that answer to what is typed are shown, experts' ones too.

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
        self._fields: tuple[ParamField, ...] = ()
        self._made: dict[str, ParameterRow] = {}
        self._coming: deque[ParamField] = deque()
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._make_some)
        self._experts: list[ParamField] = []
        self._groups: dict[tuple[bool, str], tuple[QWidget, QVBoxLayout]] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, theme.UNIT, theme.UNIT, theme.PADDING)
        self._layout.setSpacing(0)
        self.search = QLineEdit()
        self.search.setAccessibleName("Search parameters")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self._none = dim_label("No parameter is called that")
        self._none.setContentsMargins(theme.PADDING + 4, theme.UNIT, 0, 0)
        self._none.hide()
        field = QHBoxLayout()
        field.setContentsMargins(theme.PADDING + 4, 0, theme.UNIT, theme.UNIT)
        field.addWidget(self.search)
        self._layout.addLayout(field)
        self._layout.addWidget(self._none)
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

    @property
    def _rows(self) -> dict[str, ParameterRow]:
        """All rows that are wanted; those that are still to come are made for who asks."""
        while self._coming:
            self._add_row(self._coming.popleft())
        if self._builder.isActive():
            self._arrive()
        return self._made

    def _build(self, world: World) -> None:
        self._coming.clear()
        self.search.clear()
        for part, _ in self._groups.values():
            self._layout.removeWidget(part)
            part.hide()  # it dies in the next turn of the event loop only
            part.deleteLater()
        self._made, self._groups = {}, {}
        self._slug, self._fields = world.slug, world.fields
        self._experts = [field for field in world.fields if field.expert]
        self._want(field for field in world.fields if not field.expert)
        self._more.setVisible(bool(self._experts))
        self.search.setVisible(len(world.fields) >= SEARCHED_FROM)
        self.search.setPlaceholderText(f"Search {len(world.fields)} parameters")
        if self._more.isChecked():
            self._want(self._experts)

    def _want(self, fields: Iterable[ParamField]) -> None:
        """Make rows in the next turns of the event loop: thirty at once would be a stall."""
        known = {*self._made, *(field.name for field in self._coming)}
        self._coming.extend(field for field in fields if field.name not in known)
        if self._coming:
            self._builder.start()

    def _make_some(self) -> None:
        end = time.perf_counter() + SLICE
        with please():
            while self._coming and time.perf_counter() < end:
                self._add_row(self._coming.popleft())
            if not self._coming:
                self._arrive()

    def _arrive(self) -> None:
        """Show all rows at once: each by itself would lay the panel out."""
        self._builder.stop()
        self._refresh()
        self._filter()

    def _add_row(self, field: ParamField) -> None:
        row = ParameterRow(field)
        row.changed.connect(self._chosen)
        self._made[field.name] = row
        key = (field.expert, field.group)
        if key not in self._groups:
            self._groups[key] = self._add_group(field)
        self._groups[key][1].addWidget(row)

    def _add_group(self, field: ParamField) -> tuple[QWidget, QVBoxLayout]:
        """Make room for a group in the order in which groups begin; experts come below "More"."""
        part = QWidget()
        part.hide()  # until all are there
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
        if world.fields != self._fields:  # a plugin was loaded anew
            self._build(world)
        current, origin, mesh = world.params, world.origin, world.state.spec.mesh
        for name, row in self._made.items():
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
        if on:
            self._want(self._experts)
        self._filter()

    def _filter(self) -> None:
        """Show the rows that answer to what is typed; of nothing, all that are unfolded."""
        words = self.search.text().lower().split()
        if words:
            self._want(self._experts)
            rows = self._rows
        elif self._coming:
            return  # shown when all are there
        else:
            rows = self._made
        shown: set[tuple[bool, str]] = set()
        for row in rows.values():
            field = row.field
            text = f"{field.title} {field.name} {field.group} {field.help}".lower()
            hit = all(word in text for word in words)
            row.setVisible(hit)
            if hit and (words or self._more.isChecked() or not field.expert):
                shown.add((field.expert, field.group))
        for key, (part, _) in self._groups.items():
            part.setVisible(key in shown)
        self._none.setVisible(bool(words) and not shown)
        self._more.setVisible(bool(self._experts) and not words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Esc empty the search, and Return go to the first row that was found."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            found = next((row for row in self._rows.values() if row.isVisible()), None)
            if found is not None:
                found.take_keyboard()
            return True
        return False

    def find_rows(self, typed: str = "") -> None:
        """Search; where there is no field to type in, the first row gets the keyboard."""
        if self.search.isHidden():
            first = next(iter(self._rows.values()), None)
            if first is not None:
                first.take_keyboard()
            return
        self.search.setText(typed)
        self.search.selectAll()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def row(self, name: str) -> ParameterRow | None:
        """Return a parameter's row, unfolded if it was folded away."""
        if any(field.name == name for field in self._experts):
            self._more.setChecked(True)
        self.search.clear()
        return self._rows.get(name)

    def reset_all(self) -> None:
        """Bring every parameter back to what the world began with."""
        world = self._world
        if world is not None:
            for field in world.fields:
                self._chosen(field.name, world.origin[field.name])
