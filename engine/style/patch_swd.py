"""The embedded style loss: multi-scale patch sliced Wasserstein distance.

Two textures look alike when their small patches are distributed alike, at every scale. A random 5
x 5 filter projects all patches of a picture to numbers; the sorted numbers of two pictures,
compared in order, give the Wasserstein distance of the projections; many filters and the levels
of a sharpened pyramid together describe the texture. It needs no trained network. After Heitz,
Vanhoey, Chambon and Belcour (arXiv 2006.07229), Houdard, Leclaire, Papadakis and Rabin (arXiv
2007.03408) and the patches of muNCA (arXiv 2111.13545).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.core.errors import BadInput
from engine.style.example import checked_target
from engine.style.pyramid import Border, default_levels, pad, sharpened_pyramid
from engine.style.sorting import resample_sorted, sort_rows, sorted_squared_distance

__all__ = ["PatchSwd", "StyleBaselines"]

PATCH = 5
HELD_OUT_PATCH = 7
_HELD_OUT_FILTERS = 96
_LARGEST_BANK_ROW = 16_384  # quantiles kept of one filter: all of a 128 x 128 example

Measure = Literal["training", "held-out"]


@dataclass(frozen=True, slots=True)
class StyleBaselines:
    """Style distances to show beside a loss, so that a reader knows what is small.

    Attributes
    ----------
    shuffled : float
        Of the example's pixels in random places: right colours, no texture.
    constant : float
        Of the example's mean colour.
    crop : float
        Of another part of the example itself: about the least that can be reached.
    """

    shuffled: float
    constant: float
    crop: float


class PatchSwd:
    """Style distance of pictures to one example texture.

    Parameters
    ----------
    target : array, shape (H, W, 3), range 0..1
        The example texture.
    levels : int, optional
        Levels of the pyramid; when left out, by the example's shorter side (`default_levels`).
    sets : int
        Sets of random filters; each call of `loss` uses one.
    filters : int
        Filters in a set; 32 on a CPU, 64 to 128 on a GPU.
    seed : int
        Of the random filters.
    device : torch.device or str
        Where images will come from.

    Raises
    ------
    BadInput
        The example is not such an array, is not finite, or too small for so many levels.
    """

    name = "patch-swd"

    def __init__(
        self,
        target: NDArray[np.floating],
        levels: int | None = None,
        *,
        sets: int = 24,
        filters: int = 32,
        seed: int = 0,
        device: torch.device | str = "cpu",
    ) -> None:
        self.target = checked_target(target).to(device)
        side = min(self.target.shape[2:])
        self.levels = default_levels(side) if levels is None else levels
        least = HELD_OUT_PATCH * 2 ** (self.levels - 1)
        if self.levels < 1 or side < least:
            raise BadInput(
                f"a texture of {side} pixels is too small for {self.levels} levels of patches",
                remedy=f"Use one of at least {least} pixels on its shorter side",
            )
        generator = np.random.default_rng(seed)
        self._banks = [self._bank(generator, filters, PATCH) for _ in range(sets)]

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int) -> torch.Tensor:
        """Style distance of a batch of toroidal pictures, by one set of filters.

        Parameters
        ----------
        images : Tensor, shape (B, 3, H, W), float32
            Pictures in the example's range; values beyond it are allowed.
        draw : numpy.random.Generator or int
            Chooses the set: drawn from the generator, or this number modulo the number of sets.

        Returns
        -------
        Tensor, scalar
            Sum over levels of the mean squared difference of sorted responses; differentiable.
        """
        if isinstance(draw, np.random.Generator):
            draw = int(draw.integers(len(self._banks)))
        pyramid = sharpened_pyramid(images, self.levels, "circular")
        return self._banks[draw % len(self._banks)].distance(pyramid, "circular")

    def held_out(self, image: NDArray[np.floating] | torch.Tensor, seed: int = 0) -> float:
        """Style distance by 7 x 7 patches and filters that training never sees.

        Parameters
        ----------
        image : array (H, W, 3) or Tensor (3, H, W) or (B, 3, H, W)
            Toroidal picture or pictures.
        seed : int
            Of the filters.
        """
        return self.distance(image, measure="held-out", seed=seed)

    @torch.no_grad()
    def distance(
        self,
        image: NDArray[np.floating] | torch.Tensor,
        *,
        measure: Measure = "held-out",
        torus: bool = True,
        seed: int = 0,
    ) -> float:
        """Style distance as a number, for reports.

        Parameters
        ----------
        image : array (H, W, 3) or Tensor (3, H, W) or (B, 3, H, W)
            Picture or pictures.
        measure : {"training", "held-out"}
            The mean of `loss` over all sets, or 7 x 7 filters drawn from `seed`.
        torus : bool
            Whether the picture continues on its other side; a crop of a photograph does not.
        seed : int
            Of the held-out filters.
        """
        images = self._as_batch(image)
        border: Border = "circular" if torus else "reflect"
        pyramid = sharpened_pyramid(images, self.levels, border)
        if measure == "training":
            banks = self._banks
        else:
            generator = np.random.default_rng([seed, HELD_OUT_PATCH])
            banks = [self._bank(generator, _HELD_OUT_FILTERS, HELD_OUT_PATCH)]
        return float(np.mean([bank.distance(pyramid, border).item() for bank in banks]))

    def noise_distance(self, size: int, *, measure: Measure = "held-out", seed: int = 0) -> float:
        """Style distance of `size` x `size` pixels of the example in random places."""
        generator = np.random.default_rng(seed)
        pixels = self.target[0].reshape(3, -1)
        places = generator.integers(pixels.shape[1], size=size * size)
        shuffled = pixels[:, torch.from_numpy(places).to(pixels.device)].reshape(3, size, size)
        return self.distance(shuffled, measure=measure, seed=seed)

    def constant_distance(
        self, size: int, *, measure: Measure = "held-out", seed: int = 0
    ) -> float:
        """Style distance of `size` x `size` pixels of the example's mean colour."""
        mean = self.target.mean(dim=(0, 2, 3)).reshape(3, 1, 1)
        return self.distance(mean.expand(3, size, size), measure=measure, seed=seed)

    def crop_distance(self, size: int, *, measure: Measure = "held-out", seed: int = 0) -> float:
        """Style distance of a random `size` x `size` part of the example (all of it if smaller)."""
        height, width = self.target.shape[2:]
        generator = np.random.default_rng(seed)
        top = int(generator.integers(max(height - size, 0) + 1))
        left = int(generator.integers(max(width - size, 0) + 1))
        crop = self.target[0, :, top : top + size, left : left + size]
        return self.distance(crop, measure=measure, torus=False, seed=seed)

    def baselines(
        self, size: int, *, measure: Measure = "training", seed: int = 0
    ) -> StyleBaselines:
        """The three distances to show beside the loss of `size` x `size` pictures."""
        return StyleBaselines(
            shuffled=self.noise_distance(size, measure=measure, seed=seed),
            constant=self.constant_distance(size, measure=measure, seed=seed),
            crop=self.crop_distance(size, measure=measure, seed=seed),
        )

    def _bank(self, generator: np.random.Generator, filters: int, patch: int) -> _Bank:
        weights = generator.standard_normal((filters, 3, patch, patch), dtype=np.float32)
        weights /= np.sqrt(np.square(weights).sum(axis=(1, 2, 3), keepdims=True))
        return _Bank(torch.from_numpy(weights).to(self.target.device), self.target, self.levels)

    def _as_batch(self, image: NDArray[np.floating] | torch.Tensor) -> torch.Tensor:
        if isinstance(image, np.ndarray):
            image = torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)
        batch = image if image.ndim == 4 else image[None]
        return batch.to(self.target.device, torch.float32)


class _Bank:
    """One set of filters and the example's sorted responses to it, at every level."""

    def __init__(self, weights: torch.Tensor, target: torch.Tensor, levels: int) -> None:
        self._weights = weights
        self._sorted = []
        for level in sharpened_pyramid(target, levels, "reflect"):
            # Only whole patches of the example count: a mirrored border would invent some.
            responses = functional.conv2d(level, weights)[0].flatten(1)
            ascending = sort_rows(responses)
            kept = min(ascending.shape[1], _LARGEST_BANK_ROW)
            self._sorted.append(resample_sorted(ascending, kept))

    def distance(self, pyramid: list[torch.Tensor], border: Border) -> torch.Tensor:
        radius = self._weights.shape[-1] // 2
        total = pyramid[0].new_zeros(())
        for level, ascending in zip(pyramid, self._sorted, strict=True):
            continued = pad(level, radius, border) if border == "circular" else level
            responses = functional.conv2d(continued, self._weights).flatten(2)
            wanted = resample_sorted(ascending, responses.shape[-1])
            total = total + sorted_squared_distance(responses, wanted)
        return total
