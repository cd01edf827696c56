"""The parameters of a mesh automaton that lives: how it looks, what its pattern and body are."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from engine.core.choices import OneOf
from engine.core.params import Params, live, rebuild
from engine.core.presets import RESOURCES
from engine.mesh_nca.rule import Axes
from engine.meshes.shapes import SHAPES

__all__ = [
    "BODY",
    "DRAWN",
    "FROM_FILE",
    "LEARNING",
    "LOOK",
    "NO_MODEL",
    "PATTERN",
    "CombPlace",
    "GraftPlace",
    "Shown",
    "SurfaceParams",
    "model_path",
    "models",
]

NO_MODEL: Final = "none"
FROM_FILE: Final = "file"


Shown = Literal[
    "shaded",
    "albedo",
    "normal",
    "height",
    "roughness",
    "occlusion",
    "change",
    "graft",
    "comb",
    "scale",
    "rate",
    "valence",
    "spacing",
]
Lighting = Literal["pbr", "phong", "flat"]
GraftPlace = Literal["nowhere", "one half", "bands", "everywhere"]
ScalePlace = Literal["even", "graded"]
CombPlace = Literal["as learnt", "twisted", "whirls"]

LOOK, PATTERN, BODY, LEARNING = "Look", "Pattern", "Body", "Learning"
"""Groups of parameters."""

DRAWN: Final = frozenset(("shown", "shading", "bumpiness", "light"))
"""Parameters that only say how the surface is drawn."""

_PREFIX = "mesh-"


def models() -> tuple[str, ...]:
    """Name the shipped mesh models."""
    found = (RESOURCES / "models").glob(f"{_PREFIX}*.safetensors")
    return tuple(sorted(path.stem.removeprefix(_PREFIX) for path in found))


def model_path(name: str) -> str:
    """Return the file of a shipped model."""
    return str(RESOURCES / "models" / f"{_PREFIX}{name}.safetensors")


class SurfaceParams(Params):
    """What can be set of a mesh automaton that lives: its look, its pattern, its body."""

    shown: Shown = live(
        "shaded",
        "What the surface shows: the lit material, one of its maps, how much it changes in a step, "
        "what the brushes painted, or how even the mesh is",
        group=LOOK,
    )
    shading: Lighting = live(
        "phong",
        "How it is lit: pbr by the material's own normals, roughness and occlusion; phong smooth "
        "and matt; flat shows the triangles",
        group=LOOK,
    )
    fire_rate: float = live(
        0.5, "Chance of a vertex to update in a step", ge=0.05, le=1.0, group=PATTERN
    )
    angle: float = live(
        0.0,
        "Turns what every vertex takes for up: the pattern turns with it",
        ge=-180,
        le=180,
        unit="°",
        group=PATTERN,
    )
    scale: float = live(
        1.0,
        "Size of the texture's features against those that it learnt; large ones grow slowly, and "
        "a model may fall into another pattern far from 1",
        ge=0.3,
        le=2.0,
        group=PATTERN,
    )
    step_size: float = live(
        1.0, "Factor of every update; small is slow motion", ge=0.05, le=2.0, group=PATTERN
    )
    axes: Axes = live(
        "cartesian",
        "What directions are measured in: along x, y and z, about the centre, or about the "
        "vertical axis; patterns align with it",
        group=PATTERN,
    )
    even_spacing: bool = live(
        True, "Draw equal features on coarse and on fine parts of a mesh", group=PATTERN
    )
    clamp: bool = live(
        True,
        "Keep all values between -1 and 1: holds the pattern on bad meshes",
        expert=True,
        group=PATTERN,
    )
    bumpiness: float = live(
        0.0,
        "How far the height map lifts the surface, in radii",
        ge=-0.1,
        le=0.1,
        group=LOOK,
    )
    light: float = live(1.0, "Strength of the lamp", ge=0.1, le=2.0, expert=True, group=LOOK)
    graft_model: Annotated[str, OneOf((NO_MODEL, *models(), FROM_FILE))] = live(
        NO_MODEL,
        "The second model: the graft brush paints where it lives. Models that were trained from "
        "one ancestor, as the shipped ones are, grow together without a seam",
        title="Graft model",
        group=PATTERN,
    )
    graft_file: str = live(
        "",
        "A saved model (.safetensors) that the choice 'file' grafts; it needs the same shape",
        max_length=4096,
        expert=True,
        group=PATTERN,
    )
    blend: float = live(
        0.0,
        "Mixes the weights of the two models everywhere: 0 is the first, 1 the graft model",
        ge=0.0,
        le=1.0,
        group=PATTERN,
    )
    shape: Annotated[str, OneOf(tuple(SHAPES))] = rebuild(
        "icosphere",
        "The built-in body that it lives on where no mesh was dropped",
        group=BODY,
    )
    vertices: int = rebuild(
        10_242,
        "Wanted number of vertices of that body; about 100 of them make a feature",
        ge=642,
        le=163_842,
        log=True,
        cost="memory",
        group=BODY,
    )
    subdivisions: int = rebuild(
        0,
        "Cuts every triangle into four so often: four times the vertices, features half as long",
        ge=0,
        le=2,
        cost="memory",
        group=BODY,
    )
    graft_at: GraftPlace = rebuild(
        "nowhere",
        "Where the graft model lives at the beginning",
        title="Graft at",
        group=PATTERN,
    )
    scale_at: ScalePlace = rebuild(
        "even",
        "Whether the texture begins at one scale, or graded from half on one side to double on "
        "the other",
        title="Scale at",
        group=PATTERN,
    )
    comb_at: CombPlace = rebuild(
        "as learnt",
        "Which way the pattern runs at the beginning: as learnt, turned more and more from bottom "
        "to top, or along whirls",
        title="Comb at",
        group=PATTERN,
    )
