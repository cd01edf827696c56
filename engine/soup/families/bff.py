"""The BFF family: Brainfuck with two heads on one tape (arXiv 2406.19108, section 2).

A language is a table that says which byte is which command, which values are zero to a loop, and
how the heads begin. A step that a jump ends is one step, whatever the length of the jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.language import HALT, HEAD0, HEAD1, PC, READ, READ2, TAPE, WRITE, Opcode

__all__ = [
    "COMMANDS",
    "heads_from_tape",
    "heads_zero",
    "jump_step",
    "listing",
    "nulls",
    "opcodes",
    "step",
    "table",
]

Array = NDArray[Any]

# Classes of bytes in a table; the first is every byte that is no command.
NOP, LEFT0, RIGHT0, LEFT1, RIGHT1, INC, DEC, WRITE1, WRITE0, OPEN, CLOSE = range(11)
COMMANDS: Final = "<>{}+-.,[]"  # of the classes 1 to 10, in order
OFF_END, OFF_START, UNMATCHED = 1, 2, 3

_NAMED: Final = {
    "<": Opcode("<", "head 0 left", "move"),
    ">": Opcode(">", "head 0 right", "move"),
    "{": Opcode("{", "head 1 left", "move"),
    "}": Opcode("}", "head 1 right", "move"),
    "+": Opcode("+", "add 1 at head 0", "arithmetic"),
    "-": Opcode("-", "subtract 1 at head 0", "arithmetic"),
    ".": Opcode(".", "copy head 0 to head 1", "copy"),
    ",": Opcode(",", "copy head 1 to head 0", "copy"),
    "[": Opcode("[", "on zero to the matching ]", "loop"),
    "]": Opcode("]", "if not zero back to the matching [", "loop"),
    "0": Opcode("0", "zero", "null"),
}


def opcodes(codes: Mapping[str, Iterable[int]], **names: str) -> dict[int, Opcode]:
    """Describe the bytes of a language by their commands.

    Parameters
    ----------
    codes : mapping of str to iterable of int
        The bytes of each command of `COMMANDS`, and of "0", the null; a byte that has two meanings
        shows the first.
    **names : str
        What commands do where it differs: ``open``, ``close``, ``write0``.
    """
    special = {"[": names.get("open"), "]": names.get("close"), ",": names.get("write0")}
    found: dict[int, Opcode] = {}
    for command, values in codes.items():
        plain = _NAMED[command]
        entry = Opcode(plain.glyph, special.get(command) or plain.name, plain.kind)
        for byte in values:
            found.setdefault(byte, entry)
    return found


def table(codes: Mapping[str, Iterable[int]]) -> Array:
    """Return the class of every byte, uint8 (256,)."""
    classes = np.zeros(256, np.uint8)
    for command, values in codes.items():
        if command in COMMANDS:
            classes[list(values)] = COMMANDS.index(command) + 1
    return classes


def nulls(codes: Mapping[str, Iterable[int]]) -> Array:
    """Return which values are zero to a loop, bool (256,)."""
    zero = np.zeros(256, np.bool_)
    zero[list(codes["0"])] = True
    return zero


@njit(nogil=True, cache=True)
def heads_from_tape(tape: Array, state: Array) -> None:
    """Begin at byte 2, with the heads where the first two bytes say."""
    state[:] = 0
    state[PC] = 2
    state[HEAD0] = tape[0] % TAPE
    state[HEAD1] = tape[1] % TAPE


@njit(nogil=True, cache=True)
def heads_zero(tape: Array, state: Array) -> None:
    """Begin at byte 0, with both heads there."""
    state[:] = 0


@njit(nogil=True, cache=True)
def _simple(tape: Array, origin: Array, state: Array, command: int) -> None:
    """Do a command that is no loop."""
    head0, head1 = state[HEAD0], state[HEAD1]
    if command == LEFT0:
        state[HEAD0] = (head0 - 1) % TAPE
    elif command == RIGHT0:
        state[HEAD0] = (head0 + 1) % TAPE
    elif command == LEFT1:
        state[HEAD1] = (head1 - 1) % TAPE
    elif command == RIGHT1:
        state[HEAD1] = (head1 + 1) % TAPE
    elif command == WRITE1:
        tape[head1] = tape[head0]
        origin[head1] = origin[head0]
        state[READ], state[WRITE] = head0, head1
    elif command == WRITE0:
        tape[head0] = tape[head1]
        origin[head0] = origin[head1]
        state[READ], state[WRITE] = head1, head0
    else:
        change = 1 if command == INC else 255
        tape[head0] = (tape[head0] + change) & 255
        state[READ], state[WRITE] = head0, head0


@njit(nogil=True, cache=True)
def _end(state: Array, pc: int) -> None:
    """Go on at `pc`, or halt where that is beside the tape."""
    state[PC] = pc
    if pc >= TAPE:
        state[HALT] = OFF_END


@njit(nogil=True, cache=True)
def step(tape: Array, origin: Array, state: Array, classes: Array, zero: Array, moves: bool) -> int:
    """Do one step with matched brackets; with `moves`, ``,`` ends with head 1 moving right."""
    state[READ] = state[WRITE] = state[READ2] = -1
    pc = state[PC]
    command = classes[tape[pc]]
    if command == NOP:
        _end(state, pc + 1)
        return 0
    if command < OPEN:
        _simple(tape, origin, state, command)
        if moves and command == WRITE0:
            state[HEAD1] = (state[HEAD1] + 1) % TAPE
        _end(state, pc + 1)
        return 1
    head = state[HEAD0]
    state[READ] = head
    if zero[tape[head]] != (command == OPEN):
        _end(state, pc + 1)
        return 1
    way = 1 if command == OPEN else -1
    depth = 1
    at = pc
    while depth:
        at += way
        if at < 0 or at >= TAPE:
            state[HALT] = UNMATCHED
            return 1
        other = classes[tape[at]]
        if other == command:
            depth += 1
        elif other >= OPEN:
            depth -= 1
    _end(state, at + 1)
    return 1


@njit(nogil=True, cache=True)
def jump_step(tape: Array, origin: Array, state: Array, classes: Array, zero: Array) -> int:
    """Do one step of a language whose brackets jump 8 bytes and match nothing."""
    state[READ] = state[WRITE] = state[READ2] = -1
    pc = state[PC]
    command = classes[tape[pc]]
    if command == NOP:
        _end(state, pc + 1)
        return 0
    if command < OPEN:
        _simple(tape, origin, state, command)
        _end(state, pc + 1)
        return 1
    head = state[HEAD0]
    state[READ] = head
    if zero[tape[head]] != (command == OPEN):
        _end(state, pc + 1)
    elif command == OPEN:
        _end(state, pc + 9)
    elif pc < 8:
        state[HALT] = OFF_START
    else:
        _end(state, pc - 7)
    return 1


def listing(code: bytes, known: Mapping[int, Opcode], matched: bool) -> tuple[Line, ...]:
    """Disassemble a program: one line for each command and each run of other bytes."""
    partners = _partners(code, known) if matched else {}
    lines: list[Line] = []
    at = 0
    while at < len(code):
        end = at + 1
        entry = known.get(code[at])
        if entry is None or entry.kind == "null":
            while end < len(code) and _same(known.get(code[end]), entry):
                end += 1
            text = "no-op" if entry is None else "0"
            remark = "" if end == at + 1 else f"{end - at} bytes"
            lines.append(Line(at, code[at:end], text, remark))
        else:
            remark = entry.name
            if entry.kind == "loop" and matched:
                partner = partners.get(at)
                remark = (
                    "no match in this program" if partner is None else f"{entry.name}, {partner}"
                )
            lines.append(Line(at, code[at:end], entry.glyph, remark))
        at = end
    return tuple(lines)


def _same(one: Opcode | None, other: Opcode | None) -> bool:
    return one is other or (one is not None and other is not None and one == other)


def _partners(code: bytes, known: Mapping[int, Opcode]) -> dict[int, int]:
    """Return the address of the matching bracket of each bracket that has one."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for at, byte in enumerate(code):
        glyph = known[byte].glyph if byte in known else ""
        if glyph == "[":
            waiting.append(at)
        elif glyph == "]" and waiting:
            opening = waiting.pop()
            found[opening], found[at] = at, opening
    return found
