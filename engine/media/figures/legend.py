"""What the colours of a picture mean, and how large its cells are, written below it."""

from __future__ import annotations

import numpy as np

from engine.core.colour import lut
from engine.core.sidecar import Drawing
from engine.core.views import ImageView, Legend, View
from engine.media.figures.pen import Pen, number
from engine.media.writers import Frame

__all__ = ["room", "with_legend"]

_BAR = 0.22  # of the width, at most, that the bar of the scale takes
_ROWS = 2.6  # heights of type


def room(view: View, size: tuple[int, int]) -> int:
    """Return how many rows of pixels the legend takes of a picture of that size."""
    rows = round(_ROWS * Pen(size, None).type)
    return rows if size[1] > 3 * rows else 0


def with_legend(frame: Frame, view: View, drawing: Drawing) -> Frame:
    """Put the legend below a picture, so that both together have the size that was asked for.

    On the left is the step and how many cells a bar is long, on the right what the colours mean.
    """
    size = drawing.size or (frame.shape[1], frame.shape[0])
    below = size[1] - frame.shape[0]
    if below <= 0:
        return frame
    pen = Pen((size[0], below), drawing.ground)
    pen.type = max(7, round(below / _ROWS))
    left = _bar(pen, view, frame, cells=drawing.cells)
    if isinstance(view, ImageView):
        if view.legend is not None and (view.legend.entries or view.legend.ramp):
            _entries(pen, view.legend, left)
        elif view.data.ndim == 2:
            _ramp(pen, lut(view.colormap), tuple(number(end) for end in view.limits), view.shown)
    strip = pen.frame()
    if strip.shape[2] != frame.shape[2]:
        whole = np.full((*frame.shape[:2], 4), 255, np.uint8)
        whole[..., : frame.shape[2]] = frame
        frame = whole
        if strip.shape[2] == 3:
            strip = np.dstack([strip, np.full(strip.shape[:2], 255, np.uint8)])
    return np.concatenate([frame, strip])


def _bar(pen: Pen, view: View, frame: Frame, *, cells: bool) -> float:
    """Draw a bar as long as a round number of cells; returns where its words end."""
    middle, at = pen.size[1] / 2, float(pen.type)
    words = f"step {view.step:,}"
    if cells and isinstance(view, ImageView) and view.region[3] > 1:
        pixels = _pixels_a_cell(view, frame)
        longest = pen.size[0] * _BAR / pixels
        count = next((n for n in _round_numbers() if n <= longest), 0)
        if count:
            end = at + count * pixels
            pen.line([(at, middle), (end, middle)], pen.ink, width=2 * pen.width)
            for x in (at, end):
                pen.line([(x, middle - 0.3 * pen.type), (x, middle + 0.3 * pen.type)], pen.ink)
            words = f"{count:,} cells · {words}"
            at = end + 0.6 * pen.type
    pen.words((at, middle), words, anchor="lm")
    return at + pen.measure(words) + 2 * pen.type


def _pixels_a_cell(view: ImageView, frame: Frame) -> float:
    """Return pixels a cell; the picture stands in the middle of a frame of another shape."""
    rows, columns = view.data.shape[:2]
    scale = min(frame.shape[1] / columns, frame.shape[0] / rows)
    whole = int(scale) if scale >= 1 else scale
    return float(whole * columns / max(1, view.region[3]))


def _round_numbers() -> list[int]:
    return [factor * 10**power for power in range(4, -1, -1) for factor in (5, 2, 1)]


def _ramp(pen: Pen, table: Frame, ends: tuple[str, ...], words: str) -> None:
    low, high = ends
    right, wide = pen.size[0] - pen.type, max(40, round(pen.size[0] * _BAR))
    middle, half = pen.size[1] / 2, max(2, round(0.35 * pen.type))
    pen.words((right, middle), high, anchor="rm")
    end = round(right - pen.measure(high) - 0.5 * pen.type)
    columns = table[np.arange(wide) * len(table) // wide]
    bar = np.full((2 * half, wide, 4), 255, np.uint8)
    bar[..., :3] = columns
    start = end - wide
    if start > pen.size[0] / 2:
        pen.paste(bar, (start, round(middle) - half))
        pen.words((start - 0.5 * pen.type, middle), f"{words}  {low}", anchor="rm")


def _entries(pen: Pen, legend: Legend, left: float) -> None:
    """Write what each colour stands for, from the left on, as many as there is room for."""
    middle, at = pen.size[1] / 2, left
    if legend.ramp and not legend.entries:
        _ramp(pen, np.array(legend.ramp, np.uint8), legend.ends, "")
        return
    for colour, words, _ in legend.entries:
        wide = pen.measure(words)
        if at + wide + 2 * pen.type > pen.size[0]:
            return
        pen.box(
            (at, middle - 0.45 * pen.type, at + 0.9 * pen.type, middle + 0.45 * pen.type),
            fill=colour,
        )
        pen.words((at + 1.2 * pen.type, middle), words, anchor="lm")
        at += wide + 2.4 * pen.type
