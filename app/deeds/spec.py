"""What an action is: a name, words, keys, an icon and a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.deeds.conditions import always
from app.lab import Lab

__all__ = ["ActionSpec", "Condition", "Handler"]

Condition = Callable[[Lab], str]
Handler = Callable[[str], object]


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    id : str
        ``group.verb``; what scripts call it.
    text : str
        In menus; an ellipsis where it asks for something first.
    menu : str
        The menu that holds it; "" for actions without one.
    shortcut, also : str
        In Qt's portable notation; a second key that does the same.
    icon : str
        A Lucide name.
    help : str
        For the tooltip and the status line.
    refusal : callable
        Says why it cannot be done now; "" when it can.
    checkable : bool
        Whether it is a switch.
    separator : bool
        Whether a line is drawn above it in its menu.
    scripted : bool
        Whether it means nothing without an argument: then only scripts can do it.
    """

    id: str
    text: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    help: str = ""
    refusal: Condition = always
    checkable: bool = False
    separator: bool = False
    also: str = ""
    scripted: bool = False
