"""What the gallery lists: tiles of shipped presets, of the user's own, of plugins not yet allowed.

A tile's `key` is what favourites, the list of what was opened last, and drags name it by:
``SLUG/PRESET``, ``user:NAME`` or ``plugin:SLUG``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.gallery.user_presets import UserPreset, UserPresets
from engine.core import registry
from engine.core.presets import Entry
from engine.core.system import SystemInfo

__all__ = ["MIME", "OWN", "Item", "items", "tags_of"]

MIME = "application/x-primordia-preset"
"""What a tile is dragged as: its key."""

OWN = "Mine"
"""The family of the user's own presets and plugins."""

Kind = Literal["preset", "user", "plugin"]


@dataclass(frozen=True)
class Item:
    """A tile: a preset and the words it is found by.

    Attributes
    ----------
    slug, preset : str
        What `Lab.open_preset` takes; the slug of one of the user's own is ``user:NAME``.
    title, system, family, look : str
    thumbnail : Path, optional
    words : str
        In lower case, to search in.
    tags : tuple of str
    kind : "preset", "user" or "plugin"
    badge : str
        The icon of a sign upon the tile, "" for none.
    own : bool
        Whether its system is one of the user's plugins, which runs.
    """

    slug: str
    preset: str
    title: str
    system: str
    family: str
    look: str
    thumbnail: Path | None
    words: str
    tags: tuple[str, ...] = ()
    kind: Kind = "preset"
    badge: str = ""
    own: bool = False

    @property
    def key(self) -> str:
        """How it is remembered, and what a drag carries."""
        return self.slug if self.kind != "preset" else f"{self.slug}/{self.preset}"

    @property
    def mine(self) -> bool:
        """Whether it is the user's own: a preset or a plugin."""
        return self.own or self.kind != "preset"


def items(own: UserPresets | None = None) -> tuple[Item, ...]:
    """List the tiles from the catalogue and the user's folders; no system is imported."""
    entries = registry.catalogue()
    known = {entry.info.slug: entry for entry in entries}
    found = [
        _own_tile(preset, known.get(preset.slug), own)
        for preset in (own.all() if own is not None else ())
        if own is not None
    ]
    found += _plugins()
    waiting = {item.slug.partition(":")[2] for item in found if item.kind == "plugin"}
    folder = registry.plugins()
    written = set(folder.slugs()) if folder is not None else set()
    ready = [entry for entry in entries if entry.info.slug not in waiting]
    for entry in sorted(ready, key=lambda entry: entry.info.slug not in written):  # else as it was
        found += _shipped(entry, own=entry.info.slug in written)
    return tuple(found)


def _shipped(entry: Entry, own: bool) -> list[Item]:
    """List the presets of a system, or the system itself where it has none."""
    info, found = entry.info, []
    for preset in entry.presets:
        words = (preset.title, info.title, info.summary, info.family, *info.tags, *preset.tags)
        found.append(
            Item(
                info.slug,
                preset.id,
                preset.title,
                info.title,
                info.family,
                preset.look or info.summary,
                entry.thumbnail(preset),
                " ".join(words).lower(),
                tuple(dict.fromkeys((*preset.tags, *info.tags))),
                own=own,
            )
        )
    if not entry.presets:
        words = (info.title, info.summary, info.family, *info.tags)
        text = " ".join(words).lower()
        found.append(
            Item(
                info.slug,
                "",
                info.title,
                info.title,
                info.family,
                info.summary,
                None,
                text,
                info.tags,
                own=own,
            )
        )
    return found


def _own_tile(preset: UserPreset, entry: Entry | None, own: UserPresets) -> Item:
    system = entry.info.title if entry is not None else f"{preset.slug}, which is not installed"
    words = (preset.title, system, preset.look, OWN, *preset.tags)
    return Item(
        f"user:{preset.name}",
        "",
        preset.title,
        system,
        OWN,
        preset.look or f"Your own preset of {system}.",
        own.picture(preset.name),
        " ".join(words).lower(),
        preset.tags,
        "user",
    )


def _plugins() -> list[Item]:
    """List what the user's files offer and what does not run: not allowed, not tried, or broken."""
    folder, found = registry.plugins(), []
    for file in folder.files if folder is not None else ():
        assert folder is not None
        state, error = folder.state(file), folder.error(file)
        if state == "running":
            continue
        told = str(error).replace(str(file.path), file.name, 1) if error is not None else ""
        look = {
            "new": f"Not allowed yet: {file.name} is code that can do anything on this computer. "
            "Click to look at it and allow it.",
            "changed": f"{file.name} was changed since it was allowed. Click to look at it.",
            "broken": f"{told} Click to look at it.",
        }.get(state, "")
        badge = "triangle-alert" if state == "broken" else "lock" if state != "allowed" else ""
        nothing = SystemInfo(file.name, file.name, "", "", OWN)
        for info in [glimpse.info for glimpse in file.systems] or [nothing]:
            words = (info.title, info.summary, info.family, OWN, "plugin", *info.tags)
            found.append(
                Item(
                    f"plugin:{info.slug}",
                    "",
                    info.title,
                    f"{info.title}, from {file.name}",
                    info.family,
                    look or info.summary,
                    None,
                    " ".join(words).lower(),
                    info.tags,
                    "plugin",
                    badge,
                )
            )
    return found


def tags_of(found: Sequence[Item], most: int = 12) -> tuple[str, ...]:
    """Return the tags that most tiles have, and at least two; those of one tile tell nothing."""
    counted = Counter(tag.lower() for item in found for tag in item.tags)
    return tuple(tag for tag, count in counted.most_common(most) if count > 1)
