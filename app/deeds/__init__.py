"""What a user can do in the window, by topic: the words of each action and what it does.

A topic is a module with `SPECS` and `handlers(shell)`; the order here is the order in the menus.
"""

from __future__ import annotations

from importlib import import_module

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["ACTIONS", "all_handlers"]

TOPICS = (
    "session",
    "file",
    "record",
    "edit",
    "time",
    "settings",
    "world",
    "gallery",
    "plugins",
    "link",
    "transport",
    "parameters",
    "mesh",
    "train",
    "tools",
    "pointing",
    "inspect",
    "view",
    "cells",
    "panels",
    "palette",
    "reproduce",
    "help",
    "tour",
    "program",
)
_MODULES = tuple(import_module(f"{__name__}.{topic}") for topic in TOPICS)

ACTIONS: tuple[ActionSpec, ...] = tuple(spec for module in _MODULES for spec in module.SPECS)


def all_handlers(shell: Shell) -> dict[str, Handler]:
    """Return what every action does, by its id."""
    found: dict[str, Handler] = {}
    for module in _MODULES:
        found.update(module.handlers(shell))
    return found
