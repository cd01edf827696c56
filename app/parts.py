"""The parts that a window is made of beyond its frame; adding one is one line here.

Each module has ``install(shell) -> Part``. Parts are installed before the actions are made, and
their panels stand in the docks before the layout of the last time is restored.
"""

from __future__ import annotations

from importlib import import_module

from app.shell import Part, Shell

__all__ = ["install_parts"]

# Name in `Shell.parts`, and module.
PARTS: tuple[tuple[str, str], ...] = (
    ("session", "app.session.part"),
    ("losing", "app.losing"),
    ("settings", "app.settings_part"),
    ("reports", "app.reports"),
    ("palette", "app.palette.part"),
    ("guide", "app.guide.part"),
    ("chronicle", "app.chronicle"),
    ("goals", "app.goals"),
    ("following", "app.following"),
    ("tour", "app.tour.part"),
    ("gallery", "app.gallery.part"),
    ("plugins", "app.plugins.part"),
    ("console", "app.console.part"),
    ("links", "app.links"),
    ("copies", "app.copies"),
    ("inspect", "app.inspecting"),
    ("reproduce", "app.reproduce.part"),
    ("films", "app.film_watch"),
    ("remaking", "app.remaking"),
)


def install_parts(shell: Shell) -> None:
    """Install every part, in the order of the table."""
    for name, module in PARTS:
        part: Part = import_module(module).install(shell)
        shell.parts[name] = part
