"""The fast kernel of the Forth languages: exactly the bytes and counts of the plain interpreter.

A language is a table that gives every byte its class (`NOTHING` .. `SUBTRACT`). The stack lies
behind bytes that stay 0, so that a pop of the empty stack needs no question.

A run that returns to a state (position and stack at a backward jump) without having changed a byte
of the tape repeats itself: whole periods are added to the counts and only the rest is executed. The
state to return to is renewed at growing distances (after Brent, 1980). Where bytes came from is, if
it is noted, a part of the tape and of the stack. Stacks need to be equal only
as far as their values mattered since then. Where they were addresses and nothing else, the bits of
an address do: sums and differences then agree in those bits for ever, too, and a copy loop is
caught in its second round through the addresses. Where no value was used, or only for copies to the
other half while the halves are equal, none does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.soup.language import NEW
from engine.soup.origins import begin_origins
from engine.soup.streams import split_mix

__all__ = [
    "ADD",
    "BACKWARD",
    "COPY",
    "COPY_LEFT",
    "COPY_RIGHT",
    "COPY_RIGHT_GUARDED",
    "DROP",
    "DUP",
    "FLIP",
    "FORWARD",
    "GUARD",
    "IF_ZERO",
    "LITERAL",
    "MINUS",
    "NOTHING",
    "PLUS",
    "READ",
    "READ_LEFT",
    "READ_RIGHT",
    "SUBTRACT",
    "SWAP",
    "WRITE",
    "WRITE_LEFT",
    "WRITE_RIGHT",
    "WRITE_RIGHT_GUARDED",
    "run_forth",
    "scramble",
]

Array = NDArray[Any]

# Classes of bytes. The order counts: LITERAL to READ push what does not depend on the stack's
# upper bits.
NOTHING = 0
FORWARD = 1
BACKWARD = 2
LITERAL = 3
READ_LEFT = 4
READ_RIGHT = 5
READ = 6
WRITE_LEFT = 7
WRITE_RIGHT = 8
WRITE = 9
COPY_LEFT = 10
COPY_RIGHT = 11
COPY = 12
FLIP = 13
DUP = 14
DROP = 15
SWAP = 16
IF_ZERO = 17
PLUS = 18
MINUS = 19
ADD = 20
SUBTRACT = 21
WRITE_RIGHT_GUARDED = 22
COPY_RIGHT_GUARDED = 23

GUARD = 0x13  # a byte of the right program that must not be overwritten

_BASE = 2  # of the stack: as many zeros below it as an instruction can pop
_TOP = _BASE + 128
_FIRST = 16
_GROWTH = 8


@njit(nogil=True, cache=True)
def scramble(tape: Array, origin: Array | None, pc: int) -> None:
    """Overwrite the left program with a hash of the whole tape; `pc` is the instruction's."""
    q = np.uint64(0)
    for at in range(128):
        q = split_mix(q ^ np.uint64(tape[at]))
    for at in range(64):
        tape[at] = split_mix(q * np.uint64(4096) + np.uint64(pc * 64 + at)) & np.uint64(255)
        if origin is not None:
            origin[at] = NEW


@njit(nogil=True, cache=True)
def _is_mirrored(tape, origin):  # type: ignore[no-untyped-def]
    """Whether the right program equals the left, so that a copy to the other half does nothing."""
    for at in range(64):
        if tape[at] != tape[64 + at]:
            return False
        if origin is not None and origin[at] != origin[64 + at]:
            return False
    return True


@njit(nogil=True, cache=True)
def _is_same(sp, care, stack, seen, stack_origin, seen_origin):  # type: ignore[no-untyped-def]
    """Whether two stacks are equal in those bits that count, and if all do, in where they are from.

    What is written without having been read or given by the step before lets all bits count.
    """
    for at in range(sp - 1, _BASE - 1, -1):
        if (stack[at] ^ seen[at]) & care != 0:
            return False
        if stack_origin is not None and care == 255 and stack_origin[at] != seen_origin[at]:
            return False
    return True


@njit(nogil=True, cache=True)
def _follow(kind, sp, top, below, origin, stack_origin):  # type: ignore[no-untyped-def]
    """Let origins on the stack follow their bytes; returns the origin of what will be written."""
    one = max(sp - 1, _BASE)
    two = max(one - 1, _BASE)
    first = stack_origin[sp - 1]
    second = stack_origin[one - 1]
    if kind == DUP:
        stack_origin[one] = stack_origin[one + 1] = first
    elif kind == SWAP:
        stack_origin[two] = first
        stack_origin[two + 1] = second
    elif kind == IF_ZERO:
        stack_origin[one] = first
    elif kind == READ_LEFT:
        stack_origin[one] = origin[top & 63]
    elif kind == READ_RIGHT:
        stack_origin[one] = origin[64 + (top & 63)]
    elif kind == READ:
        stack_origin[one] = origin[top & 127]
    elif kind in (ADD, SUBTRACT):
        stack_origin[two] = NEW
    elif kind in (PLUS, MINUS, FLIP):
        stack_origin[one] = NEW
    elif kind == COPY:
        return origin[below & 127]
    elif kind == COPY_LEFT:
        return origin[64 + (top & 63)]
    elif kind in (COPY_RIGHT, COPY_RIGHT_GUARDED):
        return origin[top & 63]
    return first


@njit(nogil=True, cache=True)
def _stack_of(origins):  # type: ignore[no-untyped-def]
    """Make a stack of origins where they are wanted; what lies below it comes from nowhere."""
    return None if origins is None else np.full(_TOP, NEW, np.int16)


@njit(nogil=True, cache=True)
def run_forth(  # type: ignore[no-untyped-def]
    tapes: Array,
    limit: int,
    ops: Array,
    table: Array,
    bits: int,
    origins: Array | None = None,
):
    """Run tapes in place.

    Parameters
    ----------
    tapes : ndarray
        uint8 (n, 128), changed.
    limit : int
        Steps at most, no-ops included.
    ops : ndarray
        int64 (n,), set to the number of operations of each run.
    table : ndarray
        uint8 (256,), the class of each byte.
    bits : int
        Those bits of a value that count when it is an address: 63 where a program is addressed,
        127 where the tape is.
    origins : ndarray, optional
        int16 (n, 128), set to the address that each byte was copied from, `NEW` if it was made.
        Without it a kernel of its own is compiled, in which nothing of this is left.
    """
    stack = np.zeros(_TOP, np.uint8)
    seen = np.zeros(_TOP, np.uint8)
    stack_origin = _stack_of(origins)
    seen_origin = _stack_of(origins)
    for index in range(tapes.shape[0]):
        tape = tapes[index]
        origin = begin_origins(origins, index)
        pc = 0
        sp = _BASE
        steps = idle = 0
        last = NOTHING
        changed = 0  # step of the last change of the tape
        seen_steps = -1
        seen_pc = seen_sp = seen_idle = 0
        reach = _FIRST
        care = copied = 0  # bits of values of the stack that what happened since then depended on
        mirrored, compared = (
            False,
            -1,
        )  # whether the halves are equal, and for which change that holds
        while steps < limit:
            code = tape[pc]
            kind = table[code]
            steps += 1
            if kind == NOTHING:
                idle += 1
                pc += 1
                if pc >= 128:
                    break
                continue
            target = -1
            new = np.uint8(0)
            if kind == LITERAL:
                if sp == _TOP:
                    break
                stack[sp] = code & 63
                if origins is not None:
                    stack_origin[sp] = NEW
                sp += 1
            elif kind == FORWARD:
                pc += code & 63
            elif kind == BACKWARD:
                pc -= (code & 63) + 1
                if pc < 0:
                    break
                last = kind
                if seen_steps > changed:
                    if pc == seen_pc and sp == seen_sp:
                        if copied != 0 and compared != changed:
                            mirrored, compared = _is_mirrored(tape, origin), changed
                        if not mirrored:
                            care |= copied
                        if _is_same(sp, care, stack, seen, stack_origin, seen_origin):
                            period = steps - seen_steps
                            repeated = idle - seen_idle
                            periods = (limit - steps) // period
                            steps += periods * period
                            idle += periods * repeated
                            if repeated == 0:
                                steps = limit
                            changed = limit
                            continue
                    if steps - seen_steps < reach:
                        continue
                    reach *= _GROWTH
                elif steps - changed < _FIRST:
                    continue
                else:
                    reach = _FIRST * _GROWTH
                seen_steps = steps
                seen_pc = pc
                seen_sp = sp
                seen_idle = idle
                care = copied = 0
                for at in range(_BASE, sp):
                    seen[at] = stack[at]
                    if origins is not None:
                        seen_origin[at] = stack_origin[at]
                continue
            else:
                top = stack[sp - 1]
                one = max(sp - 1, _BASE)
                below = stack[one - 1]
                two = max(one - 1, _BASE)
                if origins is not None:
                    source = _follow(kind, sp, top, below, origin, stack_origin)
                if kind == DUP:
                    if sp == _TOP:
                        break
                    stack[one] = top
                    stack[one + 1] = top
                    sp = one + 2
                elif kind == PLUS:
                    stack[one] = top + 1
                    sp = one + 1
                elif kind == COPY_RIGHT:
                    copied = bits
                    target = 64 + (top & 63)
                    new = tape[top & 63]
                    sp = one
                elif kind == READ_LEFT:
                    care |= bits
                    stack[one] = tape[top & 63]
                    sp = one + 1
                elif kind == WRITE_RIGHT:
                    care |= bits if LITERAL <= last <= READ else 255
                    target = 64 + (below & 63)
                    new = top
                    sp = two
                elif kind == MINUS:
                    stack[one] = top - 1
                    sp = one + 1
                elif kind == DROP:
                    sp = one
                elif kind == SWAP:
                    stack[two] = top
                    stack[two + 1] = below
                    sp = two + 2
                elif kind == IF_ZERO:
                    if last < LITERAL or last > READ:
                        care = 255
                    stack[one] = top
                    sp = one + 1
                    pc += top != 0
                elif kind == ADD:
                    stack[two] = top + below
                    sp = two + 1
                elif kind == SUBTRACT:
                    stack[two] = top - below
                    sp = two + 1
                elif kind == READ_RIGHT:
                    care |= bits
                    stack[one] = tape[64 + (top & 63)]
                    sp = one + 1
                elif kind == WRITE_LEFT:
                    care |= bits if LITERAL <= last <= READ else 255
                    target = below & 63
                    new = top
                    sp = two
                elif kind == COPY_LEFT:
                    copied = bits
                    target = top & 63
                    new = tape[64 + (top & 63)]
                    sp = one
                elif kind == READ:
                    care |= bits
                    stack[one] = tape[top & 127]
                    sp = one + 1
                elif kind == WRITE:
                    care |= bits if LITERAL <= last <= READ else 255
                    target = below & 127
                    new = top
                    sp = two
                elif kind == COPY:
                    care |= bits
                    target = top & 127
                    new = tape[below & 127]
                    sp = two
                elif kind == FLIP:
                    stack[one] = top ^ 64
                    sp = one + 1
                elif kind == WRITE_RIGHT_GUARDED:
                    care |= bits if LITERAL <= last <= READ else 255
                    target = 64 + (below & 63)
                    new = top
                    sp = two
                    if tape[target] == GUARD:
                        scramble(tape, origin, pc)
                        changed = steps
                        target = -1
                else:
                    care |= bits
                    target = 64 + (top & 63)
                    new = tape[top & 63]
                    sp = one
                    if tape[target] == GUARD:
                        scramble(tape, origin, pc)
                        changed = steps
                        target = -1
                if target >= 0:
                    if tape[target] != new:
                        tape[target] = new
                        changed = steps
                    if origins is not None and origin[target] != source:
                        origin[target] = source
                        changed = steps
            last = kind
            pc += 1
            if pc >= 128:
                break
        ops[index] = steps - idle
