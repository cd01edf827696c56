"""Motion as a network sees it: two-stream optical flow of a pair of frames, and a loss on it.

The network is the multiscale spatiotemporal oriented energy (MSOE) model of Tesfaldet, Brubaker and
Derpanis ("Two-stream convolutional networks for dynamic texture synthesis", CVPR 2018), the loss
that of DyNCA (Pajouheshgar et al., arXiv 2211.11417, section 3.3).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.style.flow_weights import load_flow

__all__ = ["DIRECTION", "SIDE", "STRENGTH", "FlowMotion", "OpticalFlow", "motion_terms"]

SIDE = 128
"""Pixels on a side of the frames that the network was trained on."""

DIRECTION, STRENGTH = 10.0, 15.0
"""Weights of the two terms."""

_LEVELS = 5
_GREY = (0.299, 0.587, 0.114)

Frames = NDArray[np.float32]


class OpticalFlow:
    """Displacement of every pixel from one frame to the next.

    Parameters
    ----------
    weights : dict
        Of `flow_weights.load_flow`.
    device : torch.device or str
        Where frames will come from.
    """

    def __init__(
        self, weights: dict[str, torch.Tensor], device: torch.device | str = "cpu"
    ) -> None:
        self._weights = {key: value.to(device) for key, value in weights.items()}
        self._blur = _gaussian(5, 2.0).to(device)

    def __call__(self, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """Estimate the flow of grey frames (n, 1, h, w), as (n, 2, h, w); differentiable.

        Each pair is brought to mean 0 and variance 1 together, so that contrast does not count.
        """
        pair = torch.cat([before, after], dim=1)
        pair = pair - pair.mean(dim=(1, 2, 3), keepdim=True)
        pair = pair / torch.sqrt(pair.var(dim=(1, 2, 3), keepdim=True) + 1e-12)
        features = []
        for level in range(_LEVELS):
            if level:
                pair = self._halved(pair)
            features.append(_enlarged(self._energies(pair), before.shape[2:], 2**level))
        maps = _mirrored(torch.cat(features, dim=1), 1)
        hidden = functional.relu(self._convolved("decode_conv1", maps))
        flow = self._convolved("decode_conv2", hidden)
        return flow * flow.new_tensor([1.0, -1.0]).reshape(1, 2, 1, 1)

    def _energies(self, pair: torch.Tensor) -> torch.Tensor:
        """Share of each of 64 kinds of motion at every pixel, (n, 64, h, w)."""
        stack = _mirrored(pair, 5).movedim(1, -1).unsqueeze(1)
        key = "msoenet.conv1"
        filtered = functional.conv3d(
            stack, self._weights[f"{key}.weight"], self._weights[f"{key}.bias"]
        ).squeeze(-1)
        pooled = functional.max_pool2d(filtered.square(), 5, stride=1, padding=2)
        kinds = self._convolved("msoenet.conv2", pooled)
        return kinds / kinds.abs().sum(dim=1, keepdim=True).clamp_min(1e-12)

    def _halved(self, pair: torch.Tensor) -> torch.Tensor:
        kernel = self._blur.expand(2, 1, -1, -1)
        return functional.conv2d(_mirrored(pair, 2), kernel, stride=2, groups=2)

    def _convolved(self, key: str, maps: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(maps, self._weights[f"{key}.weight"], self._weights[f"{key}.bias"])


def motion_terms(flow: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How far a flow is from the one that is wanted, both (n, 2, h, w).

    Returns
    -------
    direction : Tensor, scalar
        1 less the mean cosine between the two, 0 to 2.
    strength : Tensor, scalar
        Mean difference of their lengths; of each pair it counts as far as the directions agree
        already, so that a pattern does not learn to race the wrong way.
    """
    cosine = functional.cosine_similarity(flow, wanted, dim=1)
    agree = cosine.mean(dim=(1, 2), keepdim=True).clamp(0, 1).detach()
    # The length has no gradient at 0, where the square root is too steep.
    length = torch.sqrt(flow.square().sum(dim=1) + 1e-12)
    away = (length - wanted.norm(dim=1)).abs()
    return 1 - cosine.mean(), (away * agree).mean()


class FlowMotion:
    """Whether frames move as the network sees a field move them; an `engine` motion loss.

    What is wanted is measured with the same network: the flow from a frame to the same frame moved
    along the field. So it does not matter in which units or axes the network speaks.

    Parameters
    ----------
    weights : Path
        The user's file; see `flow_weights.load_flow`.
    device : torch.device or str
        Where to compute.

    Raises
    ------
    BadInput
        When the file cannot be used.
    """

    def __init__(self, weights: Path, device: torch.device | str = "cpu") -> None:
        self._device = device
        self._flow = OpticalFlow(load_flow(weights), device)

    def measure(
        self, before: Frames, moved: Frames, after: Frames
    ) -> tuple[float, Frames, Frames, Frames]:
        """Loss of frames (n, h, w, k) as shown, and its gradient by each of the three.

        The first three of the k channels count. `moved` is `before` carried along the field for
        the time between `before` and `after`; it is taken as given, so its gradient is 0.
        """
        first, last = (
            torch.from_numpy(np.ascontiguousarray(frames[..., :3])).to(self._device)
            for frames in (before, after)
        )
        with torch.no_grad():
            goal = torch.from_numpy(np.ascontiguousarray(moved[..., :3])).to(self._device)
            wanted = self._flow(_grey(first), _grey(goal))
        first.requires_grad_()
        last.requires_grad_()
        direction, strength = motion_terms(self._flow(_grey(first), _grey(last)), wanted)
        loss = DIRECTION * direction + STRENGTH * strength
        by_first, by_last = torch.autograd.grad(loss, (first, last))
        gradients = []
        for found in (by_first, by_last):
            whole = np.zeros(before.shape, np.float32)
            whole[..., :3] = found.cpu().numpy()
            gradients.append(whole)
        return float(loss.detach()), gradients[0], np.zeros_like(moved), gradients[1]


def _grey(frames: torch.Tensor) -> torch.Tensor:
    """Frames (n, h, w, 3) as grey ones (n, 1, SIDE, SIDE)."""
    grey = (frames * frames.new_tensor(_GREY)).sum(dim=-1).unsqueeze(1)
    if grey.shape[2:] == (SIDE, SIDE):
        return grey
    return functional.interpolate(
        grey, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True
    )


def _gaussian(size: int, deviation: float) -> torch.Tensor:
    place = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
    line = torch.exp(-place.square() / (2 * deviation**2))
    plane = line[:, None] * line[None]
    return (plane / plane.sum()).reshape(1, 1, size, size)


def _mirrored(maps: torch.Tensor, width: int) -> torch.Tensor:
    """Continue maps beyond their edges as in a mirror, edge pixels twice, as often as it takes."""
    for dimension in (2, 3):
        size = maps.shape[dimension]
        place = torch.arange(-width, size + width, device=maps.device) % (2 * size)
        place = torch.where(place < size, place, 2 * size - 1 - place)
        maps = maps.index_select(dimension, place)
    return maps


def _enlarged(maps: torch.Tensor, shape: torch.Size, factor: int) -> torch.Tensor:
    """Enlarge bilinearly, pixel i of the result at i / factor: how the network was trained."""
    for dimension, size in zip((2, 3), shape, strict=True):
        last = maps.shape[dimension] - 1
        place = (torch.arange(size, device=maps.device) / factor).clamp_max(last)
        low = place.floor().long()
        share = (place - low).reshape([-1, 1] if dimension == 2 else [-1])
        below = maps.index_select(dimension, low)
        above = maps.index_select(dimension, (low + 1).clamp_max(last))
        maps = below + (above - below) * share
    return maps
