"""The program itself."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (ActionSpec("file.quit", "Quit", "File", "Ctrl+Q", "", "", separator=True),)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    return {"file.quit": _Program(shell).quit}


class _Program:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def quit(self, argument: str) -> None:
        self._shell.window.close()
