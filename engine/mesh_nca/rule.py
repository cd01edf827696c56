"""What a mesh neural cellular automaton is, its weights, and what may change while it runs.

Pajouheshgar, Xu, Mordvintsev, Niklasson, Zhang, Suesstrunk, "Mesh Neural Cellular Automata", ACM
TOG 43(4), 2024, arXiv 2311.02820. A vertex perceives, for each real spherical harmonic Y_k up to
`degree`, the sum over its neighbours of Y_k(direction) times the difference of their states; then
its own state. Rows of `w1` are harmonic-major: row k * C + channel, in the order 1, y, z, x
(index n (n + 1) + m), the state itself last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEAN_FACTOR", "Aggregation", "Axes", "Controls", "FloatArray", "MeshRule", "Weights"]

FloatArray = NDArray[np.float32]
Aggregation = Literal["sum", "mean", "mean6"]
Axes = Literal["cartesian", "polar", "bipolar"]

MEAN_FACTOR = 6.0
"""Factor of "mean6": equal to the sum where every vertex has six neighbours."""


@dataclass(frozen=True)
class MeshRule:
    """The fixed part of a mesh automaton.

    Attributes
    ----------
    channels, hidden : int
        Values per vertex (C) and width of the hidden layer.
    degree : int
        Largest degree of the harmonics, 0 to 2. Degrees 0 and 1 alone are taken raw (1, y, z, x);
        with degree 2 all are the normalised real harmonics with the Condon-Shortley sign.
    aggregation : "sum", "mean" or "mean6"
        "mean6" is six times the mean, but an open border counts two neighbours more than it has:
        blown up to a whole ring, half a one drives the state there out of its bounds.
    output_bias : bool
    """

    channels: int = 16
    hidden: int = 128
    degree: int = 1
    aggregation: Aggregation = "mean6"
    output_bias: bool = True

    def __post_init__(self) -> None:
        if self.channels < 1 or self.hidden < 1 or self.degree not in (0, 1, 2):
            raise ValueError("a rule needs a channel, a hidden unit and a degree of 0, 1 or 2")
        if self.aggregation not in ("sum", "mean", "mean6"):
            raise ValueError(f"unknown aggregation {self.aggregation!r}")

    @property
    def harmonics(self) -> int:
        """Number of spherical harmonics, (degree + 1)^2."""
        return (self.degree + 1) ** 2

    @property
    def perceived(self) -> int:
        """Values that a vertex perceives, P = (harmonics + 1) C."""
        return (self.harmonics + 1) * self.channels


@dataclass(frozen=True, eq=False)
class Controls:
    """What may change while the world runs; per-vertex arrays are float32 (V,).

    Attributes
    ----------
    fire_rate : float
        Chance of a vertex to update in a step, one draw for all its channels.
    rate : ndarray, optional
        Factor of it at every vertex; 0 freezes.
    angle : float
        Radians by which the pattern turns about the normal (directions turn by minus it).
    turn : ndarray, optional
        Added to it at every vertex: what a comb leaves.
    scale : float
        Features become so many times longer in edges: harmonics of degree 0 times s^2, of degree 1
        times s, and every update times 1 / s^2 where s > 1, else it diverges.
    local_scale : ndarray, optional
        Factor of it at every vertex: spacing compensation, what a density brush leaves.
    step_size : float
        Factor of every update.
    axes : "cartesian", "polar" or "bipolar"
        What the directions are measured in, in place of x, y, z (modes 0 to 2 of the published
        demonstration): polar, at position p, the radius p / |p|, the polar angle and the azimuth
        about the z-axis; bipolar the distance from the y-axis, the azimuth about it, and it.
    clamp : float
        Bound of the state after a step; 0 for none. Never while learning.
    """

    fire_rate: float = 0.5
    rate: FloatArray | None = None
    angle: float = 0.0
    turn: FloatArray | None = None
    scale: float = 1.0
    local_scale: FloatArray | None = None
    step_size: float = 1.0
    axes: Axes = "cartesian"
    clamp: float = 0.0


@dataclass(frozen=True, eq=False)
class Weights:
    """The two layers: ``dx = relu(z @ w1 + b1) @ w2 + b2``, float32.

    Attributes
    ----------
    w1 : (P, hidden), b1 : (hidden,), w2 : (hidden, C), b2 : (C,) or None
    """

    w1: FloatArray
    b1: FloatArray
    w2: FloatArray
    b2: FloatArray | None = None

    @classmethod
    def initial(cls, rule: MeshRule, rng: np.random.Generator) -> Weights:
        """Xavier-normal with gain 0.2 and 1.2, b1 uniform as torch makes a layer, b2 zero."""
        p, hidden, c = rule.perceived, rule.hidden, rule.channels
        w1 = rng.normal(0.0, 0.2 * np.sqrt(2.0 / (p + hidden)), (p, hidden))
        b1 = rng.uniform(-1.0, 1.0, hidden) / np.sqrt(p)
        w2 = rng.normal(0.0, 1.2 * np.sqrt(2.0 / (hidden + c)), (hidden, c))
        b2 = np.zeros(c, np.float32) if rule.output_bias else None
        return cls(w1.astype(np.float32), b1.astype(np.float32), w2.astype(np.float32), b2)

    @classmethod
    def from_arrays(cls, rule: MeshRule, arrays: Mapping[str, Any]) -> Weights:
        """From ``{"w1", "b1", "w2"[, "b2"]}``; `ValueError` where a shape does not fit the rule."""
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
    def shapes(rule: MeshRule) -> dict[str, tuple[int, ...]]:
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

    def blended(self, other: Weights, share: float) -> Weights:
        """Return (1 - share) of these and `share` of the other ones, tensor by tensor."""
        theirs = other.arrays()
        mixed = {
            name: np.asarray((1.0 - share) * own + share * theirs[name], np.float32)
            for name, own in self.arrays().items()
        }
        return Weights(mixed["w1"], mixed["b1"], mixed["w2"], mixed.get("b2"))

    @property
    def count(self) -> int:
        """Number of weights; 12,432 as published."""
        return sum(a.size for a in self.arrays().values())
