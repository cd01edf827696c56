"""Where programs come from: tracer tokens, parents and families.

A token says of a byte when and where it was born; copying a byte carries its token along
(arXiv 2406.19108, section 2.2). Programs that share tokens share ancestors. Without tracers the
nearest earlier program stands in for the parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "Origin",
    "TokenCensus",
    "likeness",
    "majority",
    "nearest",
    "origins",
    "shared",
    "token_census",
]

Array = NDArray[Any]
_BUCKET = 1 << 20


@dataclass(frozen=True, eq=False)
class TokenCensus:
    """The different tracer tokens of a soup.

    Attributes
    ----------
    size : int
        Bytes of the soup.
    distinct : int
        Different tokens among them.
    born : ndarray
        int64 (k,): epoch in which each of the most common tokens was born.
    place : ndarray
        int64 (k,): where: number of the program times its length, plus the byte.
    copies : ndarray
        int64 (k,): how often each occurs, most first.
    """

    size: int
    distinct: int
    born: Array
    place: Array
    copies: Array

    @property
    def share(self) -> float:
        """Part of the soup, in 0 to 1, that carries one of the most common tokens."""
        return float(self.copies.sum()) / self.size if self.size else 0.0


@dataclass(frozen=True)
class Origin:
    """A program that gave bytes: when and where they were born, and how many there are."""

    epoch: int
    program: int
    bytes: int


@njit(nogil=True, cache=True)
def _bucket(born, place, buckets):  # type: ignore[no-untyped-def]
    mixed = (born << np.uint64(32) | place) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(33)) % buckets


@njit(nogil=True, cache=True)
def _bucket_sizes(born, place, sizes):  # type: ignore[no-untyped-def]
    buckets = np.uint64(len(sizes))
    for index in range(len(born)):
        sizes[_bucket(np.uint64(born[index]), np.uint64(place[index]), buckets)] += 1


@njit(nogil=True, cache=True)
def _gather(born, place, bucket, buckets, out):  # type: ignore[no-untyped-def]
    found = 0
    for index in range(len(born)):
        epoch, position = np.uint64(born[index]), np.uint64(place[index])
        if _bucket(epoch, position, np.uint64(buckets)) == np.uint64(bucket):
            out[found] = epoch << np.uint64(32) | position
            found += 1


@njit(nogil=True, cache=True)
def _runs(ordered, best, counts):  # type: ignore[no-untyped-def]
    """Count the runs of equal tokens and keep the longest ones, longest first, then lowest."""
    distinct, start = 0, 0
    for index in range(1, len(ordered) + 1):
        if index < len(ordered) and ordered[index] == ordered[start]:
            continue
        distinct += 1
        token, length = ordered[start], index - start
        start = index
        place = len(counts)
        while place and (
            counts[place - 1] < length or (counts[place - 1] == length and token < best[place - 1])
        ):
            place -= 1
        if place < len(counts):
            counts[place + 1 :] = counts[place:-1].copy()
            best[place + 1 :] = best[place:-1].copy()
            counts[place], best[place] = length, token
    return distinct


def token_census(tokens: Array, top: int = 10) -> TokenCensus:
    """Count the different tokens and find the most common ones.

    Works through the soup in buckets of about a million tokens, so that it needs no second soup.

    Parameters
    ----------
    tokens : ndarray
        uint32 (2, programs, length): birth epoch and birth place of every byte.
    top : int
        How many of the most common ones are wanted.
    """
    born, place = tokens[0].reshape(-1), tokens[1].reshape(-1)
    buckets = max(1, born.size // _BUCKET)
    sizes = np.zeros(buckets, np.int64)
    _bucket_sizes(born, place, sizes)
    best, counts = np.zeros(top, np.uint64), np.zeros(top, np.int64)
    space = np.empty(int(sizes.max()), np.uint64)
    distinct = 0
    for bucket, size in enumerate(sizes):
        part = space[:size]
        _gather(born, place, bucket, buckets, part)
        part.sort()
        distinct += int(_runs(part, best, counts))
    best, counts = best[counts > 0], counts[counts > 0]
    return TokenCensus(
        born.size,
        distinct,
        (best >> np.uint64(32)).astype(np.int64),
        (best & np.uint64(0xFFFFFFFF)).astype(np.int64),
        counts,
    )


def majority(tokens: Array, programs: Array) -> Array:
    """Return the most common token at every byte of some programs: uint32 (2, length).

    Of tokens that are equally common the oldest is taken.
    """
    both = tokens[0][programs].astype(np.uint64) << np.uint64(32) | tokens[1][programs]
    chosen = np.empty(both.shape[1], np.uint64)
    for byte in range(both.shape[1]):
        values, counts = np.unique(both[:, byte], return_counts=True)
        chosen[byte] = values[np.argmax(counts)]
    return np.stack([chosen >> np.uint64(32), chosen & np.uint64(0xFFFFFFFF)]).astype(np.uint32)


def origins(tokens: Array) -> tuple[Origin, ...]:
    """Say from which programs the bytes of one program come, the largest part first.

    Parameters
    ----------
    tokens : ndarray
        uint32 (2, length), as `majority` gives them.

    Returns
    -------
    tuple of Origin
        Of equal parts the oldest first. The first one is the first ancestor.
    """
    length = tokens.shape[1]
    pairs, counts = np.unique(
        np.stack([tokens[0].astype(np.int64), tokens[1].astype(np.int64) // length]),
        axis=1,
        return_counts=True,
    )
    found = [Origin(int(e), int(p), int(c)) for (e, p), c in zip(pairs.T, counts, strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.bytes, one.epoch, one.program)))


def shared(child: Array, parent: Array) -> int:
    """Return how many bytes of a program carry a token that the other one has anywhere.

    Both are uint32 (2, length).
    """
    a, b = (one[0].astype(np.uint64) << np.uint64(32) | one[1] for one in (child, parent))
    return int(np.isin(a, b).sum())


def likeness(code: bytes, other: bytes) -> int:
    """Return how many bytes two programs have in common, place by place."""
    return sum(a == b for a, b in zip(code, other, strict=True))


def nearest(likenesses: Mapping[int, int], length: int) -> int | None:
    """Choose the parent from the number of bytes in common with each candidate.

    Returns the most alike, the earliest (lowest key) of equals; None, "unknown", when there is none
    or more than half of the bytes differ.
    """
    if not likenesses:
        return None
    best = min(likenesses, key=lambda key: (-likenesses[key], key))
    return best if 2 * likenesses[best] >= length else None
