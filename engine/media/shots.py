"""From a view to the pixels of a picture or of a frame: coloured, scaled, with its legend.

Screenshots, films and what `primordia render` makes again from a sidecar all come through here, so
that they are the same to the bit.
"""

from __future__ import annotations

import hashlib

import numpy as np

from engine.core.colour import colourise
from engine.core.errors import BadInput
from engine.core.figures import FIGURES, HeadsView
from engine.core.sidecar import Drawing, Pixels
from engine.core.tiles import tiled
from engine.core.views import ImageView, View
from engine.media.scale import fit_frame
from engine.media.writers import Frame

__all__ = ["FIGURE", "Digest", "drawn", "size_of"]

FIGURE = (1280, 720)
"""Pixels of a figure where none were chosen."""

HEADS = 720
"""Side of a picture of attention where none was chosen."""

_EVERY = 30  # frames from one that has a hash of its own to the next


def size_of(view: View) -> tuple[int, int]:
    """Return the width and height that a view has where none were chosen."""
    if isinstance(view, ImageView):
        return view.data.shape[1], view.data.shape[0]
    return (HEADS, HEADS) if isinstance(view, HeadsView) else FIGURE


def drawn(view: View, drawing: Drawing) -> Frame:
    """Draw a view.

    Parameters
    ----------
    view : View
        An image, heads of attention or one of the figures; a mesh has to be seen from an eye.
    drawing : Drawing

    Returns
    -------
    ndarray
        uint8 (h, w, 3), or (h, w, 4) with straight alpha where there is no ground and something is
        empty.

    Raises
    ------
    BadInput
        If it cannot be drawn.
    """
    ground, size = drawing.ground, drawing.size or size_of(view)
    inner = size
    if drawing.legend:
        from engine.media.figures.legend import room

        inner = size[0], size[1] - room(view, size)
    if isinstance(view, FIGURES):
        from engine.media.figures import figure

        frame = figure(view, inner, ground)
    elif isinstance(view, HeadsView):
        frame = colourise(tiled(view, min(inner)), ground)
    elif isinstance(view, ImageView):
        frame = colourise(view, ground)
    else:
        raise BadInput("this view is not a picture", remedy="Choose another one")
    if (frame.shape[1], frame.shape[0]) != inner:
        frame = _fitted(frame, inner, ground)
    if drawing.legend:
        from engine.media.figures.legend import with_legend

        frame = with_legend(frame, view, drawing)
    return np.ascontiguousarray(frame)


def _fitted(frame: Frame, size: tuple[int, int], ground: tuple[int, int, int] | None) -> Frame:
    """Put a frame into the middle of a size; margins are empty where there is no ground."""
    if ground is not None:
        return fit_frame(frame, size, ground)
    fitted = fit_frame(frame, size, (0, 0, 0, 0))
    if frame.shape[2] == 4:
        return fitted
    solid = np.full((*frame.shape[:2], 4), 255, np.uint8)
    solid[..., :3] = frame
    framed = fit_frame(solid, size, (0, 0, 0, 0))
    return fitted if framed[..., 3].all() else framed


class Digest:
    """The hash of all frames of a film, one after the other, and of every thirtieth alone."""

    def __init__(self) -> None:
        self._all = hashlib.sha256()
        self._frames = 0
        self._each: dict[int, str] = {}

    def add(self, frame: Frame) -> None:
        """Take a frame in."""
        rows = np.ascontiguousarray(frame).reshape(-1)
        self._all.update(rows.data)
        if self._frames % _EVERY == 0:
            self._each[self._frames] = hashlib.sha256(rows.data).hexdigest()
        self._frames += 1

    @property
    def pixels(self) -> Pixels:
        """What was taken in."""
        return Pixels(self._all.hexdigest(), self._frames, dict(self._each))
