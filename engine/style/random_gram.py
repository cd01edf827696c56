"""Texture statistics from random filters: their rectified responses and how these go together.

After Ustyuzhaninov, Brendel, Gatys and Bethge, "Texture synthesis using shallow convolutional
networks with random filters" (arXiv 1606.00021): one layer of random filters of several sizes, a
rectifier and the Gram matrix. It learns colours and contrast well and shapes less well than
patches.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.style.example import checked_target
from engine.style.pyramid import Border, pad

__all__ = ["RandomGram"]

SIZES = (3, 5, 7, 11, 15, 23)


class RandomGram:
    """Distance of Gram matrices of rectified random filters.

    Parameters
    ----------
    target : array, shape (H, W, 3), range 0..1
        The example texture, at least 23 pixels on a side.
    filters : int
        How many filters, shared out among the sizes 3, 5, 7, 11, 15 and 23.
    seed : int
        Of the filters.
    device : torch.device or str
        Where images will come from.

    Raises
    ------
    BadInput
        The example cannot be used.
    """

    name = "random-gram"

    def __init__(
        self,
        target: NDArray[np.floating],
        *,
        filters: int = 64,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        example = checked_target(target, SIZES[-1]).to(device)
        self._mean = example.mean(dim=(2, 3), keepdim=True)
        generator = np.random.default_rng(seed)
        self._banks = [
            torch.from_numpy(
                generator.standard_normal((count, 3, size, size), dtype=np.float32)
            ).to(device)
            for size, count in _shares(filters)
        ]
        # Large filters see more of the example's contrast than small ones: make all count alike.
        responses = self._responses(example, "reflect")
        self._scale = 1 / responses.std(dim=(0, 2), keepdim=True).clamp_min(1e-6)
        self._gram = _gram(functional.relu(responses * self._scale))

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int = 0) -> torch.Tensor:
        """Mean squared difference of the Gram matrices.

        Parameters
        ----------
        images : Tensor, shape (B, 3, H, W), float32, each side at least 11
            Toroidal pictures.
        draw : numpy.random.Generator or int
            Not used: these filters stay the same.

        Returns
        -------
        Tensor, scalar
            Differentiable.
        """
        responses = self._responses(images, "circular")
        return (_gram(functional.relu(responses * self._scale)) - self._gram).square().mean()

    def _responses(self, images: torch.Tensor, border: Border) -> torch.Tensor:
        """Responses (B, filters, H * W) of all sizes."""
        centred = images - self._mean
        return torch.cat(
            [
                functional.conv2d(pad(centred, bank.shape[-1] // 2, border), bank).flatten(2)
                for bank in self._banks
            ],
            dim=1,
        )


def _shares(filters: int) -> list[tuple[int, int]]:
    """How many filters of each size; the small sizes take what does not divide evenly."""
    each, rest = divmod(filters, len(SIZES))
    counts = [each + (place < rest) for place in range(len(SIZES))]
    return [(size, count) for size, count in zip(SIZES, counts, strict=True) if count]


def _gram(features: torch.Tensor) -> torch.Tensor:
    """Mean products of features: (B, C, N) to (B, C, C)."""
    return features @ features.transpose(1, 2) / features.shape[-1]
