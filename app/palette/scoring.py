"""How well an entry answers to what was typed: first letters before middles before likeness.

Typed letters that begin a title, begin its words, or stand in it in one piece count first, in that
order; what is only like them (letters left out or swapped) comes after, by rapidfuzz's weighted
ratio (Bachmann, https://rapidfuzz.github.io). rapidfuzz is imported when the palette first opens,
not with the window.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = ["Scored", "prepare", "rank"]

EXACT = 120.0
BEGINS = 110.0
INITIALS = 100.0
WORDS = 96.0
WITHIN = 90.0
ELSEWHERE = 80.0
LIKE = 0.72
"""What likeness (0 to 100) is worth: the best of it lies below `ELSEWHERE`."""
LEAST = 72.0
"""Likeness below this is chance."""
RECENT = 3.0
"""What the entry that was chosen last gains; half of it for the one before, and so on."""
REFUSED = 4.0
"""What an entry loses that cannot be done now: no more, or what is less meant would hide it."""


class Scored(Protocol):
    """What is searched of an entry."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def weight(self) -> float: ...


def rank(
    typed: str, entries: Sequence[Scored], recent: Mapping[str, int], most: int
) -> list[tuple[float, int]]:
    """Find the entries that answer best.

    Parameters
    ----------
    typed : str
        Case does not count; nothing answers to "".
    entries : sequence of Scored
        What is wanted of them is lower-cased once per call.
    recent : mapping of id to int
        Place among those chosen last, 0 for the very last.
    most : int
        How many are returned at most.

    Returns
    -------
    list of (float, int)
        Score and index into `entries`, the best first; equal ones in the order of `entries`.
    """
    query = " ".join(typed.lower().split())
    if not query:
        return []
    titles = [entry.title.lower() for entry in entries]
    scores = [_plainly(query, title) for title in titles]
    _by_words(query, entries, scores)
    if len(query) > 2:
        _by_likeness(query, titles, scores)
    scores = [
        score + entry.weight - (REFUSED if entry.reason else 0.0) if score else 0.0
        for score, entry in zip(scores, entries, strict=True)
    ]
    for index, entry in enumerate(entries):
        place = recent.get(entry.id)
        if place is not None and scores[index]:
            scores[index] += RECENT / 2.0**place
    ranked = ((score, -index) for index, score in enumerate(scores) if score > 0.0)
    return [(score, -index) for score, index in heapq.nlargest(most, ranked)]


def prepare() -> None:
    """Import what likeness is measured by, so that no key press has to."""
    import rapidfuzz.process  # noqa: F401


def _plainly(query: str, title: str) -> float:
    """Score letters that stand in the title as they were typed; 0 if they do not."""
    if title.startswith(query):
        # The more of the title was typed, the likelier it is meant.
        return EXACT if len(title) == len(query) else BEGINS + len(query) / len(title)
    parts = title.replace("-", " ").replace("/", " ").split()
    if "".join(part[0] for part in parts).startswith(query.replace(" ", "")):
        return INITIALS
    asked = query.split()
    if all(any(part.startswith(word) for part in parts) for word in asked):
        return WORDS
    if query in title:
        return WITHIN
    return 0.0


def _by_words(query: str, entries: Sequence[Scored], scores: list[float]) -> None:
    """Score those whose help, tags or group hold every word that was typed."""
    asked = query.split()
    for index, entry in enumerate(entries):
        if not scores[index]:
            text = f"{entry.title} {entry.words}".lower()
            if all(word in text for word in asked):
                scores[index] = ELSEWHERE


def _by_likeness(query: str, titles: list[str], scores: list[float]) -> None:
    """Score the rest by likeness of the title."""
    from rapidfuzz import fuzz, process

    rest = {index: titles[index] for index, score in enumerate(scores) if not score}
    for _, likeness, index in process.extract(
        query, rest, scorer=fuzz.WRatio, limit=None, score_cutoff=LEAST
    ):
        scores[index] = LIKE * likeness
