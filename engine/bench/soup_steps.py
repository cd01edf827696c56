"""Tapes run by the one-step functions of the languages, which nothing makes faster.

It is the yardstick of those rows of `primordia bench soup` that name a language, and with its
origins the oracle of the tests of the fast kernels.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.soup.families import bff
from engine.soup.language import HALT, TAPE
from engine.soup.languages import (
    forth,
    forthcopy,
    forthtrivial,
    forthtrivial_reset,
    rsubleq4,
    subleq,
)

__all__ = ["STEPPED", "run_bff_steps", "run_steps"]

Array = NDArray[Any]

STEPPED: Final = (
    "forth",
    "forthcopy",
    "forthtrivial",
    "forthtrivial_reset",
    "subleq",
    "rsubleq4",
)


@njit(nogil=True, cache=True)
def _step(which, tape, origin, stack, stack_origin, state):  # type: ignore[no-untyped-def]
    if which == 0:
        return forth.step(tape, origin, stack, stack_origin, state)
    if which == 1:
        return forthcopy.step(tape, origin, stack, stack_origin, state)
    if which == 2:
        return forthtrivial.step(tape, origin, stack, stack_origin, state)
    if which == 3:
        return forthtrivial_reset.step(tape, origin, stack, stack_origin, state)
    if which == 4:
        return subleq.step(tape, origin, stack, stack_origin, state)
    return rsubleq4.step(tape, origin, stack, stack_origin, state)


@njit(nogil=True, cache=True)
def run_steps(tapes: Array, origins: Array, limit: int, ops: Array, which: int) -> None:
    """Run tapes of language number `which` of `STEPPED` step by step, and overwrite the origins."""
    stack, stack_origin = np.zeros(TAPE, np.uint8), np.zeros(TAPE, np.int16)
    state = np.zeros(8, np.int64)
    for k in range(len(tapes)):
        tape, origin = tapes[k], origins[k]
        origin[:] = np.arange(TAPE)
        state[:] = 0
        done = counted = 0
        while done < limit and state[HALT] == 0:
            counted += _step(which, tape, origin, stack, stack_origin, state)
            done += 1
        ops[k] = counted


@njit(nogil=True, cache=True)
def run_bff_steps(
    tapes: Array,
    limit: int,
    ops: Array,
    classes: Array,
    zero: Array,
    own_heads: bool,
    moves: bool,
    distance: int,
    origins: Array,
) -> None:
    """Run tapes of the BFF family step by step; arguments as in `engine.soup.fast_bff.run_bff`."""
    state = np.zeros(8, np.int64)
    for k in range(len(tapes)):
        tape, origin = tapes[k], origins[k]
        origin[:] = np.arange(TAPE)
        bff.start(tape, state, own_heads)
        done = counted = 0
        while done < limit and state[HALT] == 0:
            counted += bff.step(tape, origin, state, classes, zero, moves, distance)
            done += 1
        ops[k] = counted
