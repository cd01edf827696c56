"""From a published automaton to a world: the system that runs its rule, with its weights."""

from __future__ import annotations

from typing import Any

from engine.core import checkpoint, registry
from engine.core.spec import Asset, Spec
from engine.imports.model import AnyModel
from engine.mesh_nca.rule import MeshRule
from engine.mesh_nca.targets import EXAMPLES

__all__ = ["spec_of"]

SMALL = 64
SMALL_MESH = 642  # vertices
MATERIAL = next(name for name, maps in EXAMPLES.items() if maps == "material")


def spec_of(model: AnyModel) -> Spec:
    """Make the spec of a world that runs an imported model.

    A rule with a life mask is run by Growing NCA, one without by Texture NCA, one on a mesh by Mesh
    NCA; what the publication fixes (filter scale, clip, bias, gain) becomes parameters, the weights
    a model checkpoint.
    """
    rule = model.rule
    if isinstance(rule, MeshRule):
        return _on_a_mesh(model, rule)
    params: dict[str, Any] = {"channels": rule.channels, "hidden": rule.hidden}
    slug = "growing-nca"
    if not rule.alive:
        slug = "texture-nca"
        params |= {
            "filter_scale": rule.filter_scale,
            "clip": rule.clip or 0.0,
            "output_bias": rule.output_bias,
            "rgb_gain": model.rgb_gain,
        }
    return _with_weights(model, slug, params, {"width": SMALL, "height": SMALL})


def _on_a_mesh(model: AnyModel, rule: MeshRule) -> Spec:
    """The published mesh models make materials, and their normals want the matching light."""
    params = {
        "channels": rule.channels,
        "hidden": rule.hidden,
        "degree": rule.degree,
        "aggregation": rule.aggregation,
        "example": MATERIAL,
        "shading": "pbr",
    }
    return _with_weights(model, "mesh-nca", params, {"vertices": SMALL_MESH})


def _with_weights(
    model: AnyModel, slug: str, params: dict[str, Any], small: dict[str, Any]
) -> Spec:
    system = registry.system_class(slug)(Spec(slug, {**params, **small}, device="cpu"))
    system.set_arrays("model", dict(model.weights.arrays()))
    asset = Asset(f"{model.name}.safetensors", checkpoint.dump(system, "model"))
    return Spec(slug, params, model=asset)
