"""Putting a program into the world, by whatever actions the world offers for it."""

from __future__ import annotations

from typing import Any

from app.world import World
from engine.core.programs import Place
from engine.core.system import ActionOffer

__all__ = ["insertions", "known_arguments"]

CODE_NAMES = ("code", "program", "text")


def insertions(world: World | None) -> tuple[ActionOffer, ...]:
    """Return the actions of a world that take a program's text."""
    can = world.state.capabilities if world is not None else None
    return tuple(o for o in (can.actions if can is not None else ()) if known_arguments(o, b""))


def known_arguments(offer: ActionOffer, code: bytes, place: Place | None = None) -> dict[str, Any]:
    """Fill in what is known of an action's arguments; nothing where it takes no program.

    Parameters
    ----------
    offer : ActionOffer
    code : bytes
        The program, for a text field named "code", "program" or "text".
    place : Place, optional
        Where it was picked, for a number named "program".
    """
    fields = (offer.schema or {}).get("properties", {})
    known: dict[str, Any] = {
        name: "hex:" + code.hex()
        for name in CODE_NAMES
        if name in fields and fields[name].get("type") == "string"
    }
    if known and place is not None and fields.get("program", {}).get("type") == "integer":
        known["program"] = place.program
    return known
