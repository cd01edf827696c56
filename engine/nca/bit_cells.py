"""Outer-totalistic binary automata, 64 cells to a word.

The eight neighbours of 64 cells are summed at once by full adders on whole words (the bit-sliced
method of Golly's QuickLife). Bit j of word i of a row is the cell of column 64 i + j. A buffer has
one word and one row of margin on every side, which `fill_margin` writes before a step, so that the
kernel has no special cases. Beside the cells run four bit planes: the number of generations since a
cell last changed, up to 15, for colour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

__all__ = [
    "AGES",
    "count_bits",
    "fill_margin",
    "measure_blocks",
    "mix_colours",
    "pack",
    "step_rows",
    "unpack",
]

AGES = 4
"""Bit planes of the age."""

Words = NDArray[np.uint64]
_ONE = np.uint64(1)
_TOP = np.uint64(63)


def pack(cells: NDArray[Any]) -> Words:
    """Pack (h, w) cells, anything but zero is alive, into (h, ceil(w / 64)) words."""
    rows, columns = cells.shape
    padded = np.zeros((rows, -(-columns // 64) * 64), bool)
    padded[:, :columns] = cells != 0
    data = np.packbits(padded, axis=1, bitorder="little")
    return np.ascontiguousarray(data).view("<u8").astype(np.uint64)


def unpack(words: Words, columns: int) -> NDArray[np.uint8]:
    """Unpack (h, n) words into (h, columns) cells of 0 and 1."""
    data = np.ascontiguousarray(words, dtype="<u8").view(np.uint8)
    return np.unpackbits(data, axis=1, count=columns, bitorder="little")


@intrinsic  # type: ignore[untyped-decorator]
def _popcount(context: Any, word: Any) -> Any:
    """Count the bits of a word with the processor's own instruction."""
    del context, word

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fill_margin(cells: Words, columns: int, wraps: bool) -> None:
    """Write the margin of a buffer: the opposite edge on a torus, dead cells otherwise.

    The bits of the last word that are no cells must be zero; one of them becomes margin.
    """
    height, words = cells.shape[0] - 2, cells.shape[1] - 2
    last = columns - 64 * (words - 1)  # cells in the last word, 1 to 64
    for y in range(1, height + 1):
        row = cells[y]
        west, east = row[1] & _ONE, (row[words] >> np.uint64(last - 1)) & _ONE
        if not wraps:
            west, east = np.uint64(0), np.uint64(0)
        row[0] = east << _TOP
        row[words + 1] = np.uint64(0)
        if last == 64:
            row[words + 1] = west
        else:
            row[words] |= west << np.uint64(last)
    if wraps:
        cells[0, :] = cells[height, :]
        cells[height + 1, :] = cells[1, :]
    else:
        cells[0, :] = np.uint64(0)
        cells[height + 1, :] = np.uint64(0)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def step_rows(
    cells: Words,
    result: Words,
    ages: Words,
    first: int,
    last: int,
    born: Words,
    survives: Words,
    ageing: bool,
    edge: np.uint64,
) -> None:
    """Advance rows `first` to `last` (exclusive, margin not counted) of `cells` into `result`.

    Parameters
    ----------
    cells, result : (height + 2, words + 2)
        With margin; that of `cells` filled, that of `result` left alone.
    ages : (4, height, words)
        Bit planes, the lowest first; advanced in place.
    born, survives : (9,)
        All ones where a dead (a living) cell with so many neighbours is alive next, else zero.
    ageing : bool
        False keeps the ages of cells that do not change.
    edge : uint64
        The bits of a row's last word that are cells.
    """
    words = cells.shape[1] - 2
    grow = ~np.uint64(0) if ageing else np.uint64(0)
    b0, b1, b2, b3, b4 = born[0], born[1], born[2], born[3], born[4]
    b5, b6, b7, b8 = born[5], born[6], born[7], born[8]
    s0, s1, s2, s3, s4 = survives[0], survives[1], survives[2], survives[3], survives[4]
    s5, s6, s7, s8 = survives[5], survives[6], survives[7], survives[8]
    for y in range(first, last):
        above, here, below = cells[y], cells[y + 1], cells[y + 2]
        out = result[y + 1]
        age0, age1, age2, age3 = ages[0, y], ages[1, y], ages[2, y], ages[3, y]
        for x in range(words):
            n = above[x + 1]
            nw = (n << _ONE) | (above[x] >> _TOP)
            ne = (n >> _ONE) | (above[x + 2] << _TOP)
            a = here[x + 1]
            w = (a << _ONE) | (here[x] >> _TOP)
            e = (a >> _ONE) | (here[x + 2] << _TOP)
            s = below[x + 1]
            sw = (s << _ONE) | (below[x] >> _TOP)
            se = (s >> _ONE) | (below[x + 2] << _TOP)
            # Three adders: (sum, carry) of the rows above, below and beside.
            t = nw ^ n
            sum_n, carry_n = t ^ ne, (nw & n) | (t & ne)
            t = sw ^ s
            sum_s, carry_s = t ^ se, (sw & s) | (t & se)
            sum_m, carry_m = w ^ e, w & e
            # The ones, then the twos with their carries into the fours and the eight.
            t = sum_n ^ sum_s
            ones, up = t ^ sum_m, (sum_n & sum_s) | (t & sum_m)
            t = carry_n ^ carry_s
            half, four_a = t ^ carry_m, (carry_n & carry_s) | (t & carry_m)
            twos, four_b = half ^ up, half & up
            fours, eight = four_a ^ four_b, four_a & four_b
            # A tree of choices by the bits of the count, the cell's own state at the leaves.
            c0, c1 = b0 ^ (a & (b0 ^ s0)), b1 ^ (a & (b1 ^ s1))
            c2, c3 = b2 ^ (a & (b2 ^ s2)), b3 ^ (a & (b3 ^ s3))
            c4, c5 = b4 ^ (a & (b4 ^ s4)), b5 ^ (a & (b5 ^ s5))
            c6, c7 = b6 ^ (a & (b6 ^ s6)), b7 ^ (a & (b7 ^ s7))
            c8 = b8 ^ (a & (b8 ^ s8))
            c0 ^= ones & (c0 ^ c1)
            c2 ^= ones & (c2 ^ c3)
            c4 ^= ones & (c4 ^ c5)
            c6 ^= ones & (c6 ^ c7)
            c0 ^= twos & (c0 ^ c2)
            c4 ^= twos & (c4 ^ c6)
            c0 ^= fours & (c0 ^ c4)
            following = c0 ^ (eight & (c0 ^ c8))
            out[x + 1] = following
            # The age: plus one up to 15, zero where the cell changed.
            same = ~(following ^ a)
            g0, g1, g2, g3 = age0[x], age1[x], age2[x], age3[x]
            carry = grow & ~(g0 & g1 & g2 & g3)
            age0[x] = (g0 ^ carry) & same
            carry &= g0
            age1[x] = (g1 ^ carry) & same
            carry &= g1
            age2[x] = (g2 ^ carry) & same
            carry &= g2
            age3[x] = (g3 ^ carry) & same
        out[words] &= edge


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def count_bits(words: Words, other: Words) -> int:
    """Count the bits that are set in `words` and not in `other`, both (h, n)."""
    total = np.uint64(0)
    for y in range(words.shape[0]):
        for x in range(words.shape[1]):
            total += _popcount(words[y, x] & ~other[y, x])
    return int(total)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def measure_blocks(
    cells: Words,
    ages: Words,
    region: tuple[int, int, int, int],
    block: int,
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    """Average rows `first` to `last` of the blocks that cover a region.

    Parameters
    ----------
    cells : (height, words)
        Without margin.
    ages : (4, height, words)
    region : (row, column, rows, columns)
        In cells.
    block : int
        Side of a block; those at the right and lower edge may be smaller.
    out : (block rows, block columns, 3)
        Share of living cells; their mean age over 15, times that share; what is left to fade of the
        dead ones, 1 for one that died just now to 0, times their share.
    """
    row, column, rows, columns = region
    for by in range(first, last):
        y0, y1 = row + by * block, min(row + (by + 1) * block, row + rows)
        for bx in range(out.shape[1]):
            x0, x1 = column + bx * block, min(column + (bx + 1) * block, column + columns)
            alive, old, young = np.uint64(0), np.uint64(0), np.uint64(0)
            x = x0
            while x < x1:
                word = x >> 6
                bit = x & 63
                size = min(64 - bit, x1 - x)
                mask = ~np.uint64(0) if size == 64 else (_ONE << np.uint64(size)) - _ONE
                mask <<= np.uint64(bit)
                for y in range(y0, y1):
                    living = cells[y, word] & mask
                    dead = mask ^ living
                    alive += _popcount(living)
                    for plane in range(4):
                        level = ages[plane, y, word]
                        weight = np.uint64(plane)
                        old += _popcount(level & living) << weight
                        young += _popcount(~level & dead) << weight
                x += size
            area = np.float32((y1 - y0) * (x1 - x0))
            out[by, bx, 0] = np.float32(alive) / area
            out[by, bx, 1] = np.float32(old) / (np.float32(15) * area)
            out[by, bx, 2] = np.float32(young) / (np.float32(15) * area)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mix_colours(
    texels: NDArray[np.float32],
    palette: NDArray[np.float32],
    trails: bool,
    out: NDArray[np.uint8],
) -> None:
    """Draw what `measure_blocks` gave as RGB (h, w, 3).

    Parameters
    ----------
    texels : (h, w, 3)
    palette : (5, 3)
        Ground, newborn, old, trail nearly gone, trail fresh; 0 to 255.
    trails : bool
        False draws the dead as ground.
    out : (h, w, 3)
    """
    height, width = texels.shape[0], texels.shape[1]
    for y in range(height):
        for x in range(width):
            alive, old, young = texels[y, x, 0], texels[y, x, 1], texels[y, x, 2]
            dead = np.float32(1) - alive
            fresh = young / dead if trails and dead > np.float32(0) else np.float32(0)
            for c in range(3):
                ground, late, early = palette[0, c], palette[3, c], palette[4, c]
                if fresh > np.float32(0.6):
                    part = (fresh - np.float32(0.6)) / np.float32(0.4)
                    ghost = late + (early - late) * part * part
                else:
                    ghost = ground + (late - ground) * (fresh / np.float32(0.6))
                living = (alive - old) * palette[1, c] + old * palette[2, c]
                out[y, x, c] = np.uint8(dead * ghost + living + np.float32(0.5))
