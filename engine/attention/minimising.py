"""The least of a smooth function of a few numbers: L-BFGS with torch's gradients.

Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained optimization", SIAM J.
Sci. Comput. 16 (1995), as scipy has it. An optimiser of torch's own would import its compiler, many
seconds long, as soon as it is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["minimise"]

_ITERATIONS = 200
_HIGH = 1e30  # stands for what overflowed; line searches need numbers


def minimise(
    function: Callable[[Tensor], Tensor], start: Tensor, poll: Callable[[], None] = lambda: None
) -> tuple[float, Tensor]:
    """Descend from `start` and return the least value that was met, and where.

    Numbers are taken in units of their starts and values in units of the first one, so that nothing
    depends on anybody's units.

    Parameters
    ----------
    function : callable
        Returns a scalar, differentiable; may overflow far from the start.
    start : Tensor
        Float64 of any shape on any device; none of it should be 0.
    poll : callable
        Called before every evaluation; what it raises ends the search.
    """
    import torch
    from scipy.optimize import minimize

    sizes = start.abs().clamp(min=torch.finfo(start.dtype).tiny)
    best, unit = (math.inf, start), 0.0

    def measured(flat: NDArray[np.float64]) -> tuple[float, NDArray[Any]]:
        nonlocal best, unit
        poll()
        with torch.enable_grad():
            at = torch.as_tensor(flat).to(sizes).reshape(sizes.shape).requires_grad_()
            value = function(at * sizes)
            (slope,) = torch.autograd.grad(value, at)
        found = float(value.detach())
        if found < best[0]:
            best = found, at.detach() * sizes
        unit = unit or abs(found) or 1.0
        flat_slope = slope.cpu().numpy().ravel() / unit
        if not (math.isfinite(found) and np.isfinite(flat_slope).all()):
            return _HIGH, np.zeros_like(flat)
        return found / unit, flat_slope

    minimize(
        measured,
        (start / sizes).cpu().numpy().ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS, "ftol": 1e-15, "gtol": 1e-10},
    )
    return best
