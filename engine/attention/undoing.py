"""What the hand did to prompt and heads, to take it back and do it again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.attention.edits import Edits
from engine.attention.prompt_state import Prompt
from engine.core.errors import BadInput
from engine.core.gestures import next_number

__all__ = ["Deeds", "Scene"]

MOST = 200
"""Deeds that are remembered."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What the hand can change: the prompt, whether it is the user's own, and the edits."""

    prompt: Prompt
    own: bool
    edits: Edits


@dataclass(frozen=True, eq=False)
class _Deed:
    words: str
    key: str
    before: Scene
    after: Scene


class Deeds:
    """A list of deeds and how far it was gone back.

    Attributes
    ----------
    newest : int
        Number of the deed that was remembered last (`next_number`), 0 before the first.
    """

    def __init__(self) -> None:
        self.newest = 0
        self.clear()

    def clear(self) -> None:
        """Forget all: another prompt, or another past."""
        self._done: list[_Deed] = []
        self._undone: list[_Deed] = []

    def add(self, words: str, key: str, before: Scene, after: Scene) -> None:
        """Remember a deed; successive ones of one `key` are one (a point that is dragged)."""
        self._undone.clear()
        if key and self._done and self._done[-1].key == key:
            self._done[-1] = replace(self._done[-1], after=after)
            return
        self.newest = next_number()
        self._done = [*self._done[-MOST + 1 :], _Deed(words, key, before, after)]

    def words(self) -> tuple[str, str]:
        """Say what would be undone and what done again."""
        return (
            self._done[-1].words if self._done else "",
            self._undone[-1].words if self._undone else "",
        )

    def undo(self) -> Scene:
        """Go back by one deed.

        Raises
        ------
        BadInput
            If there is none.
        """
        if not self._done:
            raise BadInput("there is nothing to take back", remedy="Change the prompt or a head")
        self._undone.append(self._done.pop())
        return self._undone[-1].before

    def redo(self) -> Scene:
        """Do it again.

        Raises
        ------
        BadInput
            If nothing was taken back.
        """
        if not self._undone:
            raise BadInput("nothing was taken back", remedy="Take something back first")
        self._done.append(self._undone.pop())
        return self._done[-1].after
