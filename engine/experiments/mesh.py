"""The figures of MeshNCA: what is learned on a sphere lives on any surface, turns, heals, grafts.

Pajouheshgar, Xu, Mordvintsev, Niklasson, Zhang, Suesstrunk, "Mesh Neural Cellular Automata", ACM
TOG 43(4), 2024, arXiv 2311.02820. Models are those in ``resources/models``; style distances are of
7 x 7 patches and filters that training never saw. States are clamped to -1..1 as they are in a
living world, but where their largest value is the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint, rng
from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.experiment import Experiment, Measurement
from engine.core.params import load_stored
from engine.core.presets import RESOURCES
from engine.mesh_nca import measuring
from engine.mesh_nca.motion import AHEAD
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.plan import FIELD_OF, Dials
from engine.mesh_nca.rule import Controls, MeshRule, Weights
from engine.mesh_nca.stepper import Graft, make_stepper
from engine.mesh_nca.targets import Target, target_of
from engine.mesh_nca.trainer import Trainer
from engine.meshes.shapes import icosphere, shape
from engine.meshes.surface import Surface
from engine.style.channel_swd import ChannelSwd

__all__ = ["EXPERIMENTS", "Model", "bodies", "grown", "shipped"]

MODELS = RESOURCES / "models"
SLUG = "mesh-nca"
PAPER = "Pajouheshgar et al., Mesh Neural Cellular Automata, ACM TOG 43(4), 2024, arXiv 2311.02820"
STEPS = 400
NU = 32  # of the sphere: 10,242 vertices
BODIES = ("knot", "creature", "mug")  # never trained on
VERTICES = 10_000

CLAMPED, FREE = Controls(clamp=1.0), Controls()

Cells = NDArray[np.float32]
Check = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Model:
    """A shipped model.

    Attributes
    ----------
    name : str
    params : MeshNcaParams
        It was trained with.
    weights : Weights
    target : Target
        What it learned.
    """

    name: str
    params: MeshNcaParams
    weights: Weights
    target: Target

    @property
    def rule(self) -> MeshRule:
        """Of its automaton."""
        return self.params.rule


def shipped(*names: str) -> dict[str, Model]:
    """Read shipped models, all or those named without their "mesh-".

    Raises
    ------
    BadInput
        If one that is named is not there.
    """
    found = {}
    for path in sorted(MODELS.glob("mesh-*.safetensors")):
        loaded = checkpoint.read(path)
        params, _ = load_stored(MeshNcaParams, loaded.params)
        arrays = {
            key.removeprefix("model/"): array
            for key, array in loaded.arrays.items()
            if key.startswith("model/")
        }
        weights = Weights.from_arrays(params.rule, arrays)
        target = target_of(loaded.target, params.example, params.longest_side)
        name = path.stem.removeprefix("mesh-")
        found[name] = Model(name, params, weights, target)
    missing = [name for name in names if name not in found]
    if missing:
        raise BadInput(f"the shipped model mesh-{missing[0]} is not there")
    return {name: found[name] for name in names} if names else found


def grown(
    model: Model,
    surface: Surface,
    steps: int,
    check: Check,
    *,
    controls: Controls | None = None,
    graft: Graft | None = None,
    cells: Cells | None = None,
    step0: int = 0,
) -> Cells:
    """Run a model, from zeros if no cells (V, C) are given, which are not changed."""
    stepper = make_stepper(surface, model.rule, model.weights, "cpu")
    count = len(surface.vertices)
    x = np.zeros((count, model.rule.channels), np.float32) if cells is None else cells.copy()
    for step in range(step0, step0 + steps):
        x = stepper.step(x, 0, step, controls or CLAMPED, graft, check, out=x)
        check()
    return x


def bodies() -> dict[str, Surface]:
    """Make the meshes that no shipped model was trained on."""
    return {name: shape(name, VERTICES) for name in BODIES}


def _sphere(nu: int = NU) -> Surface:
    return Surface.of(*icosphere(nu))


def _trained(seed: int, updates: int, check: Check) -> tuple[Model, list[float]]:
    """Train scales from random weights on a small sphere; with the style distance of updates."""
    params = MeshNcaParams(
        example="scales", longest_side=128, training_vertices=2562, patch_pixels=44, updates=updates
    )
    rule, target = params.rule, target_of(None, "scales", 128)
    weights = Weights.initial(rule, rng.stream(seed, "weights"))
    trainer = Trainer(rule, weights, target, params.plan(), seed=seed)
    draw, distances = rng.stream(seed, "train"), []
    for _ in range(updates):
        weights, scalars = trainer.step(weights, draw, Dials(learning_rate=2e-3), check)
        distances.append(scalars["style distance"])
    return Model("scales from scratch", params, weights, target), distances


def _trains(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    _, distances = _trained(1, 300, activity.check)
    last = float(np.mean(distances[-20:]))
    fall = distances[0] / last
    return Measurement(fall, fall >= 100.0, {"first": distances[0], "last": last})


def _generalises(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    details: dict[str, Any] = {}
    worst = 0.0
    surfaces = {"sphere": _sphere(), **bodies()}
    looks = {name: measuring.windows(s, poll=activity.check) for name, s in surfaces.items()}
    for name, model in activity.track(shipped().items(), note=f"{STEPS} steps of every model"):
        found = {}
        for place, surface in surfaces.items():
            cells = grown(model, surface, STEPS, activity.check)
            found[place] = measuring.style_distance(looks[place], cells, model.target)
        noise = ChannelSwd(model.target.pixels).noise_distance(measuring.PIXELS)
        worst = max(worst, *(found[place] / found["sphere"] for place in BODIES))
        details[name] = {**found, "noise": noise}
    return Measurement(worst, worst <= 2.5, details)


def _rotation(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    (model,) = shipped("stripes").values()
    surface = _sphere()
    batch = measuring.windows(surface, 48, poll=activity.check)
    found: dict[int, tuple[float, float]] = {}
    for degrees in activity.track((0, 30, 60, 90), note="turned stripes"):
        controls = replace(CLAMPED, angle=float(np.radians(degrees)))
        cells = grown(model, surface, STEPS, activity.check, controls=controls)
        found[degrees] = measuring.direction(batch, cells[:, 2])
    errors = [
        abs((found[degrees][0] - found[0][0] - degrees + 90.0) % 180.0 - 90.0) for degrees in found
    ]
    coherent = min(coherence for _, coherence in found.values())
    worst = float(max(errors))
    details = {f"{d} degrees": {"direction": a, "coherence": c} for d, (a, c) in found.items()}
    return Measurement(worst, worst <= 8.0 and coherent >= 0.5, details)


def _regrows(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    surface = _sphere()
    hole = surface.vertices[:, 2] > 1.0 - 2.0 * 750 / len(surface.vertices)  # a cap of 750
    there = measuring.windows(surface, 300, pixels=32, poll=activity.check)
    there = measuring.on_side(there, np.array([0.0, 0.0, 1.0]), 0.9)
    details: dict[str, Any] = {}
    worst = 0.0
    for name, model in activity.track(shipped().items(), note="a hole in every model"):
        cells = grown(model, surface, STEPS, activity.check)
        contrast = float(cells[hole, :3].std(axis=0).mean())
        before = measuring.style_distance(there, cells, model.target)
        found = {"style before": before}
        cells[hole] = 0.0
        found["style without"] = measuring.style_distance(there, cells, model.target)
        for done, until in zip((0, 8, 16, 32), (8, 16, 32, 64), strict=True):
            cells = grown(
                model, surface, until - done, activity.check, cells=cells, step0=STEPS + done
            )
            share = float(cells[hole, :3].std(axis=0).mean()) / contrast
            found[f"contrast after {until} steps"] = share
        found["style after"] = measuring.style_distance(there, cells, model.target)
        worst = max(worst, found["style after"] / before)
        details[name] = found
    return Measurement(worst, worst <= 2.0, details)


def _grafts(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    first, second = shipped("scales", "spots").values()
    surface = _sphere()
    side = surface.vertices[:, 0]
    share = np.clip(0.5 + side / 0.24, 0.0, 1.0).astype(np.float32)
    batch = measuring.windows(surface, 160, pixels=32, poll=activity.check)
    graft = Graft(second.weights, share)
    cells = grown(first, surface, 1000, activity.check, controls=FREE, graft=graft)
    largest = float(np.abs(cells).max())
    details: dict[str, Any] = {"largest value, half and half": largest}
    ratios = []
    for model, sign in ((first, -1.0), (second, 1.0)):
        own = measuring.on_side(batch, sign * np.array([1.0, 0.0, 0.0]), 0.4)
        alone = grown(model, surface, 1000, activity.check, controls=FREE)
        plain = measuring.style_distance(own, alone, model.target)
        grafted = measuring.style_distance(own, cells, model.target)
        ratios.append(grafted / plain)
        details[model.name] = {"alone": plain, "grafted": grafted}
    stranger, _ = _trained(2, 300, activity.check)
    for name, other in (("kin", second), ("stranger", stranger)):
        weights = first.weights.blended(other.weights, 0.5)
        mixed = Model(name, first.params, weights, first.target)
        blend = grown(mixed, surface, STEPS, activity.check, controls=FREE)
        details[f"largest value, blended with {name}"] = float(np.abs(blend).max())
        if other is second:
            largest = max(largest, float(np.abs(blend).max()))
    worst = float(max(ratios))
    return Measurement(worst, worst <= 1.5 and largest < 1.0, details)


def _density(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    (model,) = shipped("scales").values()
    found = {}
    for nu in activity.track((24, 32, 48), note="spheres of several densities"):
        surface = _sphere(nu)
        cells = grown(model, surface, STEPS, activity.check)
        count = measuring.features(surface, -cells[:, 0])
        found[nu] = len(surface.vertices) / count
    spread = max(found.values()) / min(found.values())
    details = {f"vertices per feature at nu {nu}": value for nu, value in found.items()}
    return Measurement(spread, spread <= 1.3, details)


def _scale(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    (model,) = shipped("scales").values()
    surface = _sphere()
    found = {}
    for scale in activity.track((0.5, 0.7, 1.0, 1.4, 2.0), note="features of several sizes"):
        controls = replace(CLAMPED, scale=scale)
        cells = grown(model, surface, STEPS, activity.check, controls=controls)
        found[scale] = len(surface.vertices) / measuring.features(surface, -cells[:, 0])
    off = {scale: each / (found[1.0] * scale**2) for scale, each in found.items()}
    worst = max(max(ratio, 1.0 / ratio) for ratio in off.values())
    details = {f"vertices per feature at scale {scale}": each for scale, each in found.items()}
    return Measurement(worst, worst <= 1.5, details)


def _drifts(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    models = {name: m for name, m in shipped().items() if m.params.motion != "none"}
    if not models:
        raise BadInput("no model that moves is shipped")
    details: dict[str, Any] = {}
    surfaces = {"sphere": _sphere(), **bodies()}
    least = np.inf
    for name, model in activity.track(models.items(), note="how fast models move"):
        found, speed = {}, model.params.motion_speed
        field = FIELD_OF[model.params.motion]
        for place, surface in surfaces.items():
            batch = measuring.windows(surface, 48, poll=activity.check)
            first = grown(model, surface, STEPS, activity.check)
            last = grown(model, surface, AHEAD, activity.check, cells=first, step0=STEPS)
            found[place] = measuring.drift_share(
                surface, batch, first, last, model.target, field, speed * AHEAD, reach=9
            )
        details[name] = found
        least = min(least, found["sphere"])
    return Measurement(float(least), least >= 0.5, details)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="mesh.trains-on-sphere",
        claim="From random weights, a sphere of 2,562 vertices learns a texture in 300 updates",
        paper=PAPER,
        expected="style distance falls at least a hundredfold",
        tolerance="first over mean of the last 20 at least 100",
        minutes=0.5,
        run=_trains,
    ),
    Experiment(
        name="mesh.generalises",
        claim="Models that were trained on a sphere make the same texture on bodies that they have "
        "never seen",
        paper=PAPER,
        expected="the same texture on any mesh",
        tolerance=f"style distance on {', '.join(BODIES)} at most 2.5 times that on the sphere, "
        "every shipped model",
        minutes=2.0,
        run=_generalises,
    ),
    Experiment(
        name="mesh.rotation",
        claim="Turning the field of orientation turns the pattern",
        paper=PAPER,
        expected="stripes turn by 30, 60 and 90 degrees, counter-clockwise seen from outside",
        tolerance="mean direction of gradients within 8 degrees, coherence at least 0.5",
        minutes=0.3,
        run=_rotation,
    ),
    Experiment(
        name="mesh.regrows",
        claim="A cap of 750 of 10,242 vertices that is erased grows again",
        paper=PAPER,
        expected="the texture's statistics are back in the cap after 64 steps",
        tolerance="style distance there at most 2 times what it was, every shipped model",
        minutes=0.5,
        run=_regrows,
    ),
    Experiment(
        name="mesh.grafts",
        claim="Two models of one ancestor live half and half on one sphere without harm, and so "
        "does the mean of their weights",
        paper=PAPER,
        expected="after 1,000 steps no value beyond 1, both halves as they were alone; means with "
        "a stranger, trained from other random weights here, reach higher values",
        tolerance="largest value below 1, style distance of each half at most 1.5 times its own "
        "alone",
        minutes=0.7,
        run=_grafts,
    ),
    Experiment(
        name="mesh.density",
        claim="Features take a number of vertices, so that denser meshes have finer textures",
        paper=PAPER,
        expected="about as many vertices per feature at any density (99 to 107 measured for one "
        "published model)",
        tolerance="largest over smallest of three densities at most 1.3",
        minutes=0.2,
        run=_density,
    ),
    Experiment(
        name="mesh.scale",
        claim="The scale of a texture can be chosen while it lives, from half to double",
        paper="Ours: factors s and s^2 of the harmonics of degree 1 and 0 of " + PAPER,
        expected="vertices per feature in proportion to the square of the scale",
        tolerance="within a factor of 1.5 at 0.5, 0.7, 1.4 and 2",
        minutes=0.3,
        run=_scale,
    ),
    Experiment(
        name="mesh.drifts",
        claim="A model that learned to move carries its pattern along the field that was asked for",
        paper=PAPER,
        expected="the whole of the asked speed, measured by the correlation of windows 8 steps "
        "apart",
        tolerance="at least 0.5 of it on the sphere, every shipped model that moves",
        minutes=0.3,
        run=_drifts,
    ),
)
