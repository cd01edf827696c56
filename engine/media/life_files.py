"""Pattern files of Life-like automata: run-length encoded (.rle) and plain text (.cells).

The formats are those of the LifeWiki and of Golly.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

__all__ = ["Pattern", "parse_cells", "parse_rle", "trim", "write_cells", "write_rle"]

LIMIT = 4096
"""Longest side of a pattern, in cells."""

_HEADER = re.compile(r"x\s*=\s*(\d+)\s*,\s*y\s*=\s*(\d+)(?:\s*,\s*rule\s*=\s*([^\s,:]+))?", re.I)
_TOKEN = re.compile(r"(\d*)\s*([A-Za-z.$!])")


@dataclass(frozen=True, eq=False)
class Pattern:
    """Cells uint8 (h, w) of 0 and 1, and the rule the file names (empty where it names none)."""

    cells: NDArray[np.uint8]
    rule: str = ""


def parse_rle(text: str, name: str = "pattern") -> Pattern:
    """Read a run-length encoded pattern; the header line may be missing.

    Raises
    ------
    BadInput
        If it is not RLE, holds nothing, or is larger than 4096 cells on a side.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    header = _HEADER.match(lines[0]) if lines else None
    body = "".join(lines[1:] if header else lines)
    runs: list[tuple[int, int, int]] = []  # row, first column, length
    row = column = width = at = 0
    for token in _TOKEN.finditer(body):
        if body[at : token.start()].strip():
            break
        at = token.end()
        count, kind = int(token[1] or 1), token[2]
        if kind == "!":
            break
        if count > LIMIT:
            raise _too_large(name)
        if kind == "$":
            row, column = row + count, 0
        else:
            if (
                kind not in "b." and count
            ):  # any letter but b is a living state in files of many states
                runs.append((row, column, count))
            column += count
            width = max(width, column)
        if max(row, width) > LIMIT:
            raise _too_large(name)
    else:
        if body[at:].strip():
            raise BadInput(f"has {body[at : at + 8]!r} where a run should be", path=name)
    if at < len(body) and not body[:at].endswith("!"):
        raise BadInput(f"has {body[at : at + 8]!r} where a run should be", path=name)
    if not runs:
        raise BadInput("holds no living cell", path=name, remedy="Use a .rle file")
    height = runs[-1][0] + 1
    if header:
        width, height = max(width, int(header[1])), max(height, int(header[2]))
    if max(width, height) > LIMIT:
        raise _too_large(name)
    cells = np.zeros((height, width), np.uint8)
    for y, x, count in runs:
        cells[y, x : x + count] = 1
    return Pattern(cells, header[3] or "" if header else "")


def parse_cells(text: str, name: str = "pattern") -> Pattern:
    """Read a plain text pattern: ``O`` or ``*`` is alive, ``.`` dead, ``!`` begins a comment.

    Raises
    ------
    BadInput
        If another character occurs, nothing is alive, or it is too large.
    """
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith("!")]
    width = max(map(len, lines), default=0)
    if max(width, len(lines)) > LIMIT:
        raise _too_large(name)
    if strange := set("".join(lines)) - set(".O* "):
        raise BadInput(f"has {min(strange)!r} where cells should be", path=name)
    cells = np.zeros((len(lines), width), np.uint8)
    for y, line in enumerate(lines):
        for x, sign in enumerate(line):
            cells[y, x] = sign in "O*"
    if not cells.any():
        raise BadInput("holds no living cell", path=name, remedy="Use a .cells file")
    return Pattern(cells)


def write_rle(pattern: Pattern) -> str:
    """Write a pattern as RLE, in lines of at most 70 characters."""
    height, width = pattern.cells.shape
    tokens: list[str] = []
    skipped = 0
    for row in pattern.cells:
        living = np.flatnonzero(row)
        if living.size:
            if skipped:
                tokens.append(_run(skipped, "$"))
                skipped = 0
            edges = np.flatnonzero(np.diff(row[: living[-1] + 1])) + 1
            bounds = [0, *edges.tolist(), int(living[-1]) + 1]
            for start, end in itertools.pairwise(bounds):
                tokens.append(_run(end - start, "bo"[int(row[start])]))
        skipped += 1
    tokens.append("!")
    rule = pattern.rule or "B3/S23"
    lines, line = [f"x = {width}, y = {height}, rule = {rule}"], ""
    for token in tokens:
        if len(line) + len(token) > 70:
            lines.append(line)
            line = ""
        line += token
    return "\n".join([*lines, line]) + "\n"


def write_cells(pattern: Pattern) -> str:
    """Write a pattern as plain text."""
    rows = ("".join(".O"[int(cell)] for cell in row) for row in pattern.cells)
    return f"!Rule: {pattern.rule}\n" + "\n".join(rows) + "\n"


def trim(cells: NDArray[Any]) -> NDArray[np.uint8]:
    """Cut away the dead rows and columns around a pattern; at least one cell stays."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    if not rows.size:
        return np.zeros((1, 1), np.uint8)
    part = cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(part, np.uint8)


def _run(count: int, sign: str) -> str:
    return f"{count}{sign}" if count > 1 else sign


def _too_large(name: str) -> BadInput:
    return BadInput(
        f"is larger than {LIMIT} cells on a side", path=name, remedy="Use a smaller pattern"
    )
