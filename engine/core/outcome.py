"""What a command gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.core.commands import Command

__all__ = ["Outcome"]


@dataclass
class Outcome:
    """What a command gave.

    Attributes
    ----------
    value : object
    inverse : Command, optional
        What undoes it.
    gesture : int
        Number of the gesture of the hand that it was or was part of; 0 if it was none.
    later : bool
        The reply comes when something is reached.
    done : list of int
        Ids of older commands that are answered by this one.
    untold : str
        Why the command alone does not tell what was done: it read a file. "" where it does.
    """

    value: Any = None
    inverse: Command | None = None
    gesture: int = 0
    later: bool = False
    done: list[int] = field(default_factory=list)
    untold: str = ""
