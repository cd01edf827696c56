"""How a batch is cut, so that an update can be interrupted between its parts.

The cuts depend on shapes and the kind of device only, never on the clock: sums, and so weights,
come out the same to the bit wherever an update is repeated.
"""

from __future__ import annotations

import itertools

from engine.attention.design import Design

__all__ = ["few", "pieces", "work"]

_CPU = 60e6  # multiply-adds forward in one piece: about 5 ms, and 10 back, on one free core
_JUDGED = 2e9  # multiply-adds forward of what a model is judged on: a quarter of a second
_CUDA = 200e9  # a few milliseconds, and what one piece keeps for the way back fits


def work(design: Design, tokens: int) -> float:
    """Return the multiply-adds of one sequence's forward pass, roughly."""
    width, total = design.width, float(tokens * design.width)
    if design.embed == "linear":
        total += tokens * design.tokens * width
    total += 2 * tokens * width * design.embed_mlp
    for index, layer in enumerate(design.layers):
        seen = width + (design.extra if index == 0 else 0)
        total += tokens * layer.inner * 2 * (seen + width)
        total += 2 * tokens * tokens * layer.inner
        if layer.kind == "mesa":
            total += tokens * layer.inner * layer.key * (2 + layer.key / 3)
        total += 2 * tokens * width * layer.mlp
    if design.readout == "linear":
        total += tokens * width * design.outputs
    return total


def pieces(design: Design, tokens: int, batch: int, device: str) -> list[slice]:
    """Cut a batch into pieces of nearly equal size.

    Parameters
    ----------
    design : Design
    tokens : int
        In a sequence.
    batch : int
        Sequences.
    device : str
    """
    limit = _CPU if device == "cpu" else _CUDA
    count = min(batch, max(1, round(batch * work(design, tokens) / limit)))
    edges = [batch * i // count for i in range(count + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def few(design: Design, tokens: int, most: int, least: int = 32) -> int:
    """Return on how many of `most` sequences a model is judged: fewer where they are dear."""
    return min(most, max(least, int(_JUDGED / work(design, tokens))))
