"""A small form for the arguments of a system's own action, made from their JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from app import theme
from app.widgets.parameter_row import ParameterRow
from engine.core.params import fields_of_schema
from engine.core.system import ActionOffer

__all__ = ["ActDialog", "asks"]

PLACE = ("row", "column")


def asks(offer: ActionOffer, known: Mapping[str, Any]) -> bool:
    """Whether an action wants arguments beyond the known ones (a picked place, say)."""
    names = (offer.schema or {}).get("properties", {})
    return bool(set(names) - set(known))


class ActDialog(QDialog):
    """Asks for what `known` does not give."""

    def __init__(
        self, offer: ActionOffer, known: Mapping[str, Any], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(offer.title)
        self._known = dict(known)
        self._rows: list[ParameterRow] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        if offer.help:
            words = QLabel(offer.help)
            words.setWordWrap(True)
            layout.addWidget(words)
        for field in fields_of_schema(offer.schema or {}):
            if field.name not in known:
                row = ParameterRow(replace(field, apply="live"))
                self._rows.append(row)
                layout.addWidget(row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        do = buttons.addButton(offer.title, QDialogButtonBox.ButtonRole.AcceptRole)
        do.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def arguments(self) -> dict[str, Any]:
        """Return what is known and what was answered."""
        return {**self._known, **{row.field.name: row.value for row in self._rows}}
