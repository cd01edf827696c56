"""The mesa layer beside what one would write first, and beside the machine.

One pass of `attention.mesa.N` is forward and backward over N head-sequences of 256 positions, keys
and values of 20 numbers, float32, lam 1. The recurrence is the step-by-step form: the inverses by
Sherman and Morrison in a loop over positions, batched over head-sequences, the outputs by chunked
linear attention, gradients by autograd; of the loops tried it was the fastest (outputs from a
running sum, too, takes three times as long). The naive side solves all matrices by
`torch.linalg.solve`. On a CPU every side has one thread.

`attention.mesa.products` is the distance to the limit of arithmetic: the kernels take ``7 K (K +
V)`` multiply-adds per position, forward and back. Memory is no limit: a pass reads and writes about
``14 K`` numbers per position, and works on sums that stay in the second-level cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.device import pick_device, threads

if TYPE_CHECKING:
    from torch import Tensor


__all__ = ["bench", "layer", "layer_products", "naive", "recurrence"]

POSITIONS, SIZE = 256, 20
_WARM = 2
_LIMIT = 256  # head-sequences of the row about arithmetic
Work = Callable[[], float]
Form = Callable[["Tensor", "Tensor", "Tensor", "Tensor"], "Tensor"]


def layer(count: int, backward: bool = True, device: str = "cpu") -> Work:
    """Passes of the best form of a device."""
    from engine.attention.mesa_layer import mesa

    return _passes(mesa, count, backward, device)


def recurrence(count: int, backward: bool = True, device: str = "cpu") -> Work:
    """Passes of a loop over positions."""
    from engine.attention.mesa_solves import causal, sherman_morrison

    def form(q: Tensor, k: Tensor, v: Tensor, lam: Tensor) -> Tensor:
        return causal(sherman_morrison(k, lam, q), k, v)

    return _passes(form, count, backward, device)


def naive(count: int, backward: bool = True, device: str = "cpu") -> Work:
    """Passes that solve every matrix."""
    from engine.attention import mesa_solves

    def form(q: Tensor, k: Tensor, v: Tensor, lam: Tensor) -> Tensor:
        return mesa_solves.causal(mesa_solves.naive(k, lam, q), k, v)

    return _passes(form, count, backward, device)


def layer_products() -> Work:
    """Giga-operations of the layer's multiply-adds."""
    passes = layer(_LIMIT)
    each = 2 * 7 * SIZE * (SIZE + SIZE) * POSITIONS * _LIMIT
    return lambda: passes() * each / 1e9


def _passes(form: Form, count: int, backward: bool, device: str) -> Work:
    import torch

    torch.set_num_threads(threads())
    generator = torch.Generator().manual_seed(0)
    shape = (count, POSITIONS, SIZE)
    q, k, v, slope = (torch.randn(shape, generator=generator).to(device) for _ in range(4))
    lam = torch.ones(count, device=device)
    inputs = [one.requires_grad_(backward) for one in (q, k, v, lam)]
    wait: Callable[[], None] = torch.cuda.synchronize if device == "cuda" else lambda: None

    def work() -> float:
        out = form(q, k, v, lam)
        if backward:
            torch.autograd.grad(out, inputs, slope)
        wait()
        return 1.0

    for _ in range(_WARM):
        work()
    return work


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `attention.mesa.N`, `.forward.N`, `.naive.N` for N head-sequences, or `.products`."""
    if name == "attention.mesa.products":
        limit = Side("engine.bench.machine", "large_product")
        ours = Side(__name__, "layer_products")
        return [compare(name, "GFLOP/s", ours, limit, "torch.mm 1536", activity, count=1)]
    *_, what, count = name.split(".")
    arguments = {"count": int(count), "backward": what != "forward", "device": pick_device(device)}
    other, words = "recurrence", "step-by-step recurrence in torch"
    if what == "naive":
        other, words = "naive", "torch.linalg.solve at every position"
    ours, theirs = (Side(__name__, function, arguments) for function in ("layer", other))
    return [compare(name, "passes/s", ours, theirs, words, activity, count=1)]
