"""Train the attention models that we ship: ``python packaging/train_attention.py NAME ...``.

The checkpoint of a run that is through is written to ``resources/models/attention-NAME``; it holds
the weights and the story of their training (curves, and moments to scrub through). Progress is kept
in the folder named by ``--state``; a second call goes on where the first one ended, to the bit.
"""

# ruff: noqa: E402  (the checkout is put on the path first: it need not be installed)

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import torch

from engine.attention.base import AttentionSystem
from engine.core import checkpoint, device
from engine.core.spec import Spec

SAVE_EVERY = 60.0  # seconds
TELL_EVERY = 50  # updates


@dataclass(frozen=True)
class Recipe:
    """How one model is made.

    Attributes
    ----------
    system : str
        Module and class: "engine.systems.in_context:InContext".
    params : dict
        What differs from the defaults; `updates` says how long it learns.
    seed : int
    """

    system: str
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0

    def make(self) -> AttentionSystem:
        """Make the world that learns; always on the CPU, so that anybody gets the same bits."""
        module, name = self.system.split(":")
        kind: type[AttentionSystem] = getattr(importlib.import_module(module), name)
        return kind(Spec(kind.info.slug, dict(self.params), self.seed, "cpu"))


ICL = "engine.systems.in_context:InContext"
INDUCTION = "engine.systems.induction:Induction"
MESA = "engine.systems.mesa:Mesa"

TEN = {"tokens": "constructed", "size": 10, "length": 50, "key": 20, "initial": 0.02}

RECIPES: dict[str, Recipe] = {
    "one-layer": Recipe(ICL),
    "one-input": Recipe(ICL, {"dims": 1}),
    "two-layers": Recipe(
        ICL, {"depth": 2, "learning_rate": 3e-3, "updates": 3000, "descent": "GD++"}
    ),
    "five-layers": Recipe(
        ICL,
        {
            "depth": 5,
            "learning_rate": 3e-3,
            "updates": 4000,
            "clip": 10.0,
            "gradient_clip": 10.0,
            "descent": "GD++",
        },
    ),
    "two-softmax-heads": Recipe(ICL, {"kind": "softmax", "heads": 2, "updates": 2500}),
    "in-turns": Recipe(
        ICL,
        {
            "task": "linear in turns",
            "kind": "first-softmax",
            "depth": 2,
            "updates": 5000,
            "batch": 256,
            "learning_rate": 3e-3,
            "schedule": "linear",
            "gradient_clip": 10.0,
            "initial": 1.0,
        },
    ),
    "sine": Recipe(
        ICL,
        {"task": "sine", "learning_rate": 1e-3, "updates": 3000, "gradient_clip": 100.0},
    ),
    "sine-descent": Recipe(
        ICL,
        {
            "task": "sine",
            "frozen": True,
            "learning_rate": 3e-3,
            "updates": 3000,
            "gradient_clip": 100.0,
        },
    ),
    "induction": Recipe(INDUCTION, {"updates": 640}, 1),
    "induction-one-layer": Recipe(INDUCTION, {"layers": 1, "updates": 640}, 1),
    "induction-128": Recipe(INDUCTION, {"vocabulary": 128, "heads": 4, "updates": 500}, 1),
    "mesa": Recipe(MESA),
    "mesa-linear": Recipe(MESA, {"kind": "linear"}),
    "mesa-softmax": Recipe(MESA, {"kind": "softmax", "depth": 3, "learning_rate": 3e-3}),
    "mesa-constructed": Recipe(MESA, {**TEN, "heads": 1, "learning_rate": 1e-2, "updates": 300}),
    "mesa-four-linear": Recipe(
        MESA,
        {**TEN, "kind": "linear", "depth": 4, "clip": 4.0, "learning_rate": 2e-3, "updates": 1000},
    ),
}


def train(name: str, folder: Path) -> AttentionSystem:
    """Run a recipe to its end, going on where an earlier call ended."""
    world, state = RECIPES[name].make(), folder / f"attention-{name}.safetensors"
    if world.warnings:
        sys.exit(f"{name}: {' '.join(world.warnings)}")
    if state.exists():
        world.load_state(checkpoint.read(state).arrays, "training")
    saved, began = time.monotonic(), time.process_time()
    done, planned = world.train_progress()
    while done < planned:
        scalars = world.train_step(lambda: None)
        done, planned = world.train_progress()
        if done % TELL_EVERY == 0 or done == planned:
            words = " ".join(f"{key} {value:.5g}" for key, value in scalars.items())
            spent = time.process_time() - began
            print(f"{name} {done}/{planned} {words} {spent:.0f} s", flush=True)
        if time.monotonic() - saved > SAVE_EVERY:
            saved = time.monotonic()
            checkpoint.save(world, state, "training")
    checkpoint.save(world, state, "training")
    return world


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=sorted(RECIPES))
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "training")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    device.set_threads(arguments.threads)
    torch.set_num_threads(arguments.threads)
    arguments.state.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        world = train(name, arguments.state)
        path = ROOT / "resources" / "models" / f"attention-{name}.safetensors"
        checkpoint.save(world, path, "model")
        print(f"{path.name}: {path.stat().st_size} bytes, loss {world.loss():.5g} on its probe")


if __name__ == "__main__":
    main()
