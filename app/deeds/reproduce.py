"""Published figures as checks."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "reproduce.open",
        "Reproduce a figure...",
        "Reproduce",
        "Ctrl+Shift+E",
        "flask-conical",
        "Run a published figure as a check",
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    return {"reproduce.open": _Reproduce(shell).open}


class _Reproduce:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def open(self, argument: str) -> None:
        from engine import experiments

        names = list(experiments.names())
        name, chosen = argument, bool(argument)
        if not argument:
            name, chosen = QInputDialog.getItem(
                self._shell.window, "Reproduce", "Published figure", names, 0, False
            )
        if chosen:
            self._shell.window.reproduce(name)
