"""The options that several verbs share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.core.errors import BadInput
from engine.core.views import Eye

__all__ = [
    "As_json",
    "Device",
    "EyeText",
    "Frames",
    "KeepEdges",
    "Mesh",
    "Model",
    "ModelName",
    "Out",
    "PresetId",
    "Remesh",
    "ScopeName",
    "Seed",
    "Settings",
    "Steps",
    "SystemName",
    "Target",
    "Threads",
    "Turn",
    "eye_of",
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
    Path | None,
    typer.Option(
        "--target",
        metavar="FILE",
        help="What to learn: a picture, or maps. A training begins as in the window.",
    ),
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="A saved or published model, or a saved world."),
]
ModelName = Annotated[
    str, typer.Option("--model-name", metavar="NAME", help="Which, of a file with several models.")
]
Mesh = Annotated[
    Path | None,
    typer.Option("--mesh", metavar="FILE", help="Where to live: .obj .ply .stl .off .glb .gltf"),
]
Remesh = Annotated[
    int,
    typer.Option(
        "--remesh", metavar="N", min=0, help="Make the mesh anew with N even vertices; 0: leave it."
    ),
]
KeepEdges = Annotated[bool, typer.Option("--keep-edges", help="With --remesh: keep sharp edges.")]
EyeText = Annotated[
    str,
    typer.Option(
        "--eye", metavar="AZ,EL[,DIST]", help="Where a solid is seen from: degrees and its radii."
    ),
]
Turn = Annotated[
    float,
    typer.Option("--turn", metavar="DEG", help="Degrees that a solid turns from frame to frame."),
]
Frames = Annotated[
    int,
    typer.Option(
        "--frames",
        metavar="N",
        min=0,
        max=100_000,
        help="Film no run but one turn in N frames around the solid that is there after it.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="What to write; the ending decides the kind."),
]
ScopeName = Annotated[
    str, typer.Option("--scope", help="What a .safetensors holds: model, world or training.")
]
Sidecar = Annotated[
    bool,
    typer.Option(
        "--sidecar/--no-sidecar", help="Write FILE.json beside a picture or film: how it was made."
    ),
]
As_json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")
]


def eye_of(text: str) -> Eye | None:
    """Read ``--eye``: azimuth, elevation and, if given, the distance; None where nothing is said.

    Raises
    ------
    BadInput
        If these are no such numbers.
    """
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3) or not (
        all(-360 <= angle <= 360 for angle in numbers[:2])
        and abs(numbers[1]) <= 90
        and all(0.1 <= far <= 100 for far in numbers[2:])
    ):
        raise BadInput(
            f"{text!r} is nowhere to look from",
            remedy="Write --eye 30,20 (degrees) or --eye 30,20,2.7 (radii of the mesh: 0.1 to 100)",
        )
    distance = numbers[2] if len(numbers) == 3 else Eye.distance
    return Eye(numbers[0] % 360.0, numbers[1], distance)
