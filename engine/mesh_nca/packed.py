"""Weights and run-time settings in the layout that the kernels take."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from engine.mesh_nca.kernels import CHUNK
from engine.mesh_nca.ring import WHOLE, spans
from engine.mesh_nca.rule import FloatArray, MeshRule
from engine.nca.fire import step_keys
from engine.nca.packed import Net, aligned, padded_sizes, sums

__all__ = [
    "WHOLE",
    "Net",
    "Stock",
    "aligned",
    "backward_buffers",
    "forward_buffers",
    "keys",
    "padded_sizes",
    "sums",
    "untouched",
]


def keys(seed: int, step: int) -> tuple[int, int]:
    """The two keys of a step's mask."""
    low, high = step_keys(seed, step)
    return low, high


def forward_buffers(rule: MeshRule, vertices: int) -> tuple[Any, ...]:
    """What one worker needs for the forward pass of a block: (z, hidden, update, fired, idle)."""
    hidden, channels, perceived = padded_sizes(rule)
    first, last = spans(vertices)[0]
    return (
        aligned((CHUNK, perceived)),
        aligned((CHUNK, hidden)),
        aligned((CHUNK, channels)),
        np.zeros(last - first + 1, np.int64),
        np.zeros(last - first + 1, np.int64),
    )


def backward_buffers(rule: MeshRule) -> tuple[FloatArray, ...]:
    """What the backward pass of one worker needs besides: (d_hidden, d_update, zeros)."""
    hidden, channels, perceived = padded_sizes(rule)
    longest = max(hidden, channels, perceived)
    return aligned((CHUNK, hidden)), aligned((CHUNK, channels)), aligned((longest,))


def untouched(shape: tuple[int, ...]) -> FloatArray:
    """Memory whose first element begins a cache line, not filled: pages come when written to."""
    size = int(np.prod(shape))
    raw = np.empty(size + 16, np.float32)
    skip = -raw.ctypes.data % 64 // 4
    return raw[skip : skip + size].reshape(shape)


class Stock:
    """Buffers that workers borrow for the length of a block, made as they are needed."""

    def __init__(self, make: Any) -> None:
        self._make, self._free = make, list[Any]()
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Any]:
        """The buffers of one worker."""
        with self._lock:
            own = self._free.pop() if self._free else None
        if own is None:
            own = self._make()
        try:
            yield own
        finally:
            with self._lock:
                self._free.append(own)
