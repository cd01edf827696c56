"""The plain interpreter of the BFF languages: one switch, brackets searched byte by byte.

It is the yardstick of `primordia bench soup` and the oracle of the tests of
`engine.soup.fast_bff`, whose opcode classes it reads; nothing here is clever.
"""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy.typing import NDArray

from engine.soup.fast_bff import (
    CLOSE,
    COPY_TO_0,
    COPY_TO_1,
    LEFT_0,
    LEFT_1,
    MINUS,
    NOTHING,
    OPEN,
    PLUS,
    RIGHT_0,
    RIGHT_1,
)

__all__ = ["run_plain"]

Array = NDArray[Any]


@njit(nogil=True, cache=True)
def _match(tape, pc, table):  # type: ignore[no-untyped-def]
    """Position of the bracket that belongs to the one at `pc`, -1 if there is none."""
    step = 1 if table[tape[pc]] == OPEN else -1
    depth = 0
    while 0 <= pc < 128:
        opcode = table[tape[pc]]
        if opcode == OPEN:
            depth += step
        elif opcode == CLOSE:
            depth -= step
        if depth == 0:
            return pc
        pc += step
    return -1


@njit(nogil=True, cache=True)
def _run_one(tape, limit, table, nulls, own_heads, moves, distance):  # type: ignore[no-untyped-def]
    pc = 2 if own_heads else 0
    head0 = int(tape[0]) % 128 if own_heads else 0
    head1 = int(tape[1]) % 128 if own_heads else 0
    ops = 0
    for _ in range(limit):
        opcode = table[tape[pc]]
        if opcode != NOTHING:
            ops += 1
        if opcode == LEFT_0:
            head0 = (head0 - 1) & 127
        elif opcode == RIGHT_0:
            head0 = (head0 + 1) & 127
        elif opcode == LEFT_1:
            head1 = (head1 - 1) & 127
        elif opcode == RIGHT_1:
            head1 = (head1 + 1) & 127
        elif opcode == PLUS:
            tape[head0] += 1
        elif opcode == MINUS:
            tape[head0] -= 1
        elif opcode == COPY_TO_1:
            tape[head1] = tape[head0]
        elif opcode == COPY_TO_0:
            tape[head0] = tape[head1]
            head1 = (head1 + moves) & 127
        elif opcode == OPEN and nulls[tape[head0]]:
            pc = pc + distance if distance else _match(tape, pc, table)
        elif opcode == CLOSE and not nulls[tape[head0]]:
            pc = pc - distance if distance else _match(tape, pc, table)
        if pc < 0:
            break
        pc += 1
        if pc >= 128:
            break
    return ops


@njit(nogil=True, cache=True)
def run_plain(  # type: ignore[no-untyped-def]
    tapes: Array,
    limit: int,
    ops: Array,
    table: Array,
    nulls: Array,
    own_heads: bool,
    moves: bool,
    distance: int,
):
    """Run tapes in place; the parameters are those of `engine.soup.fast_bff.run_bff`."""
    for index in range(tapes.shape[0]):
        ops[index] = _run_one(tapes[index], limit, table, nulls, own_heads, moves, distance)
