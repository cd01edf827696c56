"""From a published automaton to a world: the system that runs its rule, with its weights."""

from __future__ import annotations

from typing import Any

from engine.core import checkpoint, registry
from engine.core.spec import Asset, Spec
from engine.imports.model import ImportedModel

__all__ = ["spec_of"]

SMALL = 64


def spec_of(model: ImportedModel) -> Spec:
    """Make the spec of a world that runs an imported model.

    A rule with a life mask is run by Growing NCA, one without by Texture NCA; what the publication
    fixes (filter scale, clip, bias, gain) becomes parameters, the weights a model checkpoint.
    """
    rule = model.rule
    params: dict[str, Any] = {"channels": rule.channels, "hidden": rule.hidden}
    slug = "growing-nca"
    if rule.alive is None:
        slug = "texture-nca"
        params |= {
            "filter_scale": rule.filter_scale,
            "clip": rule.clip or 0.0,
            "output_bias": rule.output_bias,
            "rgb_gain": model.rgb_gain,
        }
    small = Spec(slug, {**params, "width": SMALL, "height": SMALL}, device="cpu")
    system = registry.system_class(slug)(small)
    system.set_arrays("model", model.weights.arrays())
    asset = Asset(f"{model.name}.safetensors", checkpoint.dump(system, "model"))
    return Spec(slug, params, model=asset)
