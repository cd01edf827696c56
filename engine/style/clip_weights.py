"""CLIP's weights from a file that the user has, under the names of either of its two publishers.

Read are OpenAI's names (also OpenCLIP's) and Hugging Face's; the latter are turned into the former.
CLIP itself, code and weights, is published under the MIT licence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.core.errors import BadInput
from engine.style.user_weights import Shapes, read_weights

__all__ = ["VIT_B_32", "ClipShape", "ClipWeights", "layout", "load_clip"]

_CHOOSE = "Choose the weights of CLIP ViT-B/32, converted to safetensors"
_HEAD = 64  # width of an attention head in every published CLIP
_MOST_LAYERS = 48


@dataclass(frozen=True)
class ClipShape:
    """Sizes of the two towers.

    Attributes
    ----------
    side, patch : int
        Pixels on a side of the picture and of its patches.
    image_width, image_layers, text_width, text_layers : int
        Of the transformers; a head of attention is 64 wide.
    context, vocabulary : int
        Tokens of a text, and how many there are.
    embedding : int
        Numbers that stand for a picture or a text.
    """

    side: int
    patch: int
    image_width: int
    image_layers: int
    text_width: int
    text_layers: int
    context: int
    vocabulary: int
    embedding: int


VIT_B_32 = ClipShape(224, 32, 768, 12, 512, 12, 77, 49_408, 512)


@dataclass(frozen=True, eq=False)
class ClipWeights:
    """Tensors under OpenAI's names, float32, and the sizes that follow from them."""

    shape: ClipShape
    tensors: dict[str, torch.Tensor]


def layout(shape: ClipShape) -> Shapes:
    """Names and shapes of all tensors of a CLIP with a vision transformer."""
    wide, text = shape.image_width, shape.text_width
    places = (shape.side // shape.patch) ** 2 + 1
    shapes: Shapes = {
        "visual.class_embedding": (wide,),
        "visual.positional_embedding": (places, wide),
        "visual.conv1.weight": (wide, 3, shape.patch, shape.patch),
        "visual.proj": (wide, shape.embedding),
        "token_embedding.weight": (shape.vocabulary, text),
        "positional_embedding": (shape.context, text),
        "text_projection": (text, shape.embedding),
        "logit_scale": (),
    }
    for norm, width in (
        ("visual.ln_pre", wide),
        ("visual.ln_post", wide),
        ("ln_final", text),
    ):
        shapes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    for tower, width, layers in (
        ("visual.transformer", wide, shape.image_layers),
        ("transformer", text, shape.text_layers),
    ):
        for layer in range(layers):
            block = f"{tower}.resblocks.{layer}"
            shapes |= {
                f"{block}.attn.in_proj_weight": (3 * width, width),
                f"{block}.attn.in_proj_bias": (3 * width,),
                f"{block}.attn.out_proj.weight": (width, width),
                f"{block}.attn.out_proj.bias": (width,),
                f"{block}.mlp.c_fc.weight": (4 * width, width),
                f"{block}.mlp.c_fc.bias": (4 * width,),
                f"{block}.mlp.c_proj.weight": (width, 4 * width),
                f"{block}.mlp.c_proj.bias": (width,),
            }
            for norm in ("ln_1", "ln_2"):
                shapes |= {f"{block}.{norm}.weight": (width,), f"{block}.{norm}.bias": (width,)}
    return shapes


def load_clip(path: Path) -> ClipWeights:
    """Read both towers.

    Parameters
    ----------
    path : Path
        A safetensors file; tensors that are no part of CLIP are ignored.

    Raises
    ------
    BadInput
        When the file is missing, a pickle, no safetensors file, or no CLIP with a vision
        transformer; when a value is not finite.
    """
    from engine.style import clip_names

    measured: list[ClipShape] = []

    def needed(found: Mapping[str, tuple[int, ...]]) -> Shapes:
        measured.append(_measure(clip_names.openai_shapes(found), path))
        return clip_names.as_published(layout(measured[0]), found)

    tensors = read_weights(path, needed, network="CLIP", choose=_CHOOSE)
    return ClipWeights(measured[0], clip_names.openai_tensors(tensors))


def _measure(found: Mapping[str, tuple[int, ...]], path: Path) -> ClipShape:
    """Find the sizes from the shapes of a few tensors."""
    lengths = {
        "visual.conv1.weight": 4,
        "visual.positional_embedding": 2,
        "visual.proj": 2,
        "token_embedding.weight": 2,
        "positional_embedding": 2,
    }
    missing = [key for key, length in lengths.items() if len(found.get(key, ())) != length]
    if missing:
        raise BadInput(f"is no CLIP: it lacks {missing[0]}", path=path, remedy=_CHOOSE)
    wide, _, patch, _ = found["visual.conv1.weight"]
    places = found["visual.positional_embedding"][0]
    vocabulary, text = found["token_embedding.weight"]
    across = round((places - 1) ** 0.5) if places > 0 else 0
    image_layers, text_layers = (
        1 + max((_layer(key, tower) for key in found), default=-1)
        for tower in ("visual.transformer", "transformer")
    )
    sound = (
        across**2 == places - 1
        and min(image_layers, text_layers) >= 1
        and max(image_layers, text_layers) <= _MOST_LAYERS
        and wide % _HEAD == text % _HEAD == 0
        and min(wide, text, patch, across) > 0
    )
    if not sound:
        raise BadInput("is a CLIP of a make that is not known", path=path, remedy=_CHOOSE)
    return ClipShape(
        across * patch,
        patch,
        wide,
        image_layers,
        text,
        text_layers,
        found["positional_embedding"][0],
        vocabulary,
        found["visual.proj"][1],
    )


def _layer(key: str, tower: str) -> int:
    """Number of the layer that a tensor belongs to; -1 for others."""
    head, _, tail = key.partition(".resblocks.")
    number = tail.partition(".")[0]
    return int(number) if head == tower and number.isdigit() and len(number) < 4 else -1
