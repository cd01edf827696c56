"""What the chip beside the cursor says about a cell."""

from __future__ import annotations

from engine.core.views import ImageView

__all__ = ["channel_values", "figure", "hover_lines"]

Cell = tuple[int, int]

MOST = 3


def figure(value: float) -> str:
    """Write a channel's value in at most seven signs."""
    if value == int(value) and abs(value) < 1e5:
        return str(int(value))
    return f"{value:.2f}" if 0.005 <= abs(value) < 1000 else f"{value:.1e}"


def channel_values(view: ImageView, cell: Cell) -> tuple[float, ...]:
    """Return the channels of a cell if this view carries them, else nothing."""
    if cell not in view.probed:
        return ()
    return tuple(float(value) for value in view.probes[view.probed.index(cell)])


def hover_lines(view: ImageView, cell: Cell) -> tuple[str, str]:
    """Say where a cell is, and what its first channels are (the shown one before all).

    >>> "x 47  y 44", "alpha 0.12"
    """
    where = f"x {cell[1]}  y {cell[0]}"
    values = channel_values(view, cell)
    named = list(zip(view.channels, values, strict=False))
    named.sort(key=lambda pair: pair[0] != view.shown)
    return where, "  ".join(f"{name} {figure(value)}" for name, value in named[:MOST])
