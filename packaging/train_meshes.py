"""Train the mesh models that we ship: ``python packaging/train_meshes.py NAME``.

The checkpoint of a run that is through is written to ``resources/models``; ``--only look`` draws
what a run has come to. Every model but the first is fine-tuned from it, so that any two of them can
be grafted. Progress is kept in the folder named by ``--state``; a second call goes on where the
first one ended, to the bit.
"""

# ruff: noqa: E402  (the checkout is put on the path first: it need not be installed)

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save

from engine.core import checkpoint, device, rng
from engine.core.colour import colourise
from engine.core.files import write_atomically
from engine.core.spec import Spec
from engine.core.views import Eye, ViewRequest
from engine.mesh_nca.plan import Dials, Plan
from engine.mesh_nca.rule import MeshRule, Weights
from engine.mesh_nca.surface_parameters import NO_MODEL
from engine.mesh_nca.targets import EXAMPLES, target_of
from engine.mesh_nca.trainer import Trainer
from engine.systems.mesh_nca import MeshNca

SAVE_EVERY = 60.0  # seconds
THUMBNAIL_STEPS = 400
RULE = MeshRule()
PLAN = Plan(vertices=4842, patches=8, patch_pixels=56)
DIALS = Dials(learning_rate=2e-3)


@dataclass(frozen=True)
class Phase:
    """A part of a training, with an optimiser and a pool of its own.

    Attributes
    ----------
    updates : int
    plan, dials : dict
        What differs from `PLAN` and `DIALS`.
    """

    updates: int
    plan: dict[str, Any] = field(default_factory=dict)
    dials: dict[str, Any] = field(default_factory=dict)


# Wider windows of large features need a larger sphere.
SCALES = Phase(
    900, {"vertices": 5762, "scales": (0.7, 1.0, 1.4), "pool": 48}, {"learning_rate": 1e-3}
)

# What moves gets more of its texture back.
SETTLE = Phase(900, {"motion": "down", "motion_weight": 0.04}, {"learning_rate": 1e-3})


@dataclass(frozen=True)
class Recipe:
    """How one model is made.

    Attributes
    ----------
    example : str
        What is learned, drawn in code.
    phases : tuple of Phase
    ancestor : str
        The model whose first phase it goes on from; empty for random weights.
    longest_side : int
        Pixels of the example, two of which span an edge.
    seed : int
    """

    example: str
    phases: tuple[Phase, ...] = (Phase(2500), SCALES)
    ancestor: str = "mesh-scales"
    longest_side: int = 160
    seed: int = 1


RECIPES = {
    "mesh-scales": Recipe("scales", (Phase(3500), SCALES), ancestor=""),
    "mesh-spots": Recipe("spots"),
    "mesh-stripes": Recipe("stripes"),
    "mesh-weave": Recipe("weave"),
    "mesh-bark": Recipe("bark"),
    "mesh-pebbles": Recipe("pebbles"),
    "mesh-dragonhide": Recipe("dragonhide"),
    "mesh-drift": Recipe("stripes", (Phase(2500, {"motion": "down"}), SETTLE), "mesh-stripes"),
}


def state_of(name: str, phase: int, folder: Path) -> Path:
    """Where the progress of a phase, from 1 on, is kept."""
    return folder / f"{name}.{phase}.state"


def weights_of(arrays: dict[str, Any]) -> Weights:
    """Take the weights out of a state."""
    return Weights.from_arrays(RULE, {key: arrays[key] for key in Weights.shapes(RULE)})


def before(name: str, phase: int, folder: Path) -> Weights:
    """Weights that a phase begins with; ends the program where they are not there yet."""
    recipe = RECIPES[name]
    if phase == 1 and not recipe.ancestor:
        return Weights.initial(RULE, rng.stream(recipe.seed, "weights"))
    if phase == 1:
        return finished(recipe.ancestor, 1, folder)
    return finished(name, phase - 1, folder)


def finished(name: str, phase: int, folder: Path) -> Weights:
    """Read the weights of a phase that is through."""
    path = state_of(name, phase, folder)
    arrays = load_file(path) if path.exists() else {"adam_count": [0]}
    if int(arrays["adam_count"][0]) < RECIPES[name].phases[phase - 1].updates:
        sys.exit(f"phase {phase} of {name} is not trained to its end yet")
    return weights_of(arrays)


def train(name: str, number: int, folder: Path) -> None:
    """Run a phase of a recipe, going on where an earlier call ended."""
    recipe = RECIPES[name]
    phase = recipe.phases[number - 1]
    plan = dataclasses.replace(PLAN, updates=phase.updates, **phase.plan)
    dials = dataclasses.replace(DIALS, **phase.dials)
    weights = before(name, number, folder)
    target = target_of(None, recipe.example, recipe.longest_side)
    trainer = Trainer(RULE, weights, target, plan, seed=recipe.seed)
    draw = rng.stream(recipe.seed, "train")
    state = state_of(name, number, folder)
    if state.exists():
        arrays = load_file(state)
        trainer.restore(arrays)
        weights = weights_of(arrays)
        rng.restore(draw, arrays["train_rng"])

    def keep() -> None:
        made = {**trainer.arrays(), **weights.arrays(), "train_rng": rng.snapshot(draw)}
        write_atomically(state, save({key: np.ascontiguousarray(a) for key, a in made.items()}))

    saved = time.monotonic()
    window: list[dict[str, float]] = []
    while trainer.updates_done < phase.updates:
        weights, scalars = trainer.step(weights, draw, dials)
        window.append(scalars)
        if len(window) == 50:
            means = {key: np.mean([one[key] for one in window]) for key in window[0]}
            words = " ".join(f"{key} {value:.5f}" for key, value in means.items())
            done = f"{trainer.updates_done}/{phase.updates}"
            print(f"{name} {number} {done} {words} {time.process_time():.0f} s", flush=True)
            window.clear()
        if time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            keep()
    keep()


def world(name: str, weights: Weights, **params: Any) -> MeshNca:
    """Make the world of a recipe, with the plan of its last phase in its parameters."""
    recipe = RECIPES[name]
    phase = recipe.phases[-1]
    plan = dataclasses.replace(PLAN, **phase.plan)
    dials = dataclasses.replace(DIALS, **phase.dials)
    learned = {
        "example": recipe.example,
        "longest_side": recipe.longest_side,
        "ancestor": recipe.ancestor.removeprefix("mesh-") or NO_MODEL,
        "updates": sum(one.updates for one in recipe.phases),
        "training_vertices": plan.vertices,
        "practise_scales": len(plan.scales) > 1,
        "pool": plan.pool,
        "patches": plan.patches,
        "patch_pixels": plan.patch_pixels,
        "motion": plan.motion,
        "motion_speed": plan.motion_speed,
        "motion_weight": plan.motion_weight,
        "learning_rate": dials.learning_rate,
        "steps_min": dials.steps_min,
        "steps_spread": dials.steps_spread,
    }
    if EXAMPLES[recipe.example] == "material":
        learned["shading"] = "pbr"
    made = MeshNca(Spec(MeshNca.info.slug, {**learned, **params}, recipe.seed, "cpu"))
    made.set_arrays("model", dict(weights.arrays()))
    return made


def write(name: str, folder: Path) -> None:
    """Write the checkpoint of a recipe that is through."""
    made = world(name, finished(name, len(RECIPES[name].phases), folder))
    for _ in range(THUMBNAIL_STEPS):
        made.step()
    path = ROOT / "resources" / "models" / f"{name}.safetensors"
    checkpoint.save(made, path, "model")
    print(f"{path.name}: {path.stat().st_size} bytes")


def look(name: str, folder: Path, steps: int) -> None:
    """Draw what a run has made of three bodies after some steps, its example beside them."""
    phases = len(RECIPES[name].phases)
    states = [state_of(name, phase, folder) for phase in range(phases, 0, -1)]
    weights = weights_of(load_file(next(state for state in states if state.exists())))
    views, side = [], 384
    for shape in ("icosphere", "creature", "knot"):
        made = world(name, weights, shape=shape)
        for _ in range(steps):
            made.step()
        request = ViewRequest(eye=Eye(distance=2.75), size=(side, side))
        views.append(colourise(made.views({"world": request})["world"])[..., :3])
    example = target_of(None, RECIPES[name].example, 192).pixels[..., :3]
    drawn = np.kron(np.round(example * 255).astype(np.uint8), np.ones((2, 2, 1), np.uint8))
    path = folder / f"{name}.png"
    Image.fromarray(np.concatenate([*views, drawn], axis=1)).save(path)
    print(path)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--only", choices=("train", "write", "look"), default="")
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "training")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    device.set_threads(arguments.threads)
    arguments.state.mkdir(parents=True, exist_ok=True)
    if arguments.only in ("", "train"):
        for number in range(1, len(RECIPES[arguments.name].phases) + 1):
            train(arguments.name, number, arguments.state)
    if arguments.only in ("", "write"):
        write(arguments.name, arguments.state)
    if arguments.only == "look":
        look(arguments.name, arguments.state, THUMBNAIL_STEPS)


if __name__ == "__main__":
    main()
