"""Adam with a normalised gradient and a stepwise schedule, on a handful of small arrays.

Dividing each tensor's gradient by its own norm is what keeps long roll-outs from sudden jumps of
the loss late in training (Mordvintsev et al., Distill 2020). Weights of a cell are a few thousand
numbers, so plain numpy is as fast as anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Adam", "all_finite", "normalised", "scheduled"]

Tensors = dict[str, NDArray[np.float32]]

_TINY = 1e-8


def normalised(gradients: Mapping[str, NDArray[Any]]) -> Tensors:
    """Divide each tensor's gradient by its own L2 norm (+ 1e-8)."""
    return {
        name: np.asarray(g / (np.linalg.norm(g.astype(np.float64)) + _TINY), np.float32)
        for name, g in gradients.items()
    }


def all_finite(tensors: Mapping[str, NDArray[Any]]) -> bool:
    """Tell whether every number of every tensor is finite."""
    return all(bool(np.isfinite(t).all()) for t in tensors.values())


def scheduled(
    rate: float, update: int, planned: int, drops: tuple[float, ...], factor: float
) -> float:
    """Learning rate of an update: `rate` times `factor` for each of `drops` that has passed.

    `drops` are parts of the `planned` updates, 0 to 1.
    """
    passed = sum(update >= drop * planned for drop in drops)
    return float(rate * factor**passed)


class Adam:
    """Adam (Kingma and Ba, arXiv 1412.6980) that returns new weights instead of changing the old.

    So a training step that fails half way has changed nothing; `commit` takes the new moments.

    Parameters
    ----------
    weights : mapping of str to ndarray
        Only names and shapes are used.
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[Any]],
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        self._beta1, self._beta2, self._epsilon = beta1, beta2, epsilon
        self.count = 0
        self._first: Tensors = {k: np.zeros(w.shape, np.float32) for k, w in weights.items()}
        self._second: Tensors = {k: np.zeros(w.shape, np.float32) for k, w in weights.items()}

    def propose(
        self,
        weights: Mapping[str, NDArray[Any]],
        gradients: Mapping[str, NDArray[Any]],
        rate: float,
    ) -> tuple[Tensors, tuple[int, Tensors, Tensors]]:
        """Compute the next weights and moments without taking them.

        Returns
        -------
        weights : dict of str to ndarray
        moments
            To be handed to `commit` once everything is known to be good.
        """
        count = self.count + 1
        first: Tensors = {}
        second: Tensors = {}
        after: Tensors = {}
        # Both corrections in one factor each, in double: at update 1 they are 10 and 1000.
        grow1, grow2 = 1.0 / (1.0 - self._beta1**count), 1.0 / (1.0 - self._beta2**count)
        for name, weight in weights.items():
            g = gradients[name]
            first[name] = np.asarray(
                self._beta1 * self._first[name] + (1 - self._beta1) * g, np.float32
            )
            second[name] = np.asarray(
                self._beta2 * self._second[name] + (1 - self._beta2) * g * g, np.float32
            )
            step = first[name] * grow1 / (np.sqrt(second[name] * grow2) + self._epsilon)
            after[name] = np.asarray(weight - rate * step, np.float32)
        return after, (count, first, second)

    def commit(self, moments: tuple[int, Tensors, Tensors]) -> None:
        """Take the moments that `propose` computed."""
        self.count, self._first, self._second = moments

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the whole state: the count of updates and both moments of every weight."""
        state: dict[str, NDArray[Any]] = {"adam_count": np.array([self.count], np.int64)}
        state |= {f"adam_first_{k}": v for k, v in self._first.items()}
        return state | {f"adam_second_{k}": v for k, v in self._second.items()}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what `arrays` returned."""
        self.count = int(arrays["adam_count"][0])
        self._first = {k: np.array(arrays[f"adam_first_{k}"]) for k in self._first}
        self._second = {k: np.array(arrays[f"adam_second_{k}"]) for k in self._second}
