"""Solving ``(H_t + lam I) x_t = b_t`` for all positions of a sequence, in torch on any device.

``H_t = sum_{s<=t} k_s k_s^T`` are the second moments of the keys read so far (arXiv 2309.05858,
section 4; the chunked conjugate gradient is that of MesaNet, arXiv 2506.05233). Every form takes
``keys`` (N, T, K), ``lam`` (N,) and ``targets`` (N, T, K) and returns ``x`` (N, T, K):

`cholesky`
    All matrices at once, a factor each. In chunks of time where all would not fit in memory.
`naive`
    `torch.linalg.solve` of every matrix: what one writes first.
`sherman_morrison`
    The recurrence over the inverses, step by step: the reference form, and the plain side of the
    bench. Autograd goes through it.
`conjugate_gradients`
    A number of iterations for all positions together; the matrices are never formed.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

__all__ = [
    "causal",
    "cholesky",
    "conjugate_gradients",
    "inverses",
    "moments",
    "naive",
    "sherman_morrison",
]

CHUNK = 64  # positions whose products with each other are formed; those before come as a sum
_BUDGET = 1 << 25  # numbers in the matrices that are factored at once


def causal(a: Tensor, b: Tensor, c: Tensor, *, back: bool = False) -> Tensor:
    """Linear attention ``y_t = sum_{s<=t} (a_t . b_s) c_s``, in chunks.

    Parameters
    ----------
    a, b : Tensor (N, T, K)
    c : Tensor (N, T, V)
    back : bool
        Sum over ``s >= t`` instead.

    Returns
    -------
    Tensor (N, T, V)
    """
    length = a.shape[1]
    if length <= 2 * CHUNK:
        scores = a @ b.mT
        return (scores.triu_() if back else scores.tril_()) @ c
    starts = range(0, length, CHUNK)
    out, carried = torch.empty_like(c), a.new_zeros(len(a), b.shape[2], c.shape[2])
    for start in reversed(starts) if back else starts:
        part = slice(start, start + CHUNK)
        scores = a[:, part] @ b[:, part].mT
        scores = scores.triu_() if back else scores.tril_()
        out[:, part] = torch.baddbmm(scores @ c[:, part], a[:, part], carried)
        carried = torch.baddbmm(carried, b[:, part].mT, c[:, part])
    return out


def moments(keys: Tensor, lam: Tensor, before: Tensor | None = None) -> Tensor:
    """All ``sum_{s<=t} k_s k_s^T + lam I`` (N, T, K, K), on top of the sum `before` (N, K, K)."""
    sums = (keys.unsqueeze(-1) * keys.unsqueeze(-2)).cumsum(1)
    if before is not None:
        sums = sums + before.unsqueeze(1)
    eye = torch.eye(keys.shape[2], dtype=keys.dtype, device=keys.device)
    return sums + lam[:, None, None, None] * eye


def cholesky(keys: Tensor, lam: Tensor, targets: Tensor) -> Tensor:
    """Factor all matrices of a chunk of time together; carry the sum to the next chunk.

    A matrix that is not positive in this precision gives NaN.
    """
    count, length, size = keys.shape
    chunk = max(1, min(length, _BUDGET // max(1, count * size * size)))
    out, before = torch.empty_like(targets), keys.new_zeros(count, size, size)
    for start in range(0, length, chunk):
        part = slice(start, start + chunk)
        factors, failed = torch.linalg.cholesky_ex(moments(keys[:, part], lam, before))
        x = torch.cholesky_solve(targets[:, part].unsqueeze(-1), factors).squeeze(-1)
        out[:, part] = x.masked_fill_((failed > 0).unsqueeze(-1), torch.nan)
        before = torch.baddbmm(before, keys[:, part].mT, keys[:, part])
    return out


def naive(keys: Tensor, lam: Tensor, targets: Tensor) -> Tensor:
    """Solve every matrix by elimination; differentiable by autograd."""
    solved: Tensor = torch.linalg.solve(moments(keys, lam), targets)
    return solved


def inverses(keys: Tensor, lam: Tensor) -> Iterator[Tensor]:
    """Go through all ``R_t = (H_t + lam I)^-1`` (N, K, K), by the formula of Sherman and Morrison.

    ``R_0 = I / lam``, ``R_t = R_{t-1} - (R_{t-1} k_t)(R_{t-1} k_t)^T / (1 + k_t . R_{t-1} k_t)``.
    Differentiable by autograd.
    """
    eye = torch.eye(keys.shape[2], dtype=keys.dtype, device=keys.device)
    inverse = eye / lam[:, None, None]
    for key in keys.unbind(1):
        moved = torch.bmm(inverse, key.unsqueeze(2))
        column = moved / (1 + torch.bmm(key.unsqueeze(1), moved)).sqrt()
        inverse = torch.baddbmm(inverse, column, column.mT, alpha=-1)
        yield inverse


def sherman_morrison(keys: Tensor, lam: Tensor, targets: Tensor) -> Tensor:
    """Multiply by the inverses, which are updated position by position."""
    rows = zip(inverses(keys, lam), targets.unbind(1), strict=True)
    return torch.cat([torch.bmm(inverse, b.unsqueeze(2)) for inverse, b in rows], 2).mT


def conjugate_gradients(keys: Tensor, lam: Tensor, targets: Tensor, iterations: int) -> Tensor:
    """Improve ``x = 0`` so many times, at all positions at once.

    About K iterations solve well-conditioned systems to rounding, 1.5 K those of small `lam`. A
    position whose residual vanished stays as it is: nothing is added to the denominators, which
    would not be free of scale.
    """
    weight = lam[:, None, None]
    x, residual = torch.zeros_like(targets), targets
    direction, square = targets, (targets * targets).sum(-1, keepdim=True)
    for _ in range(iterations):
        image = causal(direction, keys, keys) + weight * direction
        step = _ratio(square, (direction * image).sum(-1, keepdim=True))
        x = x + step * direction
        residual = residual - step * image
        fresh = (residual * residual).sum(-1, keepdim=True)
        direction = residual + _ratio(fresh, square) * direction
        square = fresh
    return x


def _ratio(over: Tensor, under: Tensor) -> Tensor:
    return torch.where(under > 0, over / torch.where(under > 0, under, 1), 0)
