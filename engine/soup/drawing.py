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

_ROWS = 32  # texel rows of one job
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
    _, _, rows, columns = region
    block = math.ceil(max(rows, columns) / max(1, size))
    out = np.zeros((-(-rows // block), -(-columns // block), 3), np.uint8)
    places = order if order is not None else np.zeros(0, np.int32)
    shown = bright if bright is not None else np.zeros(0, np.bool_)

    def job(first: int, breathe: Callable[[], None]) -> None:
        last = min(first + _ROWS, len(out))
        _paint_rows(
            keys,
            palette,
            places,
            shown,
            np.array(region, np.int64),
            np.array([*layout.tile, layout.across, layout.programs, block], np.int64),
            first,
            last,
            out,
        )
        breathe()

    share((partial(job, first) for first in range(0, len(out), _ROWS)), poll)
    return out


@njit(nogil=True, cache=True)
def _paint_rows(
    keys: NDArray[Any],
    palette: Bytes,
    order: NDArray[np.int32],
    bright: NDArray[np.bool_],
    region: NDArray[np.int64],
    form: NDArray[np.int64],
    first: int,
    last: int,
    out: Bytes,
) -> None:
    high, wide, across, programs, block = form[0], form[1], form[2], form[3], form[4]
    whole = keys.shape[1] == 1
    for y in range(first, last):
        for x in range(out.shape[1]):
            red, green, blue, count = 0, 0, 0, 0
            for dy in range(block):
                row = y * block + dy
                if row >= region[2]:
                    break
                row += region[0]
                line, inner = row // high * across, row % high * wide
                for dx in range(block):
                    column = x * block + dx
                    if column >= region[3]:
                        break
                    column += region[1]
                    count += 1
                    place = line + column // wide
                    if place >= programs:
                        continue
                    program = order[place] if order.size else place
                    key = keys[program, 0 if whole else inner + column % wide]
                    share = 1 if bright.size == 0 or bright[program] else _DIM
                    red += palette[key, 0] // share
                    green += palette[key, 1] // share
                    blue += palette[key, 2] // share
            out[y, x, 0] = red // count
            out[y, x, 1] = green // count
            out[y, x, 2] = blue // count


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


def species(soup: Bytes) -> Bytes:
    """Return one key for each program, the same for equal ones: uint8 (programs, 1)."""
    keys = np.empty((len(soup), 1), np.uint8)
    _hash_rows(soup, keys)
    return keys


def ramp() -> Bytes:
    """Return 256 colours from the newest (bright) to the oldest (dark blue), uint8 (256, 3)."""
    stops = np.array([(255, 244, 214), (245, 160, 70), (176, 58, 90), (62, 34, 92), (16, 16, 34)])
    at = np.linspace(0, len(stops) - 1, 256)
    table = [np.interp(at, range(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(table, axis=1).astype(np.uint8)


def ages(births: NDArray[np.uint32], epoch: int) -> Bytes:
    """Return the logarithm of every byte's age as a key: 0 for a newborn, 255 from 2^16 epochs."""
    age = np.log2(np.maximum(epoch - births.astype(np.float32), 0.0) + 1.0)
    keys: Bytes = np.minimum(age * (255 / 16), 255).astype(np.uint8)
    return keys


def lineages(tokens: NDArray[np.uint32]) -> Bytes:
    """Return a key for every byte that depends on when and where it was born."""
    mixed = tokens[0] * np.uint32(0x9E3779B1) ^ tokens[1] * np.uint32(0x85EBCA77)
    keys: Bytes = (mixed >> np.uint32(24)).astype(np.uint8)
    return keys


def containing(soup: Bytes, piece: Bytes) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which programs contain a piece, and at which byte first."""
    first = np.full(len(soup), -1, np.int64)
    _search(soup, piece, first)
    return first >= 0, first


@njit(nogil=True, cache=True)
def _hash_rows(soup: Bytes, keys: Bytes) -> None:
    for program in range(soup.shape[0]):
        value = np.uint32(2166136261)
        for byte in range(soup.shape[1]):
            value = np.uint32((value ^ np.uint32(soup[program, byte])) * np.uint32(16777619))
        keys[program, 0] = np.uint8((value ^ (value >> np.uint32(13))) & np.uint32(255))


@njit(nogil=True, cache=True)
def _search(soup: Bytes, piece: Bytes, first: NDArray[np.int64]) -> None:
    for program in range(soup.shape[0]):
        for start in range(soup.shape[1] - piece.size + 1):
            same = True
            for offset in range(piece.size):
                if soup[program, start + offset] != piece[offset]:
                    same = False
                    break
            if same:
                first[program] = start
                break
