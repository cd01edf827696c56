"""A small form for the arguments of a system's own action, made from their JSON schema.

The form stays until the world has done it: what is wrong with the answers is said in the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.widgets.parameter_row import ParameterRow
from app.widgets.section import dim_label
from app.world import World
from engine.core.commands import Act, Reply
from engine.core.errors import UserError
from engine.core.params import ParamField, fields_of_schema
from engine.core.system import ActionOffer

__all__ = ["ActDialog", "asks", "perform"]

WIDTH = 420
WIDE_RANGE = 1000.0
SHORT = 48

Done = Callable[[], None]


def asks(offer: ActionOffer, known: Mapping[str, Any]) -> bool:
    """Whether an action wants arguments beyond the known ones (a picked place, say)."""
    names = (offer.schema or {}).get("properties", {})
    return bool(set(names) - set(known))


def perform(
    offer: ActionOffer,
    known: Mapping[str, Any],
    world: World,
    parent: QWidget,
    done: Done | None = None,
) -> None:
    """Let a world do one of its actions, after asking for what is not known; never waits.

    Parameters
    ----------
    offer : ActionOffer
    known : mapping
        Arguments that are known; those that the action does not take are left out.
    world : World
    parent : QWidget
        Above it the form is shown.
    done : callable, optional
        Called once the world has done it.
    """
    names = (offer.schema or {}).get("properties", {})
    given = {name: value for name, value in known.items() if name in names}
    dialog = ActDialog(offer, given, world, parent)
    dialog.finished.connect(dialog.deleteLater)
    if done is not None:
        dialog.accepted.connect(done)
    if asks(offer, given):
        dialog.open()
    else:
        dialog.accept()


class ActDialog(QDialog):
    """Asks for what `known` does not give, and closes when the world has done it.

    Parameters
    ----------
    offer : ActionOffer
    known : mapping
        Arguments that are shown and not asked for.
    world : World
    parent : QWidget, optional
    """

    def __init__(
        self,
        offer: ActionOffer,
        known: Mapping[str, Any],
        world: World,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(offer.title)
        self.setMinimumWidth(WIDTH)
        self._offer = offer
        self._known = dict(known)
        self._world = world
        self._rows: list[ParameterRow] = []
        self._refused = False
        self.problem = QLabel()
        self.problem.setProperty("role", "danger")
        self.problem.setWordWrap(True)
        self.problem.hide()
        layout = self._box = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        layout.setSpacing(theme.UNIT)
        title = QLabel(offer.title)
        title.setFont(theme.font("title"))
        layout.addWidget(title)
        if offer.help:
            words = QLabel(offer.help)
            words.setWordWrap(True)
            layout.addWidget(words)
        for field in fields_of_schema(offer.schema or {}):
            if field.name in known:
                layout.addWidget(dim_label(f"{field.title}: {_short(known[field.name])}"))
                continue
            row = ParameterRow(_fit(field))
            row.refused.connect(self._refuse)
            self._rows.append(row)
            layout.addSpacing(theme.UNIT)
            layout.addWidget(self._with_chooser(row) if field.kind == "path" else row)
            layout.addWidget(_remark(field))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._do = buttons.addButton(offer.title, QDialogButtonBox.ButtonRole.AcceptRole)
        # Enter does it, also after it was refused once: nothing else may become the default.
        for button in buttons.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]
        self._do.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addSpacing(theme.UNIT)
        layout.addWidget(self.problem)
        layout.addSpacing(theme.UNIT)
        layout.addWidget(buttons)
        world.closed.connect(self.reject)

    def arguments(self) -> dict[str, Any]:
        """Return what is known and what was answered."""
        return {**self._known, **{row.field.name: row.value for row in self._rows}}

    def accept(self) -> None:
        """Send the action; the form closes when it is done, and tells why it was refused."""
        for row in self._rows:
            row.commit()
        if self._refused:  # the row went back to its former value, which nobody asked for
            self._refused = False
            return
        self._do.setEnabled(False)
        self.problem.hide()
        self._world.do(Act(self._offer.name, self.arguments()), self._answered)

    def _with_chooser(self, row: ParameterRow) -> QWidget:
        """Put a button beside a row that takes the name of a file."""
        both = QWidget()
        button = QPushButton("Choose...")
        button.setAccessibleName(f"Choose {row.field.title}")
        button.setAutoDefault(False)
        button.clicked.connect(partial(self._choose_file, row))
        layout = QHBoxLayout(both)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row, 1)
        layout.addWidget(button)
        return both

    def _choose_file(self, row: ParameterRow) -> None:
        folder = str(Path(row.value).parent) if row.value else ""
        found, _ = QFileDialog.getOpenFileName(self, row.field.title, folder)
        if found:
            row.set_value(found)

    def _answered(self, reply: Reply) -> None:
        error = reply.error
        if error is None:
            super().accept()
            return
        if not isinstance(error, UserError):
            self.reject()  # our own fault: the window tells of it
            return
        self._do.setEnabled(True)
        self._tell(str(error))

    def _refuse(self, words: str) -> None:
        self._refused = True
        self._tell(words)

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.show()
        self._box.activate()
        self.resize(self.width(), self._box.totalHeightForWidth(self.width()))
        self.show()


def _fit(field: ParamField) -> ParamField:
    """Make a field of a form: it applies at once, has a value, and wide ranges go by decades."""
    wide = field.low is not None and field.high is not None and field.low > 0
    wide = wide and field.high > WIDE_RANGE * field.low  # type: ignore[operator]
    default = field.default
    if default is None:
        default = field.low if field.kind in ("int", "float") else ""
    return replace(field, apply="live", log=field.log or wide, default=default)


def _remark(field: ParamField) -> QLabel:
    """Say under a row what it means and what it may be."""
    allowed = "" if field.range_text in ("text", "true or false") else field.range_text
    label = dim_label(". ".join(words for words in (field.help.rstrip("."), allowed) if words))
    label.setWordWrap(True)
    label.setContentsMargins(theme.PADDING + theme.UNIT, 0, 0, 0)
    return label


def _short(value: Any) -> str:
    words = str(value)
    return words if len(words) <= SHORT else words[: SHORT - 3] + "..."
