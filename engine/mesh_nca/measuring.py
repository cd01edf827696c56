"""Figures of what lives on a surface: likeness to the example, direction, features, drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.mesh_nca.motion import drift
from engine.mesh_nca.targets import Target
from engine.meshes.advect import motion_field
from engine.meshes.patches import Batch, Patch, PatchSet
from engine.meshes.surface import Surface
from engine.meshes.windows import LocalWindow
from engine.style.channel_swd import ChannelSwd

__all__ = [
    "direction",
    "drift_share",
    "features",
    "flat_distance",
    "masked_as",
    "on_side",
    "shuffled",
    "style_distance",
    "vertices_per_feature",
    "windows",
    "within",
]

Floats = NDArray[np.float32]
Poll = Callable[[], None] | None

PIXELS = 48
"""Side of a window: small ones show less of how a body curves away."""

_LEVEL = 0.6  # of the range between the 2nd and the 98th hundredth of a channel


def windows(
    surface: Surface, count: int = 32, *, pixels: int = PIXELS, seed: int = 0, poll: Poll = None
) -> Batch:
    """Look at a surface through some windows, two pixels to the edge."""
    made = PatchSet(
        surface,
        count=count,
        pixels=pixels,
        rng=np.random.default_rng(seed),
        kind="local",
        poll=poll,
    )
    return Batch(made.patches)


def style_distance(batch: Batch, cells: Floats, target: Target) -> float:
    """Held-out style distance of what windows show of cells (V, C), clamped, to the example."""
    shown = np.ascontiguousarray(cells[:, list(target.channels)]) + np.float32(0.5)
    pictures = batch.apply(shown).clip(0.0, 1.0)
    return ChannelSwd(target.pixels).held_out(pictures, batch.mask)


def flat_distance(batch: Batch, target: Target) -> float:
    """Style distance of a surface that is all of the example's mean colour: right, but blank."""
    count = batch.patches[0].pair.shape[1]
    cells = np.zeros((count, max(target.channels) + 1), np.float32)
    cells[:, list(target.channels)] = target.pixels.mean(axis=(0, 1)) - np.float32(0.5)
    return style_distance(batch, cells, target)


def shuffled(cells: Floats, places: NDArray[np.bool_], seed: int = 0) -> Floats:
    """Put the cells (V, C) of some places (V,) in random order: the same values, no texture."""
    numbers = np.flatnonzero(places)
    made = cells.copy()
    made[numbers] = cells[np.random.default_rng(seed).permutation(numbers)]
    return made


def direction(batch: Batch, values: Floats) -> tuple[float, float]:
    """Mean direction of the gradient of values (V,) in windows near the equator.

    Returns
    -------
    degrees : float
        From the right, counter-clockwise seen from outside, -90 to 90: stripes across the picture
        have 90.
    coherence : float
        0 where all directions are as likely, 1 where there is only one.
    """
    total, weight = 0.0 + 0.0j, 0.0
    for patch in batch.patches:
        if abs(_normal(patch)[1]) > 0.6:
            continue
        side = patch.window.pixels
        picture = patch.pair.apply(np.ascontiguousarray(values[:, None])).reshape(side, side)
        down, right = np.gradient(picture.astype(np.float64))
        seen = patch.mask.copy()
        seen[1:] &= patch.mask[:-1]
        seen[:-1] &= patch.mask[1:]
        seen[:, 1:] &= patch.mask[:, :-1]
        seen[:, :-1] &= patch.mask[:, 1:]
        slope = (right - 1j * down)[seen]  # rows count downwards
        total += complex((slope**2).sum())  # twice the angle: a line has no sense
        weight += float((np.abs(slope) ** 2).sum())
    if not weight:
        return 0.0, 0.0
    return float(np.degrees(np.angle(total)) / 2.0), abs(total) / weight


def features(surface: Surface, values: Floats, least: int = 3) -> int:
    """Count connected bright regions of values (V,) with at least so many vertices."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    low, high = np.quantile(values, (0.02, 0.98))
    bright = values > low + _LEVEL * (high - low)
    origin = np.repeat(np.arange(len(values)), surface.valence)
    both = bright[origin] & bright[surface.neighbours]
    ends = origin[both], surface.neighbours[both]
    graph = csr_matrix((np.ones(len(ends[0])), ends), (len(values), len(values)))
    labels = connected_components(graph, directed=False)[1]
    return int((np.bincount(labels[bright]) >= least).sum())


def vertices_per_feature(surface: Surface, values: Floats) -> float:
    """Size of the `features` of values (V,); the whole surface where there are none."""
    return len(surface.vertices) / max(1, features(surface, values))


def drift_share(
    surface: Surface,
    batch: Batch,
    before: Floats,
    after: Floats,
    target: Target,
    field: str,
    edges: float,
    reach: int,
) -> float:
    """How much of the asked way along a field the pattern went, by correlation of windows.

    Parameters
    ----------
    before, after : ndarray, shape (V, C)
    field : str
        A name in `engine.meshes.advect.FIELDS`.
    edges : float
        The asked way between the two where the field is fastest.
    reach : int
        Largest move that is looked for, in pixels of half an edge.

    Returns
    -------
    float
        1 where it went all of it, 0 where it stayed, negative where it went back. Windows where
        the field is slower than half of its fastest are left out.
    """
    vectors = motion_field(surface, field)
    channels = list(target.channels)[:3]
    first, second = (
        batch.apply(np.ascontiguousarray(cells[:, channels])) for cells in (before, after)
    )
    moves = drift(first, second, reach)
    went, asked = 0.0, 0.0
    for patch, move in zip(batch.patches, moves, strict=True):
        window = patch.window
        assert isinstance(window, LocalWindow)
        nearest = int(((surface.vertices - window.origin) ** 2).sum(axis=1).argmin())
        vector = window.frame[:2] @ vectors[nearest].astype(np.float64)
        if np.hypot(*vector) < 0.5:
            continue
        way = vector * np.array([1.0, -1.0]) * (2.0 * edges)  # pixels, rows count downwards
        went += float(move @ way)
        asked += float(way @ way)
    return went / asked if asked else 0.0


def _normal(patch: Patch) -> NDArray[np.float64]:
    window = patch.window
    assert isinstance(window, LocalWindow)
    normal: NDArray[np.float64] = window.frame[2]
    return normal


def on_side(batch: Batch, way: NDArray[np.float64], least: float) -> Batch:
    """Keep the windows whose middle lies at least so far in a direction (3,)."""
    kept = []
    for patch in batch.patches:
        window = patch.window
        assert isinstance(window, LocalWindow)
        if float(window.origin @ way) >= least:
            kept.append(patch)
    return Batch(kept)


def within(batch: Batch, places: NDArray[np.bool_], least: float = 0.5) -> Batch:
    """Leave of every window the pixels that show some places (V,) and nothing beside them.

    Windows of which less than so large a share is left are dropped.
    """
    part, kept = np.ascontiguousarray(places[:, None], np.float32), []
    for patch in batch.patches:
        mask = patch.mask & (patch.pair.apply(part).reshape(patch.mask.shape) > 0.999)
        if mask.mean() >= least:
            kept.append(replace(patch, mask=mask))
    return Batch(kept)


def masked_as(batch: Batch, other: Batch) -> Batch:
    """Leave of every window what the window of the same number in `other` shows, too."""
    pairs = zip(batch.patches, other.patches, strict=True)
    return Batch([replace(patch, mask=patch.mask & like.mask) for patch, like in pairs])
