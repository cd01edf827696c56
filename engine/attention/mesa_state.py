"""What a mesa head holds inside while it reads: its inverse, its regression, how well it is solved.

All of it is worked out anew in float64 for one head-sequence; none of it is needed to predict.
Positions count tokens read: at position 1 a head has read the first one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.attention.mesa_layer import preconditioned
from engine.attention.mesa_solves import moments
from engine.core.errors import BadInput

__all__ = ["MesaState", "conditions", "regressions", "residuals", "state_at"]

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class MesaState:
    """A head after a number of tokens.

    Attributes
    ----------
    position : int
        Tokens read, from 1.
    inverse : ndarray (K, K)
        ``R_t = (H_t + lam I)^-1``.
    regression : ndarray (V, K)
        ``Phi_t``, which maps a query to the prediction.
    eigenvalues : ndarray (K,)
        Of ``H_t + lam I``, rising.
    condition : float
        Largest by smallest eigenvalue.
    residual : float
        ``|(H_t + lam I) q*_t - q_t| / |q_t|`` of the solver in use; 0 for a query of zeros.
    """

    position: int
    inverse: Floats
    regression: Floats
    eigenvalues: Floats
    condition: float
    residual: float


def state_at(
    q: Tensor, k: Tensor, v: Tensor, lam: float, position: int, solver: str = "exact"
) -> MesaState:
    """Look into a head.

    Parameters
    ----------
    q, k : Tensor (T, K)
    v : Tensor (T, V)
    lam : float
    position : int
        Tokens read, 1 to T.
    solver : str
        Whose residual is wanted; see `engine.attention.mesa_layer.mesa`.

    Raises
    ------
    BadInput
        If there is no such position.
    """
    if not 1 <= position <= len(k):
        raise BadInput(
            f"no token {position} among {len(k)}", remedy=f"Choose a position from 1 to {len(k)}"
        )
    keys, values = (_double(one)[:position] for one in (k, v))
    matrix = keys.T @ keys + lam * np.eye(keys.shape[1])
    eigenvalues = np.linalg.eigvalsh(matrix)
    return MesaState(
        position,
        np.linalg.inv(matrix),
        np.linalg.solve(matrix, keys.T @ values).T,
        eigenvalues,
        float(eigenvalues[-1] / eigenvalues[0]),
        float(residuals(q[:position], k[:position], lam, solver)[-1]),
    )


def regressions(k: Tensor, v: Tensor, lam: float) -> Floats:
    """All ``Phi_t`` (T, V, K) of keys (T, K) and values (T, V)."""
    keys, values = _double(k), _double(v)
    products = np.cumsum(keys[:, :, None] * values[:, None, :], axis=0)
    solved: Floats = np.linalg.solve(_matrices(k, lam), products)
    return solved.transpose(0, 2, 1)


def conditions(k: Tensor, lam: float) -> Floats:
    """Condition number of ``H_t + lam I`` at every position (T,)."""
    eigenvalues = np.linalg.eigvalsh(_matrices(k, lam))
    found: Floats = eigenvalues[:, -1] / eigenvalues[:, 0]
    return found


def residuals(q: Tensor, k: Tensor, lam: float, solver: str) -> Floats:
    """``|(H_t + lam I) q*_t - q_t| / |q_t|`` of a solver at every position (T,).

    The solver works in the precision of `q`, as it does when the model predicts.
    """
    queries, x = _double(q), _double(preconditioned(q, k, lam, solver))
    missing = np.einsum("tij,tj->ti", _matrices(k, lam), x) - queries
    sizes = np.linalg.norm(queries, axis=1)
    found: Floats = np.linalg.norm(missing, axis=1) / np.where(sizes > 0, sizes, 1)
    return found


def _matrices(k: Tensor, lam: float) -> Floats:
    keys = torch.from_numpy(_double(k))[None]
    found: Floats = moments(keys, torch.tensor([lam], dtype=torch.float64))[0].numpy()
    return found


def _double(tensor: Tensor) -> Floats:
    found: NDArray[Any] = tensor.detach().double().cpu().numpy()
    return found
