"""Adam with decoupled weight decay on one flat vector: a few operations, whatever is in it.

The models here are some hundred to some ten thousand numbers in a dozen matrices, so an optimiser
that goes from matrix to matrix spends its time on the way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.core.errors import BadInput

__all__ = ["Adam", "Moments"]

_LAST = 10**12  # updates that nobody lives to see; beyond them corrections overflow


@dataclass(frozen=True, eq=False)
class Moments:
    """Updates so far, and the running means (N,) of the gradient and of its square."""

    count: int
    first: Tensor
    second: Tensor

    @classmethod
    def of(cls, vector: Tensor) -> Moments:
        """Begin with zeros beside a vector."""
        return cls(0, torch.zeros_like(vector), torch.zeros_like(vector))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all of it for a checkpoint; shapes never change."""
        return {
            "adam_count": np.array([self.count], np.int64),
            "adam_first": self.first.cpu().numpy().copy(),
            "adam_second": self.second.cpu().numpy().copy(),
        }

    def like(self, arrays: Mapping[str, NDArray[np.generic]]) -> Moments:
        """Return what `arrays` was made of, on the same device.

        Raises
        ------
        ValueError
            If shapes differ.
        BadInput
            If no training could have come to such numbers.
        """
        if arrays["adam_first"].shape != self.first.shape:
            raise ValueError("the optimiser belongs to another model")
        count = int(arrays["adam_count"][0])
        least = float(np.asarray(arrays["adam_second"], np.float64).min(initial=0.0))
        if not 0 <= count <= _LAST or least < 0:
            raise BadInput(
                f"the optimiser is damaged: {count} updates, mean squares from {least:.3g} on",
                remedy="Use an earlier checkpoint",
            )
        return Moments(
            count,
            torch.tensor(arrays["adam_first"]).to(self.first),
            torch.tensor(arrays["adam_second"]).to(self.second),
        )


@dataclass(frozen=True)
class Adam:
    """AdamW (Loshchilov and Hutter, arXiv 1711.05101) that returns new values, changing no old one.

    Parameters
    ----------
    beta1, beta2, epsilon : float
    decay : float
        Weight decay, multiplied by the learning rate.
    """

    beta1: float = 0.9
    beta2: float = 0.98
    epsilon: float = 1e-8
    decay: float = 0.0

    def step(
        self, vector: Tensor, gradient: Tensor, moments: Moments, rate: float
    ) -> tuple[Tensor, Moments]:
        """Return the vector after an update, and the moments after it."""
        count = moments.count + 1
        first = torch.lerp(moments.first, gradient, 1 - self.beta1)
        second = torch.addcmul(
            moments.second * self.beta2, gradient, gradient, value=1 - self.beta2
        )
        # Both corrections as numbers: one pass over the vector less each.
        root = second.sqrt().div_(math.sqrt(1 - self.beta2**count)).add_(self.epsilon)
        kept = vector * (1 - rate * self.decay) if self.decay else vector
        moved = torch.addcdiv(kept, first, root, value=-rate / (1 - self.beta1**count))
        return moved, Moments(count, first, second)
