"""Random streams that can be saved and restored to the bit.

World and training draw from two generators, so that what is displayed never changes what is
learned. Both are Philox (Salmon et al., SC 2011), counter based: their state is a few integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_snapshot", "restore", "snapshot", "stream"]

_WORDS = 4 + 2 + 1 + 4 + 1 + 1
_BUFFER = 4  # numbers that Philox makes at once


def stream(seed: int, name: str) -> np.random.Generator:
    """Make the generator `name` of a world; equal seed and name give equal draws everywhere."""
    words = [seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, *name.encode()]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


def snapshot(generator: np.random.Generator) -> NDArray[np.uint64]:
    """Read a Philox generator's whole state as 13 words of uint64."""
    state = generator.bit_generator.state
    inner = state["state"]
    words = [*inner["counter"], *inner["key"], state["buffer_pos"], *state["buffer"]]
    words += [state["has_uint32"], state["uinteger"]]
    return np.array([int(word) for word in words], np.uint64)


def is_snapshot(words: NDArray[Any]) -> bool:
    """Tell whether words may have come from `snapshot`: `restore` takes them then."""
    if words.shape != (_WORDS,) or words.dtype != np.uint64:
        return False
    return bool(words[6] <= _BUFFER and words[11] <= 1 and words[12] < 2**32)


def restore(generator: np.random.Generator, words: NDArray[np.uint64]) -> None:
    """Write back what `snapshot` read.

    Raises
    ------
    ValueError
        If `words` is not a snapshot.
    """
    if not is_snapshot(words):
        raise ValueError(f"a generator's state is {_WORDS} words of uint64, not {words!r}")
    generator.bit_generator.state = {
        "bit_generator": "Philox",
        "state": {"counter": words[:4].copy(), "key": words[4:6].copy()},
        "buffer_pos": int(words[6]),
        "buffer": words[7:11].copy(),
        "has_uint32": int(words[11]),
        "uinteger": int(words[12]),
    }
