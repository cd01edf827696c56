"""The figure of Texture NCA: what a rule weaves from nothing is distributed like its example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from engine.core import checkpoint
from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement
from engine.core.presets import RESOURCES
from engine.systems.texture_nca import TextureNca

__all__ = ["EXPERIMENTS", "FRACTION", "shipped", "style_ratio"]

MODELS = RESOURCES / "models"
STEPS = 1500  # rules are judged long after the steps that they were trained on
SIDE = 96
FRACTION = 0.1


def shipped() -> dict[str, TextureNca]:
    """Build worlds of 96 x 96 with the models in ``resources/models``."""
    found = {}
    for path in sorted(MODELS.glob("*.safetensors")):
        data = path.read_bytes()
        loaded = checkpoint.parse(data, path.name)
        if loaded.slug == TextureNca.info.slug:
            spec = checkpoint.spec_of(loaded, path.name, data)
            size = {"width": SIDE, "height": SIDE}
            found[path.stem] = TextureNca(spec.with_(params=spec.params | size))
    return found


def style_ratio(
    world: TextureNca, check: Callable[[], None], *, steps: int = STEPS, seed: int = 0
) -> tuple[float, float]:
    """Style distance of what grows from nothing to the example, and that of noise.

    Both by 7 x 7 patches and filters that training never saw; the noise has the example's pixels in
    random places, hence its colours.
    """
    from engine.style.patch_swd import PatchSwd

    world.reset(seed)
    for _ in range(steps):
        world.step(check)
    style = PatchSwd(world.example)
    colours = world.field()[..., :3] * world.params.rgb_gain + 0.5
    side = min(colours.shape[:2])
    return style.held_out(colours.clip(0.0, 1.0)), style.noise_distance(side)


def _matches(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    details: dict[str, object] = {}
    ratios = []
    for name, world in activity.track(shipped().items(), note=f"{STEPS} steps of every model"):
        distance, noise = style_ratio(world, activity.check)
        ratios.append(distance / noise)
        details[name] = {"distance": distance, "noise": noise}
    return Measurement(max(ratios), max(ratios) < FRACTION, details)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="texture.matches",
        claim="A trained rule weaves, from nothing, a texture whose patches are distributed like "
        "the example's, far beyond the steps that it was trained on",
        paper="Niklasson, Mordvintsev, Randazzo, Levin, Self-Organising Textures, Distill 2021; "
        "distance as of Heitz et al., arXiv 2006.07229",
        expected="style distance after 1,500 steps at 96 x 96 a small part of that of noise with "
        "the same colours",
        tolerance=f"worst shipped model under {FRACTION} of noise",
        minutes=1.0,
        run=_matches,
    ),
)
