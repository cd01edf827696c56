"""``primordia bench``: how fast this machine computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import Device
from app.commands.progress import working
from app.commands.report import emit, table
from engine.core.files import check_writable, write_atomically

__all__ = ["bench"]


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAMES]", help="Which ones; all if left out.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the rows as JSON.")
    ] = None,
    device: Device = "auto",
) -> None:
    """Time the kernels beside their plain formulation; medians over repeats."""
    from engine.bench import choose

    chosen = choose(names or ())
    if file is not None:
        check_writable(file)
    rows = []
    with working("Bench") as activity:
        for done, one in enumerate(chosen):
            activity.progress(done, len(chosen), one.name)
            rows += [row.as_dict() for row in one.run(device, activity)]
    if file is not None:
        write_atomically(file, (json.dumps({"rows": rows}, indent=1) + "\n").encode())
    emit({}, table([HEAD, *(_line(row) for row in rows)]), as_json=False)


HEAD = ("name", "value", "unit", "baseline", "baseline value", "ratio")


def _line(row: dict[str, object]) -> tuple[str, ...]:
    return tuple(
        "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
        for value in (row[head.replace(" ", "_")] for head in HEAD)
    )
