"""The numbers that a transformer begins with: first weights, and the fixed code of positions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.attention.design import Design, shapes
from engine.core.errors import BadInput

__all__ = ["Scheme", "initial", "lam_parameter", "sinusoid"]

Weights = dict[str, NDArray[np.float32]]

_LAM_FLOOR = 1e-4  # as in `engine.attention.mesa_layer`, which needs torch
_TRUNCATED = 0.87962566103423978  # standard deviation of a unit normal cut off at +-2


@dataclass(frozen=True)
class Scheme:
    """How matrices begin.

    Parameters
    ----------
    law : {"truncated", "normal", "uniform"}
        Truncated normal (+-2 sigma) of variance scale / fan-in (arXiv 2212.07677); normal with
        standard deviation `scale` (arXiv 2309.05858); uniform in +-scale / sqrt(fan-in), a linear
        layer's usual law.
    scale : float
    embedding, readout : float, optional
        Standard deviation of a normal law for embedding and positions, and for the read-out; None
        uses `law`.
    """

    law: Literal["truncated", "normal", "uniform"] = "truncated"
    scale: float = 0.002
    embedding: float | None = None
    readout: float | None = None


def initial(
    design: Design,
    rng: np.random.Generator,
    scheme: Scheme = Scheme(),
) -> Weights:
    """Draw first weights: gains 1, biases 0, lam 1, matrices by the scheme."""
    own = {"embed": scheme.embedding, "positions": scheme.embedding, "readout": scheme.readout}
    made: Weights = {}
    for name, shape in shapes(design).items():
        if name.endswith("_gain"):
            values = np.ones(shape)
        elif name.endswith("_bias"):
            values = np.zeros(shape)
        elif name.endswith("/lam"):
            values = np.full(shape, lam_parameter(1.0))
        elif (std := own.get(name)) is not None:
            values = rng.standard_normal(shape) * std
        else:
            values = _drawn(rng, shape, scheme)
        made[name] = values.astype(np.float32)
    return made


def _drawn(rng: np.random.Generator, shape: tuple[int, ...], scheme: Scheme) -> NDArray[np.float64]:
    if scheme.law == "normal":
        return rng.standard_normal(shape) * scheme.scale
    if scheme.law == "uniform":
        bound = scheme.scale / math.sqrt(shape[0])
        return rng.uniform(-bound, bound, shape)
    values = rng.standard_normal(shape)
    while (out := np.abs(values) > 2).any():
        values[out] = rng.standard_normal(int(out.sum()))
    return values * (math.sqrt(scheme.scale / shape[0]) / _TRUNCATED)


def lam_parameter(lam: float) -> float:
    """Return the weight that stands for a mesa layer's regulariser: lam = softplus(weight).

    Raises
    ------
    BadInput
        If `lam` is below 1e-4, the least that a layer uses.
    """
    if not lam >= _LAM_FLOOR:
        raise BadInput(f"a mesa layer's lam is at least {_LAM_FLOOR:g}", remedy="Use a larger lam")
    return lam + math.log(-math.expm1(-lam))


def sinusoid(length: int, channels: int, base: float = 10000.0) -> NDArray[np.float32]:
    """Return sines (even channels) and cosines (odd) of positions 0..length-1, (length, channels).

    Vaswani et al., arXiv 1706.03762, section 3.5.
    """
    pair = np.arange(channels) // 2
    angle = np.arange(length)[:, None] / base ** (2 * pair / channels)
    return np.where(np.arange(channels) % 2, np.cos(angle), np.sin(angle)).astype(np.float32)
