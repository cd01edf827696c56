"""The prompt on display, and how far it was read: the world of a laboratory of attention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["Prompt", "Reading"]

Array = NDArray[Any]
Arrays = dict[str, Array]


@dataclass(frozen=True, eq=False)
class Prompt:
    """One sequence and what is wanted of it; its arrays keep their shapes, whatever its length.

    Attributes
    ----------
    tokens : ndarray
        ``(T, width)`` float32, or ``(T,)`` int64 of symbols, for as many tokens as there is room.
    targets : ndarray
        Of one sequence, as the task's `Batch.targets` without its first axis; may be 0-d.
    mask : ndarray, optional
        Of one sequence, likewise.
    length : int
        Tokens in use; the others are padding. None uses all.
    more : mapping of str to ndarray
        What else belongs to it and is saved with it: the teacher's weights, segments, ...
    """

    tokens: Array
    targets: Array
    mask: Array | None = None
    length: int | None = None
    more: Mapping[str, Array] = field(default_factory=dict)

    @property
    def used(self) -> int:
        """Tokens in use."""
        return len(self.tokens) if self.length is None else self.length


@dataclass(frozen=True, eq=False)
class Reading:
    """A prompt and how far it was read.

    Attributes
    ----------
    prompt : Prompt
    cursor : int
        Ticks since its beginning, from 1 on; the prompt is read when it is the number of ticks that
        the system gives it.
    own : bool
        Whether the user made or changed it: it is held until a new one is asked for.
    """

    prompt: Prompt
    cursor: int
    own: bool = False

    def arrays(self) -> Arrays:
        """Return the state for a checkpoint, whose files know no single numbers without an axis."""
        prompt = self.prompt
        arrays: Arrays = {
            "prompt/tokens": np.asarray(prompt.tokens),
            "prompt/targets": np.atleast_1d(prompt.targets),
            "prompt/place": np.array([self.cursor, prompt.used, self.own], np.int64),
        }
        if prompt.mask is not None:
            arrays["prompt/mask"] = np.atleast_1d(prompt.mask)
        return arrays | {f"more/{name}": np.atleast_1d(a) for name, a in prompt.more.items()}

    def restored(self, arrays: Mapping[str, Array], last: Callable[[Prompt], int]) -> Reading:
        """Return the reading that `arrays` describes; this one only says what belongs to it.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            As of `arrays`, with the same names and shapes.
        last : callable
            Returns the largest cursor that a prompt can have.

        Raises
        ------
        BadInput
            If cursor or length are none that a prompt could have.
        """
        cursor, length, held = (int(number) for number in arrays["prompt/place"])
        tokens = arrays["prompt/tokens"]
        own = self.prompt
        prompt = Prompt(
            tokens=tokens,
            targets=arrays["prompt/targets"].reshape(np.shape(own.targets)),
            mask=None if own.mask is None else arrays["prompt/mask"].reshape(np.shape(own.mask)),
            length=length,
            more={n: arrays[f"more/{n}"].reshape(np.shape(a)) for n, a in own.more.items()},
        )
        sound = 1 <= length <= len(tokens) and held in (0, 1)
        if not sound or not 1 <= cursor <= last(prompt):
            raise BadInput(
                f"'world/prompt/place' is {cursor}, {length}, {held} in the checkpoint, "
                f"not a place in a prompt of {len(tokens)} tokens",
                remedy="Use an earlier checkpoint",
            )
        return Reading(prompt, cursor, bool(held))
