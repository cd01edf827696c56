"""The world of a laboratory of attention: a prompt that is read, heads that are edited, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from engine.attention.edits import Edits, patchable
from engine.attention.hooks import AttentionHooks
from engine.attention.prompt_state import Prompt, Reading
from engine.attention.undoing import Deeds, Scene
from engine.core.spec import Spec
from engine.core.system import Mark, Poll

if TYPE_CHECKING:
    from engine.attention.shown import Shown

__all__ = ["Prompting"]

Arrays = dict[str, NDArray[Any]]


class Prompting(AttentionHooks):
    """Reads prompts, token by token.

    Attributes
    ----------
    reading : Reading
        The prompt and how far it was read.
    edits : Edits
        Of the displayed model.
    """

    reading: Reading

    def __init__(self, spec: Spec) -> None:
        self.edits, self._deeds = Edits(), Deeds()
        self._shows: dict[Any, Shown] = {}
        super().__init__(spec)

    def start(self) -> None:
        """Draw a prompt and forget all edits."""
        prompt = self.draw_prompt(self.world_rng)
        self._read(Reading(prompt, self.first_cursor(prompt)))
        self.edits = Edits()
        self._deeds.clear()

    def advance(self, poll: Poll) -> None:
        """Read one more token; after the last one begin again, or with a new prompt."""
        poll()
        reading = self.reading
        if reading.cursor < self.reading_length(reading.prompt):
            self._read(Reading(reading.prompt, reading.cursor + 1, reading.own))
        elif reading.own or self.params.hold:
            self._read(Reading(reading.prompt, 1, reading.own))
        else:
            self._read(Reading(self.draw_prompt(self.world_rng), 1))
            self._deeds.clear()

    def _read(self, reading: Reading) -> None:
        self.reading = reading
        self._shows.clear()

    @property
    def prompt(self) -> Prompt:
        """The prompt on display."""
        return self.reading.prompt

    @property
    def cursor(self) -> int:
        """How far it was read, from 1 on."""
        return self.reading.cursor

    def new_prompt(self) -> None:
        """Draw a prompt, as at a reset; heads stay as they are edited."""
        prompt = self.draw_prompt(self.world_rng)
        self._read(Reading(prompt, self.first_cursor(prompt)))
        self._deeds.clear()

    def hold_prompt(
        self, prompt: Prompt, cursor: int | None = None, *, words: str, key: str = ""
    ) -> None:
        """Show a prompt of the user's, until a new one is asked for.

        Parameters
        ----------
        prompt : Prompt
            Of the same names and shapes as `draw_prompt` returns.
        cursor : int, optional
            How far it was read; as before if not given.
        words : str
            What was done, for "Undo ...".
        key : str
            Successive deeds of one key are undone together: "point 3".
        """
        before = self.scene()
        last = self.reading_length(prompt)
        place = min(self.cursor if cursor is None else cursor, last)
        self._read(Reading(prompt, max(1, place), own=True))
        self._deeds.add(words, key, before, self.scene())

    def edit(self, edits: Edits, words: str) -> None:
        """Edit the displayed model, so that it can be undone."""
        before = self.scene()
        self.edits = edits
        self._shows.clear()
        self._deeds.add(words, "", before, self.scene())

    def begin_anew(self) -> None:
        """Forget edits and what could be undone: the trained model took them over."""
        self.edits = Edits()
        self._deeds.clear()

    def scene(self) -> Scene:
        """Return what the hand can change."""
        return Scene(self.prompt, self.reading.own, self.edits)

    @property
    def gestures(self) -> int:
        """Number of what the hand did last and can take back."""
        return self._deeds.newest

    def undo_words(self) -> tuple[str, str]:
        """Say what would be undone and done again."""
        return self._deeds.words()

    def undo(self) -> None:
        """Take back the last change of the prompt or of a head."""
        self._set(self._deeds.undo())

    def redo(self) -> None:
        """Do it again."""
        self._set(self._deeds.redo())

    def _set(self, scene: Scene) -> None:
        cursor = min(self.cursor, self.reading_length(scene.prompt))
        self._read(Reading(scene.prompt, cursor, scene.own))
        self.edits = scene.edits

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Forget what the hand did: the world is back where it was before, or after it."""
        self._deeds.clear()

    def scene_arrays(self) -> Arrays:
        """Return the state for a checkpoint."""
        return {**self.reading.arrays(), **self.edits.arrays(self.design)}

    def restore_scene(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take what `scene_arrays` returned; patches that have no construction are dropped."""
        self._read(self.reading.restored(arrays, self.reading_length))
        edits = Edits.restored(arrays, self.design)
        self.edits = edits.without(edits.patched - patchable(self.design, self.construction))
        self._deeds.clear()
