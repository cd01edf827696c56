"""A rollout on a torch device behind the interface of `engine.nca.train.Rollout`, for CUDA."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from engine.nca.rule import FloatArray, Rule, Weights
from engine.nca.train import Gradients, Rollout, Settings

if TYPE_CHECKING:
    import torch

__all__ = ["TensorRollout", "make_rollout"]

Poll = Callable[[], None] | None


class TensorRollout:
    """A forward run whose gradients torch computes; arrays are numpy at the border.

    Parameters
    ----------
    rule, weights, x0, steps, settings, poll
        As of `Rollout`.
    device : str
        Where torch computes.
    normalise_state : bool
        As of `Rollout.backward`; torch must know it before the run.
    """

    def __init__(
        self,
        rule: Rule,
        weights: Weights,
        x0: FloatArray,
        steps: int,
        settings: Settings,
        poll: Poll = None,
        *,
        device: str = "cuda",
        normalise_state: bool = False,
    ) -> None:
        import torch

        from engine.nca.autograd import eager

        self._rule = rule
        self._weights = {
            name: torch.from_numpy(array.copy()).to(device).requires_grad_()
            for name, array in weights.arrays().items()
        }
        self._x0 = torch.from_numpy(x0.copy()).to(device).requires_grad_()
        self._last: torch.Tensor = eager(
            rule, self._weights, self._x0, steps, settings, None, normalise_state, poll
        )
        self.final: FloatArray = np.ascontiguousarray(self._last.detach().cpu().numpy())

    def backward(self, grad: FloatArray) -> Gradients:
        """Return the gradient of weights and first state, from that of the last state."""
        import torch

        seed = torch.from_numpy(grad).to(self._last.device)
        found = torch.autograd.grad(self._last, [*self._weights.values(), self._x0], seed)
        *tensors, x0 = (np.ascontiguousarray(g.cpu().numpy()) for g in found)
        named = dict(zip(self._weights, tensors, strict=True))
        return Gradients(Weights.from_arrays(self._rule, named), x0)


class _FusedRollout:
    """`Rollout` with the options of the backward pass given beforehand."""

    def __init__(self, made: Rollout, normalise_state: bool, poll: Poll) -> None:
        self._made, self._normalise, self._poll = made, normalise_state, poll
        self.final = made.final

    def backward(self, grad: FloatArray) -> Gradients:
        return self._made.backward(grad, normalise_state=self._normalise, poll=self._poll)


def make_rollout(
    device: str,
    rule: Rule,
    weights: Weights,
    x0: FloatArray,
    steps: int,
    settings: Settings,
    poll: Poll = None,
    *,
    normalise_state: bool = False,
) -> TensorRollout | _FusedRollout:
    """Run forward, on "cpu" by the fused kernels, elsewhere by torch."""
    if device == "cpu":
        made = Rollout(rule, weights, x0, steps, settings, poll)
        return _FusedRollout(made, normalise_state, poll)
    return TensorRollout(
        rule, weights, x0, steps, settings, poll, device=device, normalise_state=normalise_state
    )
