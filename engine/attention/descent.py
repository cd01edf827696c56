"""Gradient descent on the examples of a prompt: what a trained layer is compared with.

von Oswald et al., arXiv 2212.07677. Loss of a prompt is the *sum* 1/2 sum_i (W x_i - y_i)^2 and a
step size eta multiplies its gradient (the released code prints eta N). GD++ (appendix A.10) also
takes x_j <- x_j - gamma sum_i x_i (x_i . x_j) in every step, for the query as well, which improves
the conditioning of the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attention.minimising import minimise
from engine.attention.tasks.regression import LinearRegression, Prompts, squared_loss

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "Steps",
    "answers",
    "descend",
    "expected_loss",
    "expected_optimum",
    "least_squares",
    "tune",
]

_SCAN = 100  # step sizes that are tried before the best is refined
_WIDEST = 4.0  # times the best single step; more of them only want smaller ones
_FIRST_GAMMA = 0.05  # of eta


@dataclass(frozen=True)
class Steps:
    """Step sizes of some steps of gradient descent.

    Attributes
    ----------
    etas : tuple of float
        Of each step, on the sum over the examples.
    gammas : tuple of float
        How far each step contracts the inputs; empty or zeros for plain gradient descent. The last
        is of no consequence: nothing is read from the inputs afterwards.
    """

    etas: tuple[float, ...]
    gammas: tuple[float, ...] = ()

    @classmethod
    def same(cls, eta: float, gamma: float, count: int) -> Steps:
        """Make `count` equal steps."""
        return cls((eta,) * count, (gamma,) * count)

    def pairs(self) -> tuple[tuple[float, float], ...]:
        """List (eta, gamma) of each step."""
        gammas = self.gammas or (0.0,) * len(self.etas)
        return tuple(zip(self.etas, gammas, strict=True))


def descend(prompts: Prompts, steps: Steps, start: Tensor | None = None) -> Tensor:
    """Take the steps and return W (B, D): the answer is W . query, and W its gradient by the query.

    Parameters
    ----------
    prompts : Prompts
    steps : Steps
    start : Tensor, optional
        W before the first step, (D,) or (B, D); zeros if not given.
    """
    import torch

    x = prompts.x
    weights = torch.zeros_like(prompts.query) if start is None else start.expand_as(prompts.query)
    residual = prompts.y - (x @ weights[:, :, None])[..., 0]
    seen: Tensor | None = None  # the present inputs are x0 @ seen; None as long as they are x0
    for eta, gamma in steps.pairs():
        downhill = (residual[:, None] @ x)[:, 0]
        there = downhill if seen is None else (seen @ downhill[..., None])[..., 0]
        weights = weights + eta * there
        residual = residual - eta * (x @ downhill[..., None])[..., 0]
        if gamma:
            moment = x.mT @ x
            shrink = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device) - gamma * moment
            x = x @ shrink
            seen = shrink.expand_as(moment) if seen is None else seen @ shrink
    return weights


def answers(prompts: Prompts, weights: Tensor) -> Tensor:
    """Return W . query (B,) of linear maps (B, D)."""
    return (weights * prompts.query).sum(-1)


def least_squares(prompts: Prompts, ridge: float = 1e-6) -> Tensor:
    """Solve for W (B, D) outright: (X'X + ridge) W = X'y, in float64.

    With at least D examples and no noise that is the truth; with fewer, the shortest W that fits.
    Where numbers are so large that float64 calls X'X singular, W is NaN.
    """
    x, y = prompts.x.double(), prompts.y.double()
    moment = x.mT @ x
    moment.diagonal(dim1=-2, dim2=-1).add_(ridge)
    import torch

    solved, singular = torch.linalg.solve_ex(moment, (x.mT @ y[..., None])[..., 0])
    sound: Tensor = solved.masked_fill(singular[..., None] != 0, math.nan)
    return sound.to(prompts.x.dtype)


def expected_loss(task: LinearRegression, eta: float) -> float:
    """Return the loss of one step of size `eta` from zero, over all uniform problems, exactly.

    With s = r^2/12, m = r^4/80 and k labels of N right: the step answers w' C x + noise, so the
    loss is 1/2 [ |w|^2 s (D - 2 eta tr E C + eta^2 tr E C^2) + eta^2 (N - k) D s^2 ].
    """
    size, first, second, noise = _moments(task)
    scale = task.weight_scale**2
    bent = task.dims - 2.0 * eta * first + eta * eta * second
    return 0.5 * (scale * size * bent + eta * eta * noise)


def expected_optimum(task: LinearRegression) -> tuple[float, float]:
    """Return the best step size of one step and its loss, exactly (D = N = 10: .60606, .20623)."""
    size, first, second, noise = _moments(task)
    scale = task.weight_scale**2 * size
    eta = scale * first / (scale * second + noise)
    return eta, expected_loss(task, eta)


def _moments(task: LinearRegression) -> tuple[float, float, float, float]:
    """Return E x^2, tr E C and tr E C^2 over the right labels, and the variance of the wrong."""
    if task.law != "uniform":
        raise ValueError("moments are those of uniform inputs")
    d, right = task.dims, task.points - task.noisy
    size, fourth = task.input_range**2 / 12.0, task.input_range**4 / 80.0
    own = right * (d * fourth + d * (d - 1) * size**2)
    return size, right * d * size, own + right * (right - 1) * d * size**2, task.noisy * d * size**2


class _Spectrum:
    """Problems in the eigenbasis of X'X, where steps from zero are recursions of plain numbers.

    The answer is sum_d along_d s(l_d): s sums the steps, h = X'(residual), m scales the inputs.
    """

    def __init__(self, prompts: Prompts) -> None:
        import torch

        x, y = prompts.x.double(), prompts.y.double()
        self.values, basis = torch.linalg.eigh(x.mT @ x)
        gradient = ((y[:, None] @ x) @ basis)[:, 0]
        self.along = gradient * (prompts.query.double()[:, None] @ basis)[:, 0]
        self.target = prompts.target.double()

    def loss(self, etas: Tensor, gammas: Tensor) -> Tensor:
        """Return the loss of steps of sizes (count,)."""
        import torch

        total = torch.zeros_like(self.values)
        left, scale = torch.ones_like(total), torch.ones_like(total)
        for eta, gamma in zip(etas.unbind(), gammas.unbind(), strict=True):
            square = scale * scale
            total = total + eta * square * left
            left = left * (1.0 - eta * square * self.values)
            scale = scale * (1.0 - gamma * square * self.values)
        return squared_loss((self.along * total).sum(-1), self.target)


def tune(
    prompts: Prompts,
    count: int,
    *,
    curved: bool = False,
    apart: bool = False,
    poll: Callable[[], None] | None = None,
) -> tuple[Steps, float]:
    """Find the best step sizes for these problems.

    Plain equal steps are scanned, then everything that is asked for is refined together by L-BFGS
    in float64, which stands for the thousands of updates of the released code.

    Parameters
    ----------
    prompts : Prompts
        Thousands of them; what is tuned is tuned for these.
    count : int
        Steps.
    curved : bool
        GD++: contract the inputs, too.
    apart : bool
        Every step has sizes of its own.

    Returns
    -------
    steps : Steps
    loss : float
        On these problems.
    """
    import torch

    look = poll or (lambda: None)
    spectrum = _Spectrum(prompts)
    single = spectrum.along.sum(-1)
    unit = float((single * spectrum.target).mean() / single.square().mean())
    none = torch.zeros(count, dtype=torch.float64, device=single.device)
    scanned: list[tuple[float, float]] = []
    for i in range(1, _SCAN + 1):
        look()
        eta = unit * _WIDEST * i / _SCAN
        scanned.append((float(spectrum.loss(none + eta, none)), eta))
    eta = min(scanned)[1]
    sizes = torch.tensor([[eta], [_FIRST_GAMMA * eta]][: 2 if curved else 1], dtype=torch.float64)
    loss, sizes = _refine(spectrum, sizes.to(none.device), none, look)
    if apart:  # equal steps are a saddle: whichever comes first, the loss is the same
        spread = torch.linspace(1.2, 0.8, count, dtype=torch.float64, device=none.device)
        loss, sizes = min((loss, sizes), _refine(spectrum, sizes * spread, none, look), key=_loss)
    rows = [tuple(float(size) for size in row.expand(count)) for row in sizes]
    return Steps(*rows), loss


def _loss(found: tuple[float, Tensor]) -> float:
    return found[0]


def _refine(
    spectrum: _Spectrum, sizes: Tensor, none: Tensor, look: Callable[[], None]
) -> tuple[float, Tensor]:
    """Descend from `sizes` (1 or 2, 1 or count); the best that was met, with its loss."""

    def loss(sizes: Tensor) -> Tensor:
        etas = sizes[0].expand_as(none)
        return spectrum.loss(etas, sizes[1].expand_as(none) if len(sizes) > 1 else none)

    return minimise(loss, sizes, look)
