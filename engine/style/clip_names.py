"""The two sets of names under which CLIP's weights are published.

Hugging Face splits the attention's input projection into three and transposes the last
projections; everything else is only called differently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch

from engine.style.user_weights import Shapes

__all__ = ["as_published", "openai_shapes", "openai_tensors"]

_WHOLE = {
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "visual_projection.weight": "visual.proj",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",  # sic
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
    "text_projection.weight": "text_projection",
    "logit_scale": "logit_scale",
}
_TURNED = {"visual.proj", "text_projection"}
_TOWERS = {"vision_model": "visual.transformer", "text_model": "transformer"}
_PARTS = {
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_LAYER = re.compile(r"(vision_model|text_model)\.encoder\.layers\.(\d{1,3})\.(.+)\.(weight|bias)")
_THIRD = re.compile(r"self_attn\.([qkv])_proj")


def openai_shapes(found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Shapes as they would be called by OpenAI, whoever published the file."""
    if not _is_hugging_face(found):
        return dict(found)
    shapes: dict[str, tuple[int, ...]] = {}
    for key, shape in found.items():
        name = _openai_name(key)
        if name is not None:
            shapes[name] = shape[::-1] if name in _TURNED else shape
    return shapes


def as_published(needed: Shapes, found: Mapping[str, tuple[int, ...]]) -> Shapes:
    """Names and shapes that a file must have, in the names that it uses."""
    if not _is_hugging_face(found):
        return needed
    shapes: Shapes = {}
    names = {name: key for key, name in _WHOLE.items()}
    for name, shape in needed.items():
        if name in names:
            shapes[names[name]] = shape[::-1] if name in _TURNED else shape
            continue
        tower, _, rest = name.partition(".resblocks.")
        number, _, part = rest.partition(".")
        prefix = f"{_hugging_face(tower)}.encoder.layers.{number}"
        if part.startswith("attn.in_proj_"):
            kind = part.removeprefix("attn.in_proj_")
            third = (shape[0] // 3, *shape[1:])
            shapes |= {f"{prefix}.self_attn.{letter}_proj.{kind}": third for letter in "qkv"}
        else:
            middle, _, kind = part.rpartition(".")
            theirs = next(key for key, value in _PARTS.items() if value == middle)
            shapes[f"{prefix}.{theirs}.{kind}"] = shape
    return shapes


def openai_tensors(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Call tensors as OpenAI does, with the three parts of the input projection joined."""
    if not _is_hugging_face(tensors):
        return tensors
    renamed: dict[str, torch.Tensor] = {}
    thirds: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        name = _openai_name(key)
        if name is None:
            continue
        letter = _THIRD.search(key)
        if letter:
            thirds.setdefault(name, {})[letter[1]] = tensor
        else:
            renamed[name] = tensor.T.contiguous() if name in _TURNED else tensor
    return renamed | {
        name: torch.cat([parts[letter] for letter in "qkv"]) for name, parts in thirds.items()
    }


def _is_hugging_face(keys: Mapping[str, object]) -> bool:
    return "vision_model.embeddings.class_embedding" in keys


def _openai_name(key: str) -> str | None:
    if key in _WHOLE:
        return _WHOLE[key]
    match = _LAYER.fullmatch(key)
    if match is None:
        return None
    block = f"{_TOWERS[match[1]]}.resblocks.{match[2]}"
    if _THIRD.fullmatch(match[3]):
        return f"{block}.attn.in_proj_{match[4]}"
    return f"{block}.{_PARTS[match[3]]}.{match[4]}" if match[3] in _PARTS else None


def _hugging_face(tower: str) -> str:
    return next(theirs for theirs, ours in _TOWERS.items() if ours == tower)
