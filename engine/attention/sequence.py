"""A sequence of symbols on display: drawn ones, typed ones, and edits of single symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.attention.hooks import Labels
from engine.attention.prompt_state import Prompt
from engine.attention.tasks.repeats import NO_TARGET, copies, successors
from engine.attention.text import labels
from engine.core.errors import BadInput
from engine.core.system import Action

__all__ = [
    "ACTIONS",
    "EditArguments",
    "break_place",
    "check_symbols",
    "edited",
    "groups_of",
    "segment_of",
    "typed",
    "unused",
    "words_of",
]

Tokens = NDArray[np.int64]


class EditArguments(BaseModel):
    """Which token becomes which symbol."""

    place: int = Field(1, ge=1, description="Token, from 1")
    symbol: str = Field("A", min_length=1, max_length=1, description="The symbol to put there")


ACTIONS: Final[Mapping[str, Action]] = {
    "read-text": Action("Read the text", help="Show the typed text again"),
    "edit-token": Action(
        "Edit token", EditArguments, help="Put another symbol at a place of the sequence"
    ),
    "break-pattern": Action(
        "Break the pattern",
        help="Put a symbol that the sequence does not have into the middle of its first "
        "repeat, and see the prediction recover",
    ),
}
"""What the hand does to a sequence, by name."""


def typed(tokens: Tokens, length: int) -> Prompt:
    """Make a prompt of tokens (n,) with room for `length`; what follows the last is not known."""
    count = len(tokens)
    padded, targets = np.zeros(length, np.int64), np.full(length, NO_TARGET, np.int64)
    padded[:count] = tokens
    targets[: count - 1] = tokens[1:]
    return Prompt(padded, targets, targets != NO_TARGET, count, {"segment": np.zeros(1, np.int64)})


def edited(prompt: Prompt, place: int, symbol: int) -> Prompt:
    """Put another symbol at a place, from 0; the token before it gets it as its target."""
    tokens, targets = prompt.tokens.copy(), prompt.targets.copy()
    tokens[place] = symbol
    if place:
        targets[place - 1] = symbol
    return replace(prompt, tokens=tokens, targets=targets)


def break_place(prompt: Prompt) -> int:
    """Return the middle of the first stretch of repeats: there a wrong symbol is felt most.

    Raises
    ------
    BadInput
        If nothing repeats.
    """
    tokens = prompt.tokens[: prompt.used]
    repeats = np.flatnonzero(successors(tokens) >= 0)
    if not len(repeats):
        raise BadInput(
            "nothing repeats in this sequence", remedy="Take a new prompt, or type a text twice"
        )
    segment = int(prompt.more["segment"][0])
    return int(repeats[min(segment or len(repeats), len(repeats)) // 2])


def unused(tokens: Tokens, vocabulary: int) -> int:
    """Return the first symbol that a sequence does not have.

    Raises
    ------
    BadInput
        If it has all of them.
    """
    left = np.setdiff1d(np.arange(vocabulary), tokens)
    if not len(left):
        raise BadInput("every symbol is in the sequence", remedy="Say which symbol to put there")
    return int(left[0])


def groups_of(prompt: Prompt) -> NDArray[np.int64]:
    """Which copy of the segment, or of what was read before, each token belongs to."""
    segment = int(prompt.more["segment"][0])
    if segment > 0:
        return np.arange(prompt.used) // segment
    return copies(prompt.tokens[: prompt.used])


def words_of(prompt: Prompt) -> Labels:
    """Return symbols, copies, and the places that an induction head looks at."""
    tokens = prompt.tokens[: prompt.used]
    ahead = successors(tokens)
    return Labels(
        keys=labels(tokens),
        groups=tuple(int(group) for group in groups_of(prompt)),
        guide=tuple((int(t), int(ahead[t])) for t in np.flatnonzero(ahead >= 0)),
    )


def check_symbols(arrays: Mapping[str, NDArray[Any]], vocabulary: int) -> None:
    """Refuse a stored prompt whose symbols the model does not have.

    Raises
    ------
    BadInput
        If a token, a target or the segment's length is out of range.
    """
    ranges = {"tokens": (0, vocabulary - 1), "targets": (NO_TARGET, vocabulary - 1)}
    for name, (low, high) in ranges.items():
        given = arrays[f"prompt/{name}"]
        if given.min() < low or given.max() > high:
            raise BadInput(
                f"'world/prompt/{name}' has symbols from {given.min()} to {given.max()}, this "
                f"model knows {vocabulary}",
                remedy="Use an earlier checkpoint",
            )
    if arrays["more/segment"][0] < 0:
        raise BadInput(
            "'world/more/segment' is negative in the checkpoint", remedy="Use an earlier checkpoint"
        )


def segment_of(tokens: NDArray[Any]) -> int:
    """Return the length of the segment that a sequence of different symbols repeats."""
    again = np.flatnonzero(tokens[1:] == tokens[0])
    return int(again[0]) + 1 if len(again) else len(tokens)
