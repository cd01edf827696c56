"""One instruction of three absolute addresses: subtract, and jump if not positive."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.families import subleq
from engine.soup.fast_subleq import run_subleq
from engine.soup.language import HALT, PC, READ, READ2, TAPE, WRITE, Language

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

OPCODES = subleq.OPCODES
start = subleq.begin


@njit(nogil=True, cache=True)
def step(tape: Array, origin: Array, stack: Array, stack_origin: Array, state: Array) -> int:
    """Do one step; the target keeps its origin."""
    pc = state[PC]
    a, b = tape[pc] % TAPE, tape[pc + 1] % TAPE
    value = (np.int64(tape[a]) - np.int64(tape[b])) & 255
    tape[a] = value
    state[READ], state[READ2], state[WRITE] = a, b, a
    pc = np.int64(tape[pc + 2]) if value == 0 or value >= 128 else pc + 3
    state[PC] = pc
    if pc + 3 > TAPE:
        state[HALT] = subleq.OFF_END
    return 1


def run_traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
    """Run tapes; every byte keeps its place."""
    run_subleq(tapes, limit, ops)
    origins[:] = np.arange(TAPE)


def listing(code: bytes) -> tuple[Line, ...]:
    """Disassemble a program."""
    return subleq.listing(code, 3)


LANGUAGE = Language(
    name="subleq",
    title="SUBLEQ",
    summary="One instruction of three absolute addresses: subtract, and jump if not positive.",
    opcodes=OPCODES,
    registers=("pc",),
    pointers=("pc",),
    start=start,
    step=step,
    run=run_subleq,
    run_traced=run_traced,
    replicator=bytes.fromhex(
        "33 33 03 33 2f 06 27 27 09 27 33 0c 28 28 0f 28 33 12 2a 2a 15 2a 33 18 25 25 1b"
        "25 33 1e 25 2f 21 35 35 24 35 00 27 00 00 2a 00 35 2d 33 34 c0 35 35 06 00 01 00"
    )
    + bytes(10),
    spelling="hex",
    listing=listing,
)
