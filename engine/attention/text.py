"""Symbols as characters: how tokens are written, and how a typed text becomes tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["LONGEST", "TYPED", "label", "labels", "read_text", "write_text"]

TYPED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ."
"""The characters of the first 64 symbols, in the order of their tokens."""

LONGEST = 64
"""Characters that a typed text may have at most."""

_FURTHER = "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩБГДЖЗИЙЛПУФЦЧШЩЪЫЬЭЮЯбгджзийлпф"
_SHOWN = TYPED.replace(" ", "␣") + _FURTHER  # a blank on an axis could not be seen
_TOKENS = {character: token for token, character in enumerate(TYPED)}
_SHOWN_BEFORE = 12  # characters of a refused text that are repeated before the mark
_SHOWN_AFTER = 12


def label(token: int) -> str:
    """Write one symbol: a character, or its number where characters have run out."""
    return _SHOWN[token] if 0 <= token < len(_SHOWN) else f"#{token}"


def labels(tokens: NDArray[np.integer]) -> tuple[str, ...]:
    """Write every token for an axis; the blank is shown as an open box."""
    return tuple(label(int(token)) for token in tokens)


def write_text(tokens: NDArray[np.integer]) -> str:
    """Write tokens as the text that `read_text` reads; symbols that cannot be typed as `label`."""
    return "".join(TYPED[t] if 0 <= t < len(TYPED) else label(int(t)) for t in tokens)


def read_text(
    text: str, *, vocabulary: int = len(TYPED), longest: int = LONGEST
) -> NDArray[np.int64]:
    """Turn a typed text into tokens.

    Parameters
    ----------
    text : str
    vocabulary : int
        Symbols that the model knows: of fewer than 64 only the first ones can be typed.
    longest : int
        Tokens that the model can read; never more than `LONGEST` are taken.

    Returns
    -------
    ndarray, shape (len(text),), int64

    Raises
    ------
    BadInput
        If the text is empty, too long, or has a character that is no symbol: named with its place,
        counted from 1, and marked in the text.
    """
    if not text:
        raise BadInput("the text is empty", remedy="Type one character or more")
    known = min(vocabulary, len(TYPED))
    for place, character in enumerate(text):
        if _TOKENS.get(character, known) >= known:
            raise BadInput(
                f"character {place + 1} of the text, {character!r}, is not one of the {known} "
                f"symbols: {_marked(text, place)}",
                remedy=f"Use {_allowed(known)}",
            )
    longest = min(longest, LONGEST)
    if len(text) > longest:
        raise BadInput(
            f"the text has {len(text)} characters and the model reads at most {longest}",
            remedy=f"Leave out {len(text) - longest}",
        )
    return np.array([_TOKENS[character] for character in text], np.int64)


def _marked(text: str, place: int) -> str:
    """Repeat the surroundings of a place with »« about the character."""
    before = text[max(place - _SHOWN_BEFORE, 0) : place]
    after = text[place + 1 : place + 1 + _SHOWN_AFTER]
    lead = "…" if place > _SHOWN_BEFORE else ""
    tail = "…" if place + 1 + _SHOWN_AFTER < len(text) else ""
    return f"{lead}{_plain(before)}»{_plain(text[place])}«{_plain(after)}{tail}"


def _plain(text: str) -> str:
    """Write what cannot be printed as an escape, so that a message stays one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _allowed(known: int) -> str:
    """Say in words which characters the first `known` symbols are."""
    if known == len(TYPED):
        return "A-Z, a-z, 0-9, space and full stop"
    parts = []
    for first in ("A", "a", "0", " ", "."):
        begin = _TOKENS[first]
        size = {"A": 26, "a": 26, "0": 10}.get(first, 1)
        end = min(begin + size, known) - 1
        if end < begin:
            break
        name = {" ": "space", ".": "full stop"}.get(first, first)
        parts.append(name if end == begin else f"{first}-{TYPED[end]}")
    return ", ".join(parts)
