"""The mesa layer on the CPU: fused kernels over blocks of sequences, shared out to the threads.

A few sequences are cut into chunks of time, which then fill the lanes: every chunk begins with the
sums of those before it (of ``k k^T`` and ``v k^T``; backwards, those after it, of ``q* g^T`` and
``q* u^T``). How they are cut depends on the shapes alone, so that a result does not depend on the
number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.attention import mesa_kernels as kernels
from engine.attention.mesa_lanes import width
from engine.core.device import share, threads

__all__ = ["Fused", "chunks_for"]

_START = 1.4  # work of a step of a chunk beside a step of a whole sequence: the sums at its start
_SHORTEST = 8  # steps of a chunk


def chunks_for(count: int, length: int, lanes: int) -> int:
    """Into how many chunks to cut each sequence: what takes the fewest steps of whole vectors."""

    def work(chunks: int) -> float:
        steps: int = -(-count * chunks // lanes) * -(-length // chunks)
        return steps * (_START if chunks > 1 else 1.0)

    wanted = [1 << n for n in range(lanes.bit_length()) if length >= _SHORTEST << n]
    return min(wanted or [1], key=work)


@dataclass(frozen=True)
class Fused:
    """A batch of head-sequences in lanes; made by `run`, asked for its gradients by `gradients`.

    Attributes
    ----------
    shape : tuple[int, int, int]
        Head-sequences N, positions T, chunks of each sequence.
    lam : ndarray (blocks, lanes)
    packed : tuple of Tensor (blocks, steps, K, lanes)
        Queries, keys, values.
    solved : Tensor (blocks, steps, K, lanes)
        ``q*``.
    before : tuple of Tensor (N chunks, K, K) and (N chunks, V, K)
        Sums at the starts of the chunks; of no length where there is one chunk.
    """

    shape: tuple[int, int, int]
    lam: np.ndarray[Any, Any]
    packed: tuple[Tensor, Tensor, Tensor]
    solved: Tensor
    before: tuple[Tensor, Tensor]

    @staticmethod
    def run(q: Tensor, k: Tensor, v: Tensor, lam: Tensor) -> tuple[Tensor, Fused]:
        """Predict: o (N, T, V) of q, k (N, T, K), v (N, T, V) and lam (N,), all of one type."""
        count, length, size = k.shape
        lanes = width(_numpy(k).dtype)
        chunks = chunks_for(count, length, lanes)
        steps, blocks = -(-length // chunks), -(-count * chunks // lanes)
        shape = count, length, chunks
        flat = [one.contiguous() for one in (q, k, v)]
        packed = tuple(k.new_empty(blocks, steps, one.shape[2], lanes) for one in flat)
        weights = np.ones((blocks, lanes), _numpy(k).dtype)
        weights.reshape(-1)[: count * chunks] = np.repeat(_numpy(lam), chunks)
        before = _sums(shape, steps, k, k), _sums(shape, steps, v, k)
        solved, packed_out = torch.empty_like(packed[1]), torch.empty_like(packed[2])
        out = torch.empty_like(flat[2])
        sources, targets = _numpys(*flat), _numpys(*packed)
        starts, written = _numpys(*before), _numpys(solved, packed_out, out)

        def job(block: int, room: Any) -> None:
            for source, target in zip(sources, targets, strict=True):
                kernels.pack(block, chunks, source, target)
            kernels.forward(block, weights, starts, targets, *written[:2], room)
            kernels.unpack(block, chunks, *written[1:])

        _each(blocks, job, size, v.shape[2], k)
        return out, Fused(shape, weights, (packed[0], packed[1], packed[2]), solved, before)

    def preconditioned(self) -> Tensor:
        """``q*`` (N, T, K)."""
        return self._unpacked(self.solved)

    def gradients(self, g: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of a loss in q, k, v and lam, from its gradient in o (N, T, V)."""
        count, _, chunks = self.shape
        _, keys, values = self.packed
        blocks, steps, size, _ = keys.shape
        slopes, u = torch.empty_like(values), torch.empty_like(keys)
        to_keys, to_values = torch.empty_like(keys), torch.empty_like(values)
        to_lam = np.empty_like(self.lam)
        packed, before = _numpys(*self.packed), _numpys(self.before[0], self.before[1].mT)
        solved, slopes_, u_ = _numpys(self.solved, slopes, u)
        source = g.contiguous()
        flat = [g.new_empty(*g.shape[:2], size) for _ in range(2)] + [torch.empty_like(source)]
        written = _numpys(*flat)

        def first(block: int, room: Any) -> None:
            kernels.pack(block, chunks, _numpy(source), slopes_)
            kernels.backward(block, self.lam, before, packed, slopes_, u_, room)
            kernels.unpack(block, chunks, u_, written[0])

        def second(block: int, room: Any) -> None:
            results = (*_numpys(to_keys, to_values), to_lam)
            kernels.retreat(block, after, packed, solved, slopes_, u_, results, room)
            kernels.unpack(block, chunks, results[0], written[1])
            kernels.unpack(block, chunks, results[1], written[2])

        def both(block: int, room: Any) -> None:
            first(block, room)
            second(block, room)

        if chunks == 1:
            after = _numpys(*(g.new_empty(0, size, one) for one in (g.shape[2], size)))
            _each(blocks, both, size, g.shape[2], g)
        else:
            _each(blocks, first, size, g.shape[2], g)
            x = self.preconditioned()
            sums = (_sums(self.shape, steps, x, one, back=True) for one in (source, flat[0]))
            after = _numpys(*sums)
            _each(blocks, second, size, g.shape[2], g)
        lam = to_lam.reshape(-1)[: count * chunks].reshape(count, chunks).sum(1)
        return flat[0], flat[1], flat[2], torch.from_numpy(lam)

    def _unpacked(self, lanes: Tensor) -> Tensor:
        count, length, chunks = self.shape
        out = lanes.new_empty(count, length, lanes.shape[2])
        for block in range(len(lanes)):
            kernels.unpack(block, chunks, *_numpys(lanes, out))
        return out


def _sums(
    shape: tuple[int, int, int], steps: int, a: Tensor, b: Tensor, *, back: bool = False
) -> Tensor:
    """Sums of ``a_t b_t^T`` over the chunks before each (after each, with `back`)."""
    count, length, chunks = shape
    if chunks == 1:
        return a.new_empty(0, a.shape[2], b.shape[2])
    missing = steps * chunks - length
    parts = [
        torch.nn.functional.pad(one, (0, 0, 0, missing)).view(count * chunks, steps, -1)
        for one in (a, b)
    ]
    each = (parts[0].mT @ parts[1]).view(count, chunks, a.shape[2], b.shape[2])
    if back:
        each = each.flip(1)
    sums = torch.zeros_like(each)
    sums[:, 1:] = each[:, :-1].cumsum(1)
    return (sums.flip(1) if back else sums).reshape(count * chunks, a.shape[2], b.shape[2])


def _each(
    blocks: int, work: Callable[[int, Any], None], size: int, values: int, like: Tensor
) -> None:
    """Call `work` with every block and scratch of its own."""
    rows = kernels.rooms(size, values)

    def job(block: int, breathe: Callable[[], None] = lambda: None) -> None:
        breathe()
        room = like.new_empty(rows, width(_numpy(like).dtype))
        work(block, _numpy(room))

    if blocks == 1 or threads() == 1:
        for block in range(blocks):
            job(block)
        return
    share((partial(job, block) for block in range(blocks)), workers=min(blocks, threads()))


def _numpy(tensor: Tensor) -> Any:
    return tensor.detach().contiguous().numpy()


def _numpys(*tensors: Tensor) -> tuple[Any, ...]:
    return tuple(_numpy(tensor) for tensor in tensors)
