"""Who meets whom in an epoch: the orders of the reference, and lists of allowed meetings.

An order is int32 (n,): pair k is the program ``order[2k]`` on the left and ``order[2k + 1]`` on the
right. Programs after the last pair are mutated, but not run.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import numba as nb
import numpy as np
from numpy.typing import NDArray

from engine.core import files
from engine.core.errors import BadInput
from engine.soup.streams import split_mix, sub_seed

__all__ = [
    "Cyclic",
    "Fixed",
    "Interactions",
    "Pairing",
    "Shuffle",
    "grid",
    "parse_interactions",
    "read_pairing",
]

Array = NDArray[Any]
Arranging = Generator[None, None, int]

REACH: Final = 2  # cells of a grid within this Chebyshev distance may meet
_BATCH: Final = 2**12
_SLICE: Final = 2**17  # draws between two polls, about 3 ms
_WRAP: Final = 2**64 - 1
_FILE_LIMIT: Final = 2**26  # bytes: five million lines, say, which take about a second


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _shuffle(order: Any, high: int, low: int, base: Any, root: Any) -> None:
    """Do the swaps of i = high - 1 down to low, drawn in batches: so many wait for no memory."""
    drawn = np.empty(_BATCH, np.int64)
    for last in range(high, low, -_BATCH):
        first = max(last - _BATCH, low)
        for i in range(first, last):
            hashed = split_mix(sub_seed(root, base + np.uint64(i)))
            drawn[i - first] = np.int64(hashed % np.uint64(i + 1))
        for i in range(last - 1, first - 1, -1):
            j = drawn[i - first]
            kept = order[i]
            order[i] = order[j]
            order[j] = kept


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _meet(
    drawn: Any, first: int, last: int, starts: Any, partners: Any, used: Any, order: Any,
    found: int, here: Any, root: Any,
) -> int:  # fmt: skip
    """Let the programs drawn[first:last] choose a partner each; returns the pairs found so far."""
    for place in range(first, last):
        i = drawn[place]
        low = starts[i]
        count = starts[i + 1] - low
        if count == 0:
            continue
        pick = sub_seed(root, here ^ sub_seed(root, np.uint64(i))) % np.uint64(count)
        other = partners[low + np.int64(pick)]
        if used[i] or used[other]:
            continue
        used[i] = True
        used[other] = True
        order[2 * found] = i
        order[2 * found + 1] = other
        found += 1
    return found


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _list_neighbours(width: int, height: int, partners: Any) -> None:
    """Write the neighbours of all cells of a grid, row by row: tables would take a gigabyte."""
    found = 0
    for row in range(height):
        for column in range(width):
            for y in range(max(row - REACH, 0), min(row + REACH + 1, height)):
                for x in range(max(column - REACH, 0), min(column + REACH + 1, width)):
                    if y != row or x != column:
                        partners[found] = y * width + x
                        found += 1


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _read_pairs(data: Any, programs: int, left: Any, right: Any) -> tuple[int, int]:
    """Read lines of two numbers; returns how many, and where one begins that is wrong, else -1."""
    found = at = 0
    while at < len(data):
        line = at
        words = digits = 0
        a = b = np.int64(-1)
        comment = wrong = False
        while at < len(data) and data[at] != 10 and data[at] != 13:
            byte = data[at]
            at += 1
            comment = comment or byte == 35  # '#'
            if comment:
                digits = 0
            elif 48 <= byte <= 57:
                if not digits:
                    words += 1
                    a, b = b, np.int64(0)
                digits += 1
                b = b * 10 + np.int64(byte - 48)
                wrong = wrong or digits > 18
            elif byte in (32, 44, 9, 11, 12):  # blanks and a comma
                digits = 0
            else:
                wrong = True
        at += 1
        if wrong or (words and (words != 2 or max(a, b) >= programs or a == b)):
            return found, line
        if words:
            left[found], right[found] = a, b
            found += 1
    return found, -1


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sort_in(left: Any, right: Any, free: Any, partners: Any) -> None:
    """Write each partner at the next free place of its program."""
    for k in range(len(left)):
        partners[free[left[k]]] = right[k]
        free[left[k]] += 1


@runtime_checkable
class Pairing(Protocol):
    """A rule of who meets whom."""

    def check(self, programs: int) -> None:
        """Raise `BadInput` where a soup of so many programs cannot meet like this."""

    def arrange(self, order: Array, epoch: int, seed: int) -> Arranging:
        """Write the order of an epoch; yields every few milliseconds, returns how many pairs run.

        Parameters
        ----------
        order : ndarray
            int32 (n,), overwritten.
        epoch : int
            Index of the epoch, from 0.
        seed : int
            The user's.
        """


@dataclass(frozen=True)
class Shuffle:
    """All programs in a random order, the default: a well-mixed soup."""

    def check(self, programs: int) -> None:
        """Every even soup will do."""

    def arrange(self, order: Array, epoch: int, seed: int) -> Arranging:
        """Shuffle all programs (Fisher-Yates from the end)."""
        n = len(order)
        root = np.uint64(split_mix(np.uint64(seed & _WRAP)))
        base = np.uint64(epoch * n & _WRAP)
        order[:] = np.arange(n, dtype=np.int32)
        for high in range(n, 0, -_SLICE):
            _shuffle(order, high, max(high - _SLICE, 0), base, root)
            yield
        return n // 2


@dataclass(frozen=True)
class Cyclic:
    """Neighbours in a ring: (0, 1), (2, 3), ... in odd epochs, (n - 1, 0), (1, 2), ... in even."""

    def check(self, programs: int) -> None:
        """Every even soup will do."""

    def arrange(self, order: Array, epoch: int, seed: int) -> Arranging:
        """Write the ring, turned by one program in every other epoch."""
        n = len(order)
        order[:] = (np.arange(n, dtype=np.int32) - (1 - epoch % 2)) % n
        yield
        return n // 2


@dataclass(frozen=True)
class Fixed:
    """A shuffle without chance, for runs without any noise; n must be a power of two."""

    def check(self, programs: int) -> None:
        """Refuse what is no power of two."""
        if programs & (programs - 1):
            raise BadInput(
                f"{programs:,} programs are no power of two, as the fixed shuffle needs",
                remedy="Use 1,024, 8,192 or 131,072 programs, or another pairing",
            )

    def arrange(self, order: Array, epoch: int, seed: int) -> Arranging:
        """Write i * (2^k - 1) mod n, its last bit flipped in odd epochs."""
        n = len(order)
        factor = 2 ** (epoch % (n.bit_length() - 1) + 1) - 1
        order[:] = (np.arange(n, dtype=np.int64) * factor % n) ^ (epoch & 1)
        yield
        return n // 2


@dataclass(frozen=True, eq=False)
class Interactions:
    """Directed lists of who may run with whom, the one that has the list on the left.

    Attributes
    ----------
    starts : ndarray
        int64 (n + 1,): the partners of program i are ``partners[starts[i]:starts[i + 1]]``.
    partners : ndarray
        int32: programs; one that is listed twice is chosen twice as often.
    """

    starts: Array
    partners: Array

    def check(self, programs: int) -> None:
        """Refuse lists that were made for another number of programs."""
        if len(self.starts) != programs + 1:
            raise BadInput(
                f"the interactions are for {len(self.starts) - 1:,} programs, "
                f"the soup has {programs:,}",
                remedy="Give both the same number of programs",
            )

    def arrange(self, order: Array, epoch: int, seed: int) -> Arranging:
        """Let the programs choose, in the order of the default shuffle; the rest comes last."""
        n = len(order)
        drawn = np.empty(n, np.int32)
        yield from Shuffle().arrange(drawn, epoch, seed)
        root = np.uint64(split_mix(np.uint64(seed & _WRAP)))
        here = np.uint64(sub_seed(root, np.uint64(epoch)))
        used = np.zeros(n, np.bool_)
        found = 0
        for first in range(0, n, _SLICE):
            last = min(first + _SLICE, n)
            found = int(
                _meet(
                    drawn, first, last, self.starts, self.partners, used, order, found, here, root
                )
            )
            yield
        order[2 * found :] = np.flatnonzero(~used)
        return found


def grid(width: int, height: int) -> Interactions:
    """Let the cells of a grid meet their neighbours within two cells; there is no wrap at borders.

    Cell (row, column) is program ``row * width + column``.
    """
    if width < 1 or height < 1 or width * height < 2:
        raise BadInput("a grid needs at least two cells", remedy="Use grid:WxH, as in grid:240x135")
    rows, columns = (_reached(np.arange(size), size) for size in (height, width))
    counts = rows[:, None] * columns - 1  # all but the cell itself
    starts = np.zeros(width * height + 1, np.int64)
    np.cumsum(counts.ravel(), out=starts[1:])
    partners = np.empty(int(starts[-1]), np.int32)
    _list_neighbours(width, height, partners)
    return Interactions(starts, partners)


def _reached(place: Array, size: int) -> Array:
    """Count the places of a line within reach of one, itself included."""
    first, last = np.maximum(place - REACH, 0), np.minimum(place + REACH, size - 1)
    return np.asarray(last - first + 1)


def parse_interactions(text: str, programs: int) -> Interactions:
    """Read lines "a b": program a, on the left, may run with program b.

    Raises
    ------
    BadInput
        Names the line that is no pair of two different programs of the soup.
    """
    data = np.frombuffer(text.encode(), np.uint8)
    left, right = (np.empty(text.count("\n") + text.count("\r") + 1, np.int32) for _ in range(2))
    found, stopped = _read_pairs(data, programs, left, right)
    if stopped >= 0:
        raise _wrong_line(bytes(data), stopped, programs)
    if not found:
        raise BadInput("lists no interactions", remedy='Write one pair "a b" on each line')
    starts = np.zeros(programs + 1, np.int64)
    np.cumsum(np.bincount(left[:found], minlength=programs), out=starts[1:])
    partners = np.empty(found, np.int32)
    _sort_in(left[:found], right[:found], starts[:-1].copy(), partners)
    return Interactions(starts, partners)


def _wrong_line(data: bytes, start: int, programs: int) -> BadInput:
    """Say what is wrong with the line that begins at a byte."""
    number = len(re.findall(rb"\r\n|\r|\n", data[:start])) + 1
    line = re.split(rb"[\r\n]", data[start : start + 400], maxsplit=1)[0].decode(errors="replace")
    words = re.findall(r"[^ ,\t\v\f]+", line.split("#")[0])
    if len(words) != 2 or not all(re.fullmatch(r"[0-9]{1,18}", word) for word in words):
        return BadInput(
            f"line {number} is not two numbers of programs: {line.strip()[:40]!r}",
            remedy='Write one pair "a b" on each line',
        )
    a, b = int(words[0]), int(words[1])
    if max(a, b) >= programs:
        return BadInput(
            f"line {number} names program {max(a, b):,}, the soup has {programs:,}",
            remedy=f"Use numbers from 0 to {programs - 1:,}, or a larger soup",
        )
    return BadInput(f"line {number} lets program {a:,} run with itself", remedy="Remove the line")


def read_pairing(text: str, programs: int) -> Pairing:
    """Understand shuffle, cyclic, fixed, grid:WxH, or the name of a file with interactions.

    Raises
    ------
    BadInput
        When the word is none of these, or does not fit the number of programs.
    """
    named: dict[str, Pairing] = {"shuffle": Shuffle(), "cyclic": Cyclic(), "fixed": Fixed()}
    size = re.fullmatch(r"grid:([0-9]{1,8})[x×]([0-9]{1,8})", text)
    pairing: Pairing
    if text in named:
        pairing = named[text]
    elif size:
        width, height = int(size[1]), int(size[2])
        if width * height != programs:
            raise BadInput(
                f"a grid of {width:,} x {height:,} has {width * height:,} cells, "
                f"the soup has {programs:,} programs",
                remedy="Give both the same number",
            )
        pairing = grid(width, height)
    elif text.startswith("grid:"):
        raise BadInput(f"{text!r} is no grid", remedy="Use grid:WxH, as in grid:240x135")
    elif not _is_there(text) and not {"/", "\\", "."} & set(text):
        raise BadInput(
            f"there is no pairing {text[:40]!r}",
            remedy="Use shuffle, cyclic, fixed, grid:WxH or a file with interactions",
        )
    else:
        pairing = _read_file(Path(text), programs)
    pairing.check(programs)
    return pairing


def _is_there(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long, or with a null byte
        return False


def _read_file(path: Path, programs: int) -> Interactions:
    data = files.read_regular(path, limit=_FILE_LIMIT)
    try:
        return parse_interactions(data.decode("utf-8-sig"), programs)
    except UnicodeDecodeError as error:
        raise BadInput("is no text", path=path, remedy='Write lines "a b"') from error
    except BadInput as error:
        raise BadInput(error.problem, path=path, remedy=error.remedy) from error
