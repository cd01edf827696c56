"""What is remembered of a training: many moments while the world lives, some saved with the model.

So a shipped model brings its own story: its loss, its scores and the weights on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.history import (
    BUDGET,
    MOST,
    SAVED_BUDGET,
    SAVED_MOST,
    Curve,
    Moments,
    room,
)

__all__ = ["NAMES", "Past"]

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]

NAMES = 12
"""Scalars of which curves are kept."""

_LETTERS = 48  # bytes of a name


class Past:
    """Moments and curves of one training.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Of the weights.

    Attributes
    ----------
    stories : int
        Grows whenever another training takes the place of the one that is remembered.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        size = sum(math.prod(shape) for shape in shapes.values())
        self._live = Moments(shapes, room(size, BUDGET, MOST, 4))
        self._saved = Moments(shapes, room(size, SAVED_BUDGET, SAVED_MOST, 2), np.float16)
        self._curves: dict[str, Curve] = {}
        self.stories = 0

    def clear(self) -> None:
        """Forget everything."""
        self._live.clear()
        self._saved.clear()
        self._curves = {}
        self.stories += 1

    @property
    def updates(self) -> tuple[int, ...]:
        """Updates that can be shown again, ascending."""
        return tuple(sorted({*self._live.updates, *self._saved.updates}))

    @property
    def last(self) -> int:
        """The last update that anything is known of; -1 for none."""
        ends = [float(end) for curve in self._curves.values() for end in curve.points()[0][-1:]]
        return math.ceil(max([-1.0, *self.updates[-1:], *ends]))

    def keep(self, update: int, weights: Callable[[], Mapping[str, Array]]) -> None:
        """Keep the weights after an update where it is due."""
        self._live.offer(update, weights)
        self._saved.offer(update, weights)

    def note(self, update: int, scalars: Mapping[str, float]) -> None:
        """Add scalars of an update to their curves; there is room for `NAMES` of them."""
        for name, value in scalars.items():
            if name not in self._curves and len(self._curves) < NAMES:
                self._curves[name] = Curve()
            if name in self._curves:
                self._curves[name].add(update, value)

    def at(self, update: int) -> tuple[int, Weights] | None:
        """Return the last moment at or before an update, the first one if all are later."""
        found = [m for m in (self._live.at(update), self._saved.at(update)) if m is not None]
        before = [moment for moment in found if moment[0] <= update]
        if before:
            return max(before, key=lambda moment: moment[0])
        return min(found, key=lambda moment: moment[0], default=None)

    def curves(self) -> dict[str, tuple[Array, Array]]:
        """Return updates and values of every scalar."""
        return {name: curve.points() for name, curve in self._curves.items()}

    def forget_after(self, update: int) -> None:
        """Drop what lies after an update."""
        self._live.forget_after(update)
        self._saved.forget_after(update)
        for curve in self._curves.values():
            curve.forget_after(update)

    def arrays(self) -> dict[str, Array]:
        """Return what is saved with the model; names and shapes never change."""
        names = np.zeros((NAMES, _LETTERS), np.uint8)
        tables = np.zeros((NAMES, *Curve().table().shape))
        for place, (name, curve) in enumerate(self._curves.items()):
            text = name.encode()[:_LETTERS]
            names[place, : len(text)] = np.frombuffer(text, np.uint8)
            tables[place] = curve.table()
        moments = {f"moments/{name}": array for name, array in self._saved.arrays().items()}
        return {"names": names, "curves": tables, **moments}

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take back what `arrays` returned; what only lived in memory is gone.

        Raises
        ------
        BadInput
            If moments or curves are not in order.
        """
        saved = {
            name.removeprefix("moments/"): array
            for name, array in arrays.items()
            if name.startswith("moments/")
        }
        curves: dict[str, Curve] = {}
        for text, table in zip(arrays["names"], arrays["curves"], strict=True):
            name = text.tobytes().rstrip(b"\0").decode(errors="replace")
            if name:
                curves[name] = Curve()
                curves[name].restore(table)
        self._saved.restore(saved)
        self._live.clear()
        self._curves = curves
        self.stories += 1

    def same(self, arrays: Mapping[str, Array]) -> bool:
        """Tell whether arrays are what `arrays` returns now."""
        own = self.arrays()
        return all(np.array_equal(own[name], arrays[name]) for name in own)
