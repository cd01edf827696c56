"""What is likely meant while nothing is typed: what was used last, then what is done most."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Mapping, Sequence

from app.palette.entries import Entry

__all__ = ["likely"]

_FIRST = (
    "transport.play",
    "transport.step",
    "transport.back",
    "transport.reset",
    "transport.reseed",
    "train.toggle",
    "world.new",
    "edit.undo",
    "file.open",
    "session.open",
    "help.guide",
    "help.tour",
)
_PLACES = {f"action:{id}": place for place, id in enumerate(_FIRST)}
_GROUPS = (
    "Action of this system",
    "View of this world",
    "Open world",
    "World",
    "Train",
    "Edit",
    "Brush",
    "View",
    "Reproduce",
    "File",
    "Help",
    "Bookmark",
    "Parameter",
    "Preset",
    "Recent file",
    "Theme",
    "Setting",
)
_LAST = sys.maxsize
_ORDER = {group: place for place, group in enumerate(_GROUPS)}


def likely(entries: Sequence[Entry], recent: Mapping[str, int], most: int) -> list[Entry]:
    """List what is likely meant.

    Parameters
    ----------
    entries : sequence of Entry
    recent : mapping of id to int
        Place among those chosen last, 0 for the very last.
    most : int
        How many are returned at most.

    Returns
    -------
    list of Entry
        What was chosen last; then what is done with a world now, from playing on; then the rest by
        kinds, presets first while no world is open. What cannot be done now comes after all that
        can.
    """
    order = _ORDER
    if not any(entry.group == "Open world" for entry in entries):
        order = {**_ORDER, "Preset": -1}
    keys = (
        (
            bool(entry.reason),
            recent.get(entry.id, _LAST),
            _PLACES.get(entry.id, _LAST),
            order.get(entry.group, _LAST),
            index,
        )
        for index, entry in enumerate(entries)
    )
    return [entries[key[-1]] for key in heapq.nsmallest(most, keys)]
