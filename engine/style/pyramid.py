"""The pyramid of sharpened pictures on which patches are compared.

Each level halves the resolution, so that patches of one size in cells see larger and larger
features; each level is sharpened, so that it shows the detail of its own scale rather than the
colour of all (Mordvintsev and Niklasson, muNCA, arXiv 2111.13545).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from torch.nn import functional

__all__ = ["Border", "default_levels", "pad", "sharpened_pyramid"]

Border = Literal["circular", "reflect"]

_BINOMIAL = (1.0 / 16, 4.0 / 16, 6.0 / 16, 4.0 / 16, 1.0 / 16)
_RADIUS = 2
_SHARPENING = 2.0


def default_levels(size: int) -> int:
    """Levels for a shorter side of `size` cells: 3, from 96 on 4, from 256 on 5."""
    return 3 if size < 96 else 4 if size < 256 else 5


def pad(images: torch.Tensor, radius: int, border: Border) -> torch.Tensor:
    """Continue (B, C, H, W) images by `radius` cells: a torus (circular) or a mirror (reflect)."""
    return functional.pad(images, (radius,) * 4, mode=border)


def sharpened_pyramid(images: torch.Tensor, levels: int, border: Border) -> list[torch.Tensor]:
    """Split images into sharpened levels, finest first.

    Parameters
    ----------
    images : Tensor, shape (B, C, H, W)
        Pictures; gradients flow through.
    levels : int
        How many levels, at least 1.
    border : {"circular", "reflect"}
        What lies beyond the edge.

    Returns
    -------
    list of Tensor
        ``u_l = x_l + 2 (x_l - G x_l)`` with ``x_(l+1) = (G x_l)[::2, ::2]`` and G the binomial
        filter of 5 x 5; level l has the shape (B, C, ceil(H / 2^l), ceil(W / 2^l)).
    """
    pyramid: list[torch.Tensor] = []
    for _ in range(levels):
        blurred = _blur(images, border)
        pyramid.append(torch.lerp(blurred, images, 1.0 + _SHARPENING))
        images = blurred[:, :, ::2, ::2]
    return pyramid


def _blur(images: torch.Tensor, border: Border) -> torch.Tensor:
    batch, channels, height, width = images.shape
    planes = pad(images, _RADIUS, border).reshape(batch * channels, 1, height + 4, width + 4)
    blurred = functional.conv2d(planes, _filter(images.device, images.dtype))
    return blurred.reshape(batch, channels, height, width)


@lru_cache(maxsize=8)
def _filter(device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """The 5 x 5 binomial, kept so that a GPU need not wait for it at every call."""
    line = torch.tensor(_BINOMIAL, dtype=dtype, device=device)
    return torch.outer(line, line)[None, None]
