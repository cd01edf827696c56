"""Meshes that are written as text, read by loops over bytes that no content can upset.

Every reader goes over the bytes twice: once to count, so that nothing is allocated for a claim,
and once to fill. Both in slices of whole lines, between which the reader may be stopped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.activity import Activity
from engine.core.errors import BadInput

__all__ = ["CORNERS", "OBJ", "SKIP", "SKIP_LIST", "STL", "Table", "X", "Y", "Z"]
__all__ += ["read_lines", "read_tables"]

Array = NDArray[Any]
Points = NDArray[np.float64]
Indices = NDArray[np.int32]

OBJ, STL = 0, 1

# What a column of a table means; a list column is a count and so many numbers.
SKIP, X, Y, Z, SKIP_LIST, CORNERS = range(6)

_SLICE = 2**23
_AGAIN = "Export it again from the program that made it"


class Table:
    """Lines of one kind: how many, and what their columns mean (SKIP, X, Y, Z, ...)."""

    def __init__(self, rows: int, columns: list[int]) -> None:
        self.rows = rows
        self.columns = np.array(columns, np.int64)


def read_lines(data: bytes, kind: int, most: int, activity: Activity) -> tuple[Points, Indices]:
    """Read a Wavefront OBJ or the vertices of an ASCII STL.

    Raises
    ------
    BadInput
        If a line is broken or there is more than `most` vertices or triangles.
    """
    text = np.frombuffer(data, np.uint8)
    points, faces = np.empty((0, 3)), np.empty((0, 3), np.int32)
    for fill in (False, True):
        state = np.zeros(4, np.int64)  # vertices, triangles, lines, line that is broken
        at = 0
        while at < len(text):
            _report(activity, fill, at, len(text))
            at = _lines(text, at, min(at + _SLICE, len(text)), kind, fill, points, faces, state)
            if state[3]:
                raise _broken(int(state[3]))
        _refuse_more(state, most)
        if kind == STL and state[0] % 3:
            raise BadInput("ends within a triangle", remedy=_AGAIN)
        if not fill:
            points, faces = np.empty((state[0], 3)), np.empty((state[1], 3), np.int32)
    return points, faces


def read_tables(
    data: bytes, at: int, tables: list[Table], most: int, activity: Activity
) -> tuple[Points, Indices]:
    """Read lines of known columns one table after the other, as in PLY and OFF; # opens a comment.

    Raises
    ------
    BadInput
        If a line is broken or missing, or there is more than `most` vertices or triangles.
    """
    text = np.frombuffer(data, np.uint8)
    first = data.count(b"\n", 0, at)
    points, faces = np.empty((0, 3)), np.empty((0, 3), np.int32)
    for fill in (False, True):
        state = np.zeros(4, np.int64)
        place = at
        for table in tables:
            left = table.rows
            while left:
                _report(activity, fill, place, len(text))
                rows = min(left, 2**17)
                place = _table(text, place, rows, table.columns, fill, points, faces, state)
                if state[3]:
                    raise _broken(first + int(state[3]))
                left -= rows
        _refuse_more(state, most)
        if not fill:
            points, faces = np.empty((state[0], 3)), np.empty((state[1], 3), np.int32)
    return points, faces


def _report(activity: Activity, fill: bool, at: int, size: int) -> None:
    activity.progress(at + fill * size, 2 * size, "Reading the mesh")


def _refuse_more(state: NDArray[np.int64], most: int) -> None:
    if state[0] > 3 * most or state[1] > most:
        raise BadInput(f"has more than {most:,} faces or {3 * most:,} vertices", remedy=_AGAIN)


def _broken(line: int) -> BadInput:
    return BadInput(f"is broken in line {line:,}", remedy=_AGAIN)


@njit(nogil=True, cache=True)
def _blank(byte: int) -> bool:
    return byte == 32 or byte == 9 or byte == 13 or byte == 11 or byte == 12


@njit(nogil=True, cache=True)
def _skip_blanks(text: Array, at: int) -> int:
    """Go to the next token of this line; a backslash before the end of the line continues it."""
    while at < len(text):
        if _blank(text[at]):
            at += 1
        elif text[at] == 92 and at + 1 < len(text) and text[at + 1] == 10:
            at += 2
        elif text[at] == 92 and at + 2 < len(text) and text[at + 1] == 13 and text[at + 2] == 10:
            at += 3
        else:
            break
    return at


@njit(nogil=True, cache=True)
def _skip_token(text: Array, at: int) -> int:
    while at < len(text) and text[at] != 10 and not _blank(text[at]):
        at += 1
    return at


@njit(nogil=True, cache=True)
def _skip_line(text: Array, at: int) -> int:
    """Go to the first byte of the next line."""
    while at < len(text) and text[at] != 10:
        at += 1
    return min(at + 1, len(text))


@njit(nogil=True, cache=True)
def _ends(text: Array, at: int) -> bool:
    return at >= len(text) or text[at] == 10 or text[at] == 35


@njit(nogil=True, cache=True)
def _number(text: Array, at: int) -> tuple[float, int]:
    """Read a number; the place behind it, or -1 where there is none. nan and inf become nan."""
    sign, start = 1.0, at
    if at < len(text) and (text[at] == 43 or text[at] == 45):
        sign = -1.0 if text[at] == 45 else 1.0
        at += 1
    mantissa, digits, shift, point = 0.0, 0, 0, False
    while at < len(text):
        byte = text[at]
        if 48 <= byte <= 57:
            digits += 1
            mantissa = mantissa * 10.0 + (byte - 48)
            shift -= point
        elif byte == 46 and not point:
            point = True
        else:
            break
        at += 1
    if digits == 0:
        if start < len(text) and not _ends(text, start):
            letter = text[at] | 32 if at < len(text) else 0
            if letter == 110 or letter == 105:  # n(an), i(nf): refused later, in better words
                return np.nan, _skip_token(text, at)
        return 0.0, -1
    if at < len(text) and text[at] | 32 == 101:
        at += 1
        minus = at < len(text) and text[at] == 45
        if at < len(text) and (text[at] == 43 or text[at] == 45):
            at += 1
        power, found = 0, False
        while at < len(text) and 48 <= text[at] <= 57:
            power = min(power * 10 + int(text[at]) - 48, 9999)
            found = True
            at += 1
        if not found:
            return 0.0, -1
        shift += -power if minus else power
    if shift < -300:  # in two steps: 10**-330 alone would be 0
        mantissa, shift = mantissa * 1e-300, shift + 300
    if shift < 0:
        return sign * mantissa / 10.0 ** min(-shift, 330), at
    value = sign * mantissa * 10.0 ** min(shift, 330)
    return (value if _finite(value) else np.nan), at


@njit(nogil=True, cache=True)
def _finite(value: float) -> bool:
    return value - value == 0


@njit(nogil=True, cache=True)
def _whole(text: Array, at: int) -> tuple[int, int]:
    """Read a whole number; the place behind it, or -1 where there is none."""
    minus = at < len(text) and text[at] == 45
    if at < len(text) and (text[at] == 43 or text[at] == 45):
        at += 1
    value, found = 0, False
    while at < len(text) and 48 <= text[at] <= 57:
        value = min(value * 10 + int(text[at]) - 48, 2**40)
        found = True
        at += 1
    return (-value if minus else value), (at if found else -1)


@njit(nogil=True, cache=True)
def _three(text: Array, at: int, row: Array) -> int:
    """Read three numbers of a line into `row`; the place behind them, or -1."""
    for k in range(3):
        at = _skip_blanks(text, at)
        row[k], at = _number(text, at)
        if at < 0:
            return -1
    return at


@njit(nogil=True, cache=True)
def _face(text: Array, at: int, fill: bool, faces: Array, state: Array) -> int:
    """Read the corners of an OBJ's face and cut it into a fan; the place behind it, or -1."""
    first, before, corners = 0, 0, 0
    while True:
        at = _skip_blanks(text, at)
        if _ends(text, at):
            break
        corner, behind = _whole(text, at)
        if behind < 0 or corner == 0:
            return -1
        if not (_ends(text, behind) or _blank(text[behind]) or text[behind] == 47):
            return -1
        at = _skip_token(text, behind)
        corner = corner - 1 if corner > 0 else state[0] + corner
        corner = min(max(corner, -1), 2**31 - 1)
        corners += 1
        if corners == 1:
            first = corner
        elif corners > 2:
            if fill:
                faces[state[1], 0], faces[state[1], 1], faces[state[1], 2] = first, before, corner
            state[1] += 1
        before = corner
    return at if corners > 0 else -1


@njit(nogil=True, cache=True)
def _lines(
    text: Array,
    at: int,
    stop: int,
    kind: int,
    fill: bool,
    points: Array,
    faces: Array,
    state: Array,
) -> int:
    """Read whole lines that begin before `stop`; the place behind them."""
    row = np.zeros(3)
    while at < stop:
        state[2] += 1
        at = _skip_blanks(text, at)
        behind = _skip_token(text, at)
        vertex = False
        if kind == OBJ and behind - at == 1 and text[at] == 102:  # f
            at = _face(text, behind, fill, faces, state)
        elif kind == OBJ:
            vertex = behind - at == 1 and text[at] == 118  # v
        else:
            vertex = behind - at == 6 and text[at] | 32 == 118 and text[behind - 1] | 32 == 120
        if vertex:
            at = _three(text, behind, row)
            if fill and at >= 0:
                points[state[0]] = row
            state[0] += 1
            if kind == STL and state[0] % 3 == 0:
                if fill:
                    for k in range(3):
                        faces[state[1], k] = state[0] - 3 + k
                state[1] += 1
        if at < 0:
            state[3] = state[2]
            return stop
        at = _skip_line(text, at)
    return at


@njit(nogil=True, cache=True)
def _table(
    text: Array,
    at: int,
    rows: int,
    columns: Array,
    fill: bool,
    points: Array,
    faces: Array,
    state: Array,
) -> int:
    """Read so many lines that are neither empty nor comments; the place behind them."""
    row = np.zeros(3)
    for _ in range(rows):
        while True:
            if at >= len(text):
                state[3] = state[2] + 1
                return at
            at = _skip_blanks(text, at)
            state[2] += 1
            if not _ends(text, at):
                break
            at = _skip_line(text, at)
        vertex = False
        for column in columns:
            at = _skip_blanks(text, at)
            if column < SKIP_LIST:
                value, at = _number(text, at)
                if at >= 0 and column != SKIP:
                    row[column - X] = value
                    vertex = True
            else:
                at = _list(text, at, fill and column == CORNERS, column == CORNERS, faces, state)
            if at < 0:
                state[3] = state[2]
                return 0
        if vertex:
            if fill:
                points[state[0]] = row
            state[0] += 1
        at = _skip_line(text, at)
    return at


@njit(nogil=True, cache=True)
def _list(text: Array, at: int, fill: bool, count: bool, faces: Array, state: Array) -> int:
    """Read a count and so many numbers, as a fan of triangles; the place behind, or -1."""
    size, at = _whole(text, at)
    if at < 0 or size < 0:
        return -1
    first, before = 0, 0
    for k in range(size):
        at = _skip_blanks(text, at)
        if not count:
            _, at = _number(text, at)
            if at < 0:
                return -1
            continue
        corner, at = _whole(text, at)
        if at < 0:
            return -1
        corner = min(max(corner, -1), 2**31 - 1)
        if k == 0:
            first = corner
        elif k > 1:
            if fill:
                faces[state[1], 0], faces[state[1], 1], faces[state[1], 2] = first, before, corner
            state[1] += 1
        before = corner
    return at
