"""What a mesh automaton learns: a picture, or a material of five maps, and the channels they take.

A picture is learned by channels 0 to 2. A material takes albedo 0-2, height 6, normal 7-9,
roughness 10 and ambient occlusion 11 (Pajouheshgar et al., arXiv 2311.02820); what a channel shows
is its value plus a half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.media.picture import Picture
from engine.media.target import check_target, resize, to_texture
from engine.style.materials import MATERIALS
from engine.style.surface_textures import SURFACE_TEXTURES
from engine.style.textures import TEXTURES

__all__ = [
    "EXAMPLES",
    "IMAGE_CHANNELS",
    "MATERIAL_CHANNELS",
    "Target",
    "example_asset",
    "pixels_of",
    "target_of",
]

IMAGE_CHANNELS = (0, 1, 2)
MATERIAL_CHANNELS = (0, 1, 2, 7, 8, 9, 6, 10, 11)
"""State channels of albedo, normal, height, roughness and ambient occlusion, in this order."""

_NORMAL = slice(3, 6)

EXAMPLES: dict[str, Literal["image", "material"]] = {
    **dict.fromkeys(sorted({**TEXTURES, **SURFACE_TEXTURES}), "image"),
    **dict.fromkeys(sorted(MATERIALS), "material"),
}
"""Examples that are drawn in code, by name, and what each is."""


@dataclass(frozen=True, eq=False)
class Target:
    """An example as the training compares with it.

    Attributes
    ----------
    maps : "image" or "material"
    pixels : ndarray
        float32 (h, w, k), 0 to 1; k is 3, or 9: albedo, normal, height, roughness, occlusion.
    channels : tuple of int
        The state channel of each of the k maps.
    """

    maps: Literal["image", "material"]
    pixels: NDArray[np.float32]
    channels: tuple[int, ...]


def example_asset(name: str) -> Asset:
    """Draw an example: uint8 RGBA of a picture, or (h, w, 10) of a material.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if name in MATERIALS:
        drawn = MATERIALS[name](0)
    elif name in TEXTURES:
        drawn = TEXTURES[name](0)
    elif name in SURFACE_TEXTURES:
        drawn = SURFACE_TEXTURES[name](0)
    else:
        raise BadInput(
            f"there is no example {name!r}", remedy="Use one of " + ", ".join(sorted(EXAMPLES))
        )
    whole = np.round(drawn * 255.0).astype(np.uint8)
    opaque = np.full((*whole.shape[:2], 1), 255, np.uint8)
    return Asset(f"{name}.png", np.concatenate([whole[..., :3], opaque, whole[..., 3:]], -1))


def pixels_of(asset: Asset) -> NDArray[Any]:
    """Return the pixels (H, W, 4) of a picture or (H, W, 10) of a material.

    Raises
    ------
    BadInput
        If the asset is neither.
    """
    data = asset.data
    if not isinstance(data, np.ndarray) or data.ndim != 3 or data.shape[2] not in (4, 10):
        raise BadInput("an example must be a picture or a material of 10 channels", path=asset.name)
    return data


def target_of(asset: Asset | None, example: str, longest_side: int) -> Target:
    """Make what is learned.

    Parameters
    ----------
    asset : Asset, optional
        The user's picture, uint8 (H, W, 4), or material, uint8 (H, W, 10): RGBA albedo, normal,
        height, roughness, ambient occlusion.
    example : str
        Name in `EXAMPLES`, drawn where there is no asset.
    longest_side : int
        Pixels of the longest side afterwards. Two pixels (or as many as the plan says) span an
        edge, so this decides how large features become.

    Raises
    ------
    BadInput
        If the asset is neither or cannot be used.
    """
    asset = asset or example_asset(example)
    data = pixels_of(asset)
    values = np.asarray(data, np.float32) / np.float32(255.0)
    if data.shape[2] == 4:
        picture = Picture(values, "PNG", asset.sha256, asset.name)
        return Target("image", to_texture(picture, longest_side), IMAGE_CHANNELS)
    check_target(Picture(values[..., :4], "PNG", asset.sha256, asset.name))
    opaque = values[..., :3] * values[..., 3:4] + (1.0 - values[..., 3:4])
    maps = np.concatenate([opaque, values[..., 4:]], -1)
    scale = longest_side / max(maps.shape[:2])
    height, width = (max(1, round(side * scale)) for side in maps.shape[:2])
    return Target("material", _unit_normals(resize(maps, width, height)), MATERIAL_CHANNELS)


def _unit_normals(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring back to length 1 what resampling has shortened."""
    normal = maps[..., _NORMAL] * 2.0 - 1.0
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    flat = np.broadcast_to(np.array([0.0, 0.0, 1.0], np.float32), normal.shape)
    unit = np.where(length > 1e-3, normal / np.maximum(length, 1e-3), flat)
    maps[..., _NORMAL] = unit * 0.5 + 0.5
    return maps
