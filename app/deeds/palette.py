"""The command palette."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "palette.open",
        "Command palette...",
        "View",
        "Ctrl+Shift+P",
        "search",
        "Find an action, a preset, a world or a parameter by a few letters",
        also="Ctrl+K",
        separator=True,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    return {"palette.open": _Palette(shell).open}


class _Palette:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def open(self, argument: str) -> None:
        self._shell.parts["palette"].open(argument)
