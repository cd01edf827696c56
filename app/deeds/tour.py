"""The tour of the window."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (ActionSpec("help.tour", "Tour", "Help", "", "compass", "Five steps through the window"),)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    return {"help.tour": _Tour(shell).start}


class _Tour:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def start(self, argument: str) -> None:
        self._shell.parts["tour"].toggle()
