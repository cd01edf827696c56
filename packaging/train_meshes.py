"""Train the mesh models that we ship: ``python packaging/train_meshes.py NAME``.

``write NAME`` writes the checkpoint of a finished run, ``look NAME`` a picture of it, and ``table``
prints what the shipped ones reach. Every model but the first is fine-tuned from it, so that any two
of them can be grafted. Progress is kept in the folder named by ``--state``; a second call goes on
where the first one ended, to the bit.
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
from safetensors.numpy import load_file, save

from engine.core import device, rng
from engine.core.files import write_atomically
from engine.mesh_nca.plan import Dials, Plan
from engine.mesh_nca.rule import MeshRule, Weights
from engine.mesh_nca.targets import target_of
from engine.mesh_nca.trainer import Trainer

SAVE_EVERY = 60.0  # seconds
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
    ancestor: str = "scales"
    longest_side: int = 160
    plan: dict[str, Any] = field(default_factory=dict)
    dials: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


RECIPES = {
    "scales": Recipe("scales", 3500, ancestor=""),
    "spots": Recipe("spots"),
    "stripes": Recipe("stripes"),
    "weave": Recipe("weave"),
    "bark": Recipe("bark"),
    "pebbles": Recipe("pebbles"),
    "zebra": Recipe("zebra"),
    "coral": Recipe("coral"),
    "bubbles": Recipe("bubbles"),
    "dragonhide": Recipe("dragonhide"),
    "cobblestones": Recipe("cobblestones"),
    "drift": Recipe("stripes", ancestor="stripes", plan={"motion": "down"}),
    "stranger": Recipe("scales", 2500, ancestor="", seed=2),  # not shipped: related to none
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
    arrays = load_file(folder / f"mesh-{name}.state")
    if int(arrays["adam_count"][0]) < RECIPES[name].updates:
        sys.exit(f"{name} is not trained to its end yet")
    return Weights.from_arrays(RULE, {key: arrays[key] for key in Weights.shapes(RULE)})


def train(name: str, folder: Path, until: float) -> None:
    """Run a recipe, going on where an earlier call ended."""
    recipe = RECIPES[name]
    trainer, weights = build(recipe, folder)
    draw = rng.stream(recipe.seed, "train")
    state = folder / f"mesh-{name}.state"
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
            print(f"{name} {trainer.updates_done}/{recipe.updates} {words} {spent:.0f} s", flush=True)
            window.clear()
        if time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            keep()
    keep()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "training")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    arguments = parser.parse_args()
    device.set_threads(arguments.threads)
    arguments.state.mkdir(parents=True, exist_ok=True)
    train(arguments.name, arguments.state, arguments.seconds)


if __name__ == "__main__":
    main()
