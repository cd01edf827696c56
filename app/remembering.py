"""Read what was kept of a view: plain JSON values that anyone may have changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["flag", "number", "numbers", "part", "rows_of_numbers", "text"]


def number(kept: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    """Return a finite number within bounds, None where there is none."""
    value = kept.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if low <= value <= high else None


def numbers(kept: Mapping[str, Any], name: str, count: int) -> tuple[float, ...] | None:
    """Return so many finite numbers, None where there are others or none."""
    found = _numbers(kept.get(name))
    return found if found is not None and len(found) == count else None


def rows_of_numbers(kept: Mapping[str, Any], name: str) -> list[tuple[float, ...]]:
    """Return those of a list that are lists of finite numbers."""
    rows = kept.get(name)
    found = [_numbers(row) for row in rows] if isinstance(rows, list | tuple) else []
    return [row for row in found if row is not None]


def flag(kept: Mapping[str, Any], name: str) -> bool | None:
    """Return a truth value, None where there is none."""
    value = kept.get(name)
    return value if isinstance(value, bool) else None


def text(kept: Mapping[str, Any], name: str) -> str | None:
    """Return words, None where there are none."""
    value = kept.get(name)
    return value if isinstance(value, str) else None


def part(kept: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a mapping by names, an empty one where there is none."""
    value = kept.get(name)
    return value if isinstance(value, Mapping) else {}


def _numbers(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    good = all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in value
    )
    return tuple(float(one) for one in value) if good else None
