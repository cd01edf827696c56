"""Texture statistics: how alike two textures look, as a number that can be trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput

if TYPE_CHECKING:  # torch takes seconds to import; the example textures must not wait for it
    import torch

__all__ = ["StyleKind", "StyleLoss", "make_style_loss"]

StyleKind = Literal["patch-swd", "random-gram", "vgg-ot", "vgg-gram"]


class StyleLoss(Protocol):
    """A distance of pictures to one example texture that gradients flow through."""

    name: str

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int) -> torch.Tensor:
        """Distance of a batch (B, 3, H, W) as a scalar; `draw` decides what is random in it."""
        ...


def make_style_loss(
    kind: StyleKind,
    target: NDArray[np.floating],
    *,
    grid: int | None = None,
    weights: Path | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> StyleLoss:
    """Make the style loss that the user chose.

    Parameters
    ----------
    kind : {"patch-swd", "random-gram", "vgg-ot", "vgg-gram"}
        The first needs no weights and is recommended; the last two need `weights`.
    target : array, shape (H, W, 3), range 0..1
        The example texture.
    grid : int, optional
        Shorter side of the pictures that are to learn, in cells, where it is smaller than the
        example's: patches larger than the grid would say nothing.
    weights : Path, optional
        A safetensors file with VGG-16 weights under torchvision's key names.
    seed : int
        Of random filters.
    device : torch.device or str
        Where images will come from.

    Raises
    ------
    BadInput
        When the kind is unknown or lacks its weights, or the example or the file cannot be used.
    """
    if kind == "patch-swd":
        from engine.style.patch_swd import PatchSwd
        from engine.style.pyramid import default_levels

        side = min(np.shape(target)[:2], default=0)
        levels = default_levels(side if grid is None else min(side, grid))
        # A GPU sorts more filters in the time that a CPU needs for these.
        filters = 32 if str(device) == "cpu" else 96
        return PatchSwd(target, levels, filters=filters, seed=seed, device=device)
    if kind == "random-gram":
        from engine.style.random_gram import RandomGram

        return RandomGram(target, seed=seed, device=device)
    if kind not in ("vgg-ot", "vgg-gram"):
        raise BadInput(
            f"there is no style loss {kind!r}",
            remedy="Use patch-swd, random-gram, vgg-ot or vgg-gram",
        )
    if weights is None:
        raise BadInput(
            f"the style loss {kind} needs weights of VGG-16",
            remedy="Name a .safetensors file with torchvision's vgg16, or use patch-swd",
        )
    from engine.style.vgg import VggGram, VggOt

    vgg = VggOt if kind == "vgg-ot" else VggGram
    return vgg(target, weights, device=device)
