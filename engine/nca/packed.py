"""Rule, weights and run-time settings in the layout that the kernels take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from engine.nca.fire import fire_limit, step_keys
from engine.nca.kernels import CHUNK
from engine.nca.rule import FILTERS, FloatArray, Rule
from engine.nca.stencil import HAS_LAPLACIAN, HAS_SOBEL
from engine.nca.tile import TILE_ROWS
from engine.nca.vector_ir import LANES

__all__ = [
    "Net",
    "aligned",
    "dial",
    "filter_terms",
    "fire_terms",
    "grid_terms",
    "padded_sizes",
    "scratch",
    "sums",
    "work",
]


class _Sizes(Protocol):
    """The widths of the two layers: a rule of a grid or of a mesh."""

    @property
    def channels(self) -> int: ...
    @property
    def hidden(self) -> int: ...
    @property
    def perceived(self) -> int: ...


class _Layers(Protocol):
    """The weights of the two layers, w1 (P, hidden), b1, w2 (hidden, C), b2 or None."""

    @property
    def w1(self) -> FloatArray: ...
    @property
    def b1(self) -> FloatArray: ...
    @property
    def w2(self) -> FloatArray: ...
    @property
    def b2(self) -> FloatArray | None: ...


def _whole(count: int) -> int:
    unit = max(LANES, TILE_ROWS)  # every size is once the columns, once the rows of a product
    return -(-count // unit) * unit


def padded_sizes(rule: _Sizes) -> tuple[int, int, int]:
    """Hidden units, channels and perceived values, up to whole vectors and tiles."""
    return _whole(rule.hidden), _whole(rule.channels), _whole(rule.perceived)


def aligned(shape: tuple[int, ...]) -> FloatArray:
    """Zeros whose first element begins a cache line: vectors then do not straddle two."""
    size = int(np.prod(shape))
    raw = np.zeros(size + 16, np.float32)
    skip = -raw.ctypes.data % 64 // 4
    return raw[skip : skip + size].reshape(shape)


def _padded(array: FloatArray, rows: int, columns: int) -> FloatArray:
    out = aligned((rows, columns))
    out[: array.shape[0], : array.shape[1]] = array
    return out


@dataclass(frozen=True)
class Net:
    """Weights padded with zeros to whole vectors, and their transposes for the backward pass."""

    forward: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    turned: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, rule: _Sizes, weights: _Layers) -> Net:
        """Pad and transpose the weights of a rule."""
        hidden, channels, perceived = padded_sizes(rule)
        bias = np.zeros(rule.channels, np.float32) if weights.b2 is None else weights.b2
        forward = (
            _padded(weights.w1, rule.perceived, hidden),
            _padded(weights.b1[None], 1, hidden)[0],
            _padded(weights.w2, hidden, channels),
            _padded(bias[None], 1, channels)[0],
        )
        turned = (
            _padded(np.ascontiguousarray(weights.w1.T), hidden, perceived),
            _padded(np.ascontiguousarray(weights.w2.T), channels, hidden),
        )
        return cls(forward, turned)


def grid_terms(rule: Rule, height: int, width: int) -> tuple[int, int, int, bool]:
    """(height, width, channels, wrap)."""
    return height, width, rule.channels, rule.border == "wrap"


def filter_terms(rule: Rule, angle: float) -> tuple[Any, ...]:
    """(kinds, cos, sin, unit, byte offset of each of `FILTERS` in a perceived row or -1)."""
    kinds = HAS_SOBEL * ("sobel_x" in rule.filters) + HAS_LAPLACIAN * ("laplacian" in rule.filters)
    at = tuple(
        rule.filters.index(f) * rule.channels * 4 if f in rule.filters else -1 for f in FILTERS
    )
    scale = rule.filter_scale
    cos, sin = np.float32(scale * math.cos(angle)), np.float32(scale * math.sin(angle))
    return kinds, cos, sin, np.float32(scale), at


def fire_terms(seed: int, step: int, rate: float) -> tuple[int, int, int]:
    """(key, key, limit) of one step."""
    low, high = step_keys(seed, step)
    return low, high, fire_limit(rate)


def dial(rule: Rule, threshold: float, step_size: float) -> tuple[Any, ...]:
    """(threshold, step size, clip)."""
    clip = np.inf if rule.clip is None else rule.clip
    return np.float32(threshold), np.float32(step_size), np.float32(clip)


def scratch(rule: Rule, width: int) -> tuple[npt.NDArray[Any], ...]:
    """The buffers that one worker needs for the forward pass of rows of this width."""
    u8 = np.uint8
    hidden, channels, perceived = padded_sizes(rule)
    return (
        aligned((CHUNK, perceived)),
        aligned((CHUNK, hidden)),
        aligned((CHUNK, channels)),
        np.zeros(CHUNK, np.int64),
        np.zeros(width, u8),
        np.zeros(width, u8),
        np.zeros(width + 1, np.int64),
        aligned((max(width * rule.channels, hidden, perceived) + LANES,)),
        aligned((3, 3, rule.channels)),
        np.zeros(width, u8),
    )


def work(rule: Rule, width: int) -> tuple[FloatArray, ...]:
    """What the backward pass of one worker needs besides `scratch`."""
    hidden, channels, perceived = padded_sizes(rule)
    return (
        aligned((CHUNK, perceived)),
        aligned((CHUNK, hidden)),
        aligned((CHUNK, perceived)),
        aligned((CHUNK, channels)),
        aligned((width * rule.channels + LANES,)),
    )


def sums(rule: _Sizes) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Zeroed accumulators of the weight gradients: w1, b1, w2 transposed, b2, padded."""
    hidden, channels, perceived = padded_sizes(rule)
    return (
        aligned((perceived, hidden)),
        aligned((hidden,)),
        aligned((channels, hidden)),
        aligned((channels,)),
    )
