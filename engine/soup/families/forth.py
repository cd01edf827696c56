"""The Forth family: a stack of 128 bytes, literals and jumps in the code (arXiv 2406.19108).

A pop of the empty stack gives 0; a push on the full one ends the run. Literals and results of
arithmetic are new bytes: what is written from them comes from nowhere on the tape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup import fast_forth as fast
from engine.soup.language import HALT, NEW, PC, READ, READ2, SP, TAPE, WRITE, Opcode

__all__ = [
    "begin",
    "common",
    "copy",
    "finish",
    "listing",
    "opcodes",
    "pop",
    "push",
    "read",
    "table",
    "write",
]

Array = NDArray[Any]

OFF_END, OFF_START, OVERFLOW = 1, 2, 4
LITERAL, FORWARD, BACKWARD = 0x40, 0x80, 0xC0

_COMMON: Final = {
    0x04: Opcode(":", "dup", "data"),
    0x05: Opcode("$", "drop", "data"),
    0x06: Opcode("%", "swap", "data"),
    0x07: Opcode("?", "if not 0 skip a byte", "loop"),
    0x08: Opcode("+", "add 1", "arithmetic"),
    0x09: Opcode("-", "subtract 1", "arithmetic"),
    0x0A: Opcode("a", "add", "arithmetic"),
    0x0B: Opcode("s", "top minus second", "arithmetic"),
}


def opcodes(own: Mapping[int, Opcode]) -> dict[int, Opcode]:
    """Describe a language: its own instructions, and those that the family shares."""
    found = dict(_COMMON) | dict(own)
    for low in range(64):
        found[LITERAL + low] = Opcode("", f"push {low}", "data")
        found[FORWARD + low] = Opcode(")", f"forward by {low + 1}", "loop")
        found[BACKWARD + low] = Opcode("(", f"back by {low + 1}", "loop")
    return dict(sorted(found.items()))


def table(own: Mapping[int, int]) -> Array:
    """Return the class of every byte for the fast kernel, uint8 (256,)."""
    classes = np.full(256, fast.NOTHING, np.uint8)
    classes[0x04:0x08] = fast.DUP, fast.DROP, fast.SWAP, fast.IF_ZERO
    classes[0x08:0x0C] = fast.PLUS, fast.MINUS, fast.ADD, fast.SUBTRACT
    classes[LITERAL:FORWARD] = fast.LITERAL
    classes[FORWARD:BACKWARD] = fast.FORWARD
    classes[BACKWARD:] = fast.BACKWARD
    classes[list(own)] = list(own.values())
    return classes


@njit(nogil=True, cache=True)
def begin(tape: Array, state: Array) -> None:
    """Begin at byte 0 with an empty stack."""
    state[:] = 0


@njit(nogil=True, cache=True)
def push(stack: Array, stack_origin: Array, state: Array, value: int, origin: int) -> None:
    """Push a byte and where it came from; on the full stack the run ends."""
    sp = state[SP]
    if sp >= len(stack):
        state[HALT] = OVERFLOW
        return
    stack[sp] = value
    stack_origin[sp] = origin
    state[SP] = sp + 1


@njit(nogil=True, cache=True)
def pop(stack: Array, stack_origin: Array, state: Array) -> Any:
    """Pop a byte and where it came from; 0 from nowhere if there is none."""
    sp = state[SP] - 1
    if sp < 0:
        return np.int64(0), np.int64(NEW)
    state[SP] = sp
    return np.int64(stack[sp]), np.int64(stack_origin[sp])


@njit(nogil=True, cache=True)
def read(
    tape: Array,
    origin: Array,
    stack: Array,
    stack_origin: Array,
    state: Array,
    base: int,
    size: int,
) -> None:
    """Pop an address, taken mod `size`, and push the byte at `base` + address."""
    at = base + pop(stack, stack_origin, state)[0] % size
    state[READ] = at
    push(stack, stack_origin, state, tape[at], origin[at])


@njit(nogil=True, cache=True)
def write(
    tape: Array,
    origin: Array,
    stack: Array,
    stack_origin: Array,
    state: Array,
    base: int,
    size: int,
) -> None:
    """Pop a byte and then an address, taken mod `size`, and write to `base` + address."""
    value, source = pop(stack, stack_origin, state)
    at = base + pop(stack, stack_origin, state)[0] % size
    state[WRITE] = at
    tape[at] = value
    origin[at] = source


@njit(nogil=True, cache=True)
def copy(tape: Array, origin: Array, state: Array, target: int, source: int) -> None:
    """Copy one byte of the tape to another address."""
    tape[target] = tape[source]
    origin[target] = origin[source]
    state[READ], state[WRITE] = source, target


@njit(nogil=True, cache=True)
def common(code: int, stack: Array, stack_origin: Array, state: Array) -> int:
    """Do an instruction that the family shares; 0 where `code` is none of them."""
    if code >= LITERAL:
        low = code & 63
        if code < FORWARD:
            push(stack, stack_origin, state, low, NEW)
        else:  # the step's end adds 1
            state[PC] += low if code < BACKWARD else -low - 2
        return 1
    if code < 0x04 or code > 0x0B:
        return 0
    top, source = pop(stack, stack_origin, state)
    if code == 0x04:
        push(stack, stack_origin, state, top, source)
        push(stack, stack_origin, state, top, source)
    elif code == 0x06:
        second, other = pop(stack, stack_origin, state)
        push(stack, stack_origin, state, top, source)
        push(stack, stack_origin, state, second, other)
    elif code == 0x07:
        if top != 0:
            state[PC] += 1
        push(stack, stack_origin, state, top, source)
    elif code == 0x08:
        push(stack, stack_origin, state, (top + 1) & 255, NEW)
    elif code == 0x09:
        push(stack, stack_origin, state, (top - 1) & 255, NEW)
    elif code >= 0x0A:
        second = pop(stack, stack_origin, state)[0]
        result = top + second if code == 0x0A else top - second
        push(stack, stack_origin, state, result & 255, NEW)
    return 1


@njit(nogil=True, cache=True)
def finish(state: Array) -> None:
    """Go to the next byte, or halt where that is beside the tape."""
    state[PC] += 1
    if state[HALT] == 0:
        if state[PC] >= TAPE:
            state[HALT] = OFF_END
        elif state[PC] < 0:
            state[HALT] = OFF_START


@njit(nogil=True, cache=True)
def forget(state: Array) -> None:
    """Clear the data accesses of the step before."""
    state[READ] = state[WRITE] = state[READ2] = -1


def listing(code: bytes, known: Mapping[int, Opcode]) -> tuple[Line, ...]:
    """Disassemble a program: one line for each instruction and each run of other bytes."""
    lines: list[Line] = []
    at = 0
    while at < len(code):
        end = at + 1
        entry = known.get(code[at])
        if entry is None:
            while end < len(code) and code[end] not in known:
                end += 1
            lines.append(
                Line(at, code[at:end], "no-op", f"{end - at} bytes" if end > at + 1 else "")
            )
        else:
            lines.append(Line(at, code[at:end], entry.name, _target(at, code[at])))
        at = end
    return tuple(lines)


def _target(at: int, byte: int) -> str:
    """Return where a jump at an address goes, "" for other instructions."""
    if byte < FORWARD:
        return ""
    to = at + (byte & 63) + 1 if byte < BACKWARD else at - (byte & 63) - 1
    return f"to {to}" if 0 <= to < TAPE else "off the tape"
