"""One instruction of four relative addresses: subtract, and jump if not positive."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.families import subleq
from engine.soup.fast_subleq import run_rsubleq4
from engine.soup.language import HALT, PC, READ, READ2, TAPE, WRITE, Language

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

OPCODES = subleq.OPCODES
start = subleq.begin


@njit(nogil=True, cache=True)
def step(tape: Array, origin: Array, stack: Array, stack_origin: Array, state: Array) -> int:
    """Do one step; the target keeps its origin."""
    pc = state[PC]
    a, b, c = (pc + tape[pc]) % TAPE, (pc + tape[pc + 1]) % TAPE, (pc + tape[pc + 2]) % TAPE
    value = (np.int64(tape[b]) - np.int64(tape[c])) & 255
    tape[a] = value
    state[READ], state[READ2], state[WRITE] = b, c, a
    if value == 0 or value >= 128:
        pc += (np.int64(tape[pc + 3]) ^ 128) - 128
    else:
        pc += 4
    state[PC] = pc
    if pc < 0:
        state[HALT] = subleq.OFF_START
    elif pc + 4 > TAPE:
        state[HALT] = subleq.OFF_END
    return 1


def run_traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
    """Run tapes; every byte keeps its place."""
    run_rsubleq4(tapes, limit, ops)
    origins[:] = np.arange(TAPE)


def listing(code: bytes) -> tuple[Line, ...]:
    """Disassemble a program."""
    return subleq.listing(code, 4)


LANGUAGE = Language(
    name="rsubleq4",
    title="Relative SUBLEQ",
    summary="One instruction of four relative addresses: subtract, and jump if not positive.",
    opcodes=OPCODES,
    registers=("pc",),
    pointers=("pc",),
    start=start,
    step=step,
    run=run_rsubleq4,
    run_traced=run_traced,
    replicator=bytes.fromhex(
        "1b 18 1c 04 08 15 17 04 05 12 13 04 00 00 10 04 0b 0b 0d f4 08 08 08 7f c1 34 f4 00 00 ff"
    )
    + b"\x00" * 34,
    spelling="hex",
    listing=listing,
)
