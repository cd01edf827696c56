"""Learning."""

from __future__ import annotations

from functools import partial

from app.deeds.conditions import targetable, trainable
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell
from app.world import World
from engine.core.commands import Train

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "train.toggle",
        "Train",
        "Train",
        "T",
        "graduation-cap",
        "Start or stop learning",
        trainable,
        checkable=True,
    ),
    ActionSpec(
        "train.target",
        "Choose target picture...",
        "Train",
        "Ctrl+Shift+O",
        "image-plus",
        "Choose the picture to learn, or one map of a material",
        targetable,
    ),
    ActionSpec(
        "train.fresh",
        "Forget what was learned",
        "Train",
        "Ctrl+Shift+F",
        "trash-2",
        "Begin training again from fresh weights",
        trainable,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    train = _Train(shell)
    return {
        "train.toggle": train.toggle,
        "train.target": shell.filing.choose_target,
        "train.fresh": train.forget,
    }


class _Train:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def toggle(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None:
            world.submit(Train(not world.state.training))
            self._shell.docks.controls.show()

    def forget(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is None:
            return
        if world.unsaved:
            self._shell.window.ask_to_lose(world, partial(_forget, world))
        else:
            _forget(world)


def _forget(world: World) -> None:
    world.unsaved = False
    world.rebuild(world.state.spec.with_(model=None))
