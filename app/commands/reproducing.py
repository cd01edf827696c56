"""``primordia reproduce``: check a published figure."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.commands import options
from app.commands.options import As_json
from app.commands.progress import working
from app.commands.report import emit, table
from engine.core.errors import BadInput
from engine.core.experiment import Experiment

__all__ = ["reproduce"]


def reproduce(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="The figure; without it all are listed.")
    ] = "",
    model: options.Model = None,
    target: options.Target = None,
    threads: options.Threads = 0,
    as_json: As_json = False,
) -> None:
    """Check a published figure; exits with 1 when it misses its tolerance."""
    from engine import experiments
    from engine.core.experiment import reproduce as measure

    if not name:
        _list(as_json)
        return
    if threads:
        from engine.core.device import set_threads

        set_threads(threads)
    experiment = experiments.experiment(name)
    files = _files(experiment, model=model, target=target)
    with working(name) as activity:
        outcome = measure(experiment, activity, files)
    lines = [f"{outcome.name}: {outcome.status}", f"  claim: {outcome.claim}"]
    lines += [f"  paper: {outcome.paper}", f"  expected: {outcome.expected}"]
    lines.append(f"  tolerance: {outcome.tolerance}")
    if outcome.measured is not None:
        lines.append(f"  measured: {outcome.measured:.6g} in {outcome.seconds:.1f} s")
        lines += [f"  {key}: {value}" for key, value in outcome.details.items()]
    if outcome.note:
        lines.append(f"  {outcome.note}")
    emit(asdict(outcome), lines, as_json=as_json)
    if outcome.status == "missed":
        raise typer.Exit(1)


def _files(experiment: Experiment, **given: Path | None) -> dict[str, Path]:
    """Take the files that were given, and only those that the experiment asks for."""
    files = {name: path for name, path in given.items() if path is not None}
    for name, path in files.items():
        if name not in experiment.needs:
            raise BadInput(f"{experiment.name} takes no {name}", remedy=f"Leave --{name} out")
        if not path.is_file():
            raise BadInput("no such file", path=path, remedy=f"Give {experiment.needs[name]}")
    return files


def _list(as_json: bool) -> None:
    from engine import experiments

    found = experiments.experiments()
    result = {
        "experiments": [
            {
                "name": one.name,
                "claim": one.claim,
                "paper": one.paper,
                "minutes": one.minutes,
                "needs": dict(one.needs),
            }
            for one in found
        ]
    }
    rows = [(one.name, f"{one.minutes:g} min", one.claim) for one in found]
    emit(result, table(rows), as_json=as_json)
