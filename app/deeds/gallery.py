"""Presets: the user's own, and those with a star."""

from __future__ import annotations

from app.deeds.conditions import alive
from app.deeds.spec import ActionSpec, Handler
from app.lab import Lab
from app.shell import Shell
from engine.core.errors import BadInput

__all__ = ["SPECS", "handlers"]


def _from_preset(lab: Lab) -> str:
    """Need a world that was opened from a preset."""
    if lab.world is None:
        return "Open a world first"
    return "" if lab.world.preset else "This world is no preset; save it as one first"


SPECS = (
    ActionSpec(
        "gallery.save",
        "Save as preset...",
        "World",
        "",
        "save",
        "Keep this world in the gallery, with a picture and words of your own",
        alive,
        separator=True,
    ),
    ActionSpec(
        "gallery.star",
        "Favourite",
        "World",
        "Ctrl+D",
        "star",
        "Give this preset a star in the gallery, or take it away",
        _from_preset,
    ),
    ActionSpec(
        "gallery.delete", "Delete preset", "", "", "", "Delete one of your own", scripted=True
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    presets = _Presets(shell)
    return {
        "gallery.save": presets.save,
        "gallery.star": presets.star,
        "gallery.delete": presets.delete,
    }


class _Presets:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def save(self, argument: str) -> None:
        """Ask for the words; with an argument, which is the title, save it at once."""
        from app.gallery.save import Words
        from app.gallery.saving import starts

        part, world = self._shell.parts["gallery"], self._shell.lab.world
        if argument and world is not None:
            part.save(world, Words(argument), next(iter(starts(world))))
        else:
            part.ask_save()

    def star(self, argument: str) -> None:
        world = self._shell.lab.world
        if world is not None:
            own = world.preset.startswith("user:")
            key = world.preset if own else f"{world.slug}/{world.preset}"
            self._shell.parts["gallery"].star(key)

    def delete(self, argument: str) -> None:
        part = self._shell.parts["gallery"]
        if not argument:
            known = ", ".join(preset.name for preset in part.own.all()) or "none"
            raise BadInput("gallery.delete needs a preset", remedy=f"Use one of: {known}")
        part.delete(argument)
