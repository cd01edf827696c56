"""How like an example the patches of a surface are: one question for every loss there is.

The embedded loss looks at all maps of a material at once. Losses of other makes see pictures of
three channels: the maps of a material are put before them one after the other, those of one channel
as grey, and the losses averaged (Pajouheshgar et al., arXiv 2311.02820).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.core.device import beside
from engine.style import StyleKind
from engine.style.channel_swd import ChannelSwd

if TYPE_CHECKING:  # torch takes seconds to import and the embedded loss does without it
    import torch

    from engine.style import StyleLoss

__all__ = ["EachMap", "PatchStyle", "make_patch_style"]

Floats = NDArray[np.float32]

_GROUPS = {3: ((0, 1, 2),), 9: ((0, 1, 2), (3, 4, 5), (6, 6, 6), (7, 7, 7), (8, 8, 8))}
"""Channels of an example with k maps -> which of them make a picture."""


class PatchStyle(Protocol):
    """A distance of patches to an example, with its gradient."""

    name: str

    def measure(
        self,
        pictures: Floats,
        draw: np.random.Generator,
        valid: NDArray[np.bool_] | None = None,
        poll: Callable[[], None] | None = None,
    ) -> tuple[float, Floats]:
        """Loss of (B, h, w, k) as shown and its gradient; `valid` (B, h, w) is what counts."""
        ...


class EachMap:
    """A loss of torch, or several, made to look at patches of k maps.

    Parameters
    ----------
    losses : sequence of StyleLoss
        One for each picture that the maps make: one for k = 3, five for k = 9.
    channels : int
        k, 3 or 9.
    ground : ndarray, shape (k,), optional
        Stands where a pixel shows nothing; a half where it is left out.
    device : torch.device or str
        Where the losses compute.
    """

    def __init__(
        self,
        losses: list[StyleLoss],
        channels: int,
        ground: Floats | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self._groups = _GROUPS[channels]
        if len(losses) != len(self._groups):
            raise ValueError(f"{channels} maps need {len(self._groups)} losses")
        self._losses, self._device = losses, device
        self._ground = np.full(channels, 0.5, np.float32) if ground is None else ground
        self.name = losses[0].name

    def measure(
        self,
        pictures: Floats,
        draw: np.random.Generator,
        valid: NDArray[np.bool_] | None = None,
        poll: Callable[[], None] | None = None,
    ) -> tuple[float, Floats]:
        """Mean of the losses and its gradient; see `PatchStyle`."""
        shown = pictures
        if valid is not None:
            shown = np.where(valid[..., None], pictures, self._ground)
        total, gradient = 0.0, np.zeros_like(pictures)
        for loss, group in zip(self._losses, self._groups, strict=True):
            picture = shown[..., list(group)]
            work = partial(_judged, loss, picture, draw, self._device)
            value, found = beside(work, poll)
            total += value
            for place, channel in enumerate(group):
                gradient[..., channel] += found[..., place]
        gradient /= np.float32(len(self._groups))
        if valid is not None:
            gradient *= valid[..., None]
        return total / len(self._groups), gradient


def _judged(
    loss: StyleLoss,
    picture: Floats,
    draw: np.random.Generator,
    device: torch.device | str,
    _: object,
) -> tuple[float, Floats]:
    """Value and gradient of a loss of torch: one call of up to a second that cannot poll."""
    from engine.style.gradient import value_and_gradient

    return value_and_gradient(loss, picture, draw, device)


def make_patch_style(
    kind: StyleKind,
    target: Floats,
    *,
    side: int,
    weights: Path | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> PatchStyle:
    """Make the loss that the user chose, for patches of `side` pixels.

    Parameters
    ----------
    kind : {"patch-swd", "random-gram", "vgg-ot", "vgg-gram"}
    target : ndarray, shape (h, w, k), range 0..1
        k is 3 or 9.
    side : int
        Pixels on a side of the patches.
    weights : Path, optional
        A safetensors file with VGG-16 weights, for the two VGG losses.
    seed : int
        Of random filters that stay.
    device : torch.device or str
        Where losses of torch compute; the embedded one uses the CPU.

    Raises
    ------
    BadInput
        If the kind is unknown or lacks its weights, or the example or the file cannot be used.
    """
    if kind == "patch-swd":
        return ChannelSwd(target)
    from engine.style import make_style_loss

    channels = target.shape[-1]
    losses = [
        make_style_loss(
            kind, target[..., list(group)], grid=side, weights=weights, seed=seed, device=device
        )
        for group in _GROUPS[channels]
    ]
    ground = np.asarray(target.reshape(-1, channels).mean(axis=0), np.float32)
    return EachMap(losses, channels, ground, device)
