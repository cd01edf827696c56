"""Painting a soup: from bytes, tokens or whole programs to texels, never more than are shown.

Where a texel covers several cells it gets their mean colour. The rows of the picture are shared
among the threads of `engine.core.device`.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.core.views import Region
from engine.soup.layout import Layout

__all__ = [
    "ages",
    "clip",
    "codes",
    "containing",
    "hues",
    "lineages",
    "paint",
    "ramp",
    "species",
]

Bytes = NDArray[np.uint8]

MOST_CELLS = 2**24
"""Cells that a picture looks at, at most: 2^18 programs."""

_ROWS = 16  # texel rows of one job
_PART = 8192  # programs of one job
_OLDEST = 2**16
_LANE = 21  # bits of a channel in a packed sum
_MASK = np.uint64(2**_LANE - 1)
_REACH = 2**_LANE // 256  # cells side by side whose sum fits
_DIM = 3  # programs that were not found are shown at a third of their brightness


def clip(region: Region | None, extent: tuple[int, int]) -> Region:
    """Cut a region down to the picture; None is the whole of it."""
    rows, columns = extent
    if region is None:
        return (0, 0, rows, columns)
    row, column = min(max(region[0], 0), rows - 1), min(max(region[1], 0), columns - 1)
    return row, column, min(max(region[2], 1), rows - row), min(max(region[3], 1), columns - column)


def hues() -> Bytes:
    """Return 256 colours of equal strength and different hue, uint8 (256, 3)."""
    golden = (math.sqrt(5) - 1) / 2
    table = [
        colorsys.hls_to_rgb(i * golden % 1, 0.45 + 0.2 * (i % 3) / 2, 0.65) for i in range(256)
    ]
    return (np.array(table) * 255).astype(np.uint8)


def paint(
    layout: Layout,
    region: Region,
    size: int,
    keys: NDArray[Any],
    palette: Bytes,
    order: NDArray[np.int32] | None = None,
    bright: NDArray[np.bool_] | None = None,
    poll: Callable[[], None] | None = None,
) -> Bytes:
    """Paint a region of the picture.

    A texel has the mean colour of its cells. In a picture of more than `MOST_CELLS` cells it is
    that of some of its rows of cells, evenly spread, the same ones at every call.

    Parameters
    ----------
    layout : Layout
    region : (row, column, rows, columns)
        In cells, within the picture.
    size : int
        The longest side of the result at most.
    keys : ndarray
        uint8 (programs, bytes): the entry of the palette for every byte; (programs, 1): one for
        every program.
    palette : ndarray
        uint8 (256, 3).
    order : ndarray, optional
        int32 (programs,): which program lies at each place; None for their own order.
    bright : ndarray, optional
        bool (programs,): the others are shown darker.

    Returns
    -------
    ndarray
        uint8 (h, w, 3) RGB.
    """
    _, column, rows, columns = region
    block = math.ceil(max(rows, columns) / max(1, size))
    lines = max(1, min(block, block * MOST_CELLS // (rows * columns)))
    out = np.empty((-(-rows // block), -(-columns // block), 3), np.uint8)
    length = keys.shape[1]
    wide = layout.tile[1]
    tiles, inner = np.divmod(np.arange(column, column + columns), wide)
    plain = order is None and bright is None
    places = np.arange(layout.programs, dtype=np.int32) if order is None and not plain else order
    shown = np.ones(layout.programs, np.bool_) if bright is None and not plain else bright
    form = np.array([*layout.tile, layout.across, layout.programs, length, block, lines], np.int64)

    def job(first: int, breathe: Callable[[], None]) -> None:
        last = min(first + _ROWS, len(out))
        here = np.array([*region, first, last], np.int64)
        if places is None or shown is None:
            offsets = (tiles * length + (inner if length > 1 else 0)).astype(np.uint64)
            _paint_plain(keys.reshape(-1), _packed(palette), offsets, here, form, out)
        else:
            _paint_places(keys, _packed(palette), tiles, inner, places, shown, here, form, out)
        breathe()

    share((partial(job, first) for first in range(0, len(out), _ROWS)), poll)
    return out


def _packed(palette: Bytes) -> NDArray[np.uint64]:
    """Pack the colours, and then the dim ones, uint64 (512,): one addition adds three channels."""
    both = np.concatenate([palette, palette // _DIM]).astype(np.uint64)
    packed: NDArray[np.uint64] = (
        both[:, 0] | both[:, 1] << np.uint64(_LANE) | both[:, 2] << np.uint64(2 * _LANE)
    )
    return packed


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _paint_plain(keys: Any, packed: Any, offsets: Any, region: Any, form: Any, out: Any) -> None:
    """Paint rows of texels of programs in their own order: `offsets` (columns,) into `keys`."""
    high, wide, across, programs, length, block, lines = form
    inside = np.uint64(programs * length)
    columns = offsets.size
    for y in range(region[4], region[5]):
        rows = min(block, region[2] - y * block)
        for x in range(out.shape[1]):
            first = x * block
            last = min(first + min(block, _REACH), columns)
            red, green, blue = np.uint64(0), np.uint64(0), np.uint64(0)
            taken = min(lines, rows)
            for line in range(taken):
                row = region[0] + y * block + _line(line, taken, rows, x, y)
                start = row // high * across * length
                if length > 1:
                    start += row % high * wide
                base = np.uint64(start)
                total = np.uint64(0)
                for column in range(first, last):
                    at = base + offsets[column]
                    if at < inside:
                        total += packed[keys[at]]
                red += total & _MASK
                green += total >> np.uint64(_LANE) & _MASK
                blue += total >> np.uint64(2 * _LANE)
            scale = 1.0 / (taken * (last - first))
            out[y, x, 0] = np.uint8((np.float64(red) + 0.5) * scale)
            out[y, x, 1] = np.uint8((np.float64(green) + 0.5) * scale)
            out[y, x, 2] = np.uint8((np.float64(blue) + 0.5) * scale)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _line(line: int, taken: int, rows: int, x: int, y: int) -> int:
    """Choose one of the cell rows of a texel; where only some count, another set in each texel.

    The same rows everywhere would show the rhythm of the tiles instead of the soup.
    """
    if taken == rows:
        return line
    mixed = np.uint32(x) * np.uint32(0x9E3779B1) ^ np.uint32(y) * np.uint32(0x85EBCA77)
    return (line * rows // taken + int(mixed >> np.uint32(16))) % rows


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _paint_places(
    keys: Any,
    packed: Any,
    tiles: Any,
    inner: Any,
    order: Any,
    bright: Any,
    region: Any,
    form: Any,
    out: Any,
) -> None:
    """Paint rows of texels of sorted programs, or of programs of which some are dimmed."""
    high, wide, across, programs, length, block, lines = form
    columns = tiles.size
    for y in range(region[4], region[5]):
        rows = min(block, region[2] - y * block)
        for x in range(out.shape[1]):
            first = x * block
            last = min(first + min(block, _REACH), columns)
            red, green, blue = np.uint64(0), np.uint64(0), np.uint64(0)
            taken = min(lines, rows)
            for line in range(taken):
                row = region[0] + y * block + _line(line, taken, rows, x, y)
                start = row // high * across
                within = row % high * wide
                total = np.uint64(0)
                column = first
                while column < last:  # the cells of one program after the other
                    end = min(last, column + wide - inner[column])
                    place = start + tiles[column]
                    if place < programs:
                        program = np.uint64(order[place])
                        tint = np.uint64(0 if bright[program] else 256)
                        if length == 1:
                            key = np.uint64(keys[program, np.uint64(0)])
                            total += packed[key + tint] * np.uint64(end - column)
                        else:
                            for byte in range(within + inner[column], within + inner[end - 1] + 1):
                                total += packed[np.uint64(keys[program, np.uint64(byte)]) + tint]
                    column = end
                red += total & _MASK
                green += total >> np.uint64(_LANE) & _MASK
                blue += total >> np.uint64(2 * _LANE)
            scale = 1.0 / (taken * (last - first))
            out[y, x, 0] = np.uint8((np.float64(red) + 0.5) * scale)
            out[y, x, 1] = np.uint8((np.float64(green) + 0.5) * scale)
            out[y, x, 2] = np.uint8((np.float64(blue) + 0.5) * scale)


def codes(
    layout: Layout, region: Region, soup: Bytes, order: NDArray[np.int32] | None = None
) -> Bytes:
    """Return the bytes of a region, uint8 (rows, columns); 0 beside the programs."""
    row, column, rows, columns = region
    y, x = np.ogrid[row : row + rows, column : column + columns]
    high, wide = layout.tile
    place = y // high * layout.across + x // wide
    inside = place < layout.programs
    place = np.where(inside, place, 0)
    program = order[place] if order is not None else place
    found: Bytes = np.where(inside, soup[program, y % high * wide + x % wide], 0).astype(np.uint8)
    return found


def species(soup: Bytes, span: range | None = None) -> Bytes:
    """Return one key for each program, the same for equal ones: uint8 (programs, 1).

    Only those of `span` are worked out where it is given, as by `ages` and `lineages`, too: a close
    look need not colour the whole soup.
    """
    keys = np.empty((len(soup), 1), np.uint8)
    words = soup.view(np.uint64) if soup.shape[1] % 8 == 0 else soup
    _in_parts(span or range(len(soup)), partial(_hash_rows, words, keys.reshape(-1)))
    return keys


def ramp() -> Bytes:
    """Return 256 colours from the newest (bright) to the oldest (dark blue), uint8 (256, 3)."""
    stops = np.array([(255, 244, 214), (245, 160, 70), (176, 58, 90), (62, 34, 92), (16, 16, 34)])
    at = np.linspace(0, len(stops) - 1, 256)
    table = [np.interp(at, range(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(table, axis=1).astype(np.uint8)


def ages(births: NDArray[np.uint32], epoch: int, span: range | None = None) -> Bytes:
    """Return the logarithm of every byte's age as a key: 0 for a newborn, 255 from 2^16 epochs."""
    keys = np.empty(births.shape, np.uint8)
    # The key of each possible age: a logarithm a byte would take longer than the picture.
    ladder = np.arange(min(max(epoch, 0), _OLDEST) + 1, dtype=np.float32) + 1
    steps = np.minimum(np.log2(ladder) * (255 / 16), 255).astype(np.uint8)
    _in_parts(span or range(len(births)), partial(_age_rows, births, np.int64(epoch), steps, keys))
    return keys


def lineages(tokens: NDArray[np.uint32], span: range | None = None) -> Bytes:
    """Return a key for every byte that depends on when and where it was born."""
    keys = np.empty(tokens.shape[1:], np.uint8)
    _in_parts(span or range(len(keys)), partial(_token_rows, tokens, keys))
    return keys


def _in_parts(span: range, work: Callable[[int, int], None]) -> None:
    """Let the threads do a part of the programs at a time."""

    def job(first: int, breathe: Callable[[], None]) -> None:
        work(first, min(first + _PART, span.stop))
        breathe()

    share(partial(job, first) for first in range(span.start, span.stop, _PART))


def containing(
    soup: Bytes, piece: Bytes, alike: Bytes | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which programs contain a piece, and at which byte first.

    Bytes match that have the same entry in `alike`, uint8 (256,); without it equal ones do.
    """
    first = np.full(len(soup), -1, np.int64)
    table = np.arange(256, dtype=np.uint8) if alike is None else alike
    _in_parts(range(len(soup)), partial(_search, soup, table[piece], table, first))
    return first >= 0, first


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _hash_rows(words: Any, keys: Any, first: int, last: int) -> None:
    for program in range(first, last):
        value = np.uint64(0xCBF29CE484222325)
        for word in range(words.shape[1]):
            value = (value ^ np.uint64(words[program, word])) * np.uint64(0x9E3779B97F4A7C15)
            value ^= value >> np.uint64(29)
        keys[program] = np.uint8(value >> np.uint64(56))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _age_rows(births: Any, epoch: int, steps: Any, keys: Any, first: int, last: int) -> None:
    oldest = steps.size - 1
    for program in range(first, last):
        for byte in range(births.shape[1]):
            age = epoch - np.int64(births[program, byte])
            keys[program, byte] = steps[min(max(age, 0), oldest)]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _token_rows(tokens: Any, keys: Any, first: int, last: int) -> None:
    for program in range(first, last):
        for byte in range(tokens.shape[2]):
            mixed = tokens[0, program, byte] * np.uint32(0x9E3779B1)
            mixed ^= tokens[1, program, byte] * np.uint32(0x85EBCA77)
            keys[program, byte] = np.uint8((mixed >> np.uint32(24)) & np.uint32(255))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _search(soup: Any, piece: Any, alike: Any, first: Any, begin: int, end: int) -> None:
    for program in range(begin, end):
        for start in range(soup.shape[1] - piece.size + 1):
            same = True
            for offset in range(piece.size):
                if alike[soup[program, start + offset]] != piece[offset]:
                    same = False
                    break
            if same:
                first[program] = start
                break
