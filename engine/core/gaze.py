"""What is looked at in a world: views by name, and more requests of one view under aliases.

A key is "VIEW" or "VIEW@CLIENT". The plain ones are made together, as often as pictures are made.
An alias asks the world for another picture of the same view; aliases come ten times a second or
somewhat oftener, together with the plain views or after them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.core.system import System
from engine.core.views import View, ViewRequest

__all__ = ["Gaze", "view_of"]

# Seconds between two pictures of an alias at least. They come with plain pictures, of which there
# are up to sixty a second: ten in every second need a little less than a tenth.
_EVERY = 0.08


def view_of(key: str) -> str:
    """Return the view that a key asks for: "world" of "world@channels"."""
    return key.partition("@")[0]


class Gaze:
    """Remembers what is wanted and makes it.

    Attributes
    ----------
    owed : bool
        Whether aliases were left out of the last picture because they were too early.
    blind : bool
        Whether no pictures are made at all.
    """

    def __init__(self) -> None:
        self._plain: dict[str, ViewRequest] = {}
        self._aliases: dict[str, ViewRequest] = {}
        self._due = -math.inf
        self.owed = self.blind = False

    @property
    def open(self) -> bool:
        """Whether any picture is wanted."""
        return not self.blind and bool(self._plain or self._aliases)

    def look(self, wanted: Mapping[str, ViewRequest]) -> None:
        """Replace what is wanted; a new alias is due at once."""
        aliases = {key: request for key, request in wanted.items() if "@" in key}
        if aliases != self._aliases:
            self._due = -math.inf
        self._plain = {key: request for key, request in wanted.items() if key not in aliases}
        self._aliases = aliases
        self.owed = self.owed and bool(aliases)

    def delay(self, now: float) -> float:
        """Return the seconds until owed aliases may be made."""
        return max(0.0, self._due - now)

    def views(self, system: System, now: float) -> dict[str, View]:
        """Make what is wanted, and the aliases if they are due."""
        if self.blind:
            return {}
        made = system.views(self._plain) if self._plain else {}
        self.owed = bool(self._aliases) and now < self._due
        if not self.owed:
            made |= self.aliases(system, now)
        return made

    def aliases(self, system: System, now: float) -> dict[str, View]:
        """Make the aliases alone, by their keys; a view that there is not is left out."""
        self.owed, self._due = False, now + _EVERY
        made: dict[str, View] = {}
        for key, request in self._aliases.items():
            view = system.views({view_of(key): request}).get(view_of(key))
            if view is not None:
                made[key] = view
        return made
