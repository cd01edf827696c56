"""What is measured in a world: pins, a line and a rectangle, which its viewports draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.remembering import numbers, rows_of_numbers
from engine.core.views import Region

__all__ = ["COLOURS", "MOST_PINS", "Line", "Measures", "Pin", "measures_of"]

Line = tuple[tuple[int, int], tuple[int, int]]

MOST_PINS = 7
#: M. Okabe and K. Ito, Color universal design, 2008, without black: seven that all eyes tell apart.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")


@dataclass(frozen=True)
class Pin:
    """A place that is followed.

    Attributes
    ----------
    place : tuple of float
        (row, column) of a cell, (face, u, v) on a mesh.
    probe : tuple of int
        What a `ViewRequest` asks for it by: the cell, or (vertex,).
    colour : str
        "#RRGGBB"
    """

    place: tuple[float, ...]
    probe: tuple[int, ...]
    colour: str

    @property
    def title(self) -> str:
        """Name it as people do: column (x) before row (y)."""
        if len(self.probe) == 2:
            return f"cell {self.probe[1]}, {self.probe[0]}"
        return f"vertex {self.probe[0]:,}"


class Measures(QObject):
    """The pins, the line and the rectangle of one world; they last until someone drops them.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pins: tuple[Pin, ...] = ()
        self.line: Line | None = None
        self.region: Region | None = None

    def keep(self, place: tuple[float, ...], probe: tuple[int, ...]) -> bool:
        """Follow one more place; False where it is followed already or there are enough."""
        if len(self.pins) == MOST_PINS or any(pin.probe == probe for pin in self.pins):
            return False
        used = {pin.colour for pin in self.pins}
        colour = next(colour for colour in COLOURS if colour not in used)
        self.pins = (*self.pins, Pin(place, probe, colour))
        self.changed.emit()
        return True

    def drop(self, probe: tuple[int, ...]) -> None:
        """Follow a place no longer."""
        kept = tuple(pin for pin in self.pins if pin.probe != probe)
        if kept != self.pins:
            self.pins = kept
            self.changed.emit()

    def set_line(self, line: Line | None) -> None:
        """Measure along a line from cell to cell, or along none."""
        if line != self.line:
            self.line = line
            self.changed.emit()

    def set_region(self, region: Region | None) -> None:
        """Measure in a rectangle (row, column, rows, columns), or in none."""
        if region != self.region:
            self.region = region
            self.changed.emit()

    def clear(self) -> None:
        """Drop everything."""
        if self.pins or self.line is not None or self.region is not None:
            self.pins, self.line, self.region = (), None, None
            self.changed.emit()

    def memento(self) -> dict[str, Any]:
        """Return all of it in plain JSON values."""
        return {
            "pins": [
                [*pin.place, *(pin.probe if len(pin.probe) == 1 else ())] for pin in self.pins
            ],
            "line": [*self.line[0], *self.line[1]] if self.line is not None else [],
            "region": list(self.region) if self.region is not None else [],
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Measure what `memento` told of; what cannot be read is passed over."""
        for pin in rows_of_numbers(kept, "pins"):
            if len(pin) == 2:
                self.keep(pin, (int(pin[0]), int(pin[1])))
            elif len(pin) == 4:  # a place on a mesh, and the vertex there
                self.keep(pin[:3], (int(pin[3]),))
        line, region = numbers(kept, "line", 4), numbers(kept, "region", 4)
        if line is not None:
            a, b, c, d = map(int, line)
            self.set_line(((a, b), (c, d)))
        if region is not None:
            row, column, rows, columns = map(int, region)
            self.set_region((row, column, max(1, rows), max(1, columns)))


def measures_of(world: QObject) -> Measures:
    """Return what is measured in a world; it ends with the world."""
    found = world.findChild(Measures)
    return found if found is not None else Measures(world)


def _on_mesh(pin: Pin) -> bool:
    return len(pin.probe) == 1
