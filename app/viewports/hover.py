"""What the chip beside the cursor says about a cell or a vertex."""

from __future__ import annotations

from engine.core.views import ImageView, MeshView

__all__ = ["channel_values", "figure", "hover_lines", "vertex_lines"]

Cell = tuple[int, int]

MOST = 3


def figure(value: float) -> str:
    """Write a channel's value in at most seven signs."""
    if value == int(value) and abs(value) < 1e5:
        return str(int(value))
    return f"{value:.2f}" if 0.005 <= abs(value) < 1000 else f"{value:.1e}"


def channel_values(view: ImageView | MeshView, place: Cell | int) -> tuple[float, ...]:
    """Return the channels of a cell or a vertex if this view carries them, else nothing."""
    probed: tuple[Cell | int, ...] = view.probed
    if place not in probed:
        return ()
    return tuple(float(value) for value in view.probes[probed.index(place)])


def hover_lines(view: ImageView, cell: Cell) -> tuple[str, str]:
    """Say where a cell is, and what its first channels are (the shown one before all).

    >>> "x 47  y 44", "alpha 0.12"
    """
    return f"x {cell[1]}  y {cell[0]}", _values(view, cell)


def vertex_lines(view: MeshView, vertex: int) -> tuple[str, str]:
    """Say what is shown of a vertex, and which it is.

    >>> "valence 6 neighbours", "vertex 1,204"
    """
    named = dict(zip(view.channels, channel_values(view, vertex), strict=False))
    if vertex in view.probed and view.readings:
        first = view.readings[view.probed.index(vertex)]
    elif view.shown in named:
        first = f"{view.shown} {figure(named[view.shown])}"
    else:
        parts = zip(("red", "green", "blue"), view.colours[vertex], strict=True)
        first = "  ".join(f"{name} {int(value)}" for name, value in parts)
    return first, f"vertex {vertex:,}"


def _values(view: ImageView | MeshView, place: Cell | int) -> str:
    named = list(zip(view.channels, channel_values(view, place), strict=False))
    named.sort(key=lambda pair: pair[0] != view.shown)
    return "  ".join(f"{name} {figure(value)}" for name, value in named[:MOST])
