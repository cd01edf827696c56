"""Places that the inspector follows: a vertex by where it was picked, a byte by its cell."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.programs import Place
from engine.core.views import MeshView, View

__all__ = ["Vertex", "cell_of", "nearest"]


@dataclass(frozen=True)
class Vertex:
    """A vertex of the mesh that was shown, and the place (face, u, v) where it was picked."""

    number: int
    place: tuple[float, ...]
    topology: str


def nearest(view: View | None, place: tuple[float, ...]) -> Vertex | None:
    """Find the corner of the picked face that is nearest; None where no such face is shown."""
    if not isinstance(view, MeshView) or not 0 <= place[0] < len(view.faces):
        return None
    _, u, v = place
    shares = (1.0 - u - v, u, v)
    corner = shares.index(max(shares))
    return Vertex(int(view.faces[int(place[0])][corner]), place, view.topology)


def cell_of(place: Place, byte: int) -> tuple[int, int]:
    """Return the cell of a program's byte: they are laid out row by row."""
    row, column, _, columns = place.region
    return (row + byte // columns, column + byte % columns)
