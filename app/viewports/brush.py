"""What the left button does on the picture: the tool in hand, its size, its channel and value."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.viewports.strokes import Point, next_radius
from engine.core.system import BrushTool
from engine.core.views import Stroke

__all__ = ["HAND", "INSPECT", "Tools"]

HAND = "hand"
INSPECT = "inspect"


@dataclass
class Tools:
    """The tools of one viewport and how they are set.

    Attributes
    ----------
    brushes : tuple of BrushTool
        What the system offers.
    tool : str
        "hand", "inspect" or a brush's name.
    radii : dict
        Radius of each brush in cells.
    channel, value
        For brushes that paint a channel.
    """

    brushes: tuple[BrushTool, ...] = ()
    tool: str = HAND
    radii: dict[str, float] = field(default_factory=dict)
    channel: int = 0
    value: float = 1.0

    def offer(self, brushes: tuple[BrushTool, ...]) -> None:
        """Take the brushes of a system; the first comes to hand, so that a drag does something."""
        known = {brush.name for brush in self.brushes}
        self.brushes = brushes
        names = {brush.name for brush in brushes}
        if brushes and (not known or (self.tool in known and self.tool not in names)):
            self.tool = brushes[0].name
        elif self.tool not in names | {HAND, INSPECT}:
            self.tool = HAND
        for brush in brushes:
            self.radii.setdefault(brush.name, brush.radius)

    @property
    def brush(self) -> BrushTool | None:
        """The brush in hand, None for the other tools."""
        return next((brush for brush in self.brushes if brush.name == self.tool), None)

    @property
    def radius(self) -> float:
        """Radius of the brush in hand, in cells."""
        return self.radii.get(self.tool, 0.5)

    def resize(self, steps: int) -> None:
        """Make the brush larger or smaller by notches."""
        if self.brush is not None:
            self.radii[self.tool] = next_radius(self.radius, steps)

    def stroke(self, view: str, points: tuple[Point, ...]) -> Stroke:
        """Make the piece of a stroke that goes through `points`."""
        return Stroke(view, self.tool, points, self.radius, self.value, self.channel)
