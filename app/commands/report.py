"""What a verb says on stdout: one JSON object, or plain lines for people."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["emit", "note", "table"]


def emit(result: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print the result as JSON, or the lines."""
    if as_json:
        print(json.dumps(_plain(result), ensure_ascii=False, allow_nan=False))  # noqa: T201
    else:
        for line in lines:
            print(line)  # noqa: T201
    sys.stdout.flush()


def note(text: str) -> None:
    """Say something on stderr that is no result."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Align columns by spaces; the last one is not padded."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell if last else cell.ljust(width)
            for cell, width, last in zip(
                row, widths, [False] * (len(row) - 1) + [True], strict=True
            )
        )
        for row in rows
    ]


def _plain(value: Any) -> Any:
    """Turn a value into what JSON has; numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):  # a number of numpy
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
