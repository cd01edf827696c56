"""Worlds: opening and closing them."""

from __future__ import annotations

from app.deeds.conditions import has_world
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from engine.core import registry
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "world.new", "New world...", "World", "Ctrl+T", "plus", "Open another world beside this"
    ),
    ActionSpec(
        "world.open", "Open system", "", "", "", "Open SYSTEM or SYSTEM/PRESET", scripted=True
    ),
    ActionSpec("world.close", "Close world", "World", "Ctrl+W", "x", "Close this world", has_world),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    world = _World(shell)
    return {"world.new": world.new, "world.open": world.open, "world.close": world.close}


class _World:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def new(self, argument: str) -> None:
        lab = self._shell.lab
        if argument:
            lab.open_preset(*argument.split("/", 1), replace=False)
            return
        self._shell.docks.gallery.show()
        self._shell.gallery.search()

    def open(self, argument: str) -> None:
        slug, _, preset = argument.partition("/")
        if not slug:
            raise BadInput("world.open needs a system", remedy="Write world.open SYSTEM/PRESET")
        if ":" not in slug:  # else one of the user's own, see `Lab.sources`
            registry.entry(slug)
        self._shell.lab.open_preset(slug, preset)

    def close(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            self._shell.window.close_world(self._shell.lab.world)
