"""Numbers of a grid of cells that a user asks for: along a line, within a rectangle, in bins.

All of it is made where the cells are, at the step of the picture that carries it. What it costs is
bounded: of many cells only every k-th in both directions is looked at, and the answer says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.readings import Histogram, Line, Profile, Region, Summary
from engine.core.views import ViewRequest

__all__ = ["MOST_CELLS", "MOST_POINTS", "Measured", "clip_region", "line_cells", "measure"]

Cells = NDArray[Any]

MOST_CELLS = 2**20
"""Cells that a summary or a histogram looks at."""

MOST_POINTS = 1024
"""Cells of a profile."""

_PART = 8192  # cells

Block = Callable[[slice, slice], Cells]
Points = Callable[[NDArray[np.intp], NDArray[np.intp]], Cells]


@dataclass(frozen=True, eq=False)
class Measured:
    """What `ViewRequest.line`, `stats` and `bins` asked for; None for what they did not."""

    profile: Profile | None = None
    summary: Summary | None = None
    histogram: Histogram | None = None


def clip_region(region: Region | None, rows: int, columns: int) -> Region:
    """Return the part of a rectangle that lies in a world, at least a cell; None is all of it."""
    if region is None:
        return (0, 0, rows, columns)
    row, column = min(max(region[0], 0), rows - 1), min(max(region[1], 0), columns - 1)
    return (
        row,
        column,
        min(max(region[2], 1), rows - row),
        min(max(region[3], 1), columns - column),
    )


def line_cells(line: Line, extent: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the cells from one cell to another, both ends among them.

    Ends beside the world are moved to its edge. As many cells as the longer of the two distances
    has, but no more than `MOST_POINTS`, evenly spaced.
    """
    ends = [
        [min(max(part, 0), side - 1) for part, side in zip(cell, extent, strict=True)]
        for cell in line
    ]
    (top, left), (low, right) = ends
    count = min(max(abs(low - top), abs(right - left)) + 1, MOST_POINTS)
    rows, columns = np.linspace(top, low, count), np.linspace(left, right, count)
    return np.rint(rows).astype(np.intp), np.rint(columns).astype(np.intp)


def measure(
    request: ViewRequest,
    extent: tuple[int, int],
    channels: int,
    block: Block,
    points: Points,
) -> Measured:
    """Measure what a request asks for.

    Parameters
    ----------
    request : ViewRequest
        Its `line`, `stats` and `bins`; a histogram is of the cells in `stats`, or of all, and of
        the channels in `channels`, or of all.
    extent : (rows, columns)
        Of the world.
    channels : int
        How many there are.
    block : callable
        Cells of slices of rows and columns, (h, w, C).
    points : callable
        Cells at rows and columns, (k, C).
    """
    profile = summary = histogram = None
    if request.line is not None:
        rows, columns = line_cells(request.line, extent)
        values = np.array(points(rows, columns), np.float32)
        profile = Profile(np.stack([rows, columns], axis=1).astype(np.int32), values)
    if request.stats is not None or request.bins > 0:
        region = clip_region(request.stats, *extent)
        row, column, tall, wide = region
        step = max(1, math.ceil(math.sqrt(tall * wide / MOST_CELLS)))
        part = block(slice(row, row + tall, step), slice(column, column + wide, step))
        flat = part.reshape(-1, part.shape[2])
        chosen = tuple(c for c in request.channels if 0 <= c < channels) or tuple(range(channels))
        if request.stats is not None:
            summary = _summary(flat, region)
        if request.bins > 0:
            histogram = _histogram(flat, chosen, request.bins, request.limits, region)
    return Measured(profile, summary, histogram)


def _summary(flat: Cells, region: Region) -> Summary:
    """Go through the cells once, in parts that stay in the processor's cache.

    Deviations are taken from the first cell, so that they lose nothing where a mean is large.
    """
    channels = flat.shape[1]
    shift = np.nan_to_num(flat[0].astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)[:, None]
    sums, squares = np.zeros(channels), np.zeros(channels)
    least, greatest = np.full(channels, np.inf), np.full(channels, -np.inf)
    counted = np.zeros(channels, np.int64)
    for begin in range(0, len(flat), _PART):
        part = np.ascontiguousarray(flat[begin : begin + _PART].T).astype(np.float64)
        finite = np.isfinite(part)
        if finite.all():
            counted += part.shape[1]
            np.minimum(least, part.min(axis=1), out=least)
            np.maximum(greatest, part.max(axis=1), out=greatest)
        else:
            counted += finite.sum(axis=1)
            np.minimum(least, np.where(finite, part, np.inf).min(axis=1), out=least)
            np.maximum(greatest, np.where(finite, part, -np.inf).max(axis=1), out=greatest)
            part = np.where(finite, part, shift)
        part -= shift
        sums += part.sum(axis=1)
        squares += np.einsum("ij,ij->i", part, part)
    some = np.maximum(counted, 1)
    mean = sums / some
    std = np.sqrt(np.maximum(squares / some - mean**2, 0.0))
    mean += shift[:, 0]
    for array in (mean, std, least, greatest):
        array[counted == 0] = np.nan
    return Summary(
        region=region,
        cells=region[2] * region[3],
        sampled=len(flat),
        counted=counted,
        mean=mean,
        std=std,
        least=least,
        greatest=greatest,
    )


def _histogram(
    flat: Cells,
    chosen: tuple[int, ...],
    bins: int,
    limits: tuple[float, float] | None,
    region: Region,
) -> Histogram:
    counts = np.zeros((len(chosen), bins), np.int64)
    edges = np.zeros((len(chosen), 2))
    for place, channel in enumerate(chosen):
        values = flat[:, channel].astype(np.float32)
        finite = np.isfinite(values)
        if not finite.all():
            values = values[finite]
        low, high = _reach(values, limits)
        edges[place] = low, high
        # What lies outside limits that were given counts in the bin at that end.
        scaled = (values - np.float32(low)) * np.float32(bins / (high - low))
        index = np.clip(scaled, 0, bins - 1).astype(np.intp)
        counts[place] = np.bincount(index, minlength=bins)
    return Histogram(
        channels=chosen,
        counts=counts,
        edges=edges,
        region=region,
        cells=region[2] * region[3],
        sampled=len(flat),
    )


def _reach(values: Cells, limits: tuple[float, float] | None) -> tuple[float, float]:
    if limits is not None and limits[1] > limits[0]:
        return limits
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    # Equal values need a bin, too; it must be wider than the distance between two float32.
    room = max(abs(low), abs(high), 1.0) * 1e-6
    return (low, high) if high - low > room else (low - 0.5, low + 0.5)
