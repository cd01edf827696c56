"""From cells with many channels to a picture of few pixels: means, tiles, principal components."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.views import ImageView, MeshView

__all__ = ["Steady", "mosaic", "principal_components", "reduce_cells"]

Cells = NDArray[Any]
DEVIATIONS = 3.0
"""How many standard deviations of a component the colours reach to, both ways."""

THINNEST = 1e-4
"""Share of the widest component's width down to which others are stretched as far."""


def reduce_cells(cells: Cells, max_size: int) -> Cells:
    """Average (h, w, C) over square blocks until neither side exceeds `max_size`; float32."""
    height, width = cells.shape[:2]
    block = math.ceil(max(height, width) / max(1, max_size))
    if block <= 1:
        return np.array(cells, np.float32)
    sums = _block_sums(_block_sums(cells, block, 0), block, 1)
    tall = np.diff(np.append(np.arange(0, height, block), height)).astype(np.float32)
    wide = np.diff(np.append(np.arange(0, width, block), width)).astype(np.float32)
    return np.asarray(sums / (tall[:, None, None] * wide[None, :, None]), np.float32)


def _block_sums(cells: Cells, block: int, axis: int) -> NDArray[np.float32]:
    """Sum over blocks along an axis, the last one shorter, by adding slices: fast in numpy."""
    lines = np.moveaxis(cells, axis, 0)
    whole = len(lines) // block * block
    sums = np.array(lines[:whole:block], np.float32)
    for offset in range(1, block):
        sums += lines[offset:whole:block]
    if whole < len(lines):
        rest = lines[whole:].sum(axis=0, dtype=np.float32, keepdims=True)
        sums = np.concatenate([sums, rest])
    return np.moveaxis(sums, 0, axis)


def mosaic(cells: Cells) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Lay the channels of (h, w, C) out as tiles, row by row; returns picture and layout."""
    height, width, count = cells.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * height, columns * width), np.float32)
    for index in range(count):
        r, c = divmod(index, columns)
        sheet[r * height : (r + 1) * height, c * width : (c + 1) * width] = cells[..., index]
    return sheet, (rows, columns)


def principal_components(cells: Cells) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Show the first three principal components of (..., C) as RGB, up to three deviations.

    Returns
    -------
    rgb : ndarray
        ``(..., 3)`` uint8; 128 is the mean. Where there are fewer channels the rest is 0.
    axes : ndarray
        ``(C, k)`` float32, k at most 3: the directions, of unit length, the widest first. Which of
        its two signs a direction has says nothing: see `Steady`.
    """
    flat = cells.reshape(-1, cells.shape[-1]).astype(np.float32)
    flat = np.nan_to_num(flat - flat.mean(axis=0))
    _, vectors = np.linalg.eigh(flat.T @ flat)
    vectors = vectors[:, ::-1][:, :3]
    # An eigenvector's sign is arbitrary: it is chosen so that equal worlds have equal pictures.
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(vectors.shape[1])])
    scores = flat @ vectors
    scores -= scores.mean(axis=0)
    reach = 2.0 * DEVIATIONS * scores.std(axis=0)
    # A component without any width is rounding alone: it is shown as its mean, not blown up.
    scores = scores / np.maximum(reach, max(float(reach.max()) * THINNEST, 1e-12)) + 0.5
    rgb = np.zeros((*cells.shape[:-1], 3), np.uint8)
    shown = (np.clip(scores, 0, 1) * 255 + 0.5).astype(np.uint8)
    rgb[..., : scores.shape[1]] = shown.reshape(*cells.shape[:-1], -1)
    return rgb, np.asarray(vectors, np.float32)


class Steady:
    """Keeps the colours of principal components from flipping and swapping from picture to picture.

    Directions are found anew for every picture: when two components are about equally wide they
    change places, and a sign may turn round. Each picture's are matched to those of the last one,
    by the order and the signs that agree best with them.
    """

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None

    def image(self, view: ImageView) -> ImageView:
        """Return the picture in the colours of the last one; any other picture as it is."""
        if view.axes is None:
            return view
        order, signs, axes = self._match(view.axes)
        data = _recoloured(view.data, order, signs)
        return replace(view, data=data, axes=axes)

    def mesh(self, view: MeshView) -> MeshView:
        """Return the mesh in the colours of the last one; any other mesh as it is."""
        if view.axes is None:
            return view
        order, signs, axes = self._match(view.axes)
        return replace(view, colours=_recoloured(view.colours, order, signs), axes=axes)

    def _match(
        self, axes: NDArray[np.float32]
    ) -> tuple[tuple[int, ...], tuple[bool, ...], NDArray[np.float32]]:
        """Find order and turned signs, and remember the directions in that order."""
        count = axes.shape[1]
        order, signs = tuple(range(count)), (False,) * count
        last = self._last
        if last is not None and last.shape == axes.shape:
            agree = last.T @ axes  # (last, now)
            order = max(
                itertools.permutations(range(count)),
                key=lambda one: sum(abs(agree[place, now]) for place, now in enumerate(one)),
            )
            signs = tuple(bool(agree[place, now] < 0) for place, now in enumerate(order))
            axes = axes[:, list(order)] * np.where(signs, -1, 1).astype(np.float32)
        self._last = axes
        return order, signs, axes


def _recoloured(
    pixels: NDArray[np.uint8], order: tuple[int, ...], signs: tuple[bool, ...]
) -> NDArray[np.uint8]:
    if order == tuple(range(len(order))) and not any(signs):
        return pixels
    result = pixels.copy()
    for place, (now, turned) in enumerate(zip(order, signs, strict=True)):
        result[..., place] = 255 - pixels[..., now] if turned else pixels[..., now]
    return result
