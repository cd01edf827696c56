"""What in one world is the same as a command in another one: strokes, parameters, jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.world import World
from engine.core.commands import (
    Act,
    Brush,
    Command,
    Jump,
    Load,
    Pack,
    Rebuild,
    Record,
    Reset,
    Restore,
    SetSpeed,
)
from engine.core.spec import Asset
from engine.core.views import ImageView, MeshView

__all__ = ["twin_of"]


def twin_of(command: Command, world: World, other: World, ahead: int) -> Command | None:
    """Make the command that does in another world what one does in its own.

    Parameters
    ----------
    command : Command
        Of `world`; it is not sent itself.
    world, other : World
    ahead : int
        How many steps the other world is ahead.

    Returns
    -------
    Command or None
        None where there is nothing like it: time and seeds are shared by all worlds, the rest by
        those of one system, strokes only where places are the same, files not at all.
    """
    if isinstance(command, Jump):
        return Jump(command.step + ahead)
    if isinstance(command, SetSpeed):
        return replace(command)
    if isinstance(command, Reset):
        return Reset(world.state.seed if command.seed is None else command.seed)
    if world.slug != other.slug or isinstance(command, Load | Restore | Record | Pack):
        return None
    if isinstance(command, Rebuild):
        return _same_change(command, world, other)
    if isinstance(command, Brush) and not _same_places(command.stroke.view, world, other):
        return None
    if isinstance(command, Act) and any(
        isinstance(value, Path | Asset | bytes) for value in _leaves(command.arguments)
    ):
        return None
    return replace(command)


def _same_change(command: Rebuild, world: World, other: World) -> Command | None:
    """Change the parameters that a rebuild changes."""
    before, now = world.state.spec, other.state.spec
    same = command.spec.mesh is before.mesh and command.spec.target is before.target
    changed = {
        name: value
        for name, value in command.spec.params.items()
        if name not in before.params or before.params[name] != value
    }
    if not (command.keep_model and same and changed):
        return None
    return Rebuild(now.with_(params={**now.params, **changed}), keep_model=True)


def _same_places(view: str, world: World, other: World) -> bool:
    """Tell whether a place in one world is the same place in the other one."""
    one, two = world.views.get(view), other.views.get(view)
    if isinstance(one, ImageView) and isinstance(two, ImageView):
        return one.extent == two.extent
    if isinstance(one, MeshView) and isinstance(two, MeshView):
        return one.topology == two.topology
    first, second = world.state.spec, other.state.spec
    return first.params == second.params and first.mesh is second.mesh


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what is in a nest of mappings and sequences."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
