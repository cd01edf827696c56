"""What the tour tells, step by step, and what it points at: plain data."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from app.shell import Shell

__all__ = ["STEPS", "Step", "with_keys"]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    title, words : str
        ``[id]`` in the words stands for the key of that action, as it is now.
    anchor : callable
        Finds what is pointed at, shown if it was hidden; None where it is not there.
    """

    title: str
    words: str
    anchor: Callable[[Shell], QWidget | None]


def _picture(shell: Shell) -> QWidget | None:
    return shell.page.viewport if shell.page is not None else None


def _transport(shell: Shell) -> QWidget | None:
    return shell.page.overlay.transport if shell.page is not None else None


def _gallery(shell: Shell) -> QWidget | None:
    shell.docks.gallery.show()
    return shell.gallery


def _controls(shell: Shell) -> QWidget | None:
    shell.docks.controls.show()
    return shell.controls


def _palette(shell: Shell) -> QWidget | None:
    button: QWidget = shell.parts["palette"].button
    return button


STEPS = (
    Step(
        "This world is alive",
        "Drag across it and watch how it answers. The wheel zooms, the middle button "
        "moves the picture, the right button opens the menu of a place.",
        _picture,
    ),
    Step(
        "Time is yours",
        "Play and pause [transport.play], step [transport.step], go back [transport.back], begin "
        "again [transport.reset]. Worlds that can learn have Train beside it [train.toggle].",
        _transport,
    ),
    Step(
        "Many more worlds",
        "Click a tile to open it, drag it onto a picture, or search by a word. Drop a picture, a "
        "mesh or a saved model anywhere on the window, too.",
        _gallery,
    ),
    Step(
        "Every number at hand",
        "Parameters take effect while it runs; double-click a name to bring the beginning back. "
        "Training and what you pinned in the picture stand below.",
        _controls,
    ),
    Step(
        "Everything else",
        "A few letters find every action, world, parameter and preset [palette.open]. All keys "
        "can be changed [help.shortcuts]; the guide is in Help.",
        _palette,
    ),
)

_KEY = re.compile(r"\[([a-z]+\.[a-z-]+)\]")


def with_keys(words: str, key_of: Callable[[str], str]) -> str:
    """Write the keys of actions into words; an action without a key leaves no bracket."""

    def key(found: re.Match[str]) -> str:
        text = key_of(found[1])
        return f"({text})" if text else ""

    return re.sub(r" +([,.;:])", r"\1", _KEY.sub(key, words)).replace("  ", " ")
