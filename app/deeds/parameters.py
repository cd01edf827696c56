"""Parameters, all at once."""

from __future__ import annotations

from app.deeds.conditions import alive, has_pending
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "params.apply",
        "Apply and restart",
        "World",
        "Ctrl+Return",
        "refresh-cw",
        "Build the world anew with the changed parameters",
        has_pending,
        separator=True,
    ),
    ActionSpec(
        "params.defaults",
        "Reset all parameters",
        "World",
        "Ctrl+Backspace",
        "",
        "Bring every parameter back to what the world began with",
        alive,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    all = _Parameters(shell)
    return {"params.apply": all.apply, "params.defaults": all.defaults}


class _Parameters:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def apply(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            self._shell.lab.world.apply_pending()

    def defaults(self, argument: str) -> None:
        self._shell.controls.parameters.reset_all()
