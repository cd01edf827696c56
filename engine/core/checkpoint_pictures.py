"""Pictures, and the mesh, that a checkpoint carries beside the numbers of its world."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.colour import colourise
from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.spec import Asset
from engine.core.system import System
from engine.core.tiles import tiled
from engine.core.views import Eye, ImageView, ViewRequest

__all__ = ["mesh_asset", "pack_target", "picture", "target_asset", "thumbnail"]

_TARGET = 1024  # texels up to which a target picture is kept
_MATERIAL = 10  # channels of a material: RGBA, normal, height, roughness, occlusion


def thumbnail(system: System, side: int) -> NDArray[np.uint8] | None:
    """Draw the main view, small; None where it is not a picture."""
    offers = system.view_offers()
    if offers and offers[0].kind == "heads":
        heads = system.views({offers[0].name: ViewRequest(max_size=side)}).get(offers[0].name)
        return colourise(tiled(heads, side)) if isinstance(heads, HeadsView) else None
    if not offers or offers[0].kind not in ("image", "tapes", "mesh"):
        return None
    name, solid = offers[0].name, offers[0].kind == "mesh"
    request = ViewRequest(max_size=side, eye=Eye() if solid else None)
    view = system.views({name: request}).get(name)
    return _reduced(colourise(view), side) if isinstance(view, ImageView) else None


def pack_target(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a target as it is saved: over 1024 texels a side reduced, without an idle alpha."""
    return _without_alpha(_reduced(picture, _TARGET))


def target_asset(array: NDArray[Any] | None, name: str) -> Asset | None:
    """Make a target of what `pack_target` returned.

    Raises
    ------
    BadInput
        If it is no picture and no material.
    """
    found = picture(array, "target", (3, 4, _MATERIAL))
    return None if found is None else Asset(name, _with_alpha(found))


def picture(
    array: NDArray[Any] | None, name: str, depths: tuple[int, ...]
) -> NDArray[np.uint8] | None:
    """Take a picture (h, w, one of `depths`) as a checkpoint has it; `name` is for the message.

    Raises
    ------
    BadInput
        If it is none.
    """
    if array is None:
        return None
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in depths or not array.size:
        raise BadInput(f"has a {name} that is not a picture: {array.dtype} {array.shape}")
    return array


def mesh_asset(array: NDArray[Any] | None, name: str) -> Asset | None:
    """Take the bytes of a mesh; who makes a world of it reads them as anybody's.

    Raises
    ------
    BadInput
        If they are none.
    """
    if array is None:
        return None
    if array.dtype != np.uint8 or array.ndim != 1 or not array.size:
        raise BadInput(f"has a mesh that is not the bytes of one: {array.dtype} {array.shape}")
    return Asset(name, array.tobytes())


def _reduced(picture: NDArray[Any], side: int) -> NDArray[np.uint8]:
    """Keep every k-th texel so that no side exceeds `side`."""
    block = math.ceil(max(picture.shape[:2]) / side)
    return np.ascontiguousarray(picture[::block, ::block], np.uint8)


def _without_alpha(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop an alpha that is opaque everywhere: a quarter of the bytes."""
    opaque = picture.shape[2] == 4 and bool((picture[..., 3] == 255).all())
    return np.ascontiguousarray(picture[..., :3]) if opaque else picture


def _with_alpha(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.shape[2] != 3:
        return picture
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
