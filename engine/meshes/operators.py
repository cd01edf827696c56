"""A picture of a fixed mesh from a fixed place is one sparse matrix times the features.

Visibility is found once (`engine.meshes.raster`); row `y * w + x` of P holds the barycentrics of
that pixel at the corners of its face and nothing where there is none. P and its transpose are both
kept, so that the backward pass gathers, too: every sum has a fixed order, whatever the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.device import share
from engine.meshes.arrays import fixed
from engine.meshes.raster import Raster

if TYPE_CHECKING:
    import torch

__all__ = ["Csr", "SparsePair"]

_JOB = 1 << 16  # products of one job, a fraction of a millisecond


@dataclass(frozen=True, eq=False)
class Csr:
    """A sparse matrix by rows.

    Attributes
    ----------
    starts : ndarray
        int32 (rows + 1,).
    columns : ndarray
        int32 (nnz,).
    values : ndarray
        float32 (nnz,).
    """

    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]

    def multiply(
        self, x: NDArray[np.float32], out: NDArray[np.float32], *, add: bool = False
    ) -> NDArray[np.float32]:
        """Write (or add) this times `x` (columns, K) to `out` (rows, K)."""
        rows = len(self.starts) - 1
        jobs = max(1, min(8, len(self.columns) * x.shape[1] // _JOB))
        edges = [rows * i // jobs for i in range(jobs + 1)]

        def job(top: int, bottom: int, breathe: Callable[[], None]) -> None:
            _multiply(self.starts, self.columns, self.values, x, out, top, bottom, add)

        parts = [partial(job, *edge) for edge in pairwise(edges)]
        share(parts, workers=1 if jobs == 1 else 0)
        return out


@dataclass(frozen=True, eq=False)
class SparsePair:
    """P, (pixels, vertices), and its transpose.

    Attributes
    ----------
    forward, transposed : Csr
    shape : (pixels, vertices)
    """

    forward: Csr
    transposed: Csr
    shape: tuple[int, int]

    @classmethod
    def of(cls, rasters: Raster | list[Raster], faces: NDArray[np.int32], count: int) -> SparsePair:
        """Make the operator of one picture, or of several below each other.

        Parameters
        ----------
        rasters : Raster or list of Raster
        faces : ndarray
            int32 (m, 3), those that were drawn.
        count : int
            Vertices of the mesh.
        """
        several = [rasters] if isinstance(rasters, Raster) else rasters
        fid = np.concatenate([raster.fid.ravel() for raster in several])
        bary = np.concatenate([raster.bary.reshape(-1, 3) for raster in several])
        starts = np.zeros(len(fid) + 1, np.int32)
        np.cumsum(np.where(fid >= 0, 3, 0), out=starts[1:])
        seen = fid >= 0
        columns = np.ascontiguousarray(faces[fid[seen]].ravel(), np.int32)
        values = np.ascontiguousarray(bary[seen].ravel(), np.float32)
        turned = Csr(np.zeros(count + 1, np.int32), np.empty_like(columns), np.empty_like(values))
        _transpose(starts, columns, values, turned.starts, turned.columns, turned.values)
        return cls(Csr(starts, columns, values), turned, (len(fid), count))

    def apply(
        self, x: NDArray[np.float32], out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return the picture of features: P x, (pixels, K), for x float32 (vertices, K)."""
        made = np.empty((self.shape[0], x.shape[1]), np.float32) if out is None else out
        return self.forward.multiply(_sound(x, self.shape[1]), made)

    def adjoint(
        self, gradient: NDArray[np.float32], out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return P^T times the gradient of the picture, (vertices, K); added to `out` if given."""
        given = _sound(gradient, self.shape[0])
        if out is not None:
            return self.transposed.multiply(given, out, add=True)
        made = np.empty((self.shape[1], gradient.shape[1]), np.float32)
        return self.transposed.multiply(given, made)

    def render(self, x: torch.Tensor) -> torch.Tensor:
        """Return P x for a tensor (vertices, K) on any device, with the gradient P^T."""
        made: torch.Tensor = _function().apply(x, self)
        return made

    @cached_property
    def _on_device(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        return {}

    def tensors(self, device: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Return P and P^T as CSR tensors on a device, made once."""
        found = self._on_device.get(device)
        if found is None:
            found = self._on_device[device] = (
                _tensor(self.forward, self.shape, device),
                _tensor(self.transposed, self.shape[::-1], device),
            )
        return found


def _sound(x: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    if x.ndim != 2 or len(x) != rows or x.dtype != np.float32:
        raise ValueError(f"expected float32 ({rows}, K), got {x.dtype} of shape {x.shape}")
    return fixed(x, np.float32)


def _tensor(csr: Csr, shape: tuple[int, ...], device: str) -> torch.Tensor:
    import warnings

    import torch

    with warnings.catch_warnings():  # that CSR tensors are in beta, at every first one
        warnings.simplefilter("ignore", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(csr.starts),
            torch.from_numpy(csr.columns),
            torch.from_numpy(csr.values),
            size=shape,
            device=device,
            check_invariants=False,
        )


def _function() -> Any:
    """The autograd function; torch transposes CSR itself at every backward otherwise."""
    global _Render
    if _Render is None:
        import torch

        def product(x: torch.Tensor, pair: SparsePair, *, back: bool) -> torch.Tensor:
            if x.device.type == "cpu":
                array = x.detach().contiguous().numpy()
                return torch.from_numpy(pair.adjoint(array) if back else pair.apply(array))
            return torch.mm(pair.tensors(str(x.device))[back], x.detach())

        class Render(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: torch.Tensor, pair: SparsePair) -> torch.Tensor:
                ctx.pair = pair
                return product(x, pair, back=False)

            @staticmethod
            def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
                return product(gradients[0], ctx.pair, back=True), None

        _Render = Render
    return _Render


_Render: Any = None


@njit(nogil=True, cache=True, fastmath={"contract"})
def _multiply(
    starts: Any,
    columns: Any,
    values: Any,
    x: Any,
    out: Any,
    top: int,
    bottom: int,
    add: bool,
) -> None:
    width = x.shape[1]
    if width == 3:  # colours: summed in registers
        for row in range(top, bottom):
            r = g = b = np.float32(0)
            if add:
                r, g, b = out[row, 0], out[row, 1], out[row, 2]
            for k in range(starts[row], starts[row + 1]):
                at, value = columns[k], values[k]
                r += value * x[at, 0]
                g += value * x[at, 1]
                b += value * x[at, 2]
            out[row, 0], out[row, 1], out[row, 2] = r, g, b
        return
    for row in range(top, bottom):
        if not add:
            out[row] = 0
        for k in range(starts[row], starts[row + 1]):
            at, value = columns[k], values[k]
            for c in range(width):
                out[row, c] += value * x[at, c]


@njit(nogil=True, cache=True)
def _transpose(
    starts: Any, columns: Any, values: Any, t_starts: Any, t_columns: Any, t_values: Any
) -> None:
    """Sort the entries by column, rows ascending (counting sort); `t_starts` comes zeroed."""
    for k in range(len(columns)):
        t_starts[columns[k] + 1] += 1
    for c in range(len(t_starts) - 1):
        t_starts[c + 1] += t_starts[c]
    place = t_starts[:-1].copy()
    for row in range(len(starts) - 1):
        for k in range(starts[row], starts[row + 1]):
            at = place[columns[k]]
            place[columns[k]] = at + 1
            t_columns[at] = row
            t_values[at] = values[k]
