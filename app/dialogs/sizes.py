"""The sizes that pictures and films are offered at."""

from __future__ import annotations

from engine.core.views import ImageView, View

__all__ = ["LARGEST", "even", "film_sizes", "fit_size", "picture_sizes", "scaled"]

Size = tuple[int, int]

SOLID = ((1280, 720), (1920, 1080), (1080, 1080), (3840, 2160))
"""Of worlds without a size of their own, beside that of the window."""
SIDES = (256, 512, 720, 1080, 2160)
FACTORS = range(1, 9)
LARGEST = 8192
"""Pixels of a side of anything that is saved."""


def even(size: Size) -> Size:
    """Make both sides even, as films need."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2


def fit_size(extent: tuple[int, int], at_least: int) -> Size:
    """Return width and height: the world times the smallest whole number that reaches `at_least`.

    Whole multiples keep cells square and sharp; both sides are even, as films need.
    """
    rows, columns = extent
    factor = max(1, -(-at_least // max(rows, columns)))
    return even((columns * factor, rows * factor))


def scaled(view: View, factor: int, window: Size) -> Size:
    """Return width and height of a picture at so many pixels a cell, or times the window's."""
    rows, columns = view.extent if isinstance(view, ImageView) else (window[1], window[0])
    return columns * factor, rows * factor


def picture_sizes(view: View, window: Size) -> list[tuple[str, Size]]:
    """List words and sizes for a picture of a view; the first one is the smallest."""
    if not isinstance(view, ImageView):
        return _named(window, " pixels")
    sizes = [(factor, scaled(view, factor, window)) for factor in FACTORS]
    return [(f"{size[0]} x {size[1]} pixels ({f} x)", size) for f, size in sizes]


def film_sizes(view: View, window: Size) -> list[tuple[str, Size]]:
    """List words and sizes for a film of a view."""
    if isinstance(view, ImageView):
        sizes = dict.fromkeys(fit_size(view.extent, side) for side in SIDES)
        return [(f"{w} x {h} ({w // view.extent[1]} x)", (w, h)) for w, h in sizes]
    return _named(even(window), "")


def _named(window: Size, unit: str) -> list[tuple[str, Size]]:
    return [
        (f"{words}{width} x {height}{unit}", (width, height))
        for words, (width, height) in (
            ("as in the window: ", window),
            *(("", size) for size in SOLID),
        )
    ]
