"""Scalar series as a table that every spreadsheet and data frame reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from engine.core.files import write_atomically

__all__ = ["Series", "format_table", "write_series", "write_table"]

Value: TypeAlias = float | int | str | None
#: Steps and values of one scalar, of equal length; the steps need not be those of other scalars.
Series: TypeAlias = tuple[Sequence[int], Sequence[float]]


def format_table(
    columns: Sequence[str], rows: Iterable[Sequence[Value]], *, delimiter: str = ","
) -> str:
    """Return the table as text: one line of names, then the rows; None is an empty cell.

    Numbers are written so that reading them gives the same bits.

    Raises
    ------
    ValueError
        When a row has not as many cells as there are columns.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(row)} cells under {len(columns)} columns")
        writer.writerow([float(cell) if isinstance(cell, float) else cell for cell in row])
    return text.getvalue()


def write_table(path: Path | str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write a CSV file (tab-separated where the name ends in .tsv) whole or not at all.

    Raises
    ------
    UserError
        When the system refuses; an older file of that name is untouched then.
    """
    delimiter = "\t" if Path(path).suffix.lower() == ".tsv" else ","
    write_atomically(path, format_table(columns, rows, delimiter=delimiter).encode())


def write_series(path: Path | str, series: Mapping[str, Series], *, step: str = "step") -> None:
    """Write scalar series side by side, one row a step, empty where a scalar has no value there.

    Parameters
    ----------
    path : Path or str
        NAME.csv or NAME.tsv.
    series : mapping of str to (steps, values)
    step : str
        Name of the first column.

    Raises
    ------
    UserError
        When the system refuses.
    """
    cells: dict[int, dict[str, float]] = {}
    for name, (steps, values) in series.items():
        for at, value in zip(steps, values, strict=True):
            cells.setdefault(int(at), {})[name] = float(value)
    rows = ([at, *(cells[at].get(name) for name in series)] for at in sorted(cells))
    write_table(path, [step, *series], rows)
