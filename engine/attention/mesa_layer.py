"""The mesa layer: attention that solves ridge regression of values on keys at every position.

``Phi_t = argmin_Phi 1/2 sum_{s<=t} |v_s - Phi k_s|^2 + lam/2 |Phi|^2`` and ``o_t = Phi_t q_t``
(arXiv 2309.05858, section 4). The same as causal linear attention with a preconditioned query:
``q*_t = (sum_{s<=t} k_s k_s^T + lam I)^-1 q_t``, ``A_ts = q*_t . k_s``, ``o_t = sum_s A_ts v_s``.

The gradient is the closed form, with one more solve and nothing unrolled; with ``g = dL/do``::

    dA_ts = g_t . v_s                       dv_s = sum_{t>=s} A_ts g_t
    dq*_t = sum_{s<=t} dA_ts k_s            dq_t = u_t = (H_t + lam I)^-1 dq*_t
    dk_s  = sum_{t>=s} dA_ts q*_t - (q*_t . k_s) u_t - (u_t . k_s) q*_t
    dlam  = -sum_t u_t . q*_t
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.attention import mesa_solves as solves

__all__ = [
    "FLOOR",
    "SOLVERS",
    "attention_map",
    "mesa",
    "preconditioned",
    "regularisation",
    "ridge",
    "theta",
]

FLOOR: Final = 1e-4  # of lam
PRECISE: Final = 1e-2  # below this lam, float32 is solved in float64
SOLVERS: Final = ("exact", "cholesky", "sherman-morrison", "naive", "cg-N")


def regularisation(theta: Tensor) -> Tensor:
    """``lam = softplus(theta)``, at least `FLOOR`: positive whatever the optimiser does."""
    return torch.nn.functional.softplus(theta).clamp_min(FLOOR)


def theta(lam: float) -> float:
    """The parameter whose `regularisation` is `lam`, at least `FLOOR`."""
    value = torch.tensor(max(lam, FLOOR), dtype=torch.float64)
    return float(value + torch.log(-torch.expm1(-value)))


def mesa(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    lam: Tensor | float,
    solver: str = "exact",
    *,
    gamma: Tensor | None = None,
) -> Tensor:
    """Predict the value of every query by ridge regression on what was read so far.

    Parameters
    ----------
    q, k : Tensor (..., T, K)
        Queries and keys (inputs of the regression), float32 or float64. Position t is read with
        the keys and values of positions up to and with t.
    v : Tensor (..., T, V)
        Values (targets of the regression).
    lam : Tensor or float
        Regularisation, above 0, of a shape that broadcasts to the leading dimensions: a number, or
        (heads,) for q of (batch, heads, T, K). See `regularisation`.
    solver : str
        "exact", the fastest form of the device; "cholesky", "sherman-morrison" or "naive", other
        forms of the same; "cg-N", N iterations of conjugate gradients.
    gamma : Tensor (..., T), optional
        Forgetting as in MesaNet (arXiv 2506.05233): ``H_t = gamma_t H_{t-1} + k_t k_t^T``, the same
        for the sum of ``v k^T``; between 0 and 1. Always solved by elimination.

    Returns
    -------
    Tensor (..., T, V)
        Differentiable once in q, k, v, lam and gamma. With "cg-N" the gradient is that of the
        solution, as far as N iterations reach it.

    Raises
    ------
    ValueError
        If shapes do not fit, `lam` is not positive, or the solver is unknown.
    """
    lead, flat = _flat(q, k, v)
    weight = _weight(lam, q, lead)
    if gamma is not None:
        out = _forgetting(*flat, weight, gamma.expand(q.shape[:-1]).reshape(-1, q.shape[-2]))
    else:
        _iterations(solver)
        out = _Mesa.apply(*flat, weight, solver)  # type: ignore[no-untyped-call]
    return out.reshape(*lead, *out.shape[1:])


def preconditioned(q: Tensor, k: Tensor, lam: Tensor | float, solver: str = "exact") -> Tensor:
    """``q*_t = (H_t + lam I)^-1 q_t`` of the shape of `q`; no gradient. See `mesa`."""
    lead, (queries, keys, _) = _flat(q, k, k)
    weight = _weight(lam, q, lead)
    inner = _precision(weight, q.dtype)
    with torch.no_grad():
        x = _solved(queries.to(inner), keys.to(inner), weight.to(inner), solver)
    return x.to(q.dtype).reshape(q.shape)


def attention_map(q: Tensor, k: Tensor, lam: Tensor | float, solver: str = "exact") -> Tensor:
    """What the layer attends to: ``A_ts = q*_t . k_s`` for s <= t, (..., T, T); no gradient."""
    return (preconditioned(q, k, lam, solver) @ k.detach().mT).tril()


def ridge(q: Tensor, k: Tensor, v: Tensor, lam: Tensor | float) -> Tensor:
    """The definition: at every position the explicit solution of the regression, in a loop.

    Shapes and errors as for `mesa`; differentiable by autograd. For tests and small sizes.
    """
    lead, (queries, keys, values) = _flat(q, k, v)
    weight = _weight(lam, q, lead)[:, None, None] * torch.eye(
        q.shape[-1], dtype=q.dtype, device=q.device
    )
    rows = []
    for t in range(1, keys.shape[1] + 1):
        x, y = keys[:, :t], values[:, :t]
        phi = torch.linalg.solve(x.mT @ x + weight, x.mT @ y).mT
        rows.append((phi @ queries[:, t - 1, :, None]).squeeze(-1))
    out = torch.stack(rows, 1)
    return out.reshape(*lead, *out.shape[1:])


class _Mesa(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, lam: Tensor, solver: str) -> Tensor:
        ctx.solver, kind, inner = solver, q.dtype, _precision(lam, q.dtype)
        ctx.save_for_backward(k, v, lam)
        q, k, v, lam = (one.to(inner) for one in (q, k, v, lam))
        if _by_kernels(q, solver):
            from engine.attention.mesa_fused import predict

            out, ctx.x = predict(q, k, v, lam)
        else:
            ctx.x = _solved(q, k, lam, solver)
            out = solves.causal(ctx.x, k, v)
        return out.to(kind)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        kind, x = g.dtype, ctx.x
        k, v, lam, g = (one.to(x.dtype) for one in (*ctx.saved_tensors, g))
        if _by_kernels(k, ctx.solver):
            from engine.attention.mesa_fused import gradients

            found = gradients(k, v, lam, x, g)
        else:
            u = _solved(solves.causal(g, v, k), k, lam, ctx.solver)
            dv = solves.causal(k, x, g, back=True)
            dk = solves.causal(v, g, x, back=True)
            dk -= solves.causal(k, x, u, back=True)
            dk -= solves.causal(k, u, x, back=True)
            found = u, dk, dv, -(u * x).sum((1, 2))
        return (*(one.to(kind) for one in found), None)


def _by_kernels(q: Tensor, solver: str) -> bool:
    """Whether the fused kernels of the CPU do it."""
    return solver == "exact" and q.device.type == "cpu" and q.numel() > 0


def _precision(lam: Tensor, kind: torch.dtype) -> torch.dtype:
    """What to calculate in; small `lam` in float64."""
    smallest = float(lam.min()) if lam.numel() else 1.0
    if smallest <= 0:
        raise ValueError(f"lam must be above 0, not {smallest:g}")
    return torch.float64 if smallest < PRECISE else kind


def _solved(targets: Tensor, keys: Tensor, lam: Tensor, solver: str) -> Tensor:
    """Solve by the chosen form."""
    if iterations := _iterations(solver):
        return solves.conjugate_gradients(keys, lam, targets, iterations)
    if _by_kernels(keys, solver):
        from engine.attention.mesa_fused import predict

        return predict(targets, keys, keys[..., :1], lam)[1]
    if solver == "sherman-morrison":
        return solves.sherman_morrison(keys, lam, targets)
    if solver == "naive":
        return solves.naive(keys, lam, targets)
    return solves.cholesky(keys, lam, targets)


def _iterations(solver: str) -> int:
    """N of "cg-N", 0 of another solver."""
    if solver in SOLVERS[:-1]:
        return 0
    start, _, count = solver.partition("-")
    if start != "cg" or not count.isdecimal() or int(count) < 1:
        raise ValueError(f"unknown solver {solver!r}: use one of {', '.join(SOLVERS)}")
    return int(count)


def _flat(q: Tensor, k: Tensor, v: Tensor) -> tuple[torch.Size, tuple[Tensor, Tensor, Tensor]]:
    """Leading dimensions, and the three with those made one."""
    if q.shape != k.shape or q.shape[:-1] != v.shape[:-1] or q.ndim < 2:
        shapes = ", ".join(str(tuple(one.shape)) for one in (q, k, v))
        raise ValueError(f"queries, keys and values of shapes {shapes} do not fit each other")
    if q.dtype not in (torch.float32, torch.float64) or {k.dtype, v.dtype} != {q.dtype}:
        raise ValueError("queries, keys and values must all be float32, or all float64")
    rows = [one.reshape(-1, *one.shape[-2:]) for one in (q, k, v)]
    return q.shape[:-2], (rows[0], rows[1], rows[2])


def _weight(lam: Tensor | float, q: Tensor, lead: torch.Size) -> Tensor:
    """`lam` of every head-sequence (N,)."""
    return torch.as_tensor(lam, dtype=q.dtype, device=q.device).expand(lead).reshape(-1)


def _forgetting(q: Tensor, k: Tensor, v: Tensor, lam: Tensor, gamma: Tensor) -> Tensor:
    """The gated layer: a loop over positions that autograd goes through."""
    kind, inner = q.dtype, _precision(lam, q.dtype)
    q, k, v, lam, gamma = (one.to(inner) for one in (q, k, v, lam, gamma))
    weight = lam[:, None, None] * torch.eye(k.shape[2], dtype=inner, device=k.device)
    squares, products, out = torch.zeros_like(weight), None, []
    for t in range(k.shape[1]):
        key, value, keep = k[:, t, :, None], v[:, t, :, None], gamma[:, t, None, None]
        squares = keep * squares + key @ key.mT
        new = value @ key.mT
        products = new if products is None else keep * products + new
        out.append((products @ torch.linalg.solve(squares + weight, q[:, t, :, None])).squeeze(-1))
    return torch.stack(out, 1).to(kind)
