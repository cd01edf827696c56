"""What a session says beside the states of its worlds: ``session.json`` of its zip archive.

What names a member of the archive is believed only exactly as we write it. What merely arranges the
window is read forgivingly: a wrong or unknown value takes its default, so that a session of another
version opens.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, get_args

from engine.core.errors import BadInput
from engine.core.system import Scope

__all__ = [
    "ENDING",
    "FORMAT",
    "MANIFEST",
    "MOST_BOOKMARKS",
    "MOST_WORLDS",
    "PICTURE",
    "KeptBookmark",
    "KeptWorld",
    "Manifest",
    "from_json",
    "plain",
    "to_json",
]

FORMAT = 1
"""Version of the layout; a file of a later one is refused."""

ENDING = ".primordia"
MANIFEST = "session.json"
PICTURE = "picture.png"
MOST_WORLDS = 100
MOST_BOOKMARKS = 99
"""Of one world."""

_DEPTH = 40  # of what a memento may hold
_STATE = re.compile(r"worlds/[1-9][0-9]{0,2}\.safetensors")
_BOOKMARK = re.compile(r"worlds/[1-9][0-9]{0,2}\.bookmark-[1-9][0-9]?\.safetensors")
_SERIES = re.compile(r"worlds/[1-9][0-9]{0,2}\.series\.safetensors")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class KeptBookmark:
    """A state of a world that the user wanted kept: its title, and the member that holds it."""

    title: str
    checkpoint: str


@dataclass(frozen=True)
class KeptWorld:
    """One world, but for its state.

    Attributes
    ----------
    slug, title, preset : str
    scope : "world" or "training"
        Of its checkpoint.
    step, seed, updates : int
    device : str
        On which it was to run: "auto", "cpu" or "cuda".
    playing, training, unsaved : bool
        Whether time ran and whether it learned; whether it learned what no model file holds.
    speed : float, optional
        Ticks per second, None for as fast as it goes.
    stride : int, optional
        A picture every so many steps, None as time allows.
    pending : dict
        Changes of parameters that wait for "Apply and restart".
    page : dict
        The memento of its page: views, cameras, colours.
    bookmarks : tuple of KeptBookmark
    files : tuple of str
        Files that its parameters name, which no checkpoint brings.
    checkpoint, series : str
        Members of the archive; "" for no series.
    """

    slug: str = ""
    title: str = ""
    preset: str = ""
    scope: Scope = "world"
    step: int = 0
    seed: int = 0
    updates: int = 0
    device: str = "auto"
    playing: bool = False
    training: bool = False
    unsaved: bool = False
    speed: float | None = None
    stride: int | None = None
    pending: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    bookmarks: tuple[KeptBookmark, ...] = ()
    files: tuple[str, ...] = ()
    checkpoint: str = ""
    series: str = ""


@dataclass(frozen=True)
class Manifest:
    """What is in the archive and how it was arranged.

    Attributes
    ----------
    worlds : tuple of KeptWorld
    selected : int
        Place of the world in front, -1 without one.
    workspace, parts : dict
        Mementos of the splits, and of the parts of the window by their names.
    layout : str
        Qt's layout of the panels, base64, with `layout_version`.
    saved : str
        When, ISO 8601.
    program : str
        Version that wrote it.
    name : str
        File that an autosaved session belongs to; "" for none yet.
    members : dict of str to str
        SHA-256 of every member but ``session.json`` itself.
    """

    worlds: tuple[KeptWorld, ...] = ()
    selected: int = -1
    workspace: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    layout: str = ""
    layout_version: int = 0
    saved: str = ""
    program: str = ""
    name: str = ""
    members: Mapping[str, str] = field(default_factory=dict)


def to_json(manifest: Manifest) -> bytes:
    """Write a manifest; what JSON cannot hold in a memento is left out."""
    content = {"format": FORMAT, **plain(asdict(manifest))}
    return json.dumps(content, indent=1, allow_nan=False).encode()


def from_json(text: bytes) -> Manifest:
    """Read a manifest.

    Raises
    ------
    BadInput
        If it is none, of a later version, or names members as we never do.
    """
    try:
        content = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise BadInput("has a broken table of contents") from None
    number = content.get("format") if isinstance(content, dict) else None
    if type(number) is not int or number < 1 or not isinstance(content.get("worlds"), list):
        raise BadInput("is not a session of Primordia")
    if number > FORMAT:
        raise BadInput("was saved by a newer version", remedy="Open it with that version")
    if len(content["worlds"]) > MOST_WORLDS:
        raise BadInput(f"holds more than {MOST_WORLDS} worlds")
    worlds = tuple(_world(entry, place) for place, entry in enumerate(content["worlds"]))
    members = content.get("members")
    hashes = members.values() if isinstance(members, dict) else ()
    if not isinstance(members, dict) or not all(_is(_HASH, h) for h in hashes):
        raise BadInput("does not say what belongs to it")
    manifest = Manifest(**_taken(Manifest(), {**content, "worlds": worlds}))
    if not -1 <= manifest.selected < len(worlds):
        manifest = Manifest(**{**_shallow(manifest), "selected": len(worlds) - 1})
    return manifest


def plain(value: Any, depth: int = 0) -> Any:
    """Return what JSON can hold of a value; the rest, and numbers that are none, become None."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return plain(value.item(), depth)  # a number of numpy
    if depth < _DEPTH and isinstance(value, Mapping):
        return {str(key): plain(entry, depth + 1) for key, entry in value.items()}
    if depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
        return [plain(entry, depth + 1) for entry in value]
    return None


def _world(content: Any, place: int) -> KeptWorld:
    if not isinstance(content, dict):
        raise BadInput(f"says nothing of world {place + 1}")
    kept = KeptWorld(**_taken(KeptWorld(), content))
    marks = tuple(_bookmark(entry, place) for entry in kept.bookmarks[:MOST_BOOKMARKS])
    kept = replace(kept, bookmarks=marks)
    if not _is(_STATE, kept.checkpoint) or (kept.series and not _is(_SERIES, kept.series)):
        raise BadInput(f"does not say where the state of world {place + 1} is")
    if kept.scope not in get_args(Scope) or not kept.slug:
        raise BadInput(f"does not say what world {place + 1} is")
    return kept


def _bookmark(content: Any, place: int) -> KeptBookmark:
    member = content.get("checkpoint") if isinstance(content, dict) else None
    if not _is(_BOOKMARK, member):
        raise BadInput(f"does not say where a bookmark of world {place + 1} is")
    return KeptBookmark(str(content.get("title", "")), str(member))


def _taken(default: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    """Take those values that are of the type of the default; numbers may be None where it is."""
    found: dict[str, Any] = {}
    for name, before in _shallow(default).items():
        value = content.get(name, before)
        if isinstance(before, tuple) and isinstance(value, list | tuple):
            found[name] = tuple(value)
        elif before is None and isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = value if math.isfinite(value) and value > 0 else None
        elif type(value) is type(before):
            found[name] = value
        else:
            found[name] = before
    if "files" in found:
        found["files"] = tuple(file for file in found["files"] if isinstance(file, str))
    return found


def _shallow(thing: Any) -> dict[str, Any]:
    return {entry.name: getattr(thing, entry.name) for entry in fields(thing)}


def _is(pattern: re.Pattern[str], text: Any) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None
