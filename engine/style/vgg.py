"""Texture statistics from VGG-16: what the published texture automata were trained with.

Sliced optimal transport as in the notebook `texture_nca_pytorch.ipynb` of Niklasson, Mordvintsev,
Randazzo and Levin ("Self-Organising Textures", Distill 2021), and Gram matrices of ``sqrt(a + 1)
- 1`` as in its article. Both look at the rectified first convolution of each of the five blocks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.style.example import checked_target
from engine.style.sorting import sort_rows, sorted_squared_distance
from engine.style.vgg_weights import VGG16_CONVOLUTIONS, load_vgg16

__all__ = ["VggGram", "VggOt"]

LEAST_SIDE = 16  # four halvings leave one cell
_TAPS = {0, 5, 10, 17, 24}
_POOL_BEFORE = {5, 10, 17, 24}
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class _Vgg16:
    """The feature maps of VGG-16 that matter for textures."""

    def __init__(self, weights: Path, device: torch.device | str) -> None:
        self._layers = {
            index: (weight.to(device), bias.to(device))
            for index, (weight, bias) in load_vgg16(weights).items()
        }
        self._mean = torch.tensor(_MEAN, device=device).reshape(1, 3, 1, 1)
        self._deviation = torch.tensor(_DEVIATION, device=device).reshape(1, 3, 1, 1)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Normalised picture and five maps, each (B, C, H * W)."""
        x = (images - self._mean) / self._deviation
        maps = [x.flatten(2)]
        for index in VGG16_CONVOLUTIONS:
            if index in _POOL_BEFORE:
                x = functional.max_pool2d(x, 2)
            weight, bias = self._layers[index]
            x = functional.relu(functional.conv2d(x, weight, bias, padding=1))
            if index in _TAPS:
                maps.append(x.flatten(2))
        return maps


class VggOt:
    """Sliced optimal transport between feature maps of VGG-16.

    Parameters
    ----------
    target : array, shape (H, W, 3), range 0..1
        The example texture, at least 16 pixels on a side.
    weights : Path
        File of the user with VGG-16 weights; see `vgg_weights.load_vgg16`.
    directions : int
        Random directions per map, redrawn at every call.
    device : torch.device or str
        Where images will come from.

    Raises
    ------
    BadInput
        The example or the file cannot be used.
    """

    name = "vgg-ot"

    def __init__(
        self,
        target: NDArray[np.floating],
        weights: Path,
        *,
        directions: int = 32,
        device: torch.device | str = "cpu",
    ) -> None:
        example = checked_target(target, LEAST_SIDE).to(device)
        self._vgg = _Vgg16(weights, device)
        self._directions = directions
        with torch.no_grad():
            self._target = [maps[0] for maps in self._vgg.features(example)]

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int) -> torch.Tensor:
        """Squared differences of sorted projections, summed over maps and places.

        The sum is divided by pictures, directions and pixels, which keeps the notebook's weights
        between the maps and makes the value independent of the size of the picture.

        Parameters
        ----------
        images : Tensor, shape (B, 3, H, W), float32, each side at least 16
            Pictures in the example's range.
        draw : numpy.random.Generator or int
            Of the directions; a number is a seed.

        Returns
        -------
        Tensor, scalar
            Differentiable.
        """
        generator = np.random.default_rng(draw)
        pixels = images.shape[2] * images.shape[3]
        total = images.new_zeros(())
        for maps, wanted in zip(self._vgg.features(images), self._target, strict=True):
            channels, places = maps.shape[1:]
            lines = generator.standard_normal((self._directions, channels), dtype=np.float32)
            lines /= np.linalg.norm(lines, axis=1, keepdims=True)
            directions = torch.from_numpy(lines).to(maps.device)
            ascending = functional.interpolate(
                sort_rows(directions @ wanted)[None], size=places, mode="nearest"
            )[0]
            distance = sorted_squared_distance(directions @ maps, ascending)
            total = total + distance * (places / pixels)
        return total


class VggGram:
    """Distance of Gram matrices of feature maps of VGG-16; parameters as of `VggOt`."""

    name = "vgg-gram"

    def __init__(
        self,
        target: NDArray[np.floating],
        weights: Path,
        *,
        device: torch.device | str = "cpu",
    ) -> None:
        example = checked_target(target, LEAST_SIDE).to(device)
        self._vgg = _Vgg16(weights, device)
        with torch.no_grad():
            self._target = self._grams(example)

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int = 0) -> torch.Tensor:
        """Mean squared difference of Gram matrices, summed over the five maps.

        Parameters
        ----------
        images : Tensor, shape (B, 3, H, W), float32, each side at least 16
            Pictures in the example's range.
        draw : numpy.random.Generator or int
            Not used: nothing here is random.

        Returns
        -------
        Tensor, scalar
            Differentiable.
        """
        total = images.new_zeros(())
        for gram, wanted in zip(self._grams(images), self._target, strict=True):
            total = total + (gram - wanted).square().mean()
        return total

    def _grams(self, images: torch.Tensor) -> list[torch.Tensor]:
        grams = []
        for maps in self._vgg.features(images)[1:]:
            damped = torch.sqrt(maps + 1) - 1
            grams.append(damped @ damped.transpose(1, 2) / maps.shape[-1])
        return grams
