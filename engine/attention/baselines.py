"""What is known to learn a linear law from a sequence: gradient descent, ridge, Chebyshev.

Each predicts s_{t+1} at every position from the pairs (z_{t'-1}, s_t') that were seen up to t, as
attention does; curves of loss by position lie on top of each other where attention found the same
algorithm (von Oswald et al., arXiv 2309.05858, section 5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.attention.minimising import minimise
from engine.attention.tasks.dynamics import Pairs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "CHEBYSHEV",
    "chebyshev",
    "descend",
    "descent_steps",
    "losses",
    "precondition",
    "ridge_by_position",
]

CHEBYSHEV: tuple[tuple[float, float], ...] = (
    (1.029, 0.0),
    (3.855, 0.640),
    (3.747, 0.480),
    (3.383, 0.814),
    (2.988, 1.668),
    (2.093, 2.420),
)
"""Steps alpha and momenta beta of the six iterations that the paper's authors learned."""

CHEBYSHEV_LAM = 1e-3

_ROOM = 1 << 25  # bytes that the second moments of one slice of the batch may take


def descend(pairs: Pairs, *etas: float) -> Tensor:
    """Predict by steps of gradient descent from W = 0 on 1/2 sum abs(v - W k)^2.

    One step is Proposition 1: eta times sum over t' <= t of v_t' (k_t' . q_t). Every position takes
    all its steps on the pairs that it has seen. Returns ``(B, T, D)``.
    """
    out, left = pairs.values * 0.0, pairs.queries
    for eta in etas:
        scores = (left @ pairs.keys.mT).tril()
        out = out + eta * (scores @ pairs.values)
        left = left - eta * (scores @ pairs.keys)
    return out


def descent_steps(pairs: Pairs, count: int = 1) -> tuple[float, ...]:
    """Find the step sizes of `descend` with the least loss.

    Predictions are a polynomial in the steps whose terms G_t H_t^j q_t need computing only once:
    the loss is a quadratic form of its coefficients. One step is its minimum; several are found by
    quasi-Newton steps from one step's size.
    """
    import torch

    keys, values = pairs.keys.double(), pairs.values.double()
    left, targets = pairs.queries.double(), pairs.targets.double()
    terms = []
    for _ in range(count):
        scores = (left @ keys.mT).tril()
        terms.append((scores @ values).flatten())
        left = scores @ keys
    basis = torch.stack(terms)
    # Terms grow by a factor of H each: in units of their size the search is well conditioned.
    gram, along = basis @ basis.mT, basis @ targets.flatten()
    unit = float(along[0] / gram[0, 0])
    if count == 1:
        return (unit,)
    # Equal steps would stay equal.
    start = torch.linspace(0.2, 1.2, count, dtype=torch.float64, device=basis.device)
    scale = float(targets.square().sum())

    def loss(steps: Tensor) -> Tensor:
        coefficients = _coefficients(steps * unit)
        return (0.5 * coefficients @ gram @ coefficients - coefficients @ along) / scale

    return tuple(sorted((minimise(loss, start)[1] * unit).tolist()))


def _coefficients(etas: Tensor) -> Tensor:
    """Return c with sum_l eta_l prod_{m<l} (1 - eta_m x) = sum_j c_j x^j."""
    import torch

    left = torch.cat([etas.new_ones(1), etas.new_zeros(len(etas) - 1)])
    total = torch.zeros_like(left)
    for eta in etas:
        total = total + eta * left
        left = left - eta * torch.cat([left.new_zeros(1), left[:-1]])
    return total


def ridge_by_position(pairs: Pairs, lam: float, *, newest: bool = True) -> Tensor:
    """Predict by ridge regression on all pairs seen so far: G_t (H_t + lam I)^-1 q_t.

    Computed in double precision. With `newest` false the newest pair is left out, as in the
    reference's least squares; what falls at t = K + 1 then falls one token later.

    Returns
    -------
    Tensor
        ``(B, T, D)`` of the pairs' own type.
    """
    import torch

    def invert(moments: Tensor, queries: Tensor) -> Tensor:
        factor = torch.linalg.cholesky(_loaded(moments, lam))
        solved: Tensor = torch.cholesky_solve(queries[..., None], factor)[..., 0]
        return solved

    return _predict(pairs, invert, newest=newest)


def chebyshev(pairs: Pairs, *, newest: bool = False) -> Tensor:
    """Predict with the inverse approximated by the six learned Chebyshev iterations.

    Proposition 2: what layers before the last can do. The newest pair is left out as in the
    reference. Returns ``(B, T, D)``.
    """

    def invert(moments: Tensor, queries: Tensor) -> Tensor:
        matrix = _loaded(moments, CHEBYSHEV_LAM)
        size = matrix.norm(dim=(-2, -1))[..., None]
        # All iterates are polynomials in one matrix: applying them to the query needs no product
        # of matrices.
        power, now, before = queries, queries, queries
        for alpha, beta in CHEBYSHEV:
            power = power - alpha / size * (matrix @ power[..., None])[..., 0]
            now, before = now + power + beta * (now - before), now
        found: Tensor = now / size
        return found

    return _predict(pairs, invert, newest=newest)


def precondition(pairs: Pairs, lam: float) -> Tensor:
    """Return (H_t + lam I)^-1 q_t, ``(B, T, K)`` double: what deep models compute on the way."""
    import torch

    parts = []
    for part in _slices(pairs):
        moments = _second_moments(part.keys.double())
        factor = torch.linalg.cholesky(_loaded(moments, lam))
        parts.append(torch.cholesky_solve(part.queries.double()[..., None], factor)[..., 0])
    return torch.cat(parts)


def losses(predictions: Tensor, targets: Tensor) -> Tensor:
    """Half the squared error summed over dimensions, by position ``(T,)``, mean over sequences."""
    return 0.5 * (predictions - targets).square().sum(-1).mean(0)


def _predict(pairs: Pairs, invert: Callable[[Tensor, Tensor], Tensor], *, newest: bool) -> Tensor:
    """Weigh the values by keys . (H^-1 q), H^-1 q as `invert(H without lam, q)` says."""
    import torch

    parts = []
    for part in _slices(pairs):
        keys, queries = part.keys.double(), part.queries.double()
        moments = _second_moments(keys)
        if not newest:
            moments = torch.cat([torch.zeros_like(moments[:, :1]), moments[:, :-1]], 1)
        solved = invert(moments, queries)
        scores = (solved @ keys.mT).tril(0 if newest else -1)
        parts.append(scores @ part.values.double())
    return torch.cat(parts).to(pairs.values.dtype)


def _slices(pairs: Pairs) -> list[Pairs]:
    """Cut a batch so that the moments of a slice fit into `_ROOM`."""
    batch, length, size = pairs.keys.shape
    rows = max(1, _ROOM // (8 * length * size * size))
    return [
        Pairs(
            pairs.keys[at : at + rows],
            pairs.values[at : at + rows],
            pairs.queries[at : at + rows],
            pairs.targets[at : at + rows],
        )
        for at in range(0, batch, rows)
    ]


def _second_moments(keys: Tensor) -> Tensor:
    """Return sum over t' <= t of k k^T, ``(B, T, K, K)``."""
    return (keys[..., :, None] * keys[..., None, :]).cumsum(1)


def _loaded(moments: Tensor, lam: float) -> Tensor:
    import torch

    size = moments.shape[-1]
    return moments + lam * torch.eye(size, dtype=moments.dtype, device=moments.device)
