"""Trivial Forth in which a write on the byte 13 scrambles the writer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup import fast_forth as fast
from engine.soup.families import forth
from engine.soup.language import HALF, PC, READ, WRITE, Language, Opcode

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

OPCODES = forth.opcodes(
    {
        0x00: Opcode("l", "push left[pop]", "move"),
        0x01: Opcode("r", "push right[pop]", "move"),
        0x02: Opcode("L", "pop to left[pop]", "copy"),
        0x03: Opcode("R", "pop to right[pop], guarded", "copy"),
        0x0C: Opcode(">", "copy left[pop] to right, guarded", "copy"),
        0x0D: Opcode("<", "copy right[pop] to left", "copy"),
    }
)
CLASSES = forth.table(
    {
        0x00: fast.READ_LEFT,
        0x01: fast.READ_RIGHT,
        0x02: fast.WRITE_LEFT,
        0x03: fast.WRITE_RIGHT_GUARDED,
        0x0C: fast.COPY_RIGHT_GUARDED,
        0x0D: fast.COPY_LEFT,
    }
)
start = forth.begin


@njit(nogil=True, cache=True)
def step(tape: Array, origin: Array, stack: Array, stack_origin: Array, state: Array) -> int:
    """Do one step."""
    forth.forget(state)
    code = tape[state[PC]]
    counted = 1
    if code == 0x00:
        forth.read(tape, origin, stack, stack_origin, state, 0, HALF)
    elif code == 0x01:
        forth.read(tape, origin, stack, stack_origin, state, HALF, HALF)
    elif code == 0x02:
        forth.write(tape, origin, stack, stack_origin, state, 0, HALF)
    elif code == 0x03 or code == 0x0C:
        value, source = np.int64(0), np.int64(0)
        if code == 0x03:
            value, source = forth.pop(stack, stack_origin, state)
        at = forth.pop(stack, stack_origin, state)[0] % HALF
        if tape[HALF + at] == fast.GUARD:
            state[READ] = HALF + at
            fast.scramble(tape, origin, state[PC])
        elif code == 0x03:
            tape[HALF + at] = value
            origin[HALF + at] = source
            state[WRITE] = HALF + at
        else:
            forth.copy(tape, origin, state, HALF + at, at)
    elif code == 0x0D:
        at = forth.pop(stack, stack_origin, state)[0] % HALF
        forth.copy(tape, origin, state, at, HALF + at)
    else:
        counted = forth.common(code, stack, stack_origin, state)
    forth.finish(state)
    return counted


def run(tapes: Array, limit: int, ops: Array) -> None:
    """Run tapes."""
    fast.run_forth(tapes, limit, ops, CLASSES, HALF - 1)


def run_traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
    """Run tapes and note where their bytes came from."""
    fast.run_forth(tapes, limit, ops, CLASSES, HALF - 1, origins)


def listing(code: bytes) -> tuple[Line, ...]:
    """Disassemble a program."""
    return forth.listing(code, OPCODES)


LANGUAGE = Language(
    name="forthtrivial_reset",
    title="Forth, trivial, guarded",
    summary="Trivial Forth in which a write on the byte 13 scrambles the writer.",
    opcodes=OPCODES,
    registers=("pc", "sp"),
    pointers=("pc",),
    start=start,
    step=step,
    run=run,
    run_traced=run_traced,
    replicator=bytes.fromhex("04 0c 08 c2") + b"\x20" * 60,
    spelling="hex",
    listing=listing,
)
