"""What a hand writes on a mesh, layer by layer, and how it is taken back.

Layers are arrays with a row for every vertex: the cells themselves, and the four fields that steer
them. A gesture (`engine.core.gestures`) remembers what was there before it, only where it wrote;
undoing it leaves alone what time did elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.gestures import Gesture, Gestures, Given, next_number

__all__ = [
    "BUDGET",
    "CELLS",
    "FIELDS",
    "PaintLog",
    "Painted",
    "PaintedHand",
    "check_fields",
    "even_spacing",
    "fresh_fields",
]

CELLS: Final = "cells"
"""The layer that time changes as well; a hand only ever sets it to zero."""

FIELDS: Final[Mapping[str, float]] = {"share": 0.0, "turn": 0.0, "scale": 1.0, "rate": 1.0}
"""What the fields are before anybody painted: share of the graft model, radians of the comb, local
scale of the texture, factor of the chance to update."""

_BOUNDS: Final = {
    "share": (0.0, 1.0),
    "turn": (-math.pi, math.pi),
    "scale": (0.5, 2.0),
    "rate": (0.0, 1.0),
}
_ROUNDING: Final = 1e-3

BUDGET: Final = 128 * 2**20
"""Bytes that the past of the hand may take."""

_SPACING: Final = (0.45, 2.2)  # bounds of the scale that evens out spacing

FloatArray = NDArray[np.float32]
Indices = NDArray[Any]


def fresh_fields(vertices: int) -> dict[str, FloatArray]:
    """Make the four fields as nobody painted them, float32 (vertices,)."""
    return {name: np.full(vertices, value, np.float32) for name, value in FIELDS.items()}


def check_fields(fields: Mapping[str, FloatArray]) -> None:
    """Refuse fields that neither a brush nor an action leaves behind.

    Raises
    ------
    BadInput
        If a value is out of its range; the field is named.
    """
    for name, (low, high) in _BOUNDS.items():
        least, most = float(fields[name].min()), float(fields[name].max())
        if least < low - _ROUNDING or most > high + _ROUNDING:
            raise BadInput(
                f"the field {name!r} holds numbers from {least:.4g} to {most:.4g}, "
                f"not from {low:.4g} to {high:.4g}",
                remedy="Use an earlier checkpoint",
            )


def even_spacing(edges: NDArray[Any]) -> FloatArray:
    """Return the local scale (n,) that evens out a mesh whose mean edges (n,) > 0 vary.

    It is their geometric mean over each of them, between 0.45 and 2.2.
    """
    lengths = np.maximum(np.asarray(edges, np.float64), 1e-12)
    middle = np.exp(np.log(lengths).mean())
    return np.asarray(np.clip(middle / lengths, *_SPACING), np.float32)


@dataclass(eq=False)
class Painted(Gesture):
    """What one gesture overwrote: (layer, vertices, what was there) in the order of writing."""

    pieces: list[tuple[str, Indices, FloatArray]] = field(default_factory=list)
    mark: int = field(default_factory=next_number)  # at vertices of which it knows what was there

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(places.nbytes + rows.nbytes for _, places, rows in self.pieces)

    def copy(self) -> Painted:
        """Return one that can be added to; the arrays are shared."""
        return Painted(self.title, self.number, list(self.pieces), self.mark)


class PaintLog(Gestures[Painted]):
    """Writes to the layers of a mesh and remembers enough to take it back.

    Parameters
    ----------
    layers : mapping of str to ndarray
        The arrays that are written in place, a row for every vertex.
    budget : int
        Bytes; see `Gestures`. The last gesture can always be undone.
    """

    def __init__(self, layers: Mapping[str, FloatArray], budget: int = BUDGET) -> None:
        super().__init__(Painted, budget, least=1)
        self._layers = layers
        self._marks = {name: np.zeros(len(rows), np.int64) for name, rows in layers.items()}

    def write(self, layer: str, places: Indices, rows: Any) -> None:
        """Write rows to a layer at the vertices `places`, each of them named once."""
        gesture = self._open() if len(places) else None
        if gesture is not None:
            marks = self._marks[layer]
            fresh = np.asarray(places[marks[places] != gesture.mark], np.int32)
            if fresh.size:
                marks[fresh] = gesture.mark
                gesture.pieces.append((layer, fresh, self._layers[layer][fresh].copy()))
            self._close()
        self._layers[layer][places] = rows

    def undo(self) -> None:
        """Put back what the last gesture overwrote.

        Raises
        ------
        BadInput
            If there is none.
        """
        self._take_back(partial(self._swapped, undoing=True))

    def redo(self) -> None:
        """Do the gesture again that was undone last.

        Raises
        ------
        BadInput
            If there is none.
        """
        self._do_again(partial(self._swapped, undoing=False))

    def _swapped(self, gesture: Painted, *, undoing: bool) -> Painted:
        """Write what a gesture remembers, the last first, and remember what was there."""
        back = Painted(gesture.title, 0)
        for layer, places, rows in reversed(gesture.pieces):
            now = self._layers[layer][places].copy()
            self._layers[layer][places] = rows
            if undoing and layer == CELLS:
                now[...] = 0.0  # done again, an erasure erases what has grown meanwhile
            back.pieces.append((layer, places, now))
        return back


PaintedHand = Given[Painted]
"""What the hand did to a world that was set aside."""
