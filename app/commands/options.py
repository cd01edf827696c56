"""The options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

__all__ = [
    "As_json",
    "Device",
    "Model",
    "ModelName",
    "Out",
    "PresetId",
    "ScopeName",
    "Seed",
    "Settings",
    "Steps",
    "SystemName",
    "Target",
    "Threads",
]

DeviceName = Literal["auto", "cpu", "cuda"]

SystemName = Annotated[
    str, typer.Option("--system", metavar="NAME", help="The system, as `primordia list` names it.")
]
PresetId = Annotated[
    str, typer.Option("--preset", metavar="ID", help="A start of the gallery, see `list NAME`.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; may be repeated."),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, max=2**63 - 1, help="Seed of every random number."),
]
Steps = Annotated[int, typer.Option("--steps", min=0, help="Ticks to run.")]
Device = Annotated[DeviceName, typer.Option("--device", help="Where to compute.")]
Threads = Annotated[
    int, typer.Option("--threads", min=0, max=1024, help="Threads to use; 0 means all cores.")
]
Target = Annotated[
    Path | None, typer.Option("--target", metavar="FILE", help="What to learn: a picture.")
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="A saved or published model, or a saved world."),
]
ModelName = Annotated[
    str, typer.Option("--model-name", metavar="NAME", help="Which, of a file with several models.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="What to write; the ending decides the kind."),
]
ScopeName = Annotated[
    str, typer.Option("--scope", help="What a .safetensors holds: model, world or training.")
]
As_json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")
]
