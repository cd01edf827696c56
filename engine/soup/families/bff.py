"""The BFF family: Brainfuck with two heads on one tape (arXiv 2406.19108, section 2).

A language is a table that says which byte is which command, which values are zero to a loop, and
how the heads begin. A step that a jump ends is one step, whatever the length of the jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Line
from engine.soup.fast_bff import (
    COPY_TO_0,
    COPY_TO_1,
    LEFT_0,
    LEFT_1,
    NOTHING,
    OPEN,
    PLUS,
    RIGHT_0,
    RIGHT_1,
    run_bff,
)
from engine.soup.language import (
    HALT,
    HEAD0,
    HEAD1,
    PC,
    READ,
    READ2,
    TAPE,
    WRITE,
    Language,
    Opcode,
)

__all__ = ["COMMANDS", "dialect", "nulls", "start", "step", "table"]

Array = NDArray[Any]

COMMANDS: Final = "<>{}+-.,[]"  # of the classes LEFT_0 to CLOSE, in order
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


def _opcodes(codes: Mapping[str, Iterable[int]], moves: bool, distance: int) -> dict[int, Opcode]:
    """Describe the bytes; one that has two meanings shows the first."""
    special = {",": "copy head 1 to head 0, head 1 right"} if moves else {}
    if distance:
        special = {
            "[": f"on zero forward by {distance + 1}",
            "]": f"if not zero back by {distance - 1}",
        }
    found: dict[int, Opcode] = {}
    for command, values in codes.items():
        plain = _NAMED[command]
        entry = Opcode(plain.glyph, special.get(command, plain.name), plain.kind)
        for byte in values:
            found.setdefault(byte, entry)
    return found


def table(codes: Mapping[str, Iterable[int]]) -> Array:
    """Return the class of every byte, uint8 (256,)."""
    classes = np.zeros(256, np.uint8)
    for command, values in codes.items():
        if command in COMMANDS:
            classes[list(values)] = COMMANDS.index(command) + LEFT_0
    return classes


def nulls(codes: Mapping[str, Iterable[int]]) -> Array:
    """Return which values are zero to a loop, bool (256,)."""
    zero = np.zeros(256, np.bool_)
    zero[list(codes["0"])] = True
    return zero


@njit(nogil=True, cache=True)
def start(tape: Array, state: Array, own_heads: bool) -> None:
    """Begin at the first byte, or at byte 2 with heads where the first two bytes say."""
    state[:] = 0
    if own_heads:
        state[PC] = 2
        state[HEAD0] = tape[0] % TAPE
        state[HEAD1] = tape[1] % TAPE


@njit(nogil=True, cache=True)
def _simple(tape: Array, origin: Array, state: Array, command: int) -> None:
    """Do a command that is no loop."""
    head0, head1 = state[HEAD0], state[HEAD1]
    if command == LEFT_0:
        state[HEAD0] = (head0 - 1) % TAPE
    elif command == RIGHT_0:
        state[HEAD0] = (head0 + 1) % TAPE
    elif command == LEFT_1:
        state[HEAD1] = (head1 - 1) % TAPE
    elif command == RIGHT_1:
        state[HEAD1] = (head1 + 1) % TAPE
    elif command == COPY_TO_1:
        tape[head1] = tape[head0]
        origin[head1] = origin[head0]
        state[READ], state[WRITE] = head0, head1
    elif command == COPY_TO_0:
        tape[head0] = tape[head1]
        origin[head0] = origin[head1]
        state[READ], state[WRITE] = head1, head0
    else:
        change = 1 if command == PLUS else 255
        tape[head0] = (tape[head0] + change) & 255
        state[READ], state[WRITE] = head0, head0


@njit(nogil=True, cache=True)
def _go(state: Array, pc: int) -> None:
    """Go on at `pc`, or halt where that is beside the tape."""
    state[PC] = pc
    if pc >= TAPE:
        state[HALT] = OFF_END


@njit(nogil=True, cache=True)
def step(
    tape: Array,
    origin: Array,
    state: Array,
    classes: Array,
    zero: Array,
    moves: bool,
    distance: int,
) -> int:
    """Do one step.

    Parameters
    ----------
    tape, origin, state : ndarray
        As in `Language`.
    classes, zero : ndarray
        uint8 and bool (256,): the class of each byte, and whether loops take it for zero.
    moves : bool
        Whether ``,`` moves head 1 right.
    distance : int
        How far brackets jump; 0 if to their match.
    """
    state[READ] = state[WRITE] = state[READ2] = -1
    pc = state[PC]
    command = classes[tape[pc]]
    if command == NOTHING:
        _go(state, pc + 1)
        return 0
    if command < OPEN:
        _simple(tape, origin, state, command)
        if moves and command == COPY_TO_0:
            state[HEAD1] = (state[HEAD1] + 1) % TAPE
        _go(state, pc + 1)
        return 1
    head = state[HEAD0]
    state[READ] = head
    if zero[tape[head]] != (command == OPEN):
        _go(state, pc + 1)
        return 1
    way = 1 if command == OPEN else -1
    if distance:
        to = pc + way * distance
        if to < 0:
            state[HALT] = OFF_START
            return 1
    else:
        to = _match(tape, pc, classes, command, way)
        if to < 0:
            state[HALT] = UNMATCHED
            return 1
    _go(state, to + 1)
    return 1


@njit(nogil=True, cache=True)
def _match(tape: Array, pc: int, classes: Array, command: int, way: int) -> int:
    """Return the address of the bracket that belongs to the one at `pc`, -1 if there is none."""
    depth = 1
    at = pc + way
    while 0 <= at < TAPE:
        other = classes[tape[at]]
        if other == command:
            depth += 1
        elif other >= OPEN:
            depth -= 1
            if depth == 0:
                return at
        at += way
    return -1


def dialect(
    name: str,
    title: str,
    summary: str,
    codes: Mapping[str, Iterable[int]],
    replicator: bytes,
    *,
    own_heads: bool,
    moves: bool = False,
    distance: int = 0,
    spelling: Literal["glyphs", "nibbles"] = "glyphs",
) -> Language:
    """Make a language of the family.

    Parameters
    ----------
    name, title, summary, replicator, spelling
        As in `Language`.
    codes : mapping of str to iterable of int
        The bytes of each command of `COMMANDS` that it has, and of "0", the null of loops.
    own_heads : bool
        Whether the first two bytes of a tape place the heads, and the run begins behind them.
    moves : bool
        Whether ``,`` moves head 1 right.
    distance : int
        How far brackets jump; 0 if to their match.
    """
    known, classes, zero = _opcodes(codes, moves, distance), table(codes), nulls(codes)

    def one(tape: Array, origin: Array, stack: Array, stack_origin: Array, state: Array) -> int:
        counted: int = step(tape, origin, state, classes, zero, moves, distance)
        return counted

    def traced(tapes: Array, origins: Array, limit: int, ops: Array) -> None:
        run_bff(tapes, limit, ops, classes, zero, own_heads, moves, distance, origins)

    return Language(
        name=name,
        title=title,
        summary=summary,
        opcodes=known,
        registers=("pc", "head0", "head1"),
        pointers=("pc", "head0", "head1"),
        start=lambda tape, state: start(tape, state, own_heads),
        step=one,
        run=lambda tapes, limit, ops: run_bff(
            tapes, limit, ops, classes, zero, own_heads, moves, distance
        ),
        run_traced=traced,
        replicator=replicator,
        spelling=spelling,
        listing=lambda code: _listing(code, known, not distance),
    )


def _listing(code: bytes, known: Mapping[int, Opcode], matched: bool) -> tuple[Line, ...]:
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
