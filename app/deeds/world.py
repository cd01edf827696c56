"""Worlds: opening and closing them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog
from shiboken6 import isValid

from app.deeds.conditions import alive, has_world
from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.shell import Shell
from app.world import World
from engine.core import registry
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]

_LONGEST = 60  # letters of a title


def _several(lab: Lab) -> str:
    """Need two worlds."""
    return "" if len(lab.worlds) > 1 else "Only one world is open" if lab.worlds else has_world(lab)


SPECS = (
    ActionSpec(
        "world.new", "New world...", "World", "Ctrl+T", "plus", "Open another world beside this"
    ),
    ActionSpec(
        "world.open", "Open system", "", "", "", "Open SYSTEM or SYSTEM/PRESET", scripted=True
    ),
    ActionSpec(
        "world.duplicate",
        "Duplicate world",
        "World",
        "Ctrl+Shift+D",
        "copy",
        "Open a copy of this world as it is now, in a part beside it",
        alive,
    ),
    ActionSpec(
        "world.rename", "Rename world...", "World", "F2", "", "Give this world a title", has_world
    ),
    ActionSpec("world.close", "Close world", "World", "Ctrl+W", "x", "Close this world", has_world),
    ActionSpec(
        "world.next",
        "Next world",
        "World",
        "Ctrl+PgDown",
        "",
        "Turn to the next tab",
        _several,
        also="Ctrl+Tab",
    ),
    ActionSpec(
        "world.previous",
        "Previous world",
        "World",
        "Ctrl+PgUp",
        "",
        "Turn to the tab before",
        _several,
        also="Ctrl+Shift+Tab",
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    world = _World(shell)
    return {
        "world.new": world.new,
        "world.open": world.open,
        "world.duplicate": world.duplicate,
        "world.rename": world.rename,
        "world.close": world.close,
        "world.next": world.next,
        "world.previous": world.previous,
    }


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

    def rename(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is None:
            return
        if argument:
            _rename(world, argument)
            return
        dialog = QInputDialog(self._shell.window)
        dialog.setWindowTitle("Rename world")
        dialog.setLabelText("Title")
        dialog.setTextValue(world.title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(partial(_rename, world))
        dialog.open()

    def close(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            front = self._shell.workspace.focused  # it may be a comparison
            self._shell.window.close_item(front if front is not None else self._shell.lab.world)

    def duplicate(self, argument: str) -> None:
        if self._shell.lab.world is not None:
            self._shell.parts["copies"].duplicate(self._shell.lab.world)

    def next(self, argument: str) -> None:
        self._turn(1)

    def previous(self, argument: str) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        lab = self._shell.lab
        if lab.world is not None and len(lab.worlds) > 1:
            place = lab.worlds.index(lab.world) + step
            lab.select(lab.worlds[place % len(lab.worlds)])


def _rename(world: World, title: str) -> None:
    if title.strip() and isValid(world):
        preset = world.preset
        world.set_title(title.strip()[:_LONGEST])
        world.preset = preset  # another title is no other world
