"""Where a tape of the BFF languages has commands and brackets, as bits of words.

A language is a table that gives every byte its class, `NOTHING` .. `CLOSE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.soup.bits import leading_zeros, trailing_zeros

__all__ = [
    "CLOSE",
    "COPY_TO_0",
    "COPY_TO_1",
    "LEFT_0",
    "LEFT_1",
    "MINUS",
    "NOTHING",
    "NO_MATCH",
    "OPEN",
    "PLUS",
    "RIGHT_0",
    "RIGHT_1",
    "any_between",
    "classes",
    "codes_of",
    "gathered",
    "look_up",
    "mark",
    "match_back",
    "match_forward",
]

Array = NDArray[Any]

# Classes of bytes. The order counts: moves first, then writes, then brackets.
NOTHING = 0
LEFT_0 = 1
RIGHT_0 = 2
LEFT_1 = 3
RIGHT_1 = 4
PLUS = 5
MINUS = 6
COPY_TO_1 = 7
COPY_TO_0 = 8
OPEN = 9
CLOSE = 10

NO_MATCH = 255


def classes(commands: Mapping[int, int], low_bits: int = 255) -> Array:
    """Make the table of classes of a language.

    Parameters
    ----------
    commands : mapping
        From the code of a command to its class.
    low_bits : int
        Bits of a byte that count as its code: 15 where only the low nibble does.

    Returns
    -------
    ndarray
        uint8 (256,).
    """
    return np.array([commands.get(byte & low_bits, NOTHING) for byte in range(256)], np.uint8)


@njit(nogil=True, cache=True)
def codes_of(table):  # type: ignore[no-untyped-def]
    """List the codes of the commands, the brackets last, so that bytes are compared with them.

    Returns uint8 (11,): 10 codes, one or the other repeated, and the bits of a byte that count;
    0 there if the table has more codes or less than a command and a bracket.
    """
    found = np.zeros(11, np.uint8)
    bits = 15
    for byte in range(256):
        if table[byte] != table[byte & 15]:
            bits = 255
    commands, brackets = 0, 0
    for byte in range(bits + 1):
        kind = table[byte]
        if kind >= OPEN:
            brackets += 1
            if brackets > 2:
                return found
            for place in range(7 + brackets, 10):
                found[place] = byte
        elif kind != NOTHING:
            commands += 1
            if commands > 8:
                return found
            for place in range(commands - 1, 8):
                found[place] = byte
    if commands > 0 and brackets > 0:
        found[10] = bits
    return found


@njit(nogil=True, cache=True)
def look_up(tape, table, marks):  # type: ignore[no-untyped-def]
    """Do what `mark` does for a table of more codes."""
    for place in range(128):
        kind = table[tape[place]]
        marks[place] = kind != NOTHING
        marks[128 + place] = kind >= OPEN


@njit(nogil=True, cache=True)
def mark(tape, codes, marks):  # type: ignore[no-untyped-def]
    """Write 1 for each command, and 128 bytes on for each bracket; 16 bytes are done at a time."""
    bits = codes[10]
    c0, c1, c2, c3, c4, c5, c6, c7 = (
        codes[0],
        codes[1],
        codes[2],
        codes[3],
        codes[4],
        codes[5],
        codes[6],
        codes[7],
    )
    opening, closing = codes[8], codes[9]
    for place in range(128):
        byte = np.uint8(tape[place] & bits)
        low = (byte == c0) | (byte == c1) | (byte == c2) | (byte == c3)
        high = (byte == c4) | (byte == c5) | (byte == c6) | (byte == c7)
        bracket = (byte == opening) | (byte == closing)
        marks[place] = np.uint8(low | high | bracket)
        marks[128 + place] = np.uint8(bracket)


@njit(nogil=True, cache=True)
def gathered(words, first):  # type: ignore[no-untyped-def]
    """Gather the lowest bits of 64 bytes, 8 to a word, as the bits of one word."""
    found = np.uint64(0)
    for index in range(8):
        word = (words[first + index] * np.uint64(0x0102040810204080)) >> np.uint64(56)
        found |= word << np.uint64(8 * index)
    return found


@njit(nogil=True, cache=True)
def any_between(low, high, start, end):  # type: ignore[no-untyped-def]
    """Whether a bit of the 128 in two words is set at a place p, start < p < end."""
    found = np.uint64(0)
    if start < 63:
        word = low >> np.uint64(start + 1)
        if end < 64:
            word &= (np.uint64(1) << np.uint64(end - start - 1)) - np.uint64(1)
        found |= word
    if end > 64:
        word = high
        if start >= 64:
            word &= ~((np.uint64(2) << np.uint64(start - 64)) - np.uint64(1))
        if end < 128:
            word &= (np.uint64(1) << np.uint64(end - 64)) - np.uint64(1)
        found |= word
    return found != np.uint64(0)


@njit(nogil=True, cache=True)
def match_forward(tape, low, high, pc, table):  # type: ignore[no-untyped-def]
    """Place of the ``]`` of the ``[`` at `pc`, `NO_MATCH` if it has none."""
    depth = 1
    word = np.uint64(0)
    if pc < 63:
        word = low & ~((np.uint64(2) << np.uint64(pc)) - np.uint64(1))
    while word != np.uint64(0):
        place = trailing_zeros(word)
        word &= word - np.uint64(1)
        depth += 1 if table[tape[place]] == OPEN else -1
        if depth == 0:
            return place
    if pc < 64:
        word = high
    elif pc < 127:
        word = high & ~((np.uint64(2) << np.uint64(pc - 64)) - np.uint64(1))
    while word != np.uint64(0):
        place = trailing_zeros(word) + 64
        word &= word - np.uint64(1)
        depth += 1 if table[tape[place]] == OPEN else -1
        if depth == 0:
            return place
    return NO_MATCH


@njit(nogil=True, cache=True)
def match_back(tape, low, high, pc, table):  # type: ignore[no-untyped-def]
    """Place of the ``[`` of the ``]`` at `pc`, `NO_MATCH` if it has none."""
    depth = 1
    word = np.uint64(0)
    if pc > 64:
        word = high & ((np.uint64(1) << np.uint64(pc - 64)) - np.uint64(1))
    while word != np.uint64(0):
        place = 63 - leading_zeros(word)
        word ^= np.uint64(1) << np.uint64(place)
        depth += 1 if table[tape[place + 64]] == CLOSE else -1
        if depth == 0:
            return place + 64
    word = low
    if pc < 64:
        word = low & ((np.uint64(1) << np.uint64(pc)) - np.uint64(1))
    while word != np.uint64(0):
        place = 63 - leading_zeros(word)
        word ^= np.uint64(1) << np.uint64(place)
        depth += 1 if table[tape[place]] == CLOSE else -1
        if depth == 0:
            return place
    return NO_MATCH
