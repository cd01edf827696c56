"""Who carries out the epochs of a soup: what CPU and GPU have in common.

An executor owns the programs and their tokens. It mutates and runs the pairs of a `Task` into a
second soup, piece by piece, and lets that take the place of the first at the end: what can be read
is always a completed epoch. Pairs are disjoint, so pieces change no byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from engine.core.system import Poll
from engine.soup.language import Language

__all__ = ["Executor", "Task"]

Array = NDArray[Any]


@dataclass(eq=False)
class Task:
    """An epoch to live; its parameters are those of its beginning.

    Attributes
    ----------
    language : Language
    mutation, limit : int
        Parts of 2**30, and steps.
    base : int
        128 * n * seed(epoch), below 2**64: where the stream of mutations begins.
    birth : int
        What the tokens of bytes say that are born in this epoch.
    resets : int
        How many there were when it ends.
    order : ndarray
        int32 (n,): pair k is the programs ``order[2k]`` and ``order[2k + 1]``.
    pairs : int
        How many of them run; those after it are only mutated.
    refilled : ndarray or None
        uint8 (n, 64): the programs to begin with if they are not those of the last epoch.
    tokens : ndarray or None
        uint32 (2, n, 64): likewise, where tokens are kept.
    """

    language: Language
    mutation: int
    limit: int
    base: int
    birth: int
    resets: int
    order: Array
    pairs: int = 0
    refilled: Array | None = None
    tokens: Array | None = None


class Executor(Protocol):
    """The programs, and what lives their epochs; only one task is under way at a time."""

    @property
    def soup(self) -> Array:
        """uint8 (n, 64): the completed epoch; written to again in the epoch after the next."""

    @property
    def tokens(self) -> Array | None:
        """uint32 (2, n, 64), epoch and place of birth, where they are kept."""

    def edited(self) -> None:
        """Take over what was written into `soup` and `tokens`; forget the task under way."""

    def load(self, soup: Array, tokens: Array | None) -> None:
        """Replace the programs, and the tokens where they are kept."""

    def live(self, task: Task, poll: Poll) -> None:
        """Do what is left of a task; what `poll` raises ends the call, and what is done is kept."""

    def finish(self, task: Task) -> int:
        """Let the second soup take the place of the first; returns the operations."""
