"""From attention weights to colours: scales, their ends in words, pixels, hues of heads."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app import theme
from app.viewports.shades import STEPS, shades

__all__ = ["GROUPS", "Scale", "Share", "hue", "peaks", "pixels", "scale_of", "short"]

Share = Literal["head", "layer", "all", "unit"]
"""Which heads have one scale in common; "unit" is 0 to 1 for every one."""

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint32]

DECADES = 3.0
"""How far down a logarithmic scale reaches."""

FIRST = 8
"""One part in so many of the queries is left out of a scale: a row of few weights is bright."""

NOTHING = "ground"
"""Token of places where a query may not look; where weights have signs, zero is the panel's tone or
nearly so."""

GROUPS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#999999", "#F0E442")
"""Okabe and Ito's colours for categories, those first that show on both themes."""

_HEADS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#B8A200")


@dataclass(frozen=True)
class Scale:
    """What the two ends of the colours stand for.

    Attributes
    ----------
    high : float
        The upper end; the lower one is 0, or its negative where weights have signs.
    signed : bool
    logarithmic : bool
        By powers of ten: from `high` down to a thousandth of it; of both signs where signed.
    """

    high: float
    signed: bool = False
    logarithmic: bool = False

    @property
    def ends(self) -> tuple[str, str]:
        """The ends in words."""
        if self.signed:
            return f"-{short(self.high)}", f"+{short(self.high)}"
        return short(self.high * 10**-DECADES) if self.logarithmic else "0", short(self.high)

    def table(self) -> NDArray[np.uint8]:
        """Return the colours from end to end, uint8 (255, 3), in the theme in force."""
        return shades("diverging" if self.signed else "viridis")


def short(value: float) -> str:
    """Write a weight in five places at most."""
    size = abs(value)
    if not size:
        return "0"
    if not 1e-3 <= size < 1e4:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    places = 3 if size < 0.01 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:.{places}f}"


def peaks(weights: NDArray[Any], signed: bool) -> Floats:
    """Return the greatest magnitude of each head, (layers, heads); NaN where there is no head.

    Rows of the first queries are left out where weights sum to 1: they have few weights, which are
    large whatever the head does.
    """
    rows = weights.shape[2]
    first = 0 if signed or rows < 4 else max(1, rows // FIRST)
    seen = weights[:, :, first:]
    high = np.fmax.reduce(seen, axis=(2, 3)) if seen.size else np.zeros(weights.shape[:2])
    if signed and seen.size:
        high = np.fmax(high, -np.fmin.reduce(seen, axis=(2, 3)))
    return np.asarray(high, np.float32)


def scale_of(
    high: Floats, head: tuple[int, int], signed: bool, share: Share, logarithmic: bool = False
) -> Scale:
    """Return the scale of a head.

    Parameters
    ----------
    high : ndarray (layers, heads)
        As of `peaks`.
    head : (layer, head)
    signed : bool
    share : Share
        "unit" has no meaning where weights are signed and is that of all heads there.
    logarithmic : bool
    """
    if share == "unit" and not signed:
        return Scale(1.0, False, logarithmic)
    parts = {"head": high[head[0], head[1]], "layer": high[head[0]]}.get(share, high)
    top = float(np.fmax.reduce(np.ravel(parts))) if np.size(parts) else 0.0
    return Scale(top if np.isfinite(top) and top > 0 else 1.0, signed, logarithmic)


def pixels(values: NDArray[Any], scale: Scale) -> Pixels:
    """Draw weights through a scale.

    Parameters
    ----------
    values : ndarray (..., w)
        NaN where there is nothing: the tone of the ground.
    scale : Scale

    Returns
    -------
    ndarray
        0xffRRGGBB, of the same shape.
    """
    look = theme.current()
    table = _table(scale.signed, look.name, theme.colour(NOTHING).rgb())
    level = np.array(values, np.float32)
    if scale.logarithmic:
        _bend(level, scale)
    else:
        level *= np.float32((0.5 if scale.signed else 1.0) / scale.high)
        if scale.signed:
            level += np.float32(0.5)
    # Place 0 of the table is nothing, colours go from 1 to 255: NaN passes both ends, falls to 0.
    level *= np.float32(254.0)
    level += np.float32(1.5)
    np.maximum(level, np.float32(1.0), out=level)
    np.minimum(level, np.float32(255.0), out=level)
    np.fmax(level, np.float32(0.0), out=level)
    return np.take(table, level.astype(np.uint8))


def _bend(level: Floats, scale: Scale) -> None:
    """Map weights to 0 to 1 by their logarithms, in place."""
    size = np.abs(level)
    size *= np.float32(10**DECADES / scale.high)
    np.maximum(size, np.float32(1.0), out=size)  # NaN stays
    np.log10(size, out=size)
    size *= np.float32(1.0 / DECADES)
    if scale.signed:
        np.copysign(size, level, out=level)
        level *= np.float32(0.5)
        level += np.float32(0.5)
    else:
        level[...] = size


@functools.lru_cache(maxsize=8)
def _table(signed: bool, look: str, nothing: int) -> Pixels:
    """Return the colour of nothing and those of a scale after it; `look` names the theme."""
    del look  # part of the key: the shades are those of the theme in force
    rgb = shades("diverging" if signed else "viridis").astype(np.uint32)
    result = np.empty(STEPS + 1, np.uint32)
    result[0] = nothing
    result[1:] = 0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
    result.setflags(write=False)
    return result


def hue(head: int, heads: int) -> QColor:
    """Return the colour of a head among so many of its layer."""
    if heads <= len(_HEADS):
        return QColor(_HEADS[head])
    # As CircuitsVis has it: evenly around the circle of hues.
    return QColor.fromHslF(head / heads, 0.7, 0.5)
