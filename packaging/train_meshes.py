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
from engine.mesh_nca.targets import EXAMPLES, target_of
from engine.mesh_nca.trainer import Trainer
from engine.systems.mesh_nca import MeshNca

SAVE_EVERY = 60.0  # seconds
THUMBNAIL_STEPS = 400
RULE = MeshRule()
PLAN = Plan(vertices=4842, patches=8, patch_pixels=56)
DIALS = Dials(learning_rate=2e-3)


@dataclass(frozen=True)
class Recipe:
    """How one model is made.

    Attributes
    ----------
    example : str
        What is learned, drawn in code.
    updates : int
    ancestor : str
        The model whose weights it begins with; empty for random ones.
    longest_side : int
        Pixels of the example, two of which span an edge.
    plan, dials : dict
        What differs from the defaults of `Plan` and `Dials`.
    seed : int
    """

    example: str
    updates: int = 2500
    ancestor: str = "mesh-scales"
    longest_side: int = 160
    plan: dict[str, Any] = field(default_factory=dict)
    dials: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


RECIPES = {
    "mesh-scales": Recipe("scales", 3500, ancestor=""),
    "mesh-spots": Recipe("spots"),
    "mesh-stripes": Recipe("stripes"),
    "mesh-weave": Recipe("weave"),
    "mesh-bark": Recipe("bark"),
    "mesh-pebbles": Recipe("pebbles"),
    "mesh-zebra": Recipe("zebra"),
    "mesh-coral": Recipe("coral"),
    "mesh-bubbles": Recipe("bubbles"),
    "mesh-dragonhide": Recipe("dragonhide"),
    "mesh-cobblestones": Recipe("cobblestones"),
    "mesh-drift": Recipe(
        "stripes", ancestor="mesh-stripes", plan={"motion": "down", "motion_weight": 0.3}
    ),
    "mesh-flow": Recipe("scales", plan={"motion": "down", "motion_weight": 0.1}),
}


def build(recipe: Recipe, folder: Path) -> tuple[Trainer, Weights]:
    """Make trainer and first weights."""
    target = target_of(None, recipe.example, recipe.longest_side)
    weights = Weights.initial(RULE, rng.stream(recipe.seed, "weights"))
    if recipe.ancestor:
        weights = finished(recipe.ancestor, folder)
    plan = dataclasses.replace(PLAN, updates=recipe.updates, **recipe.plan)
    return Trainer(RULE, weights, target, plan, seed=recipe.seed), weights


def finished(name: str, folder: Path) -> Weights:
    """Read the weights of a run that is through."""
    arrays = load_file(folder / f"{name}.state")
    if int(arrays["adam_count"][0]) < RECIPES[name].updates:
        sys.exit(f"{name} is not trained to its end yet")
    return Weights.from_arrays(RULE, {key: arrays[key] for key in Weights.shapes(RULE)})


def train(name: str, folder: Path, until: float) -> None:
    """Run a recipe, going on where an earlier call ended."""
    recipe = RECIPES[name]
    trainer, weights = build(recipe, folder)
    draw = rng.stream(recipe.seed, "train")
    state = folder / f"{name}.state"
    if state.exists():
        arrays = load_file(state)
        trainer.restore(arrays)
        weights = Weights.from_arrays(RULE, {key: arrays[key] for key in Weights.shapes(RULE)})
        rng.restore(draw, arrays["train_rng"])

    def keep() -> None:
        made = {**trainer.arrays(), **weights.arrays(), "train_rng": rng.snapshot(draw)}
        write_atomically(state, save({key: np.ascontiguousarray(a) for key, a in made.items()}))

    dials = dataclasses.replace(DIALS, **recipe.dials)
    saved = began = time.monotonic()
    window: list[dict[str, float]] = []
    while trainer.updates_done < recipe.updates and time.monotonic() - began < until:
        weights, scalars = trainer.step(weights, draw, dials)
        window.append(scalars)
        if len(window) == 50:
            means = {key: np.mean([one[key] for one in window]) for key in window[0]}
            words = " ".join(f"{key} {value:.5f}" for key, value in means.items())
            spent = time.process_time()
            done = f"{trainer.updates_done}/{recipe.updates}"
            print(f"{name} {done} {words} {spent:.0f} s", flush=True)
            window.clear()
        if time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            keep()
    keep()


def world(name: str, folder: Path, **params: Any) -> MeshNca:
    """Make the world of a run, its weights those that there are by now."""
    recipe = RECIPES[name]
    plan = dataclasses.replace(PLAN, updates=recipe.updates, **recipe.plan)
    dials = dataclasses.replace(DIALS, **recipe.dials)
    learned = {
        "example": recipe.example,
        "longest_side": recipe.longest_side,
        "updates": plan.updates,
        "training_vertices": plan.vertices,
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
    arrays = load_file(folder / f"{name}.state")
    made.set_arrays("model", {key: arrays[key] for key in Weights.shapes(RULE)})
    return made


def write(name: str, folder: Path) -> None:
    """Write the checkpoint of a run that is through."""
    finished(name, folder)
    made = world(name, folder)
    for _ in range(THUMBNAIL_STEPS):
        made.step()
    path = ROOT / "resources" / "models" / f"{name}.safetensors"
    checkpoint.save(made, path, "model")
    print(f"{path.name}: {path.stat().st_size} bytes")


def look(name: str, folder: Path, steps: int) -> None:
    """Draw what a run has made of three bodies after some steps, its example beside them."""
    views, side = [], 384
    for shape in ("icosphere", "creature", "knot"):
        made = world(name, folder, shape=shape)
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
    parser.add_argument("--seconds", type=float, default=float("inf"))
    arguments = parser.parse_args()
    device.set_threads(arguments.threads)
    arguments.state.mkdir(parents=True, exist_ok=True)
    if arguments.only in ("", "train"):
        train(arguments.name, arguments.state, arguments.seconds)
    if arguments.only in ("", "write"):
        write(arguments.name, arguments.state)
    if arguments.only == "look":
        look(arguments.name, arguments.state, THUMBNAIL_STEPS)


if __name__ == "__main__":
    main()
