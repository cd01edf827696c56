"""Count the different programs of a soup, exactly.

Rows are hashed into an open table of row numbers; rows with equal hashes are compared byte by byte,
so a collision costs time and never a wrong count. 131,072 programs take a few milliseconds, and the
kernel holds no lock of the interpreter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Census", "census", "members"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Census:
    """The different programs of a soup.

    Attributes
    ----------
    programs : int
        Programs in the soup.
    unique : int
        Different ones among them.
    codes : ndarray
        uint8 (k, length): the most frequent programs, most copies first, then lowest number.
    copies : ndarray
        int64 (k,): how often each occurs.
    first : ndarray
        int64 (k,): the lowest number of a program with that text.
    kinds : ndarray
        int32 (programs,): for every program the lowest number of one with the same text.
    known : ndarray
        int64 (m,): how often each of the programs that were asked for occurs.
    rows : ndarray
        int64 (m,): the lowest number of a program with the text of each of those, -1 without.
    """

    programs: int
    unique: int
    codes: Array
    copies: Array
    first: Array
    kinds: Array
    known: Array
    rows: Array


@njit(nogil=True, cache=True)
def _slot(table, words, asked, index):  # type: ignore[no-untyped-def]
    """Find the slot of the table where a text is, or would be put."""
    mask = np.uint64(len(table) - 1)
    mixed = np.uint64(0)
    for column in range(asked.shape[1]):
        mixed = (mixed ^ asked[index, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    slot = mixed & mask
    while table[slot] >= 0:
        other = table[slot]
        equal = True
        for column in range(asked.shape[1]):
            if words[other, column] != asked[index, column]:
                equal = False
                break
        if equal:
            break
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(nogil=True, cache=True)
def _tally(words, table, kinds, copies):  # type: ignore[no-untyped-def]
    unique = 0
    for row in range(len(words)):
        slot = _slot(table, words, words, row)
        if table[slot] < 0:
            table[slot] = row
            unique += 1
        kinds[row] = table[slot]
        copies[table[slot]] += 1
    return unique


@njit(nogil=True, cache=True)
def _look_up(words, table, copies, asked, found, rows):  # type: ignore[no-untyped-def]
    for row in range(len(asked)):
        other = table[_slot(table, words, asked, row)]
        rows[row] = other
        found[row] = copies[other] if other >= 0 else 0


def census(soup: Array, top: int = 16, known: Array | None = None) -> Census:
    """Count the different programs and find the most frequent ones.

    Parameters
    ----------
    soup : ndarray
        uint8 (programs, length), contiguous; the length a multiple of 8.
    top : int
        How many of the most frequent ones are wanted; fewer if there are fewer different ones.
    known : ndarray, optional
        uint8 (m, length): programs whose copies are wanted, frequent or not.

    Raises
    ------
    ValueError
        If the soup has another shape or type.
    """
    if soup.dtype != np.uint8 or soup.ndim != 2 or soup.shape[1] % 8 or not soup.shape[1]:
        raise ValueError(f"a soup is uint8 (programs, 8 k), not {soup.dtype} {soup.shape}")
    programs = len(soup)
    words = np.ascontiguousarray(soup).view(np.uint64)
    table = np.full(1 << max(4, (2 * programs - 1).bit_length()), -1, np.int32)
    kinds = np.empty(programs, np.int32)
    copies = np.zeros(programs, np.int64)
    unique = int(_tally(words, table, kinds, copies))
    asked = np.ascontiguousarray(soup[:0] if known is None else known).view(np.uint64)
    found = np.zeros(len(asked), np.int64)
    rows = np.full(len(asked), -1, np.int64)
    _look_up(words, table, copies, asked, found, rows)
    # One number to sort by: more copies first, then the lower row; rows without copies come last.
    key = copies * programs + np.arange(programs - 1, -1, -1)
    kept = min(top, unique)
    if kept < programs:
        best = np.argpartition(key, programs - kept)[programs - kept :] if kept else key[:0]
    else:
        best = np.arange(programs)
    first = best[np.argsort(-key[best])].astype(np.int64)
    return Census(programs, unique, soup[first], copies[first], first, kinds, found, rows)


def members(counted: Census, index: int, most: int = 256) -> Array:
    """Return the numbers of the programs that have the text of row `index`, evenly thinned.

    int64 (at most `most`,), in ascending order.
    """
    found = np.flatnonzero(counted.kinds == counted.first[index])
    if len(found) <= most:
        return found
    return found[np.arange(most) * len(found) // most]
