"""The fast kernels of the SUBLEQ languages: exactly the bytes and counts of the plain interpreter.

The state of a run is its position and its tape. One that has changed no byte in more steps than
there are positions has been somewhere twice with the same tape: it will go round there for ever,
and as every step is an operation, the rest need not be run to be counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["run_rsubleq4", "run_subleq"]

Array = NDArray[Any]


@njit(nogil=True, cache=True)
def run_subleq(tapes: Array, limit: int, ops: Array) -> None:
    """Run tapes of three absolute addresses in place.

    Parameters
    ----------
    tapes : ndarray
        uint8 (n, 128), changed.
    limit : int
        Steps at most.
    ops : ndarray
        int64 (n,), set to the number of operations of each run.
    """
    for index in range(tapes.shape[0]):
        tape = tapes[index]
        pc = steps = changed = 0
        while steps < limit and pc < 126:
            steps += 1
            a, b = tape[pc] & 127, tape[pc + 1] & 127
            old, change = tape[a], tape[b]
            value = np.uint8(old - change)
            if change != 0:
                tape[a] = value
                changed = steps
            elif steps - changed > 126:
                steps = limit
            pc = int(tape[pc + 2]) if value == 0 or value >= 128 else pc + 3
        ops[index] = steps


@njit(nogil=True, cache=True)
def run_rsubleq4(tapes: Array, limit: int, ops: Array) -> None:
    """Run tapes of four relative addresses in place; arguments as in `run_subleq`."""
    for index in range(tapes.shape[0]):
        tape = tapes[index]
        pc = steps = changed = 0
        while steps < limit and 0 <= pc < 125:
            steps += 1
            a, b, c = (pc + tape[pc]) & 127, (pc + tape[pc + 1]) & 127, (pc + tape[pc + 2]) & 127
            value = np.uint8(tape[b] - tape[c])
            if tape[a] != value:
                tape[a] = value
                changed = steps
            elif steps - changed > 125:
                steps = limit
            pc += (int(tape[pc + 3]) ^ 128) - 128 if value == 0 or value >= 128 else 4
        ops[index] = steps
