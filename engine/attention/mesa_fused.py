"""The mesa layer on the CPU: fused kernels over blocks of sequences, shared out to the threads.

A few sequences are cut into chunks of time, which then fill the lanes: every chunk begins with the
sums of those before it (of ``k k^T`` and ``v k^T``; backwards, those after it, of ``q* g^T`` and
``q* u^T``). How they are cut depends on the shapes alone, so that a result does not depend on the
number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.attention import mesa_kernels as kernels
from engine.attention.mesa_lanes import width
from engine.core.device import share, threads

__all__ = ["chunks_for", "gradients", "predict"]

_START = 1.4  # work of a step of a chunk beside a step of a whole sequence: the sums at its start
_SHORTEST = 8  # steps of a chunk

Array = np.ndarray[Any, Any]


def predict(q: Tensor, k: Tensor, v: Tensor, lam: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs and preconditioned queries.

    Parameters
    ----------
    q, k : Tensor (N, T, K)
    v : Tensor (N, T, V)
    lam : Tensor (N,)
        All of one type, on the CPU, without gradient.

    Returns
    -------
    o : Tensor (N, T, V)
    x : Tensor (N, T, K)
        ``q*``.
    """
    plan = _Plan(k, v)
    weights = plan.spread(lam)
    inputs = [_array(one) for one in (q, k, v)]
    sums = plan.sums(k, k), plan.sums(v, k)
    x, out = torch.empty_like(q, memory_format=torch.contiguous_format), plan.like(v)
    results = _array(x), _array(out)

    def job(block: int, work: _Room) -> None:
        queries, keys, values, solved, predicted = work.take(q, k, v, q, v)
        for source, target in zip(inputs, (queries, keys, values), strict=True):
            kernels.pack(block, plan.chunks, source, target)
        packed = queries, keys, values
        kernels.forward(block, weights, sums, packed, solved, predicted, work.sums)
        kernels.unpack(block, plan.chunks, solved, results[0])
        kernels.unpack(block, plan.chunks, predicted, results[1])

    plan.each(job)
    return out, x


def gradients(
    k: Tensor, v: Tensor, lam: Tensor, x: Tensor, g: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of a loss in q, k, v and lam, from that in the output, `g` (N, T, V).

    `x` is what `predict` gave beside the outputs; everything else as there.
    """
    plan = _Plan(k, v)
    weights, slopes_of_lam = plan.spread(lam), plan.spread(torch.zeros_like(lam))
    inputs = [_array(one) for one in (k, v, g, x)]
    before = plan.sums(k, k), plan.sums(k, v)
    u, to_k, to_v = plan.like(k), plan.like(k), plan.like(v)
    results = [_array(one) for one in (u, to_k, to_v)]
    chunks = plan.chunks

    def on(block: int, work: _Room) -> None:
        rows = work.take(k, v, g, x, k)
        for source, target in zip(inputs, rows, strict=False):
            kernels.pack(block, chunks, source, target)
        keys, values, slopes, _, solved = rows
        kernels.backward(block, weights, before, (keys, values), slopes, solved, work.sums)
        kernels.unpack(block, chunks, solved, results[0])

    def back(block: int, work: _Room) -> None:
        rows = work.take(k, v, g, x, k, k, v)
        if chunks > 1:  # another block may have used this scratch since
            for source, target in zip([*inputs, results[0]], rows, strict=False):
                kernels.pack(block, chunks, source, target)
        keys, values, slopes, queries, solved, *found = rows
        to = (*found, slopes_of_lam)
        kernels.retreat(block, after, (keys, values), queries, slopes, solved, to, work.sums)
        for source, target in zip(found, results[1:], strict=True):
            kernels.unpack(block, chunks, source, target)

    def both(block: int, work: _Room) -> None:
        on(block, work)
        back(block, work)

    if chunks == 1:
        after = plan.sums(x, g), plan.sums(x, x)  # both of no length
        plan.each(both)
    else:
        plan.each(on)
        after = plan.sums(x, g, back=True), plan.sums(x, u, back=True)
        plan.each(back)
    return u, to_k, to_v, plan.gathered(slopes_of_lam)


def chunks_for(count: int, length: int, lanes: int) -> int:
    """Into how many chunks to cut each sequence: what takes the fewest steps of whole vectors."""

    def work(chunks: int) -> float:
        steps: int = -(-count * chunks // lanes) * -(-length // chunks)
        return steps * (_START if chunks > 1 else 1.0)

    wanted = [1 << n for n in range(lanes.bit_length()) if length >= _SHORTEST << n]
    return min(wanted or [1], key=work)


class _Room:
    """Scratch of one worker for one block: large arrays cost more to get than to fill."""

    def __init__(self, steps: int, kind: Tensor, rows: int) -> None:
        self._steps, self._kind, self._taken = steps, kind, list[Array]()
        self._lanes = width(_array(kind).dtype)
        self.sums = _array(kind.new_empty(rows, self._lanes))

    def take(self, *like: Tensor) -> list[Array]:
        """Arrays (steps, size, lanes) for tensors (N, T, size): the same at every call."""
        for one in like[len(self._taken) :]:
            fresh = self._kind.new_empty(self._steps, one.shape[2], self._lanes)
            self._taken.append(_array(fresh))
        return self._taken[: len(like)]


class _Plan:
    """How a batch lies in lanes.

    Attributes
    ----------
    chunks, steps : int
        Chunks of every sequence, and positions of a chunk.
    blocks : int
        Groups of as many chunks as there are lanes.
    """

    def __init__(self, k: Tensor, v: Tensor) -> None:
        self._count, self._length, size = k.shape
        self._lanes = width(_array(k).dtype)
        self._kind, self._rows = k, kernels.rooms(size, v.shape[2])
        self.chunks = chunks_for(self._count, self._length, self._lanes)
        self.steps = -(-self._length // self.chunks)
        self.blocks = -(-self._count * self.chunks // self._lanes)

    def like(self, tensor: Tensor) -> Tensor:
        """An empty tensor (N, T, as many numbers as `tensor`)."""
        return self._kind.new_empty(self._count, self._length, tensor.shape[2])

    def spread(self, lam: Tensor) -> Array:
        """A number of every sequence in lanes (blocks, lanes), 1 in idle ones."""
        out = np.ones((self.blocks, self._lanes), _array(lam).dtype)
        out.reshape(-1)[: self._count * self.chunks] = np.repeat(_array(lam), self.chunks)
        return out

    def gathered(self, lanes: Array) -> Tensor:
        """Sum what lanes (blocks, lanes) have of every sequence (N,)."""
        used = lanes.reshape(-1)[: self._count * self.chunks]
        return torch.from_numpy(used.reshape(self._count, self.chunks).sum(1))

    def sums(self, a: Tensor, b: Tensor, *, back: bool = False) -> Array:
        """Sums of ``a_t b_t^T`` over the chunks before each, or after each; empty if it is one.

        The shape is (N chunks, K of a, K of b).
        """
        shape = self._count, self.chunks, a.shape[2], b.shape[2]
        if self.chunks == 1:
            return _array(a.new_empty(0, *shape[2:]))
        missing = self.steps * self.chunks - self._length
        parts = [
            torch.nn.functional.pad(one, (0, 0, 0, missing)).reshape(
                self._count * self.chunks, self.steps, -1
            )
            for one in (a, b)
        ]
        each = (parts[0].mT @ parts[1]).view(shape)
        if back:
            each = each.flip(1)
        sums = torch.zeros_like(each)
        sums[:, 1:] = each[:, :-1].cumsum(1)
        return _array((sums.flip(1) if back else sums).flatten(0, 1))

    def each(self, work: Callable[[int, _Room], None]) -> None:
        """Call `work` with every block and scratch that no other call uses meanwhile."""
        free: list[_Room] = []

        def job(block: int, breathe: Callable[[], None]) -> None:
            breathe()
            room = free.pop() if free else _Room(self.steps, self._kind, self._rows)
            work(block, room)
            free.append(room)

        if self.blocks == 1 or threads() == 1:
            for block in range(self.blocks):
                job(block, lambda: None)
            return
        jobs = (partial(job, block) for block in range(self.blocks))
        share(jobs, workers=min(self.blocks, threads()))


def _array(tensor: Tensor) -> Array:
    return tensor.detach().contiguous().numpy()
