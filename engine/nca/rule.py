"""What a grid neural cellular automaton is, and its weights.

`Rule` holds what is fixed when a network is made (Mordvintsev et al. 2020 and Niklasson et al. 2021
are two settings of it); everything else (fire rate, angle, life threshold, step size) is passed at
every call and may change while the world runs. The perceived values are **filter-major**: row `f *
C + channel` of `w1` belongs to filter number f of `Rule.filters`. Importers of channel-major files
permute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["ALPHA", "FILTERS", "GROWING", "TEXTURE", "Filter", "FloatArray", "Rule", "Weights"]

FloatArray = npt.NDArray[np.float32]
Filter = Literal["identity", "sobel_x", "sobel_y", "laplacian"]
FILTERS: tuple[Filter, ...] = ("identity", "sobel_x", "sobel_y", "laplacian")
ALPHA = 3
"""The channel that the life mask looks at."""


@dataclass(frozen=True)
class Rule:
    """The fixed part of a grid neural cellular automaton.

    Attributes
    ----------
    channels, hidden : int
        Values per cell (C) and width of the hidden layer.
    filters : tuple of str
        What a cell perceives, from `FILTERS`, each at most once; the Sobel pair comes as a pair
        because the angle mixes them.
    filter_scale : float
        Factor of Sobel and Laplacian (1/8 or 1); identity is never scaled.
    border : {"zero", "wrap"}
        What lies beyond the edge: zeros, or the other side (a torus).
    alive : bool
        Whether a cell must have alpha above the threshold within its 3x3 neighbourhood both before
        and after the update; if not, all its channels become zero (Growing NCA).
    clip : float or None
        Bound q of perception, update and new state (+-q) and of the hidden layer ([0, q]) (Texture
        NCA).
    output_bias : bool
        Whether the second layer has a bias.
    """

    channels: int = 16
    hidden: int = 128
    filters: tuple[Filter, ...] = ("identity", "sobel_x", "sobel_y")
    filter_scale: float = 0.125
    border: Literal["zero", "wrap"] = "zero"
    alive: bool = True
    clip: float | None = None
    output_bias: bool = True

    def __post_init__(self) -> None:
        if self.channels < 1 or self.hidden < 1:
            raise ValueError("a rule needs at least one channel and one hidden unit")
        if self.alive and self.channels <= ALPHA:
            raise ValueError(
                "a rule with a life mask needs at least four channels (alpha is the fourth)"
            )
        if not self.filters or len(set(self.filters)) != len(self.filters):
            raise ValueError("a rule needs filters, each at most once")
        if set(self.filters) - set(FILTERS):
            raise ValueError(f"unknown filter in {self.filters}; known are {FILTERS}")
        if ("sobel_x" in self.filters) != ("sobel_y" in self.filters):
            raise ValueError("sobel_x and sobel_y come together: the angle mixes them")
        if self.border not in ("zero", "wrap"):
            raise ValueError(f"unknown border {self.border!r}")
        if self.clip is not None and not self.clip > 0:
            raise ValueError("clip must be positive")

    @property
    def perceived(self) -> int:
        """Values that a cell perceives, P = filters x channels."""
        return len(self.filters) * self.channels


GROWING = Rule()
"""Growing NCA (Mordvintsev et al. 2020): 8,336 weights."""

TEXTURE = Rule(
    channels=12, hidden=96, filters=FILTERS, border="wrap", alive=False, clip=2.0, output_bias=False
)
"""Texture NCA with the settings that train stably on a CPU: 5,856 weights."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The two layers: `ds = relu(p @ w1 + b1) @ w2 + b2`, float32.

    Attributes
    ----------
    w1 : (P, hidden), b1 : (hidden,), w2 : (hidden, C), b2 : (C,) or None
    """

    w1: FloatArray
    b1: FloatArray
    w2: FloatArray
    b2: FloatArray | None = None

    @classmethod
    def initial(cls, rule: Rule, rng: np.random.Generator) -> Weights:
        """First layer uniform in +-1/sqrt(P), as torch makes a convolution; second layer zero."""
        bound = 1.0 / np.sqrt(rule.perceived)
        w1 = rng.uniform(-bound, bound, (rule.perceived, rule.hidden)).astype(np.float32)
        b1 = rng.uniform(-bound, bound, rule.hidden).astype(np.float32)
        w2 = np.zeros((rule.hidden, rule.channels), np.float32)
        return cls(w1, b1, w2, np.zeros(rule.channels, np.float32) if rule.output_bias else None)

    @classmethod
    def from_arrays(cls, rule: Rule, arrays: Mapping[str, Any]) -> Weights:
        """From `{"w1", "b1", "w2"[, "b2"]}`; `ValueError` where a shape does not fit the rule."""
        shapes = cls.shapes(rule)
        if set(arrays) != set(shapes):
            raise ValueError(f"expected the weights {sorted(shapes)}, found {sorted(arrays)}")
        made: dict[str, FloatArray] = {}
        for name, shape in shapes.items():
            array = np.ascontiguousarray(np.asarray(arrays[name], dtype=np.float32))
            if array.shape != shape:
                raise ValueError(f"weight {name} has shape {array.shape}, the rule needs {shape}")
            made[name] = array
        return cls(made["w1"], made["b1"], made["w2"], made.get("b2"))

    @staticmethod
    def shapes(rule: Rule) -> dict[str, tuple[int, ...]]:
        """The shapes that a rule needs, by name."""
        shapes: dict[str, tuple[int, ...]] = {
            "w1": (rule.perceived, rule.hidden),
            "b1": (rule.hidden,),
            "w2": (rule.hidden, rule.channels),
        }
        if rule.output_bias:
            shapes["b2"] = (rule.channels,)
        return shapes

    def arrays(self) -> dict[str, FloatArray]:
        """By name; the inverse of `from_arrays`."""
        named = {"w1": self.w1, "b1": self.b1, "w2": self.w2}
        return named if self.b2 is None else {**named, "b2": self.b2}

    @property
    def count(self) -> int:
        """Number of weights."""
        return sum(a.size for a in self.arrays().values())
