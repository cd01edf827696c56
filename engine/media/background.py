"""Make the plain background of a picture transparent.

Only what is connected with the border goes, so that an eye as white as the paper stays. The mixed
pixels along the edge are taken apart into object and background: without that a grey or white halo
would be part of what a system learns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.media.picture import Floats

__all__ = ["border_colour", "flood_from_border", "remove_background"]

_MIXTURE_TOLERANCE = 0.08  # how far from the straight line between two colours a mixture may lie


def border_colour(pixels: Floats, threshold: float) -> tuple[Floats, float]:
    """Return the commonest colour of the border and the part of the border that has it.

    Parameters
    ----------
    pixels : ndarray, shape (H, W, 3)
        0 to 1.
    threshold : float
        Largest difference in any channel that still counts as the same colour.

    Returns
    -------
    colour : ndarray, shape (3,)
    share : float
        0 to 1.
    """
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(edge, axis=0).astype(np.float32)
    share = float((_distance(edge, colour) <= threshold).mean())
    return colour, share


def flood_from_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells of `mask`, (H, W), that are connected with the border (4 neighbours).

    Whole runs of a row or a column are filled at once, so that the number of passes is that of the
    turns of the longest way in, not its length.
    """
    reached = np.zeros_like(mask)
    reached[[0, -1]] = mask[[0, -1]]
    reached[:, [0, -1]] = mask[:, [0, -1]]
    rows, columns = _run_numbers(mask), _run_numbers(mask.T).T
    before = -1
    while (count := int(np.count_nonzero(reached))) != before:
        before = count
        for runs in (rows, columns):
            hit = np.zeros(int(runs.max(initial=0)) + 1, dtype=bool)
            hit[runs[reached]] = True
            reached = hit[runs]
    return reached


def remove_background(pixels: Floats, colour: Floats, threshold: float) -> Floats:
    """Return the picture with the background of one colour made transparent.

    Parameters
    ----------
    pixels : ndarray, shape (H, W, 4)
        Straight RGBA, 0 to 1.
    colour : ndarray, shape (3,)
        The background's.
    threshold : float
        Largest difference in any channel that still counts as background, 0 to 1.

    Returns
    -------
    ndarray, shape (H, W, 4)
        **Premultiplied** RGBA.

    Notes
    -----
    A pixel c beside the background B that lies on the straight line to a colour F of the object
    near by is taken for the mixture c = a F + (1 - a) B; it gets the alpha a, and the background's
    part (1 - a) B is taken off.
    """
    rgb = pixels[..., :3]
    outside = flood_from_border(
        (_distance(rgb, colour) <= threshold) | (pixels[..., 3] < threshold)
    )
    alpha = np.where(outside, np.float32(0.0), np.float32(1.0))
    rows, columns = np.nonzero(_beside(outside) & ~outside)
    alpha[rows, columns] = _mixing_share(rgb, outside, rows, columns, colour)
    own = pixels[..., 3]
    result = np.empty_like(pixels)
    result[..., 3] = alpha * own
    mixed = (rgb - (1.0 - alpha[..., None]) * colour) * own[..., None]
    result[..., :3] = np.clip(mixed, 0.0, result[..., 3:])
    return result


def _distance(rgb: Floats, colour: Floats) -> Floats:
    result: Floats = np.abs(rgb - colour).max(axis=-1)
    return result


def _run_numbers(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the runs of true cells along the rows from 1; 0 where `mask` is false."""
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    numbers: NDArray[np.int64] = np.cumsum(starts.ravel(), dtype=np.int64).reshape(mask.shape)
    numbers[~mask] = 0
    return numbers


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return `mask` grown by one cell in the 8 directions."""
    padded = np.pad(mask, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _mixing_share(
    rgb: Floats,
    outside: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    colour: Floats,
) -> Floats:
    """Return the object's share in each of the edge pixels; 1 where it is no mixture."""
    height, width = outside.shape
    here = rgb[rows, columns] - colour
    far, strongest = here.copy(), np.abs(here).max(axis=-1)
    for down in range(-2, 3):
        for right in range(-2, 3):
            y, x = (rows + down).clip(0, height - 1), (columns + right).clip(0, width - 1)
            there = rgb[y, x] - colour
            strength = np.where(outside[y, x], 0.0, np.abs(there).max(axis=-1))
            better = strength > strongest
            far[better], strongest[better] = there[better], strength[better]
    share = (here * far).sum(axis=-1) / np.maximum((far * far).sum(axis=-1), 1e-12)
    off_line = np.abs(here - share[:, None] * far).max(axis=-1)
    result: Floats = np.where(off_line < _MIXTURE_TOLERANCE, share.clip(0.0, 1.0), 1.0)
    return result.astype(np.float32)
