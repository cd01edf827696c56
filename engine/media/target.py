"""From a picture to what a system learns: a target with transparency, or a texture without."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from PIL import Image

from engine.core.errors import BadInput
from engine.media.background import border_colour, remove_background
from engine.media.picture import Floats, Picture, premultiplied

__all__ = ["Background", "check_target", "crop_square", "resize", "to_target", "to_texture"]

#: What becomes transparent; see `to_target`.
Background = Literal["auto", "alpha", "white", "black", "corner", "keep"]

_MIN_SIDE = 4  # pixels
_MAX_ASPECT = 64
_WORKING_SIDE = 768  # pixels; the background is looked for at this size, targets are far smaller
_PLAIN_BORDER = 0.6  # part of the border that must share one colour to be taken for a background
_FAINT = 0.02  # alpha under this is ringing of the resampling filter, not picture


def check_target(picture: Picture) -> Picture:
    """Return the picture if something can be learned from it.

    Raises
    ------
    BadInput
        When a side is under 4 pixels, one side is over 64 times the other, or nothing is visible.
    """
    width, height = picture.width, picture.height
    if min(width, height) < _MIN_SIDE:
        raise BadInput(
            f"is too small: {width} x {height} pixels",
            path=picture.name,
            remedy=f"Use a picture of at least {_MIN_SIDE} x {_MIN_SIDE}",
        )
    if max(width, height) > _MAX_ASPECT * min(width, height):
        raise BadInput(
            f"is too narrow: {width} x {height} pixels", path=picture.name, remedy="Crop it"
        )
    if not (picture.pixels[..., 3] > 0.0).any():
        raise BadInput(
            "is wholly transparent", path=picture.name, remedy="Use a picture that shows something"
        )
    return picture


def to_target(
    picture: Picture,
    size: int,
    *,
    background: Background = "auto",
    threshold: float = 0.1,
    padding: int = 0,
) -> Floats:
    """Return a square target: the picture's longest side fits into `size`, centred, padded.

    Parameters
    ----------
    picture : Picture
    size : int
        Pixels of the longest side.
    background : str
        "alpha" uses the file's transparency; "white" and "black" make that colour transparent where
        it is connected with the border, "corner" the border's commonest colour; "keep" leaves all
        as it is. "auto" uses the file's transparency if it has any, else the border's colour if
        most of the border has it, else keeps all. Where a background was removed the rest is
        cropped to what is visible; the file's own transparent margins stay.
    threshold : float
        Largest difference in any colour channel that still counts as background, 0 to 1.
    padding : int
        Transparent pixels on each side.

    Returns
    -------
    ndarray of float32, shape (size + 2 padding, size + 2 padding, 4)
        **Premultiplied** RGBA, 0 to 1, as Growing NCA learns it (Mordvintsev et al. 2020).

    Raises
    ------
    BadInput
        When `check_target` refuses, "alpha" is asked of an opaque picture, or nothing is left
        after the background was removed.

    Notes
    -----
    Resampling works on premultiplied values. On straight ones the invisible colours of transparent
    pixels would bleed into the edge as a halo.
    """
    if size < 1 or padding < 0 or not 0.0 <= threshold <= 1.0:
        raise ValueError(f"{size=}, {padding=} or {threshold=} is out of range")
    check_target(picture)
    pixels = _without_background(picture, size, background, threshold)
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    fitted = resize(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
    side = size + 2 * padding
    result = np.zeros((side, side, 4), dtype=np.float32)
    top, left = (side - fitted.shape[0]) // 2, (side - fitted.shape[1]) // 2
    result[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return result


def crop_square(picture: Picture) -> Picture:
    """Return the largest square from the middle of the picture."""
    side = min(picture.width, picture.height)
    top, left = (picture.height - side) // 2, (picture.width - side) // 2
    pixels = np.ascontiguousarray(picture.pixels[top : top + side, left : left + side])
    pixels.setflags(write=False)
    return dataclasses.replace(picture, pixels=pixels)


def to_texture(picture: Picture, longest: int) -> Floats:
    """Return the picture on white with a longest side of `longest` pixels.

    Returns
    -------
    ndarray of float32, shape (H, W, 3)
        RGB, 0 to 1.

    Raises
    ------
    BadInput
        When `check_target` refuses.
    """
    if longest < 1:
        raise ValueError(f"{longest=} is out of range")
    check_target(picture)
    pixels = _premultiplied_and_reduced(picture.pixels, longest)
    opaque = pixels[..., :3] + (1.0 - pixels[..., 3:])
    scale = longest / max(picture.width, picture.height)
    width, height = (max(1, round(side * scale)) for side in (picture.width, picture.height))
    return resize(opaque, width, height)


def resize(pixels: Floats, width: int, height: int) -> Floats:
    """Resample (H, W, C) premultiplied or opaque values to `height` x `width` with Lanczos' filter.

    Returns
    -------
    ndarray of float32, shape (height, width, C)
        0 to 1; with four channels no colour exceeds its alpha.
    """
    if pixels.shape[:2] == (height, width):
        return np.ascontiguousarray(pixels, dtype=np.float32)
    planes = [
        Image.fromarray(np.ascontiguousarray(pixels[..., channel])).resize(
            (width, height), Image.Resampling.LANCZOS, reducing_gap=3.0
        )
        for channel in range(pixels.shape[-1])
    ]
    result = np.stack([np.asarray(plane) for plane in planes], axis=-1)
    if result.shape[-1] == 4:
        result[result[..., 3] < _FAINT] = 0.0
        # The filter overshoots at edges: colours must not grow where alpha is held at 1.
        result /= np.maximum(result[..., 3:], 1.0)
        np.minimum(result[..., :3], result[..., 3:], out=result[..., :3])
    result = result.clip(0.0, 1.0)
    return np.ascontiguousarray(result, dtype=np.float32)


def _without_background(
    picture: Picture, size: int, background: Background, threshold: float
) -> Floats:
    """Return premultiplied RGBA with the chosen background transparent."""
    if background == "alpha" and not picture.has_alpha:
        raise BadInput("has no transparency", path=picture.name, remedy="Choose another background")
    if background in ("alpha", "keep") or (background == "auto" and picture.has_alpha):
        return _premultiplied_and_reduced(picture.pixels, size)
    pixels = _at_working_size(picture.pixels)
    colour, share = border_colour(pixels[..., :3], threshold)
    if background == "auto" and share < _PLAIN_BORDER:
        return pixels  # a photograph to its very edge: there is no background to remove
    if background in ("white", "black"):
        colour = np.full(3, 1.0 if background == "white" else 0.0, dtype=np.float32)
    return _cropped(remove_background(pixels, colour, threshold), picture.name)


def _premultiplied_and_reduced(pixels: Floats, side: int) -> Floats:
    """Return premultiplied RGBA, by a whole factor smaller but no side under 2 `side`.

    It goes by strips: a photograph of 64 million pixels is 1 GB, and one copy is enough.
    """
    factor = max(pixels.shape[:2]) // (2 * side)
    if factor < 2 or min(pixels.shape[:2]) < factor:
        return premultiplied(pixels)
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    result = np.empty((height, width, 4), dtype=np.float32)
    for row in range(height):
        strip = premultiplied(pixels[row * factor : (row + 1) * factor, : width * factor])
        result[row] = strip.reshape(factor, width, factor, 4).mean(axis=(0, 2))
    return result


def _at_working_size(pixels: Floats) -> Floats:
    """Return straight RGBA with sides of at most the working size."""
    small = _premultiplied_and_reduced(pixels, _WORKING_SIDE)
    height, width = small.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    small = resize(small, max(1, round(width * scale)), max(1, round(height * scale)))
    small[..., :3] /= np.maximum(small[..., 3:], 1e-6)
    return small


def _cropped(pixels: Floats, name: str) -> Floats:
    """Return the smallest rectangle that holds everything visible."""
    visible = pixels[..., 3] >= _FAINT
    rows, columns = np.nonzero(visible.any(axis=1))[0], np.nonzero(visible.any(axis=0))[0]
    if not rows.size:
        raise BadInput(
            "nothing is left once its background is removed",
            path=name,
            remedy="Lower the threshold or keep the background",
        )
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
