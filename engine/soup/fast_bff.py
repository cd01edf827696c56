"""The fast kernel of the BFF languages: exactly the bytes and counts of the plain interpreter.

A language is a table that gives every byte its class (`NOTHING` .. `CLOSE`) and a table of
the bytes that are zero for loops. Four tricks make a run short:

- Which bytes are commands and which are brackets is kept as bits of two words each: the way to the
  next command, or to the next bracket, is one count of zeros. The bits are found by comparing all
  bytes with all commands, which processors do 16 bytes at a time.
- The bracket that belongs to a bracket is remembered until a bracket is written or overwritten.
- A loop without inner brackets is taken apart into its writes, with head moves summed up; turning
  it costs its writes and one test (`_turn`). A write that would change the class of one of its own
  bytes ends this, and the command there is executed as any other.
- A run that returns to a state (position and heads at a taken ``]``) without having changed a byte
  (or where one came from, if that is noted) repeats itself: whole periods are added to the counts
  and only the rest is executed. The state to return to is renewed at doubling distances (Brent,
  1980).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.soup.bff_masks import (
    CLOSE,
    COPY_TO_0,
    COPY_TO_1,
    LEFT_0,
    LEFT_1,
    MINUS,
    NO_MATCH,
    NOTHING,
    OPEN,
    PLUS,
    RIGHT_0,
    RIGHT_1,
    any_between,
    classes,
    codes_of,
    gathered,
    look_up,
    mark,
    match_back,
    match_forward,
)
from engine.soup.bits import trailing_zeros
from engine.soup.origins import begin_origins

__all__ = [
    "CLOSE",
    "COPY_TO_0",
    "COPY_TO_1",
    "LEFT_0",
    "LEFT_1",
    "MINUS",
    "NOTHING",
    "OPEN",
    "PLUS",
    "RIGHT_0",
    "RIGHT_1",
    "classes",
    "run_bff",
]

Array = NDArray[Any]

_FIRST_DISTANCE = 16
_BY = np.array([[0, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, -1, 1, 0, 0, 0, 0, 0, 0]])

# Slots of the state which the parts of the kernel share.
_HEAD0, _HEAD1, _PC, _STEPS, _OPS, _CHANGED = range(6)
# Slots of the loop that is taken apart: its brackets, number of writes, summed moves, operations.
_START, _END, _WRITES, _MOVE0, _MOVE1, _COUNT = range(6)
# Columns of a write of a loop: class, heads relative to the loop's start, place, operations before.
_KIND, _AT0, _AT1, _PLACE, _BEFORE = range(5)


@njit(nogil=True, cache=True)
def _take_apart(tape, start, end, table, by, loop, writes):  # type: ignore[no-untyped-def]
    """List the writes of the loop whose brackets are `start` and `end`; no others are between."""
    at0 = at1 = count = total = 0
    for place in range(start + 1, end):
        opcode = table[tape[place]]
        if opcode == NOTHING:
            continue
        if opcode >= PLUS:
            writes[total, _KIND] = opcode
            writes[total, _AT0] = at0
            writes[total, _AT1] = at1
            writes[total, _PLACE] = place
            writes[total, _BEFORE] = count
            total += 1
        at0 += by[0, opcode]
        at1 += by[1, opcode]
        count += 1
    loop[_START] = start
    loop[_END] = end
    loop[_WRITES] = total
    loop[_MOVE0] = at0
    loop[_MOVE1] = at1
    loop[_COUNT] = count + 1


@njit(nogil=True, cache=True)
def _turns_until_back(move):  # type: ignore[no-untyped-def]
    """How many turns bring a head that moves by `move` a turn back to where it was."""
    move &= 127
    return 1 if move == 0 else 128 >> trailing_zeros(np.uint64(move))


@njit(nogil=True, cache=True)
def _turn(tape, origin, limit, table, nulls, loop, writes, state, bits):  # type: ignore[no-untyped-def]
    """Turn a loop which was taken apart, from behind its ``[`` on.

    Ends behind its ``]`` when that is not taken, at a command that would change the class of one of
    the loop's own bytes, or at the start of a turn that `limit` would cut off. Updates `bits`
    (commands low, high, brackets low, high) and says in `state` whether a byte changed (1) and
    whether a bracket did (2).
    """
    start, end, total = loop[_START], loop[_END], loop[_WRITES]
    move0, move1 = loop[_MOVE0], loop[_MOVE1]
    length = end - start
    head0, head1 = state[_HEAD0], state[_HEAD1]
    changed = 0
    quiet = 0
    period = max(_turns_until_back(move0), _turns_until_back(move1))
    first_steps, first_ops = state[_STEPS], state[_OPS]
    turns = (limit - first_steps) // length
    turn = 0
    while turn < turns:
        for index in range(total):
            at0 = (head0 + writes[index, _AT0]) & 127
            kind = writes[index, _KIND]
            if kind >= COPY_TO_1:
                at1 = (head1 + writes[index, _AT1]) & 127
                target, source = (at1, at0) if kind == COPY_TO_1 else (at0, at1)
                new = tape[source]
                old = tape[target]
                if origin is not None and origin[target] != origin[source]:
                    origin[target] = origin[source]
                    changed |= 1
                    quiet = -1
                if old == new:
                    continue
            else:
                target = at0
                old = tape[at0]
                new = np.uint8(old + 1) if kind == PLUS else np.uint8(old - 1)
            was, now = table[old], table[new]
            if was != now:
                if start <= target <= end:
                    state[_HEAD0] = (head0 + writes[index, _AT0]) & 127
                    state[_HEAD1] = (head1 + writes[index, _AT1]) & 127
                    state[_PC] = writes[index, _PLACE]
                    state[_STEPS] = first_steps + turn * length + state[_PC] - start - 1
                    state[_OPS] = first_ops + turn * loop[_COUNT] + writes[index, _BEFORE]
                    state[_CHANGED] = changed
                    return
                bit = np.uint64(1) << np.uint64(target & 63)
                word = target >> 6
                if now == NOTHING:
                    bits[word] &= ~bit
                else:
                    bits[word] |= bit
                if was >= OPEN or now >= OPEN:
                    changed |= 2
                    if now >= OPEN:
                        bits[2 + word] |= bit
                    else:
                        bits[2 + word] &= ~bit
            tape[target] = new
            changed |= 1
            quiet = -1
        turn += 1
        head0 = (head0 + move0) & 127
        head1 = (head1 + move1) & 127
        if nulls[tape[head0]]:
            start = end  # go on behind the loop
            break
        quiet += 1
        if quiet == period:  # nothing will ever change
            left = turns - turn
            turns -= left // period * period
            first_steps += left // period * period * length
            first_ops += left // period * period * loop[_COUNT]
    state[_HEAD0] = head0
    state[_HEAD1] = head1
    state[_PC] = start + 1
    state[_STEPS] = first_steps + turn * length
    state[_OPS] = first_ops + turn * loop[_COUNT]
    state[_CHANGED] = changed


@njit(nogil=True, cache=True)
def run_bff(  # type: ignore[no-untyped-def]
    tapes: Array,
    limit: int,
    ops: Array,
    table: Array,
    nulls: Array,
    own_heads: bool,
    moves: bool,
    distance: int,
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
    table, nulls : ndarray
        uint8 (256,), the class of each byte (see `classes`), and bool (256,), whether loops take
        the byte for zero.
    own_heads : bool
        Whether the heads start where the first two bytes say, and the run at byte 2.
    moves : bool
        Whether a copy to head 0 moves head 1 right.
    distance : int
        How far a taken bracket jumps; 0 to the bracket that belongs to it.
    origins : ndarray, optional
        int16 (n, 128), set to the address that each byte was copied from. Without it a kernel of
        its own is compiled, in which nothing of this is left.
    """
    by = _BY.copy()
    by[1, COPY_TO_0] = np.int64(moves)
    loop = np.empty(6, np.int64)
    writes = np.empty((128, 5), np.int64)
    state = np.empty(6, np.int64)
    bits = np.empty(4, np.uint64)
    match = np.empty(128, np.uint8)
    marks = np.empty(256, np.uint8)
    codes = codes_of(table)
    one = np.uint64(1)
    none = np.uint64(0)
    words = marks.view(np.uint64)
    for index in range(tapes.shape[0]):
        tape = tapes[index]
        origin = begin_origins(origins, index)
        if codes[10] != 0:
            mark(tape, codes, marks)
        else:
            look_up(tape, table, marks)
        low, high = gathered(words, 0), gathered(words, 8)
        low_brackets, high_brackets = gathered(words, 16), gathered(words, 24)
        known_low = known_high = none
        pc = 2 if own_heads else 0
        head0 = int(tape[0]) & 127 if own_heads else 0
        head1 = int(tape[1]) & 127 if own_heads else 0
        loop_start = loop_end = -1
        steps = count = 0
        seen_pc = -1
        seen_head0 = seen_head1 = seen_steps = seen_count = 0
        reach = _FIRST_DISTANCE
        skip = True
        while pc < 128:
            if pc < 64:
                word = low >> np.uint64(pc)
                if word != none:
                    place = pc + trailing_zeros(word)
                elif high != none:
                    place = 64 + trailing_zeros(high)
                else:
                    break
            else:
                word = high >> np.uint64(pc - 64)
                if word == none:
                    break
                place = pc + trailing_zeros(word)
            steps += place - pc + 1
            if steps > limit:
                break
            count += 1
            pc = place + 1
            opcode = table[tape[place]]
            if opcode < PLUS:
                head0 = (head0 + by[0, opcode]) & 127
                head1 = (head1 + by[1, opcode]) & 127
            elif opcode < OPEN:
                target = source = head0
                if opcode == COPY_TO_0:
                    source = head1
                    new = tape[head1]
                    head1 = (head1 + by[1, opcode]) & 127
                elif opcode == COPY_TO_1:
                    new = tape[head0]
                    target = head1
                elif opcode == PLUS:
                    new = np.uint8(tape[head0] + 1)
                else:
                    new = np.uint8(tape[head0] - 1)
                if origins is not None and origins[index, target] != origins[index, source]:
                    origins[index, target] = origins[index, source]
                    seen_pc = -1
                    reach = _FIRST_DISTANCE
                old = tape[target]
                if old != new:
                    tape[target] = new
                    seen_pc = -1
                    reach = _FIRST_DISTANCE
                    was, now = table[old], table[new]
                    if was != now:
                        bit = one << np.uint64(target & 63)
                        if loop_start <= target <= loop_end:
                            loop_start = loop_end = -1
                        bracket = was >= OPEN or now >= OPEN
                        if bracket:
                            known_low = known_high = none
                        if target < 64:
                            low = low & ~bit if now == NOTHING else low | bit
                            if bracket:
                                low_brackets = (
                                    low_brackets | bit if now >= OPEN else low_brackets & ~bit
                                )
                        else:
                            high = high & ~bit if now == NOTHING else high | bit
                            if bracket:
                                high_brackets = (
                                    high_brackets | bit if now >= OPEN else high_brackets & ~bit
                                )
            elif nulls[tape[head0]] == (opcode == OPEN):
                if distance != 0:
                    to = place + distance if opcode == OPEN else place - distance
                    if to < 0:
                        break
                else:
                    bit = one << np.uint64(place & 63)
                    if ((known_low if place < 64 else known_high) & bit) != none:
                        to = np.int64(match[place])
                    elif opcode == OPEN:
                        to = match_forward(tape, low_brackets, high_brackets, place, table)
                    else:
                        to = match_back(tape, low_brackets, high_brackets, place, table)
                    match[place] = to
                    if place < 64:
                        known_low |= bit
                    else:
                        known_high |= bit
                    if to == NO_MATCH:
                        break
                pc = to + 1
                if opcode == OPEN:
                    continue
                if skip:
                    if seen_pc == pc and seen_head0 == head0 and seen_head1 == head1:
                        period = steps - seen_steps
                        periods = (limit - steps) // period
                        steps += periods * period
                        count += periods * (count - seen_count)
                        skip = False
                    elif seen_pc < 0 or steps - seen_steps >= reach:
                        if seen_pc >= 0:
                            reach *= 2
                        seen_pc = pc
                        seen_head0 = head0
                        seen_head1 = head1
                        seen_steps = steps
                        seen_count = count
                if loop_end != place or loop_start != to:
                    if any_between(low_brackets, high_brackets, to, place):
                        continue
                    loop_start = to
                    loop_end = place
                    _take_apart(tape, to, place, table, by, loop, writes)
                state[_HEAD0] = head0
                state[_HEAD1] = head1
                state[_STEPS] = steps
                state[_OPS] = count
                bits[0] = low
                bits[1] = high
                bits[2] = low_brackets
                bits[3] = high_brackets
                _turn(tape, origin, limit, table, nulls, loop, writes, state, bits)
                head0 = state[_HEAD0]
                head1 = state[_HEAD1]
                steps = state[_STEPS]
                count = state[_OPS]
                pc = state[_PC]
                changed = state[_CHANGED]
                if changed != 0:
                    seen_pc = -1
                    reach = _FIRST_DISTANCE
                    low = bits[0]
                    high = bits[1]
                    low_brackets = bits[2]
                    high_brackets = bits[3]
                    if changed > 1:
                        known_low = known_high = none
        ops[index] = count
