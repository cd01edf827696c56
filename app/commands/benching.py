"""``primordia bench``: how fast this machine computes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import Device, Threads
from app.commands.progress import working
from app.commands.report import emit, note, table
from engine.core.errors import BadInput
from engine.core.files import check_writable, write_atomically

if TYPE_CHECKING:
    from engine.bench import Bench

__all__ = ["bench"]


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAMES]", help="Which ones; all if left out.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the rows as JSON.")
    ] = None,
    device: Device = "auto",
    threads: Threads = 0,
) -> None:
    """Time the kernels beside their plain formulation, and the window; medians over repeats."""
    from engine.bench.harness import busy
    from engine.core.device import set_threads

    chosen = _choose(names or [])
    if threads:
        set_threads(threads)  # of either side: the harness tells its processes
    doubt = busy()  # asked now: later on the load would be our own
    if doubt:
        note(f"note: {doubt}")
    if file is not None:
        check_writable(file)
    rows: list[dict[str, Any]] = []
    with working("Bench") as activity:
        for done, (name, time) in enumerate(chosen.items()):
            activity.progress(done, len(chosen), name)
            rows += [replace(row, note=doubt).as_dict() for row in time(device, activity)]
    if file is not None:
        write_atomically(file, (json.dumps({"rows": rows}, indent=1) + "\n").encode())
    emit({}, table([HEAD, *(_line(row) for row in rows)]), as_json=False)


def _choose(names: list[str]) -> dict[str, Bench]:
    """Find benches by name, or by what their names begin with; all where none is given."""
    from app import bench_gui
    from engine import bench

    benches = bench.BENCHES | bench_gui.BENCHES

    def fits(name: str, wanted: str) -> bool:
        return name == wanted or name.startswith(f"{wanted}.")

    for wanted in names:
        if not any(fits(name, wanted) for name in benches):
            raise BadInput(
                f"there is no bench {wanted!r}", remedy=f"Use one of: {', '.join(benches)}"
            )
    return {
        name: time
        for name, time in benches.items()
        if not names or any(fits(name, wanted) for wanted in names)
    }


HEAD = ("name", "value", "unit", "baseline", "baseline value", "ratio")


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
        for value in (row[head.replace(" ", "_")] for head in HEAD)
    )
