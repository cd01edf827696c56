"""BFF whose commands are the bytes 1 to 10."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.families import bff
from engine.soup.language import HALT, TAPE, Language

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

CODES = {command: (byte,) for byte, command in enumerate("0<>{}+-.,[]")}
OPCODES = bff.opcodes(CODES)
CLASSES = bff.table(CODES)
ZERO = bff.nulls(CODES)
start = bff.heads_from_tape


@njit(nogil=True, cache=True)
def step(tape: Array, origin: Array, stack: Array, stack_origin: Array, state: Array) -> int:
    """Do one step."""
    counted: int = bff.step(tape, origin, state, CLASSES, ZERO, False)
    return counted


@njit(nogil=True, cache=True)
def run_traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
    """Run tapes and note where their bytes came from."""
    stack, stack_origin = np.zeros(TAPE, np.uint8), np.zeros(TAPE, np.int16)
    state = np.zeros(8, np.int64)
    for k in range(len(tapes)):
        tape, origin = tapes[k], origins[k]
        origin[:] = np.arange(TAPE)
        start(tape, state)
        done = counted = 0
        while done < limit and state[HALT] == 0:
            counted += step(tape, origin, stack, stack_origin, state)
            done += 1
        ops[k] = counted


@njit(nogil=True, cache=True)
def run(tapes: Array, limit: int, ops: Array) -> None:
    """Run tapes."""
    run_traced(tapes, np.empty(tapes.shape, np.int16), limit, ops)


def listing(code: bytes) -> tuple[Line, ...]:
    """Disassemble a program."""
    return bff.listing(code, OPCODES, matched=True)


LANGUAGE = Language(
    name="bff_perm",
    title="BFF, renumbered",
    summary="BFF whose commands are the bytes 1 to 10.",
    opcodes=OPCODES,
    registers=("pc", "head0", "head1"),
    pointers=("pc", "head0", "head1"),
    start=start,
    step=step,
    run=run,
    run_traced=run_traced,
    replicator=bytes.fromhex("80 c0 09 07 02 04 0a") + b"\x20" * 57,
    spelling="glyphs",
    listing=listing,
)
