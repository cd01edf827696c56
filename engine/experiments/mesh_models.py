"""What the experiments of MeshNCA run: shipped models, the bodies they live on, short trainings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core import checkpoint, rng
from engine.core.errors import BadInput
from engine.core.params import load_stored
from engine.core.presets import RESOURCES
from engine.mesh_nca.parameters import MeshNcaParams
from engine.mesh_nca.plan import Dials
from engine.mesh_nca.rule import Controls, MeshRule, Weights
from engine.mesh_nca.stepper import Graft, make_stepper
from engine.mesh_nca.targets import Target, target_of
from engine.mesh_nca.trainer import Trainer
from engine.meshes.shapes import icosphere, shape
from engine.meshes.surface import Surface

__all__ = [
    "BODIES",
    "CLAMPED",
    "FREE",
    "NU",
    "Cells",
    "Model",
    "bodies",
    "grown",
    "learned",
    "shipped",
    "sphere",
]

MODELS = RESOURCES / "models"
NU = 32  # of the sphere: 10,242 vertices
BODIES = ("knot", "creature", "mug")  # never trained on
VERTICES = 10_000
SIDE = 128  # of the example of a short training

CLAMPED, FREE = Controls(clamp=1.0), Controls()

Cells = NDArray[np.float32]
Check = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Model:
    """Weights, and what they learned.

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
        If one that is named is not there, or there is none.
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
    for name in names:
        if name not in found:
            raise BadInput(f"the shipped model mesh-{name} is not there")
    if not found:
        raise BadInput("no mesh model is shipped")
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


def sphere(nu: int = NU) -> Surface:
    """Make an icosphere of 10 nu^2 + 2 vertices."""
    return Surface.of(*icosphere(nu))


def bodies() -> dict[str, Surface]:
    """Make the meshes that no shipped model was trained on."""
    return {name: shape(name, VERTICES) for name in BODIES}


def learned(
    example: str, seed: int, updates: int, check: Check, *, weights: Weights | None = None
) -> tuple[Model, list[float]]:
    """Train on a sphere of 2,562 vertices, from random weights if none are given.

    Returns
    -------
    model : Model
    distances : list of float
        The style distance of every update.
    """
    params = MeshNcaParams(
        example=example,
        longest_side=SIDE,
        training_vertices=2562,
        patch_pixels=44,
        updates=updates,
    )
    rule, target = params.rule, target_of(None, example, SIDE)
    weights = weights or Weights.initial(rule, rng.stream(seed, "weights"))
    trainer = Trainer(rule, weights, target, params.plan(), seed=seed)
    draw, distances = rng.stream(seed, "train"), []
    for _ in range(updates):
        weights, scalars = trainer.step(weights, draw, Dials(learning_rate=2e-3), check)
        distances.append(scalars["style distance"])
    return Model(example, params, weights, target), distances
