"""Train the models that we ship: ``python packaging/train_models.py NAME``.

``table`` instead of a name prints what the shipped ones reach. One recipe per model, run by the
same classes as in the window. Progress is kept in the folder named by ``--state`` and a second call
goes on where the first one ended; the result is written to ``resources/models/NAME.safetensors``
when the recipe is through.
"""

# ruff: noqa: E402  (the checkout is put on the path first: it need not be installed)

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np
from safetensors.numpy import load_file, save

from engine.core import checkpoint, device
from engine.core.files import write_atomically
from engine.core.spec import Asset, Spec
from engine.core.system import System, no_poll
from engine.media.images import read_image
from engine.nca.trained_grid import TrainedGrid
from engine.systems.growing_nca import GrowingNca
from engine.systems.texture_nca import TextureNca, example_asset

SAVE_EVERY = 60.0  # seconds
THUMBNAIL_STEPS = 400


@dataclass(frozen=True)
class Recipe:
    """How one model is made.

    Attributes
    ----------
    slug, target : str
        System, and the picture in ``resources/targets`` or the example texture's name.
    params : dict
        Parameters of the world.
    phases : tuple of (updates, live parameters)
        What is changed on the way: from the end of the phase before it on.
    """

    slug: str
    target: str
    params: dict[str, Any]
    phases: tuple[tuple[int, dict[str, Any]], ...]
    seed: int = 1


def growing(
    target: str, regime: str, phases: tuple[tuple[int, dict[str, Any]], ...], size: int = 40
) -> Recipe:
    """Learn 40 px in 56 x 56, or as many pixels with a fifth of them on each side."""
    params = {"target_size": size, "padding": size // 5, "batch": 4, "pool": 256, "regime": regime}
    params |= {"steps_min": size * 7 // 5, "steps_spread": size * 3 // 5}
    params |= {"updates": 100_000, "decay_at": 1.0, "damage_after": 400, "damage_share": 0.25}
    params |= {"width": size * 2, "height": size * 2}
    return Recipe("growing-nca", target, params, phases)


# One of four is damaged at first, two of four once there is a body to repair.
HEAL = (
    (2000, {"learning_rate": 2e-3}),
    (800, {"learning_rate": 6e-4}),
    (1400, {"damage_share": 0.5}),
    (1000, {"learning_rate": 2e-4}),
)
# What drifts slowly is seen only by longer lives.
STAY = (
    (1800, {"learning_rate": 2e-3}),
    (800, {"learning_rate": 6e-4}),
    (500, {"learning_rate": 2e-4}),
    (800, {"learning_rate": 6e-4, "steps_min": 64, "steps_spread": 48}),
    (1000, {"learning_rate": 2e-4}),
)
GROW = (
    (1000, {"learning_rate": 2e-3}),
    (500, {"learning_rate": 6e-4}),
    (200, {"learning_rate": 2e-4}),
)


def texture(name: str, updates: tuple[int, int, int] = (1500, 900, 600), seed: int = 1) -> Recipe:
    """Learn 96 px of an example texture, lives growing longer towards the end."""
    params = {"longest_side": 96, "updates": 100_000, "width": 96, "height": 96}
    phases = (
        (updates[0], {"learning_rate": 2e-3}),
        (updates[1], {"learning_rate": 6e-4, "steps_min": 24, "steps_spread": 31}),
        (updates[2], {"learning_rate": 2e-4, "steps_min": 32, "steps_spread": 31}),
    )
    return Recipe("texture-nca", name, params, phases, seed)


RECIPES = {
    "gecko": growing("gecko", "regenerate", HEAL),
    "butterfly": growing("butterfly", "regenerate", HEAL),
    "mushroom": growing(
        "mushroom",
        "regenerate",
        (
            (2000, {"learning_rate": 2e-3, "damage_share": 0.5}),
            (1500, {"learning_rate": 6e-4}),
            (1000, {"learning_rate": 2e-4}),
            (2000, {"learning_rate": 6e-4}),
            (1200, {"learning_rate": 2e-4}),
        ),
    ),
    "jellyfish": growing("jellyfish", "persist", STAY),
    "owl": growing("owl", "persist", STAY, 24),
    "gecko-grow": growing("gecko", "grow", GROW),
    "scales": texture("scales"),
    "bubbles": texture("bubbles"),
    "coral": texture("coral"),
    "dots": texture("dots"),
    "waves": texture("waves"),
    "weave": texture("weave"),
}


def picture(name: str) -> Asset:
    """Read a shipped target."""
    path = ROOT / "resources" / "targets" / f"{name}.png"
    return Asset(path.name, np.round(read_image(path).pixels * 255).astype(np.uint8))


def build(recipe: Recipe) -> System:
    """Make the world that a recipe trains."""
    if recipe.slug == "texture-nca":
        target = example_asset(recipe.target)
        return TextureNca(Spec(recipe.slug, recipe.params, recipe.seed, "cpu", target=target))
    target = picture(recipe.target)
    return GrowingNca(Spec(recipe.slug, recipe.params, recipe.seed, "cpu", target=target))


def train(name: str, folder: Path) -> None:
    """Run a recipe, going on where an earlier call ended."""
    recipe = RECIPES[name]
    system = build(recipe)
    assert isinstance(system, TrainedGrid)
    state = folder / f"{name}.state"
    if state.exists():
        system.load_state(load_file(state), "training")
    planned = sum(updates for updates, _ in recipe.phases)
    saved = began = time.monotonic()
    window: list[float] = []
    end = 0
    for updates, changes in recipe.phases:
        end += updates
        for key, value in changes.items():
            system.set_param(key, value)
        while (done := system.updates_done) < end:
            window.append(system.train_step(no_poll)["loss"])
            if len(window) == 50:
                spent = time.monotonic() - began
                print(
                    f"{name} {done + 1}/{planned} loss {np.mean(window):.5f} {spent:.0f} s",
                    flush=True,
                )
                window.clear()
            if time.monotonic() - saved > SAVE_EVERY:
                saved = time.monotonic()
                write_atomically(state, save(system.state("training")))
        write_atomically(state, save(system.state("training")))
    # What stays in the file is the plan that was followed, so that fine-tuning goes on gently.
    system.params = system.params.model_copy(update={"updates": planned})
    system.reset()
    for _ in range(THUMBNAIL_STEPS):
        system.step()
    checkpoint.save(system, ROOT / "resources" / "models" / f"{name}.safetensors", "model")


def table() -> None:
    """Print what the shipped models reach, as the table of their README."""
    from engine.experiments import growing as growing_checks
    from engine.experiments import texture as texture_checks

    print("| model | regime | error after 2,000 steps | error after a cut, and 400 steps later |")
    print("|---|---|---|---|")
    for name, world in growing_checks.shipped("grow", "persist", "regenerate").items():
        worst = max(growing_checks.errors_after(world, 2000, (0, 1, 2), no_poll))
        halves = growing_checks.heal_halves(world, no_poll)
        healed = ", ".join(f"{half} {a:.2f} → {b:.3f}" for half, (a, b) in halves.items())
        print(f"| {name} | {world.params.regime} | {worst:.4f} | {healed} |", flush=True)
    print()
    print("| model | style distance after 1,500 steps | of noise | part |")
    print("|---|---|---|---|")
    for name, woven in texture_checks.shipped().items():
        distance, noise = texture_checks.style_ratio(woven, no_poll)
        print(f"| {name} | {distance:.4f} | {noise:.3f} | {distance / noise:.3f} |", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*sorted(RECIPES), "table"])
    parser.add_argument("--state", type=Path, default=ROOT / "build" / "training")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    device.set_threads(arguments.threads)
    if arguments.name == "table":
        table()
        return
    arguments.state.mkdir(parents=True, exist_ok=True)
    train(arguments.name, arguments.state)


if __name__ == "__main__":
    main()
