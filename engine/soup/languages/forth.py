"""A stack machine that reads and writes the left and the right program apart."""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup import fast_forth as fast
from engine.soup.families import forth
from engine.soup.language import HALF, PC, Language, Opcode

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

OPCODES = forth.opcodes(
    {
        0x00: Opcode("l", "push left[pop]", "move"),
        0x01: Opcode("r", "push right[pop]", "move"),
        0x02: Opcode("L", "pop to left[pop]", "copy"),
        0x03: Opcode("R", "pop to right[pop]", "copy"),
    }
)
CLASSES = forth.table(
    {
        0x00: fast.READ_LEFT,
        0x01: fast.READ_RIGHT,
        0x02: fast.WRITE_LEFT,
        0x03: fast.WRITE_RIGHT,
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
    elif code == 0x03:
        forth.write(tape, origin, stack, stack_origin, state, HALF, HALF)
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
    name="forth",
    title="Forth",
    summary="A stack machine that reads and writes the left and the right program apart.",
    opcodes=OPCODES,
    registers=("pc", "sp"),
    pointers=("pc",),
    start=start,
    step=step,
    run=run,
    run_traced=run_traced,
    replicator=bytes.fromhex("04 04 00 03 08 c4") + b"\x20" * 58,
    spelling="hex",
    listing=listing,
)
