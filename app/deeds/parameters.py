"""Parameters, all at once."""

from __future__ import annotations

from app.deeds.conditions import alive, has_pending, has_world
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
    ActionSpec(
        "params.search",
        "Find a parameter",
        "World",
        "/",
        "search",
        "Search the parameters of this world by a few letters",
        has_world,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    all = _Parameters(shell)
    return {
        "params.apply": all.apply,
        "params.defaults": all.defaults,
        "params.search": all.search,
    }


class _Parameters:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def apply(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            self._shell.lab.world.apply_pending()

    def defaults(self, argument: str) -> None:
        self._shell.controls.parameters.reset_all()

    def search(self, argument: str) -> None:
        self._shell.docks.controls.show()
        self._shell.controls.search_parameters(argument)
