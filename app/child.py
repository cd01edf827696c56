"""How the window starts the program once more, for work in a process of its own."""

from __future__ import annotations

import sys

from engine.core.child import frozen

__all__ = ["command"]


def command(*arguments: str) -> list[str]:
    """Return the words that start ``primordia ARGUMENTS``, from sources and from a bundle alike.

    From sources the child must find the packages: start it in any folder, since the packages are
    installed, or in the clone.
    """
    if frozen():
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "app.cli", *arguments]
