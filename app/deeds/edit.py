"""Taking back and doing again."""

from __future__ import annotations

from app.deeds.conditions import can_redo, can_undo
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "edit.undo",
        "Undo",
        "Edit",
        "Ctrl+Z",
        "undo-2",
        "Take back what was done last: a stroke, a parameter, a reset, an import",
        can_undo,
    ),
    ActionSpec(
        "edit.redo",
        "Redo",
        "Edit",
        "Ctrl+Shift+Z",
        "redo-2",
        "Do again what was undone",
        can_redo,
        also="Ctrl+Y",
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    edit = _Edit(shell)
    return {"edit.undo": edit.undo, "edit.redo": edit.redo}


class _Edit:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def undo(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.undo()

    def redo(self, argument: str) -> None:
        chronicle = self._shell.parts["chronicle"].present
        if chronicle is not None:
            chronicle.redo()
