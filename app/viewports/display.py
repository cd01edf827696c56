"""What a viewport lets be changed about how it draws: switches, ways to look, and what else."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Display", "Jump", "Switch"]


@dataclass(frozen=True)
class Switch:
    """Something that is on or off.

    `icon` (a Lucide name) puts a button on the picture beside the line in the menu.
    """

    name: str
    words: str
    on: bool = False
    key: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Jump:
    """A place to look from."""

    name: str
    words: str
    key: str = ""


@dataclass(frozen=True)
class Display:
    """All of that of one kind of viewport.

    Attributes
    ----------
    switches : tuple of Switch
    jumps : tuple of Jump
    maps : bool
        Whether it draws scalars itself, by a colour map that may be chosen.
    tiles : bool
        Whether all channels may be shown side by side, and their principal components.
    components : bool
        Whether the principal components may be shown though there are no tiles.
    words : str
        What the menu is about, for its tooltip.
    """

    switches: tuple[Switch, ...] = ()
    jumps: tuple[Jump, ...] = ()
    maps: bool = False
    tiles: bool = False
    components: bool = False
    words: str = ""
