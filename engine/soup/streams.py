"""The random streams of a soup: SplitMix64 without a state, exactly as the reference draws them.

Every number is a hash of what it is for, so any part of a soup can be made by any thread in any
order. All integers are unsigned, 64 bits wide and wrap around. Source: the reference of
"Computational Life" (arXiv 2406.19108), `common_language.h`.

A u64 that leaves compiled code becomes a Python integer and would come back signed (u64 times int64
is a float): every scalar is wrapped in `np.uint64` again.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MUTATION_UNIT",
    "fill",
    "mark_draws",
    "mutate",
    "mutate_tape",
    "split_mix",
    "stream",
    "sub_seed",
    "token_draws",
]

Array = NDArray[Any]

MUTATION_UNIT: Final = 2**30
"""The mutation rate of a byte and epoch is a whole number of these parts."""

_WRAP = 2**64 - 1
_TAPE = 128


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def split_mix(seed: Any) -> Any:
    """Return the SplitMix64 hash of a u64."""
    z = seed + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sub_seed(root: Any, number: Any) -> Any:
    """Return seed(number), u64; `root` is the hash of the user's seed, see `stream`."""
    return split_mix(root ^ split_mix(number))


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fill(data: Any, first: Any, base: Any) -> None:
    """Fill uint8 (bytes,) with the soup's bytes from number `first` on; `base` is n * 64 * seed."""
    for index in range(len(data)):
        data[index] = split_mix(base + first + np.uint64(index)) & np.uint64(255)


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mutate_tape(tape: Any, base: Any, pair: Any, rate: Any) -> None:
    """Replace bytes of one tape, uint8 (128,); `base` is 128 * n * seed(epoch)."""
    start = base + np.uint64(pair) * np.uint64(_TAPE)
    for byte in range(_TAPE):
        drawn = split_mix(start + np.uint64(byte))
        if ((drawn >> np.uint64(8)) & np.uint64(MUTATION_UNIT - 1)) < rate:
            tape[byte] = drawn & np.uint64(255)


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mark_draws(marks: Any, base: Any, pair: Any, rate: Any) -> None:
    """Mark with 1 in uint8 (128,) the bytes that `mutate_tape` replaces, changed or not; else 0."""
    start = base + np.uint64(pair) * np.uint64(_TAPE)
    for byte in range(_TAPE):
        drawn = split_mix(start + np.uint64(byte))
        marks[byte] = ((drawn >> np.uint64(8)) & np.uint64(MUTATION_UNIT - 1)) < rate


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mutate(tapes: Any, base: Any, rate: Any) -> None:
    """Replace bytes of uint8 (pairs, 128); `base` is 128 * (n * seed(epoch) + first pair)."""
    for pair in range(tapes.shape[0]):
        mutate_tape(tapes[pair], base, pair, rate)


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def token_draws(marks: Any, base: Any, rate: Any) -> None:
    """Mark in uint8 (pairs, 128) the bytes that `mutate` replaces."""
    for pair in range(marks.shape[0]):
        mark_draws(marks[pair], base, pair, rate)


def stream(seed: int, number: int, times: int = 1) -> int:
    """Return times * seed(number) of the user's `seed`, a whole number below 2**64.

    Parameters
    ----------
    seed : int
        The user's; taken modulo 2**64.
    number : int
        What it is for: the epoch, or 0 for the first soup.
    times : int
        The reference multiplies nearly every seed by the number of programs.
    """
    root = split_mix(np.uint64(seed & _WRAP))
    return int(sub_seed(np.uint64(root), np.uint64(number & _WRAP))) * times & _WRAP
