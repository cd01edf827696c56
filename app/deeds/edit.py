"""Taking back and doing again."""

from __future__ import annotations

from app.deeds.conditions import can_redo, can_undo
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from engine.core.commands import Redo, Undo

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "edit.undo",
        "Undo",
        "Edit",
        "Ctrl+Z",
        "undo-2",
        "Take back the last stroke or action",
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
        self._shell.lab.submit(Undo())

    def redo(self, argument: str) -> None:
        self._shell.lab.submit(Redo())
