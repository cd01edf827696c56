"""Numbers of a world that a user asks for beside its picture, and where they were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["Histogram", "Line", "Profile", "Region", "Summary"]

Array = NDArray[Any]
#: (row, column, rows, columns) in cells.
Region = tuple[int, int, int, int]
#: From one cell (row, column) to another.
Line = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Profile:
    """The channels along a line.

    Attributes
    ----------
    cells : ndarray
        ``(k, 2)`` int32: row and column of each, from the line's first end to its second.
    values : ndarray
        ``(k, C)`` float32.
    """

    cells: Array
    values: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Summary:
    """The channels within a rectangle, in numbers.

    Attributes
    ----------
    region : (row, column, rows, columns)
        The part of what was asked for that lies in the world.
    cells, sampled : int
        How many cells there are, and how many of them were looked at.
    counted : ndarray
        ``(C,)`` int64: how many of those are finite; the rest counts for nothing.
    mean, std, least, greatest : ndarray
        ``(C,)`` float64; the deviation divides by the count. NaN where nothing is finite.
    """

    region: Region
    cells: int
    sampled: int
    counted: Array
    mean: Array
    std: Array
    least: Array
    greatest: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Histogram:
    """How often values occur.

    Attributes
    ----------
    channels : tuple of int
        Which ones were counted.
    counts : ndarray
        ``(len(channels), bins)`` int64. Values outside of limits that were given are counted at the
        nearer end; what is not finite is not counted.
    edges : ndarray
        ``(len(channels), 2)`` float64: where the first bin begins and the last one ends; all are
        equally wide.
    region, cells, sampled
        As of `Summary`.
    """

    channels: tuple[int, ...]
    counts: Array
    edges: Array
    region: Region
    cells: int
    sampled: int
