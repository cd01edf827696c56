"""What the left button does on the picture: the tool in hand, its size, its channel and value."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from app.viewports.strokes import CELLS, Sizes
from engine.core.system import BrushTool
from engine.core.views import Stroke

__all__ = ["HAND", "INSPECT", "LINE", "REGION", "Tools", "next_gesture"]

HAND = "hand"
INSPECT = "inspect"
LINE = "measure-line"
REGION = "measure-region"

_gestures = itertools.count(1)


def next_gesture() -> int:
    """Return the number that the strokes of another gesture share, whoever makes it."""
    return next(_gestures)


@dataclass
class Tools:
    """The tools of one viewport and how they are set.

    Attributes
    ----------
    brushes : tuple of BrushTool
        What the system offers.
    tool : str
        "hand", "inspect", one of `rulers` or a brush's name.
    rulers : tuple of str
        Those of `LINE` and `REGION` that the viewport knows.
    sizes : Sizes
        The sizes that brushes can have here.
    radii, values : dict
        Radius of each brush, in cells or units of the mesh, and the value that each paints.
    channel, value
        For brushes that paint a channel.
    """

    brushes: tuple[BrushTool, ...] = ()
    tool: str = HAND
    sizes: Sizes = CELLS
    rulers: tuple[str, ...] = ()
    radii: dict[str, float] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    channel: int = 0
    value: float = 1.0
    _gesture: int = 0

    def offer(self, brushes: tuple[BrushTool, ...]) -> None:
        """Take the brushes of a system; the first comes to hand, so that a drag does something."""
        known = {brush.name for brush in self.brushes}
        self.brushes = brushes
        names = {brush.name for brush in brushes}
        if brushes and (not known or (self.tool in known and self.tool not in names)):
            self.tool = brushes[0].name
        elif self.tool not in names | {HAND, INSPECT, *self.rulers}:
            self.tool = HAND
        for brush in brushes:
            self.radii.setdefault(brush.name, brush.radius)
            if brush.value is not None:
                self.values.setdefault(brush.name, brush.value.default)

    @property
    def brush(self) -> BrushTool | None:
        """The brush in hand, None for the other tools."""
        return next((brush for brush in self.brushes if brush.name == self.tool), None)

    @property
    def radius(self) -> float:
        """Radius of the brush in hand."""
        return self.radii.get(self.tool, self.sizes.least)

    @property
    def amount(self) -> float:
        """What the brush in hand paints: a value of its own, or that of a channel."""
        return self.values.get(self.tool, self.value)

    def set_amount(self, value: float) -> None:
        """Paint another value from now on."""
        if self.tool in self.values:
            self.values[self.tool] = value
        else:
            self.value = value

    def resize(self, steps: int) -> None:
        """Make the brush larger or smaller by notches."""
        if self.brush is not None:
            self.radii[self.tool] = self.sizes.next(self.radius, steps)

    def begin(self) -> None:
        """Begin another gesture."""
        self._gesture = next_gesture()

    def stroke(self, view: str, points: tuple[tuple[float, ...], ...]) -> Stroke:
        """Make the piece of a stroke that goes through `points`."""
        return Stroke(
            view, self.tool, points, self.radius, self.amount, self.channel, self._gesture
        )
