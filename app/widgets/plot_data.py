"""What a plot does with its numbers before they are drawn, and what it says of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Points",
    "drawable",
    "nearest_point",
    "place_words",
    "running_mean",
    "runs_on",
    "stacked",
    "values_at",
    "write_table",
]

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
Logs = tuple[bool, bool]

COARSE = 50.0
"""Where so much is seen, whole numbers are enough to say where one is."""


def drawable(points: Points, logs: Logs) -> Points:
    """Leave out what has no logarithm where an axis is logarithmic."""
    x, y = np.asarray(points[0], np.float64), np.asarray(points[1], np.float64)
    keep = np.ones(x.shape, bool)
    for values, log in zip((x, y), logs, strict=True):
        if log:
            keep &= values > 0
    return (x, y) if keep.all() else (x[keep], y[keep])


def stacked(data: Mapping[str, Points]) -> dict[str, Points]:
    """Add up curves from the first on; they share their x."""
    total: NDArray[np.float64] | float = 0.0
    sums = {}
    for name, (x, y) in data.items():
        total = total + np.asarray(y, np.float64)
        sums[name] = (x, total)
    return sums


def runs_on(data: Mapping[str, Points]) -> bool:
    """Whether x never goes back along any curve: then it is said what each one is at a place."""
    return all(bool((np.diff(x) >= 0).all()) for x, _ in data.values())


def values_at(data: Mapping[str, Points], x: float) -> list[str]:
    """Say what each curve is where its x is nearest to a place."""
    lines = []
    for name, (xs, ys) in data.items():
        if xs.size:
            lines.append(f"{name} {ys[int(np.abs(xs - x).argmin())]:.4g}")
    return lines


def nearest_point(
    data: Iterable[tuple[str, Points]],
    at: tuple[float, float],
    pixel: tuple[float, float],
    reach: float,
) -> tuple[str, float, float] | None:
    """Find the point next to a place: its curve, x and y; None if none is within reach.

    Parameters
    ----------
    data : iterable of (name, (x, y))
        As drawn, logarithms where an axis is logarithmic.
    at : (x, y)
    pixel : (width, height)
        Of a pixel in units of the axes.
    reach : float
        In pixels.
    """
    best, found = reach, None
    for name, (x, y) in data:
        if not x.size:
            continue
        away = np.hypot((x - at[0]) / pixel[0], (y - at[1]) / pixel[1])
        place = int(np.nanargmin(away)) if not np.isnan(away).all() else 0
        if away[place] <= best:
            best, found = float(away[place]), (name, float(x[place]), float(y[place]))
    return found


def place_words(name: str, value: float, span: float) -> str:
    """Say where on an axis something is, as finely as the seen span deserves."""
    words = f"{value:,.0f}" if span >= COARSE else f"{value:.3g}"
    return f"{name} {words}"


def running_mean(y: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    """Smooth over about a fortieth of the curve; of logarithms where the axis is logarithmic."""
    width = max(1, y.size // 40)
    if width == 1:
        return y
    values = np.log(y) if logarithmic else y
    padded = np.concatenate([np.full(width, values[0]), values, np.full(width, values[-1])])
    sums = np.cumsum(padded)
    span = 2 * width
    mean = (sums[span:] - sums[:-span]) / span
    mean = mean[: y.size]
    return np.asarray(np.exp(mean) if logarithmic else mean)


def write_table(path: Path, heads: tuple[str, str], data: Iterable[tuple[str, Points]]) -> None:
    """Write every point of every curve as CSV, under the names of the axes."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["curve", *heads])
        for name, (x, y) in data:
            writer.writerows((name, a, b) for a, b in zip(x, y, strict=True))
