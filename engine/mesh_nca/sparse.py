"""The perception as a pair of CSR matrices, for torch: products forward and backward, no transpose.

Row i K + k of the matrix holds the factors of harmonic k around vertex i, minus their sum at i
itself, so that a product with the state (V, C) is what the vertices perceive. Autograd would
transpose the matrix in every backward pass (18 times slower): its transpose is made here, once.
"""

from __future__ import annotations

import threading
import warnings
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from engine.mesh_nca.operator import Perception

__all__ = ["SparsePerception"]

_lock = threading.Lock()
_known: WeakKeyDictionary[Perception, dict[str, SparsePerception]] = WeakKeyDictionary()


class SparsePerception:
    """A `Perception` on a torch device, rows in the mesh's own order.

    Parameters
    ----------
    perception : Perception
    device : str
    """

    @classmethod
    def of(cls, perception: Perception, device: str) -> SparsePerception:
        """The matrices of a perception, made at the first call and kept as long as it lives."""
        with _lock:
            kept = _known.setdefault(perception, {})
        if device not in kept:
            kept[device] = cls(perception, device)
        return kept[device]

    def __init__(self, perception: Perception, device: str) -> None:
        self.harmonics = perception.factors.shape[1]
        starts, columns, values, reverse = _with_diagonal(perception)
        k, count = self.harmonics, len(starts) - 1
        entries = np.arange(len(columns))
        valence = np.diff(starts)
        first = np.repeat(starts[:-1], valence)
        width = np.repeat(valence, valence)
        # Entry e of vertex i is found in each of the K rows of i, at the same place within the row.
        at = (k * first + entries - first)[:, None] + np.arange(k) * width[:, None]
        spread, filled = np.empty(len(columns) * k, np.int64), np.empty(len(columns) * k, "f4")
        spread[at] = columns[:, None]
        filled[at] = values
        rows = (k * starts[:-1, None] + np.arange(k) * valence[:, None]).ravel()
        rows = np.append(rows, k * starts[-1])
        self._forward = _csr(rows, spread, filled, (count * k, count), device)
        beside = (columns[:, None] * k + np.arange(k)).ravel()
        turned = values[reverse].ravel()
        self._backward = _csr(k * starts, beside, turned, (count, count * k), device)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """What every vertex perceives: (B, V, C) to (B, V, (K + 1) C); differentiable."""
        batch, count, channels = x.shape
        flat = x.permute(1, 0, 2).reshape(count, batch * channels)
        sums: torch.Tensor = _Product.apply(flat, self._forward, self._backward)  # type: ignore[no-untyped-call]
        blocks = sums.reshape(count, self.harmonics, batch, channels).permute(2, 0, 1, 3)
        return torch.cat([blocks.reshape(batch, count, self.harmonics * channels), x], dim=2)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, matrix: Any, transpose: Any) -> Any:
        ctx.transpose = transpose
        return torch.mm(matrix, x)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Any) -> Any:
        return torch.mm(ctx.transpose, grad.contiguous()), None, None


def _csr(
    starts: NDArray[Any],
    columns: NDArray[Any],
    values: NDArray[Any],
    shape: tuple[int, int],
    device: str,
) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse (CSR|invariant)")
        return torch.sparse_csr_tensor(
            torch.from_numpy(starts.astype(np.int32)),
            torch.from_numpy(columns.astype(np.int32)),
            torch.from_numpy(values),
            shape,
            check_invariants=True,
        ).to(device)


def _with_diagonal(perception: Perception) -> tuple[NDArray[Any], ...]:
    """Rows of vertices with themselves among their neighbours, in the mesh's own order.

    Returns starts (V + 1,), columns (E + V,) ascending in each row, values (E + V, K), and for the
    entry of (i, j) the number of that of (j, i), (E + V,).
    """
    ring = perception.ring
    valence = np.diff(ring.starts)
    origin = np.concatenate([np.repeat(ring.order, valence), ring.order]).astype(np.int64)
    end = np.concatenate([ring.neighbours, ring.order])
    order = np.lexsort((end, origin))
    values = np.concatenate([perception.factors, perception.own])[order]
    columns = end[order]
    starts = np.searchsorted(origin[order], np.arange(len(ring.order) + 1))
    return starts, columns, values, np.argsort(columns, kind="stable")
