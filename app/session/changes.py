"""What changed since a session was saved, in words, and whether any of it is work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Change", "Mark", "changes", "same"]


@dataclass(frozen=True)
class Mark:
    """How a world stood.

    Attributes
    ----------
    world : int
        Number of the world in this program.
    title : str
    step, seed, updates : int
    edits : int
        Everything that was done to it by hand since it was built.
    params : dict
        With the changes that wait.
    bookmarks : tuple of str
        Titles.
    unsaved : bool
        Whether it learned what no file of a model holds.
    """

    world: int
    title: str
    step: int = 0
    seed: int = 0
    updates: int = 0
    edits: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    bookmarks: tuple[str, ...] = ()
    unsaved: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was saved; `work` if somebody would miss it."""

    title: str
    words: str
    work: bool = True

    def __str__(self) -> str:
        return f"{self.title}: {self.words}"


def changes(saved: Sequence[Mark], now: Sequence[Mark]) -> list[Change]:
    """Compare how the worlds stand with how they stood."""
    before = {mark.world: mark for mark in saved}
    after = {mark.world for mark in now}
    found = [Change(mark.title, "closed") for mark in saved if mark.world not in after]
    for mark in now:
        old = before.get(mark.world)
        if old is None:
            found += _opened(mark, among=bool(saved))
        else:
            found += _within(old, mark)
    return found


def same(saved: Sequence[Mark], now: Sequence[Mark]) -> bool:
    """Tell whether nothing at all changed, time included."""
    return tuple(saved) == tuple(now)


def _opened(mark: Mark, *, among: bool) -> list[Change]:
    """Tell of a world that was not there; among others that were saved it is work by itself.

    Opened and looked at, it can be opened again; what was done in it cannot.
    """
    done = []
    if mark.updates:
        done.append(Change(mark.title, f"{mark.updates:,} updates of training", mark.unsaved))
    if mark.bookmarks:
        done.append(Change(mark.title, _marks(len(mark.bookmarks))))
    if mark.edits:
        done.append(Change(mark.title, _by_hand(mark.edits)))
    return done or [Change(mark.title, "opened", work=among)]


def _marks(count: int) -> str:
    return "one bookmark" if count == 1 else f"{count:,} bookmarks"


def _by_hand(count: int) -> str:
    return "one change by hand" if count == 1 else f"{count:,} changes by hand"


def _within(old: Mark, new: Mark) -> list[Change]:
    title = new.title
    found: list[Change] = []
    if old.title != title:
        found.append(Change(title, f"was called {old.title}"))
    if new.updates != old.updates:
        gained = new.updates - old.updates
        words = f"{gained:,} more updates of training" if gained > 0 else "training began anew"
        found.append(Change(title, words))
    values = [
        Change(title, f"{name} is {_shown(value)}, was {_shown(old.params.get(name))}")
        for name, value in new.params.items()
        if old.params.get(name) != value
    ]
    gained = new.edits - old.edits
    if gained < 0:
        found.append(Change(title, "built anew"))
    elif gained > len(values):  # each value that was set counts as one, and is told by itself
        found.append(Change(title, _by_hand(gained - len(values))))
    found += values
    if new.seed != old.seed:
        found.append(Change(title, f"seed {new.seed}, was {old.seed}"))
    if new.bookmarks != old.bookmarks:
        found.append(Change(title, f"{_marks(len(new.bookmarks))}, was {len(old.bookmarks)}"))
    if new.step != old.step:
        way = "forward" if new.step > old.step else "back"
        found.append(Change(title, f"{way} to step {new.step:,}, from {old.step:,}", work=False))
    return found


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
