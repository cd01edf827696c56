"""What attention learns from: endless sequences that are drawn where they are used.

A task has `draw(draws, batch) -> Batch`. Nothing is downloaded and nothing is stored: every update
sees sequences that were never seen before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["Batch", "Draws"]


@dataclass(frozen=True, eq=False)
class Batch:
    """Sequences of one update and what is wanted of them.

    Attributes
    ----------
    tokens : Tensor
        ``(B, T, width)`` float, or ``(B, T)`` int64 for symbols.
    targets : Tensor
        What a task's loss compares outputs with; its first axis is the batch.
    mask : Tensor, optional
        1 where a target counts, of the shape that the task's loss expects; None where all count.
    """

    tokens: Tensor
    targets: Tensor
    mask: Tensor | None = None


class Draws:
    """Random tensors on a device, all from one numpy generator whose state can be saved.

    On the CPU the numbers are the generator's own. On a GPU they come from a torch generator there
    that is seeded by one integer of it, made anew by every `Draws`: so make one for each update,
    and the saved state of the numpy generator is all that resuming needs.

    Parameters
    ----------
    rng : numpy.random.Generator
    device : str
        "cpu" or "cuda".
    dtype : torch.dtype, optional
        Of the numbers; float32 if none is given.
    """

    def __init__(
        self, rng: np.random.Generator, device: str = "cpu", dtype: torch.dtype | None = None
    ) -> None:
        import torch

        self._rng = rng
        self.device = device
        self.dtype = dtype or torch.float32
        self._there: torch.Generator | None = None
        if device != "cpu":
            self._there = torch.Generator(device=device)
            self._there.manual_seed(int(rng.integers(2**63)))

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> Tensor:
        """Draw from U(low, high), `high` not included."""
        import torch

        if self._there is None:
            unit = torch.from_numpy(np.asarray(self._rng.random(shape, self._kind())))
        else:
            unit = torch.rand(shape, generator=self._there, device=self.device, dtype=self.dtype)
        return unit * (high - low) + low

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Draw from N(0, 1)."""
        import torch

        if self._there is None:
            return torch.from_numpy(np.asarray(self._rng.standard_normal(shape, self._kind())))
        return torch.randn(shape, generator=self._there, device=self.device, dtype=self.dtype)

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Tensor:
        """Draw int64 from low to high - 1."""
        import torch

        if self._there is None:
            drawn = np.asarray(self._rng.integers(low, high, shape, np.int64))
            return torch.from_numpy(drawn)
        return torch.randint(low, high, shape, generator=self._there, device=self.device)

    def order(self, rows: int, count: int) -> Tensor:
        """Draw `rows` permutations of 0 to count - 1: int64 (rows, count)."""
        return self.uniform(0.0, 1.0, (rows, count)).argsort(dim=1)

    def exponential(self, shape: tuple[int, ...]) -> Tensor:
        """Draw from the exponential law of rate 1."""
        return -(1.0 - self.uniform(0.0, 1.0, shape)).log()

    def laplace(self, shape: tuple[int, ...]) -> Tensor:
        """Draw from the Laplace law of variance 1: the difference of two exponentials / sqrt 2."""
        return (self.exponential(shape) - self.exponential(shape)) / math.sqrt(2.0)

    def _kind(self) -> type[np.float32] | type[np.float64]:
        import torch

        return np.float64 if self.dtype == torch.float64 else np.float32
