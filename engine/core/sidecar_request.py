"""What was looked at, as a sidecar tells of it: nothing is believed before its kind was checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.core.views import Eye, ViewRequest

__all__ = ["SIDE", "number", "request_in", "size_in", "whole"]

SIDE = 8192
"""Pixels of a side at most."""

_PROBES = 100_000
_FAR = 2**40  # cells


def request_in(values: dict[str, Any]) -> ViewRequest:
    """Read what `dataclasses.asdict` made of a request; what is unknown in it is passed over.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong kind or out of its range.
    """
    read = {"eye": _eye, "size": size_in, **_READ}
    known: dict[str, Any] = {
        name: reader(values[name]) if values[name] is not None else None
        for name, reader in read.items()
        if name in values
    }
    for name in ("channels", "max_size", "reduce", "probes", "bins"):
        if name in known and known[name] is None:
            raise TypeError(f"{name} is missing")
    request = ViewRequest(**known)
    if request.eye is not None and request.size is None:
        whole(request.max_size, 1, SIDE)
    return request


def _wholes(value: Any, count: int | None = None) -> tuple[int, ...]:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        raise TypeError(f"{value!r:.40} are not {count or 'some'} whole numbers")
    return tuple(whole(one, -_FAR, _FAR) for one in value)


def number(value: Any) -> float:
    """Read a finite number."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise TypeError(f"{value!r:.40} are not {count} numbers")
    return tuple(number(one) for one in value)


def _reduce(value: Any) -> str:
    if value not in ("none", "mosaic", "pca"):
        raise ValueError(f"the reduction {value!r:.40}")
    return str(value)


def _cells(value: Any, count: int | None = None) -> tuple[tuple[int, ...], ...]:
    if not isinstance(value, list) or len(value) > _PROBES:
        raise TypeError("no list of cells")
    if count is not None and len(value) != count:
        raise ValueError(f"not {count} cells")
    cells = tuple(_wholes(cell) for cell in value)
    # Those of a grid have two numbers, vertices one, weights of attention four.
    if not all(1 <= len(cell) <= 4 for cell in cells) or len({*map(len, cells)}) > 1:
        raise ValueError("cells have one to four numbers, all as many")
    return cells


def _eye(values: Any) -> Eye:
    kinds: dict[str, Any] = {
        "centre": lambda value: _numbers(value, 3),
        "orthographic": bool,
    }
    return Eye(**{name: kinds.get(name, number)(value) for name, value in values.items()})


_READ: dict[str, Any] = {
    "channels": _wholes,
    "region": lambda value: _wholes(value, 4),
    "max_size": lambda value: whole(value, 1, 2**24),
    "reduce": _reduce,
    "probes": _cells,
    "limits": lambda value: _numbers(value, 2),
    "line": lambda value: _cells(value, 2),
    "stats": lambda value: _wholes(value, 4),
    "bins": lambda value: whole(value, 0, 2**16),
}


def size_in(value: Sequence[Any]) -> tuple[int, int]:
    """Read the width and height of a picture."""
    width, height = value
    return whole(width, 1, SIDE), whole(height, 1, SIDE)


def whole(value: Any, low: int, high: int) -> int:
    """Read a whole number within a range, its ends included."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{value!r} is no whole number from {low} to {high}")
    return value
