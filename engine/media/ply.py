"""PLY (Stanford): a header that describes tables, which follow as text or bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.media import mesh_text

__all__ = ["read_ply"]

Array = NDArray[Any]
Points = NDArray[np.float64]
Indices = NDArray[np.int32]

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_COORDINATES = {"x": mesh_text.X, "y": mesh_text.Y, "z": mesh_text.Z}
_CORNERS = ("vertex_indices", "vertex_index")
_HEADER_BYTES = 100_000
_ROWS = 2**18  # rows between two looks at the activity
_AGAIN = "Export it again from the program that made it"


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str  # numpy's code of the number, or of the numbers in the list
    count: str = ""  # numpy's code of the length of a list; none for a number


@dataclass(frozen=True)
class _Element:
    name: str
    rows: int
    columns: tuple[_Column, ...]


def read_ply(data: bytes, most: int, activity: Activity) -> tuple[Points, Indices]:
    """Read vertices and faces; other elements and columns are passed over.

    Raises
    ------
    BadInput
        If header and body do not fit or there is more than `most` faces.
    """
    order, elements, at = _header(data)
    names = {element.name for element in elements if element.rows}
    if "tristrips" in names and "face" not in names:
        raise BadInput(
            "keeps its faces as triangle strips, which are not read",
            remedy="Export it again with single triangles",
        )
    for element in elements:
        # A byte a row at least: nothing is allocated for a lie.
        if element.rows > len(data) - at:
            raise _bad(f"claims {element.rows:,} rows of {element.name} but is too short for them")
    if not order:
        tables = [mesh_text.Table(e.rows, [_meaning(e, c) for c in e.columns]) for e in elements]
        return mesh_text.read_tables(data, at, tables, most, activity)
    points, faces = np.empty((0, 3)), np.empty((0, 3), np.int32)
    for element in elements:
        if element.name == "vertex":
            points, at = _vertices(data, at, element, order, most)
        elif any(column.count for column in element.columns):
            found, at = _lists(data, at, element, order, most, activity)
            faces = found if element.name == "face" else faces
        else:
            at += element.rows * _row_type(element, order).itemsize
    return points, faces


def _header(data: bytes) -> tuple[str, list[_Element], int]:
    """Return the byte order (empty for text), the elements, and where the body begins."""
    end = data.find(b"end_header", 0, _HEADER_BYTES)
    line_end = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or line_end < 0:
        raise _bad("has no PLY header")
    order = None
    elements: list[_Element] = []
    for line in data[:end].decode("latin-1").splitlines()[1:]:
        words = line.split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words[0] == "format" and len(words) > 1:
            orders = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
            order = orders.get(words[1])
        elif words[0] == "element" and len(words) == 3 and words[2].isdecimal():
            elements.append(_Element(words[1], int(words[2][:18]), ()))
        elif words[0] == "property" and elements:
            last = elements.pop()
            elements.append(_Element(last.name, last.rows, (*last.columns, _column(words))))
        else:
            raise _bad(f"has a PLY header with the line {line[:40]!r}")
    if order is None:
        raise _bad("has a PLY header without a known format")
    return order, elements, line_end + 1


def _column(words: list[str]) -> _Column:
    types = [_TYPES.get(word) for word in words[1:]]
    if len(words) == 3 and types[0]:
        return _Column(words[2], types[0])
    if len(words) == 5 and words[1] == "list" and types[1] and types[2] and types[1][0] != "f":
        return _Column(words[4], types[2], types[1])
    raise _bad(f"has a PLY header with the property {' '.join(words[1:])[:40]!r}")


def _meaning(element: _Element, column: _Column) -> int:
    if column.count:
        corners = element.name == "face" and column.name in _CORNERS
        return mesh_text.CORNERS if corners else mesh_text.SKIP_LIST
    return _COORDINATES.get(column.name, 0) if element.name == "vertex" else mesh_text.SKIP


def _row_type(element: _Element, order: str) -> np.dtype[Any]:
    # Numbered names: those of the file may occur twice.
    return np.dtype([(f"c{k}", order + column.kind) for k, column in enumerate(element.columns)])


def _vertices(data: bytes, at: int, element: _Element, order: str, most: int) -> tuple[Points, int]:
    if any(column.count for column in element.columns):
        raise _bad("has lists among its vertices, which are not read")
    if element.rows > 3 * most:
        raise _bad(f"has more than {3 * most:,} vertices")
    kind = _row_type(element, order)
    if len(data) - at < element.rows * kind.itemsize:
        raise _bad(f"claims {element.rows:,} vertices but is too short for them")
    rows = np.frombuffer(data, kind, element.rows, at)
    names = [column.name for column in element.columns]
    if not all(axis in names for axis in "xyz"):
        raise _bad("has vertices without x, y and z")
    points = np.empty((element.rows, 3))
    for axis in range(3):
        points[:, axis] = rows[f"c{names.index('xyz'[axis])}"]
    return points, at + element.rows * kind.itemsize


def _lists(
    data: bytes, at: int, element: _Element, order: str, most: int, activity: Activity
) -> tuple[Indices, int]:
    """Walk rows with lists twice, to count the triangles and to write them."""
    columns = np.zeros((len(element.columns), 4), np.int64)
    for row, column in zip(columns, element.columns, strict=True):
        kind, count = np.dtype(column.kind), np.dtype(column.count or "u1")
        row[:] = (
            _meaning(element, column),
            kind.itemsize,
            count.itemsize * (-1 if count.kind == "i" else 1),
            kind.kind == "i",
        )
        if row[0] == mesh_text.CORNERS and kind.kind == "f":
            raise _bad("numbers its corners with fractions")
    body = np.frombuffer(data, np.uint8)
    faces = np.empty((0, 3), np.int32)
    behind = at
    for fill in (False, True):
        behind, triangles = at, 0
        for first in range(0, element.rows, _ROWS):
            activity.progress(first + fill * element.rows, 2 * element.rows, "Reading the mesh")
            rows = min(_ROWS, element.rows - first)
            behind, triangles = _walk(
                body, behind, rows, columns, order == ">", fill, faces, triangles
            )
            if behind < 0:
                raise _bad(f"claims {element.rows:,} rows of {element.name} but is cut off")
        if triangles > most:
            raise _bad(f"has more than {most:,} faces")
        if not fill:
            faces = np.empty((triangles, 3), np.int32)
    return faces, behind


def _bad(problem: str) -> BadInput:
    return BadInput(problem, remedy=_AGAIN)


@njit(nogil=True, cache=True)
def _integer(body: Array, at: int, size: int, signed: bool, big: bool) -> int:
    value: int = 0
    for k in range(size):
        value = value * 256 + int(body[at + k if big else at + size - 1 - k])
    if signed and value >= 1 << (8 * size - 1):
        value -= 1 << (8 * size)
    return value


@njit(nogil=True, cache=True)
def _walk(
    body: Array,
    at: int,
    rows: int,
    columns: Array,
    big: bool,
    fill: bool,
    faces: Array,
    count: int,
) -> tuple[int, int]:
    """Pass over rows; return the place behind them, -1 where the file ends, and the triangles."""
    for _ in range(rows):
        for c in range(len(columns)):
            meaning, size, counter, signed = columns[c]
            if meaning < mesh_text.SKIP_LIST:
                at += size
                continue
            if at + abs(counter) > len(body):
                return -1, count
            length = _integer(body, at, abs(counter), counter < 0, big)
            at += abs(counter)
            if length < 0 or length > (len(body) - at) // size:
                return -1, count
            if meaning == mesh_text.CORNERS and length > 2:
                if fill:
                    first = _integer(body, at, size, signed != 0, big)
                    before = _integer(body, at + size, size, signed != 0, big)
                    for k in range(2, length):
                        corner = _integer(body, at + k * size, size, signed != 0, big)
                        faces[count + k - 2, 0] = min(max(first, -1), 2**31 - 1)
                        faces[count + k - 2, 1] = min(max(before, -1), 2**31 - 1)
                        faces[count + k - 2, 2] = min(max(corner, -1), 2**31 - 1)
                        before = corner
                count += length - 2
            at += length * size
    return (at if at <= len(body) else -1), count
