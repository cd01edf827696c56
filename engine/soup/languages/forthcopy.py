"""A stack machine with full addresses, a copy, and a way to the other half."""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup import fast_forth as fast
from engine.soup.families import forth
from engine.soup.language import HALF, NEW, PC, TAPE, Language, Opcode

__all__ = ["LANGUAGE"]

Array = NDArray[Any]

OPCODES = forth.opcodes(
    {
        0x00: Opcode("@", "push tape[pop]", "move"),
        0x01: Opcode("!", "pop to tape[pop]", "copy"),
        0x02: Opcode("c", "to = pop, copy tape[pop] there", "copy"),
        0x03: Opcode("~", "flip the half of an address", "arithmetic"),
    }
)
CLASSES = forth.table(
    {
        0x00: fast.READ,
        0x01: fast.WRITE,
        0x02: fast.COPY,
        0x03: fast.FLIP,
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
        forth.read(tape, origin, stack, stack_origin, state, 0, TAPE)
    elif code == 0x01:
        forth.write(tape, origin, stack, stack_origin, state, 0, TAPE)
    elif code == 0x02:
        target = forth.pop(stack, stack_origin, state)[0] % TAPE
        source = forth.pop(stack, stack_origin, state)[0] % TAPE
        forth.copy(tape, origin, state, target, source)
    elif code == 0x03:
        value = forth.pop(stack, stack_origin, state)[0]
        forth.push(stack, stack_origin, state, value ^ HALF, NEW)
    else:
        counted = forth.common(code, stack, stack_origin, state)
    forth.finish(state)
    return counted


def run(tapes: Array, limit: int, ops: Array) -> None:
    """Run tapes."""
    fast.run_forth(tapes, limit, ops, CLASSES, TAPE - 1)


def run_traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
    """Run tapes and note where their bytes came from."""
    fast.run_forth(tapes, limit, ops, CLASSES, TAPE - 1, origins)


def listing(code: bytes) -> tuple[Line, ...]:
    """Disassemble a program."""
    return forth.listing(code, OPCODES)


LANGUAGE = Language(
    name="forthcopy",
    title="Forth with copy",
    summary="A stack machine with full addresses, a copy, and a way to the other half.",
    opcodes=OPCODES,
    registers=("pc", "sp"),
    pointers=("pc",),
    start=start,
    step=step,
    run=run,
    run_traced=run_traced,
    replicator=bytes.fromhex("04 04 03 02 08 c4") + b"\x20" * 58,
    spelling="hex",
    listing=listing,
)
