"""Kin: the programs of a soup that are alike to a frequent one, beyond what chance would do.

Copies mutate, so that few programs of a soup that was taken over are exact copies of each other.
Two programs are kin if of the bytes that chance does not make agree at least half agree, place by
place: if Cohen's kappa (1960, "A coefficient of agreement for nominal scales", Educational and
Psychological Measurement 20) is at least 1/2. Bytes agree that mean the same: where most bytes are
no instruction, random programs agree in most places, and chance is what it must be measured by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.programs import Alphabet

__all__ = ["OWN", "count_kin", "distinct_first", "meanings", "needed"]

Array = NDArray[Any]

OWN: Final[Array] = np.arange(256, dtype=np.uint8)
"""The meanings of bytes that all mean something else."""
CHANCE: Final = 1e-4
"""The most that a random program may be kin with; so a random soup has next to none."""


def meanings(alphabet: Alphabet) -> Array:
    """Return for every byte the lowest one that means the same, uint8 (256,).

    Bytes mean the same that are the same instruction; those that are none mean nothing, all alike.
    """
    table = zip(alphabet.glyphs, alphabet.names, alphabet.kinds, strict=True)
    lowest: dict[tuple[str, str, str], int] = {}
    return np.array([lowest.setdefault(entry, at) for at, entry in enumerate(table)], np.uint8)


def needed(codes: Array, meaning: Array, soup: Array) -> Array:
    """Return in how many bytes a program must agree with each of some to be its kin.

    Chance is a program of bytes that are drawn one by one: from all 256 alike, and from the bytes
    of the soup. What agrees more by chance counts, since a soup may lose bytes without a copier
    (zeros of the Z80), and half a soup may have kept what the other half lost.

    Parameters
    ----------
    codes : ndarray
        uint8 (k, length).
    meaning : ndarray
        uint8 (256,), as `meanings` gives it.
    soup : ndarray
        uint8 (programs, length), contiguous.

    Returns
    -------
    ndarray
        int64 (k,), from half the length on; length + 1 where nothing but a copy can be kin, as for
        a program that hardly has instructions.
    """
    length = codes.shape[1]
    here = np.zeros(256, np.int64)
    _tally_bytes(soup.reshape(-1), here)
    alike = np.bincount(meaning, minlength=256)[meaning[codes]] / 256
    common = np.bincount(meaning, here, minlength=256)[meaning[codes]] / soup.size
    expected = np.maximum(alike.sum(axis=1), common.sum(axis=1))
    least = np.ceil((length + expected) / 2 - 1e-9).astype(np.int64)
    # How many bytes of a random program agree: a sum of independent, unequal events.
    odds = np.zeros((len(codes), length + 2))
    odds[:, 0] = 1
    for place in range(length):
        p = alike[:, place, None]
        odds[:, 1:] = odds[:, 1:] * (1 - p) + odds[:, :-1] * p
        odds[:, 0] *= 1 - p[:, 0]
    at_least = odds[:, ::-1].cumsum(axis=1)[:, ::-1]
    rare: Array = np.maximum(least, np.argmax(at_least <= CHANCE, axis=1))
    return rare


def distinct_first(codes: Array, meaning: Array, least: Array, most: int) -> list[int]:
    """Choose at most `most` of some programs, given by rank: no kin of each other, while there are.

    `least` is what `needed` says of them.
    """
    classes = meaning[codes]
    chosen: list[int] = []
    left: list[int] = []
    for index in range(len(codes)):
        agree = (classes[chosen] == classes[index]).sum(axis=1)
        (left if (agree >= least[chosen]).any() else chosen).append(index)
        if len(chosen) == most:
            break
    return (chosen + left)[:most]


def count_kin(
    soup: Array, kinds: Array, codes: Array, rows: Sequence[int], meaning: Array, least: Array
) -> Array:
    """Count every program for the one of some that it is most alike, if it is kin of that.

    Of equals the first counts; an exact copy counts for what it is a copy of.

    Parameters
    ----------
    soup : ndarray
        uint8 (programs, length), the length a multiple of 8.
    kinds : ndarray
        int32 (programs,): for every program the lowest number of one with the same text.
    codes : ndarray
        uint8 (k, length): programs, as a rule frequent ones.
    rows : sequence of int
        For each of them the lowest number of a program of the soup with that text, -1 without.
    meaning : ndarray
        uint8 (256,).
    least : ndarray
        int64 (k,), as `needed` gives it.

    Returns
    -------
    ndarray
        int64 (k,): copies and kin of each.
    """
    owners = np.full(len(soup), -1, np.int32)
    for index, row in enumerate(rows):
        if row >= 0:
            owners[row] = index
    counts = np.zeros(len(codes), np.int64)
    models = np.ascontiguousarray(meaning[codes]).view("<u8").astype(np.uint64)
    _own(soup, kinds, models, meaning, soup.shape[1] - least, owners, counts)
    return counts


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _tally_bytes(flat: Any, counts: Any) -> None:
    for index in range(len(flat)):
        counts[flat[index]] += 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _differences(one: Any, other: Any) -> Any:
    """Return in how many bytes two words differ."""
    low = np.uint64(0x7F7F7F7F7F7F7F7F)
    either = one ^ other
    marks = ((either & low) + low | either) & ~low  # the high bit of every byte that is not 0
    return (marks >> np.uint64(7)) * np.uint64(0x0101010101010101) >> np.uint64(56)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _nearest(words: Any, models: Any, allowed: Any) -> Any:
    """Find the model that differs in fewest bytes, and in no more than allowed; -1 if none."""
    best = -1
    fewest = np.int64(8 * len(words) + 1)
    for model in range(len(models)):
        most = min(allowed[model], fewest - 1)
        differ = np.int64(0)
        for column in range(len(words)):
            differ += np.int64(_differences(words[column], models[model, column]))
            if differ > most:
                break
        if differ <= most:
            best, fewest = model, differ
    return best


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _own(
    soup: Any, kinds: Any, models: Any, meaning: Any, allowed: Any, owners: Any, counts: Any
) -> None:
    """Find the owner of every program that has none; equal programs share it."""
    words = np.empty(models.shape[1], np.uint64)
    for program in range(len(soup)):
        if kinds[program] != program:
            owners[program] = owners[kinds[program]]
        elif owners[program] < 0:
            for column in range(len(words)):
                word = np.uint64(0)
                for byte in range(8 * column + 7, 8 * column - 1, -1):
                    word = word << np.uint64(8) | np.uint64(meaning[soup[program, byte]])
                words[column] = word
            owners[program] = _nearest(words, models, allowed)
        if owners[program] >= 0:
            counts[owners[program]] += 1
